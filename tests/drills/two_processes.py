"""Two processes with one target, again and again: both runs must be there afterward.

``python -m tests.drills.two_processes [--rounds 20]``. In half of the rounds there is a run that
both looked at and may replace. One of the two must end well with its run in place, the other say
that its run is kept beside.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from pathgui.core.runs.run_files import load_run, save_evaluation
from tests.run_factory import make_evaluation

# Looks at the target, says so, waits for its turn, saves. Each run bears an id of its own.
_CHILD = """
import dataclasses, sys, time
from pathlib import Path
from pathgui.core.errors import RecordError
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.runs.targets import require_target
from tests.run_factory import make_evaluation
out, name = Path(sys.argv[1]), sys.argv[2]
made = make_evaluation(2)
made = dataclasses.replace(made, run=dataclasses.replace(made.run, id=name))
before = require_target(out, "run", replace=True)
print("looked", flush=True)
time.sleep(float(sys.stdin.readline()))
try:
    save_evaluation(made, out, replacing=before)
except RecordError as error:
    sys.exit(2 if "is kept as" in str(error) else 1)
"""


def round_of(place: Path, overwrite: bool, rng: random.Random) -> str:
    """What came of one round, in words; AssertionError where a run is lost."""
    folder = Path(tempfile.mkdtemp(dir=place))
    out = folder / "a.pgrun"
    if overwrite:
        save_evaluation(make_evaluation(1), out)
    command = [sys.executable, "-c", _CHILD, str(out)]
    pipe = subprocess.PIPE
    both = [subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True) for name in "xy"]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "looked\n"
    for each in both:
        each.communicate(f"{rng.uniform(0, 0.05)}\n")
    codes = sorted(each.returncode for each in both)
    assert codes == [0, 2], codes
    ids = sorted(load_run(path).id for path in folder.glob("*.pgrun"))
    assert ids == ["x", "y"], ids
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    shutil.rmtree(folder)
    return "one in place, the other kept beside and said (exit code 2)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.rounds):
            counts[round_of(Path(name), bool(number % 2), rng)] += 1
    for found, count in counts.items():
        print(f"two processes: {found}: {count} ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
