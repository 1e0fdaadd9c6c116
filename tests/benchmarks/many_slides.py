"""What a cohort adds to each slide: time beyond reading, masking and forward, and memory.

    python -m tests.benchmarks.many_slides --slides 60
    nice -n 15 python -m tests.benchmarks.many_slides --slides 500

Slides are generated, 25 to 49 tiles each, and evaluated with color statistics against a set of 240
tiles. At most 50 ms of CPU time a slide may be spent on what is neither reading, nor masking, nor
the forward: judging, measuring, pictures, writing. Memory may grow by 50 MB from slide 50 to the
last, and the set is measured once. With ``--kill`` the
run is killed twice, goes on, and has to end with the numbers of one that nothing disturbed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pathgui.core.cohort.opened import open_cohort
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.evaluation import cohort_job, each_slide, encoder_runs, encoder_work
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.evaluation.slide_judge import SlideJudge
from pathgui.core.progress import Event, SlideTurn
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.runs.record import Run
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.run_files import load_run
from pathgui.core.slides.slide import Slide
from tests.cohorts import ask_for, make_study
from tests.material import make_reference

MOST_MS, MOST_MB, FROM_SLIDE = 50.0, 50.0, 50


class Clock:
    """CPU seconds of the calling thread in some functions: other work hardly changes them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)

    def wrap(self, owner: Any, name: str) -> None:
        """Time a function where it stands."""
        made: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **more: Any) -> Any:
            begun = time.thread_time()
            try:
                return made(*given, **more)
            finally:
                self.seconds[name] += time.thread_time() - begun
                self.calls[name] += 1

        setattr(owner, name, timed)


def request_for(folder: Path, encoders: list[str]) -> EvaluationRequest:
    """Everything that lies in ``folder``, as :func:`make` has made it."""
    specs = standard_encoders().chosen(encoders)
    with open_cohort(folder / "study" / "study.pgcohort", folder / "p", to_change=False) as opened:
        return ask_for(opened, load_reference(folder / "set" / "colors.pgref"), specs)


def make(folder: Path, slides: int) -> None:
    """A reference set and a cohort."""
    make_reference(folder / "set", slides=10, tiles=6)
    make_study(folder / "study", slides)


def measure(folder: Path, slides: int) -> bool:
    """Time and memory of one run; whether they are within the limits."""
    clock, process = Clock(), psutil.Process()
    clock.wrap(cohort_job.CohortJob, "_take")  # one slide, on the thread of the run
    clock.wrap(encoder_runs, "embed_many")  # in it, and in embed_many the judging
    for owner, name in (
        (SlideJudge, "__call__"), (SlideJudge, "summarize"), (each_slide, "worst_pictures"),
        (Slide, "thumbnail"),
    ):  # fmt: skip
        clock.wrap(owner, name)
    clock.wrap(encoder_work, "measure")
    memory: list[float] = []
    began = [0.0]

    def report(event: Event) -> None:
        if isinstance(event, SlideTurn) and event.state == "running" and not began[0]:
            began[0] = time.perf_counter()
            clock.seconds.clear()  # what the reference set took
        if isinstance(event, SlideTurn) and event.state in ("done", "failed"):
            memory.append(process.memory_info().rss / 1e6)

    request = request_for(folder, ["color-statistics"])
    run = evaluate_slides(
        request, folder / "a.pgrun", store=EmbeddingStore(folder / "store"), report=report
    ).run
    whole = time.perf_counter() - began[0]
    done = sum(slide.state == "done" for slide in run.slides)
    spent = clock.seconds
    elsewhere = sum(spent[name] for name in ("summarize", "worst_pictures", "thumbnail"))
    beyond = 1000 * (spent["_take"] - spent["embed_many"] + spent["__call__"] + elsewhere) / done
    grown = memory[-1] - memory[min(FROM_SLIDE, len(memory)) - 1]
    size = (folder / "a.pgrun" / "run.json").stat().st_size
    begun = time.perf_counter()
    load_run(folder / "a.pgrun")
    print(f"{done} of {slides} slides in {whole:.1f} s: {1000 * whole / done:.0f} ms a slide")
    print(f"beyond reading, masking, forward {beyond:.0f} ms of CPU a slide (<= {MOST_MS:.0f})")
    print(f"memory from slide {FROM_SLIDE} to {len(memory)}: {grown:+.0f} MB of {memory[-1]:.0f}")
    print(f"the reference set was measured {clock.calls['measure']} time(s)")
    print(f"run.json {size / 1e6:.1f} MB, read in {time.perf_counter() - begun:.2f} s")
    return beyond <= MOST_MS and grown <= MOST_MB and clock.calls["measure"] == 1 and done == slides


def numbers(run: Run) -> list[Any]:
    """All of the slides that must not depend on when they were evaluated."""
    return [
        replace(
            slide,
            seconds=0.0,
            events=[],
            encoders=[replace(each, seconds={}, tiles_per_second=None) for each in slide.encoders],
        )
        for slide in run.slides
    ]


def killed(folder: Path) -> bool:
    """Whether a run that is killed twice ends with the numbers of one that is not."""
    encoders = ["color-statistics", "shell"]
    request = request_for(folder, encoders)
    whole = evaluate_slides(request, folder / "whole.pgrun").run
    words = [sys.executable, "-m", "tests.benchmarks.many_slides", "--go-on", str(folder)]
    rng = np.random.default_rng(0)
    for stop in sorted(rng.integers(1, len(request.slides) - 1, 2).tolist()):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                if int(line) >= stop:
                    time.sleep(float(rng.uniform(0, 0.2)))
                    child.kill()
        print(f"killed after {stop} slides")
    again = evaluate_slides(
        request, folder / "killed.pgrun", store=EmbeddingStore(folder / "killed")
    ).run
    same = numbers(again) == numbers(whole)
    print(f"{len(again.slides)} slides x {len(encoders)} encoders: {'equal' if same else 'DIFFER'}")
    return same


def go_on(folder: Path) -> None:
    """The process that is killed: prints how many slides are done."""
    done = 0

    def report(event: Event) -> None:
        nonlocal done
        if isinstance(event, SlideTurn) and event.state == "done":
            done += 1
            print(done, flush=True)

    request = request_for(folder, ["color-statistics", "shell"])
    store = EmbeddingStore(folder / "killed")
    evaluate_slides(request, folder / "killed.pgrun", store=store, report=report)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    words.add_argument("--slides", type=int, default=60)
    words.add_argument("--kill", action="store_true")
    words.add_argument("--go-on", type=Path)
    given = words.parse_args()
    if given.go_on is not None:
        go_on(given.go_on)
        return 0
    with tempfile.TemporaryDirectory() as place:
        make(Path(place), given.slides)
        good = killed(Path(place)) if given.kill else measure(Path(place), given.slides)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
