#!/usr/bin/env python3
"""Opens thousands of damaged slides as the program does, and counts what comes of it.

Every mutant is opened, looked over, searched for tissue and read at the ends and in the middle of
each level. That runs in workers, each one a process like the program's; the counts are of their
deaths, tracebacks, times and memory. A stopped run goes on where it was.

    python -m tests.fuzz.slides --count 10000 --out /tmp/fuzz
    python -m tests.fuzz.slides --out /tmp/fuzz --table       only the counts
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.mutants import mutant, seed_of

if TYPE_CHECKING:
    from pathgui.core.slides.slide import Slide

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "slides"
LONGEST_S = 20.0
MOST_BYTES = 2 << 30
_LIMIT_S = 300.0  # for one mutant: a worker that takes longer is ended, and counted
_BATCH = 100


def seeds() -> list[Path]:
    """Whole slides of every format at hand, in their order."""
    return sorted(
        path
        for path in SHARED.iterdir()
        if path.suffix in {".svs", ".tif", ".tiff", ".ndpi", ".dcm"}
        or (path.is_dir() and list(path.glob("*.dcm")))
    )


class Clock:
    """The longest time between two moments at which the work could have been cancelled."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.monotonic()

    def tick(self, event: object = None) -> None:
        """The work can be cancelled here."""
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now


def outcome_of(path: Path, clock: Clock) -> tuple[str, str]:
    """What comes of opening and reading a file, and what went wrong in the program if it did."""
    from pathgui.core.errors import PathguiError
    from pathgui.core.slides.slide import open_slide

    outcome = "refused"
    try:
        with open_slide(path, mpp=0.5, report=clock.tick) as slide:
            clock.tick()
            outcome = "read in part"
            _use(slide, clock)
            outcome = "opened"
    except PathguiError as error:
        if "\n" in str(error) or len(str(error)) > 900:
            return "no sentence", str(error)[:300]
    except Exception as error:  # noqa: BLE001 - this is what is counted
        return "traceback", f"{type(error).__name__}: {error}"[:300]
    finally:
        clock.tick()
    return outcome, ""


def _use(slide: Slide, clock: Clock) -> None:
    """What the window and an evaluation do with a slide that is opened."""
    from pathgui.core.slides.tissue import find_tissue

    slide.thumbnail(256, report=clock.tick)
    find_tissue(slide, clock.tick)
    for level, each in enumerate(slide.levels):
        width, height = (side * each.downsample for side in each.size)
        for part in (0.0, 0.37, 0.999):
            clock.tick()
            slide.read((int(width * part), int(height * part)), level, (300, 300))
    for name in ("label", "macro", "thumbnail"):
        clock.tick()
        slide.associated_image(name)
    assert len(slide.content_id) == 64


def work(first: int, count: int, out: Path) -> None:
    """Do mutants ``first`` and following; one line of JSON for each that is done."""
    from pathgui.core.slides.reading.slide_pool import warm_up

    sources = [seed_of(path) for path in seeds()]
    warm_up()
    with out.open("a", encoding="utf-8") as log:
        for number in range(first, first + count):
            seed = sources[number % len(sources)]
            with tempfile.TemporaryDirectory(prefix="mutant") as folder:
                path, kind = mutant(seed, number, Path(folder))
                log.write(json.dumps({"number": number, "begun": True}) + "\n")
                log.flush()
                clock = Clock()
                outcome, error = outcome_of(path, clock)
            facts = {
                "number": number,
                "seed": seed.name,
                "kind": kind,
                "outcome": outcome,
                "error": error,
                "longest": round(clock.longest, 2),
                "peak": _peak_bytes(),
            }
            log.write(json.dumps(facts) + "\n")
            log.flush()


def _peak_bytes() -> int:
    """Peak memory of this process until now, as the system says."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def drive(count: int, out: Path) -> None:
    """Run workers until every mutant is done or has ended its worker."""
    while True:
        done = {fact["number"] for fact in _facts(out) if "outcome" in fact}
        todo = next((number for number in range(count) if number not in done), None)
        if todo is None:
            return
        batch = next((n for n in range(1, _BATCH) if todo + n in done or todo + n >= count), _BATCH)
        command = [sys.executable, "-m", "tests.fuzz.slides", "--out", str(out.parent)]
        command += ["--work", str(todo), str(batch)]
        worker = subprocess.Popen(command)
        while worker.poll() is None:
            time.sleep(0.5)
            if out.exists() and time.time() - out.stat().st_mtime > _LIMIT_S:
                worker.kill()
        if worker.returncode:
            _bury(out, worker.returncode)


def _bury(out: Path, code: int) -> None:
    """Count the mutant that a worker had begun when it ended."""
    facts = _facts(out)
    if facts and "begun" in facts[-1]:
        number = facts[-1]["number"]
        source = seeds()[int(str(number)) % len(seeds())].name
        fact = {"number": number, "seed": source, "outcome": f"process ended with {code}"}
        with out.open("a", encoding="utf-8") as log:
            log.write(json.dumps(fact | {"longest": 0, "peak": 0}) + "\n")


def _facts(out: Path) -> list[dict[str, object]]:
    if not out.exists():
        return []
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines() if line]


def table(out: Path) -> int:
    """Print the counts; how many of the things that must not happen did."""
    facts = list({fact["number"]: fact for fact in _facts(out) if "outcome" in fact}.values())
    outcomes = Counter(str(fact["outcome"]) for fact in facts)
    print(f"| {len(facts):,} damaged slides | |\n|---|---|")
    for outcome, number in outcomes.most_common():
        print(f"| {outcome} | {number:,} |")
    died = sum(number for name, number in outcomes.items() if name.startswith("process ended"))
    longest = max((float(str(fact["longest"])) for fact in facts), default=0.0)
    slow = sum(float(str(fact["longest"])) > LONGEST_S for fact in facts)
    peak = max((int(str(fact["peak"])) for fact in facts), default=0)
    print(f"| deaths of the program's process | {died} |")
    print(f"| tracebacks | {outcomes['traceback']} |")
    print(f"| steps over {LONGEST_S:.0f} s that could not be cancelled | {slow} |")
    print(f"| longest step | {longest:.1f} s |")
    print(f"| largest memory of the program's process | {peak / 1e6:,.0f} MB |")
    for fact in facts:
        if fact["outcome"] == "traceback" or str(fact["outcome"]).startswith("process"):
            print(f"  {fact['number']} {fact['seed']}: {fact['outcome']} {fact.get('error', '')}")
    return died + outcomes["traceback"] + slow + (peak > MOST_BYTES)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", type=Path, required=True, help="folder of the counts")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--work", type=int, nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    out = args.out / "slides.jsonl"
    if args.work:
        work(*args.work, out)
        return 0
    if not args.table:
        drive(args.count, out)
    return min(table(out), 1)


if __name__ == "__main__":
    sys.exit(main())
