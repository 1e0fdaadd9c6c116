"""Start a command with a wrong file name again and again; every time it must end with 2.

``python -m tests.drills.exits [--rounds 500]``. A thread of a library that outlives the
interpreter shows as exit code -6 (abort, 134 in a shell) in some of a hundred rounds, more often on
a busy machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.material import make_reference


def missing_slide(reference: Path, place: Path, rounds: int) -> dict[int, int]:
    """How often ``pathgui evaluate`` of a slide that is not there ended with which code."""
    words = ["evaluate", str(place / "gone.svs"), "--reference", str(reference)]
    words += ["--encoder", "color-statistics", "--out", str(place / "a.pgrun")]
    command = [sys.executable, "-m", "pathgui", *words]
    codes = Counter(
        subprocess.run(command, capture_output=True, check=False).returncode for _ in range(rounds)
    )
    return dict(codes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        codes = missing_slide(make_reference(place / "set").folder, place, options.rounds)
    for code, count in sorted(codes.items()):
        print(f"a wrong file name, exit code {code}: {count}")


if __name__ == "__main__":
    main()
