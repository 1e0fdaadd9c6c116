"""Save a run over another on a disk that is full sooner or later: the old one must stay whole.

``python -m tests.drills.full_disk [--rounds 40]``, as root on Linux: it mounts a small tmpfs.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from pathgui.core.errors import RecordError
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from tests.run_factory import make_evaluation

DISK_KB = 2048
OLD, NEW = 1, 2  # encoders, by which the two runs are told apart


def round_with(place: Path, free_kb: int) -> str:
    """What is left after a save with so much room, in words; AssertionError where one is lost."""
    out = place / "a.pgrun"
    save_evaluation(make_evaluation(OLD), out)
    ballast = place / "ballast"
    room = _free_kb(place) - free_kb
    ballast.write_bytes(bytes(max(room, 0) * 1024))
    try:
        save_evaluation(make_evaluation(NEW), out)
        said = "saved"
    except RecordError as error:
        if "make room" not in str(error):
            raise
        said = "refused in words, the old run whole"
    ballast.unlink()
    left = len(load_evaluation(out).run.encoders)
    assert left == (NEW if said == "saved" else OLD)
    assert [path.name for path in place.iterdir()] == ["a.pgrun"]
    return said


def _free_kb(place: Path) -> int:
    import shutil

    return shutil.disk_usage(place).free // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        size = f"size={DISK_KB}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", name], check=True)
        try:
            for number in range(options.rounds):
                counts[round_with(place, 8 * number)] += 1
        finally:
            subprocess.run(["umount", name], check=True)
    for said, count in counts.items():
        print(f"a full disk: {said}: {count}")


if __name__ == "__main__":
    main()
