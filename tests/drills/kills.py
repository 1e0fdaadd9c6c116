"""Kill a process that replaces a run: at every rename, exchange and fsync, and at random moments.

``python -m tests.drills.kills [--rounds 20] [--random 50]`` prints the counts. After each kill a
complete run, the old or the new, must be at the name, or be recoverable under a name that
``pathgui runs --recover`` gives it; nothing else may be left after the sweep.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.runs.leftovers import finished_drafts, give_name, sweep
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from tests.run_factory import make_evaluation

OLD_ENCODERS, NEW_ENCODERS = 1, 2  # how the two runs are told apart

# Runs in the child. The n-th call of a kind kills it, before or after it is carried out.
_INJECT = """
import os, pathlib, signal, sys
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.system import exchange
out, kind, number, when, slow = sys.argv[1:]
number, calls = int(number), {"fsync": 0, "rename": 0}
def deadly(name, function):
    def call(*args, **named):
        calls[name] += 1
        mine = kind == name and calls[name] == number
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **named)
        if mine and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call
os.fsync = deadly("fsync", os.fsync)
for name in ("rename", "replace"):
    setattr(os, name, deadly("rename", getattr(os, name)))
    setattr(pathlib.Path, name, deadly("rename", getattr(pathlib.Path, name)))
call = exchange._system_call()
bound = None if call is None or slow == "slow" else deadly("rename", call)
exchange._system_call = lambda: bound
from tests.run_factory import make_evaluation
save_evaluation(make_evaluation(2), pathlib.Path(out))
print(calls["fsync"], calls["rename"])
"""
# Replaces the run again and again until it is killed.
_BUSY = """
import sys
from pathlib import Path
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import make_evaluation
made = make_evaluation(2)
print("ready", flush=True)
while True:
    save_evaluation(made, Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Moment:
    """When the child kills itself."""

    kind: str  # "fsync", "rename"
    number: int  # counted from 1
    when: str  # "before", "after"
    slow: bool  # without the system's exchange


def outcome(folder: Path) -> str:
    """What is left of a run in ``folder``, in a word; AssertionError where it is lost."""
    out = folder / "a.pgrun"
    there = len(load_evaluation(out).run.encoders) if out.exists() else 0
    recovered = [
        len(load_evaluation(give_name(draft)).run.encoders) for draft in finished_drafts(folder)
    ]
    beside = [
        len(load_evaluation(path).run.encoders)
        for path in folder.glob("*.pgrun")
        if path != out
    ]  # fmt: skip
    age(folder)
    sweep(folder)
    hidden = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    assert not hidden, f"left behind: {hidden}"
    if there == NEW_ENCODERS:
        return "the new run in place"
    if there == OLD_ENCODERS:
        return "the old run in place" + (", the new one recovered" if recovered else "")
    assert OLD_ENCODERS in [*beside, *recovered], "the old run is lost"
    return "the old run beside, the new one recovered" if recovered else "the old run beside"


def age(folder: Path) -> None:
    """As if an hour had passed: half-written drafts are swept once nothing changed for a while."""
    then = time.time() - 3600
    for each in folder.rglob("*"):
        os.utime(each, (then, then))


def at(moment: Moment, place: Path) -> str | None:
    """Kill a process at ``moment``; what is left, or None if it ended before that moment."""
    folder = Path(tempfile.mkdtemp(dir=place))
    save_evaluation(make_evaluation(OLD_ENCODERS), folder / "a.pgrun")
    words = [moment.kind, str(moment.number), moment.when, "slow" if moment.slow else "fast"]
    command = [sys.executable, "-c", _INJECT, str(folder / "a.pgrun"), *words]
    code = subprocess.run(command, capture_output=True, check=False).returncode
    assert code in (0, -9), f"the child ended with {code}"
    result = None if code == 0 else outcome(folder)
    shutil.rmtree(folder)
    return result


def moments(rounds: int) -> Iterator[Moment]:
    """The first ``rounds`` calls of every kind, before and after each, on both ways."""
    for slow in (False, True):
        for kind in ("rename", "fsync"):
            for number in range(1, rounds + 1):
                for when in ("before", "after"):
                    yield Moment(kind, number, when, slow)


def at_random(rounds: int, place: Path, seed: int) -> Counter[str]:
    """Kill a process that replaces a run without a pause, at random moments."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    for _ in range(rounds):
        folder = Path(tempfile.mkdtemp(dir=place))
        save_evaluation(make_evaluation(OLD_ENCODERS), folder / "a.pgrun")
        command = [sys.executable, "-c", _BUSY, str(folder / "a.pgrun")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(rng.uniform(0, 2.0))
            child.kill()
        counts[outcome(folder)] += 1
        shutil.rmtree(folder)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20, help="calls of each kind to look for")
    parser.add_argument("--rounds", type=int, default=20, help="kills at each of them")
    parser.add_argument("--random", type=int, default=50, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        counts: Counter[tuple[str, str]] = Counter()
        ended: set[tuple[str, bool]] = set()
        for moment in moments(options.calls):
            way = "without exchange" if moment.slow else "with exchange"
            for _ in range(options.rounds):
                if (moment.kind, moment.slow) in ended:
                    break
                found = at(moment, place)
                if found is None:
                    ended.add((moment.kind, moment.slow))
                else:
                    counts[f"at a {moment.kind}, {way}", found] += 1
        for found, count in at_random(options.random, place, options.seed).items():
            counts["at a random moment", found] += count
    for (what, found), count in sorted(counts.items()):
        print(f"{what}: {found}: {count}")


if __name__ == "__main__":
    main()
