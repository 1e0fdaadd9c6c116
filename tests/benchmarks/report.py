"""How long a report takes: wall and CPU seconds, by number of encoders.

    python -m tests.benchmarks.report [--rounds 3] [--run RUN.pgrun]

Budget: 3 s for 3 encoders. The first report of a process also imports matplotlib and typst; that
is shown apart, as the budget is for both together.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from pathgui.core.report.report import render_report
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import LONG_CENTERS, make_evaluation, thumbnail, with_maps

BUDGET_S = 3.0


def timed(folder: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds, bytes."""
    wall, cpu = time.perf_counter(), time.process_time()
    size = len(render_report(folder, ReportOptions()))
    return time.perf_counter() - wall, time.process_time() - cpu, size


def show(name: str, folder: Path, rounds: int) -> float:
    """Print a line; returns the median of the wall seconds."""
    found = [timed(folder) for _ in range(rounds)]
    wall = statistics.median(each[0] for each in found)
    cpu = statistics.median(each[1] for each in found)
    print(
        f"{name:44s} {wall:6.2f} s wall {cpu:6.2f} s CPU {found[0][2] / 1000:8.0f} kB", flush=True
    )
    return wall


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", type=Path, help="a finished run, in place of those made up")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        cases = {}
        if args.run is not None:
            cases[args.run.name] = args.run
        else:
            for name, n, others in (
                ("3 encoders", 3, {}),
                ("1 encoder", 1, {}),
                ("6 encoders", 6, {}),
                ("12 encoders", 12, {}),
                ("3 encoders, 40 centers with long names", 3, {"centers": LONG_CENTERS}),
            ):
                made = make_evaluation(n, given_center=True, in_depth=True, **others)
                made = replace(with_maps(made), thumbnail=thumbnail())
                cases[name] = Path(place) / f"{name}.pgrun"
                save_evaluation(made, cases[name])
        first = next(iter(cases))
        cold = show(f"{first}, first of the process", cases[first], 1)
        for name, folder in cases.items():
            show(name, folder, args.rounds)
    word = "within" if cold <= BUDGET_S else "over"
    print(f"\n{first}, imports included: {cold:.2f} s, {word} the budget of {BUDGET_S:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
