"""What a cohort costs beyond reading its slides. The exit code is 1 where a budget is missed.

  sampling  a reference set of 20,000 tiles written, beside reading the same tiles alone: opening
            the slides, decoding with the direct reader and making smaller, in one thread, in the
            same order. Budget: 0.8 of the rate of reading, with 50 tiles a slide, where the scale
            is that of the plan and where tiles have to be made smaller. Nearly all tiles of a slide
            have no budget: then neighbors share what is decoded, and compressing costs the most
  memory    peak memory of a process that plans, writes and opens a set of 100,000 small tiles, most
            of it what follows from the number of tiles. Budget: 2 GB

Slides are generated. Every round runs all methods in turn, each ratio is taken within its round,
and the median is printed. The file cache is warm.

  python -m tests.benchmarks.cohort              both
  python -m tests.benchmarks.cohort sampling --slides 8 --rounds 5
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from pathgui.core.cohort.opened import Cohort, OpenCohort, make_cohort, open_cohort
from pathgui.core.cohort.sampling.cutting import open_taken, read_square
from pathgui.core.cohort.sampling.sample import Sample, plan_sample
from pathgui.core.cohort.sampling.sampled_set import write_sample
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.sampling_plan import PROPOSED, SamplingPlan
from pathgui.core.slides.slide import Slide
from tests.benchmarks.reader import make_slide

PARTS = ("sampling", "memory")
LEAST_RATE = 0.8
MOST_BYTES = 2e9
MANY_TILES = 100_000
SPARE = 20  # of a slide, for tiles that are left out
SIDE = 6144  # px of a slide
ALONE, WRITING = "reading alone", "writing, all threads"


def cohort_of(folder: Path, count: int, mpp: float) -> OpenCohort:
    """A cohort of generated slides of two centers and two tissues, made where they are not yet."""
    names = [f"slide-{number}" for number in range(count)]
    for number, name in enumerate(names):
        if not (folder / f"{name}.tif").exists():
            make_slide(folder / f"{name}.tif", SIDE, seed=number)
    cohort = folder / f"mpp-{mpp:g}.pgcohort"
    if not cohort.exists():
        make_cohort(cohort)
    found = open_cohort(cohort, folder / "places")
    rows = [
        {"slide_id": name, "file": f"../{name}.tif", "center": "NS"[number % 2],
         "tissue": "TU"[number // 2 % 2], "mpp": str(mpp)}
        for number, name in enumerate(names)
    ]  # fmt: skip
    found.save(Cohort(found.cohort.info, SlideTable().with_rows(rows)))
    return found


def read_alone(sample: Sample, threads: int = 1) -> None:
    """Read all tiles as they are stored, and do nothing with them."""
    with ThreadPoolExecutor(threads) as pool:
        for slide in sample.slides:
            with open_taken(slide, lambda: None) as opened:
                side = sample.plan.side_px
                one = partial(_read, opened, slide.size_l0, side)
                if threads == 1:
                    for origin in slide.origins:
                        one(origin)
                else:
                    list(pool.map(one, slide.origins))


def _read(opened: Slide, size_l0: int, side_px: int, origin: tuple[int, int]) -> None:
    read_square(opened, origin, size_l0, side_px)


def sampling(folder: Path, slides: int, rounds: int) -> bool:
    """Whether the budget is kept by the plan that pathgui proposes."""
    kept = True
    for mpp, tiles_a_slide in ((0.5, 50), (0.25, 50), (0.5, 500)):
        plan = replace(SamplingPlan(), tiles_a_slide=tiles_a_slide)
        cohort = cohort_of(folder, slides, mpp)  # making slides is no part of planning
        start = time.perf_counter()
        sample = plan_sample(cohort, plan)
        planned = time.perf_counter() - start
        n, out = len(sample), folder / "S.pgref"
        methods: dict[str, Callable[[], object]] = {
            ALONE: partial(read_alone, sample),
            f"{ALONE}, 2 threads": partial(read_alone, sample, 2),
            "writing, 1 thread": partial(write_sample, sample, out, workers=1),
            WRITING: partial(write_sample, sample, out),
        }
        wall: dict[str, list[float]] = {name: [] for name in methods}
        cpu: dict[str, list[float]] = {name: [] for name in methods}
        for _ in range(rounds):
            for name, method in methods.items():
                start, own = time.perf_counter(), time.process_time()
                method()
                wall[name].append(time.perf_counter() - start)
                cpu[name].append(time.process_time() - own)
                shutil.rmtree(out, ignore_errors=True)
        print(f"\n{n:,} tiles of {slides} slides of {mpp:g} µm per pixel, {tiles_a_slide} a slide")
        for name, times in wall.items():
            ratio = statistics.median(
                alone / own for own, alone in zip(times, wall[ALONE], strict=True)
            )
            print(
                f"  {name:28s} {n / statistics.median(times):7.0f} tiles/s  {ratio:5.2f} of "
                f"{ALONE}  {statistics.median(cpu[name]) / n * 1e3:6.2f} CPU ms a tile"
            )
            if name == WRITING and tiles_a_slide == SamplingPlan().tiles_a_slide:
                kept &= ratio >= LEAST_RATE
        alone, writing = (statistics.median(cpu[name]) for name in (ALONE, WRITING))
        for cores in sorted({2, 4, os.cpu_count() or 1}):
            print(
                f"  by CPU time alone, {cores} cores write at {cores * alone / writing:.2f} of it"
            )
        print(
            f"  planning took {planned:.1f} s, {planned / slides * 1e3:.0f} ms a slide", flush=True
        )
    print(f"budget: {LEAST_RATE} of {ALONE}, {'kept' if kept else 'MISSED'}")
    return kept


def memory(folder: Path, slides: int) -> bool:
    """Whether the budget is kept, by a process of its own."""
    cohort_of(folder, slides, 0.25)
    command = [sys.executable, "-m", "tests.benchmarks.cohort", "child", "--folder", str(folder)]
    told = subprocess.run(
        [*command, "--slides", str(slides)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    *lines, peak = told.splitlines()
    print("", *lines, sep="\n")
    kept = int(peak) <= MOST_BYTES
    print(f"peak {int(peak) / 1e6:,.0f} MB; budget {MOST_BYTES / 1e6:,.0f} MB, "
          f"{'kept' if kept else 'MISSED'}")  # fmt: skip
    return kept


def child(folder: Path, slides: int) -> None:
    """Print what a set of many tiles takes; the last line is the peak in bytes."""
    plan = replace(PROPOSED, edge_um=16.0, tiles_a_slide=-(-MANY_TILES // slides) + SPARE)
    before = peak_bytes()
    sample = plan_sample(cohort_of(folder, slides, 0.25), plan)
    planned = peak_bytes()
    start = time.perf_counter(), time.process_time()
    out = folder / "many.pgref"
    write_sample(sample, out)
    written = peak_bytes()
    wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    reference = load_reference(out)
    opened = peak_bytes()
    shutil.rmtree(out)
    for what, peak in (
        ("imports", before), ("planned", planned), ("written", written), ("opened", opened),
    ):  # fmt: skip
        print(f"  {len(reference):,} tiles, {what}: peak {peak / 1e6:,.0f} MB")
    rate, per_tile = len(reference) / wall, cpu / len(reference) * 1e3
    print(f"  written at {rate:.0f} tiles/s, {per_tile:.2f} CPU ms a tile")
    if len(reference) < MANY_TILES:
        raise SystemExit(f"The slides give {len(reference):,} tiles of {MANY_TILES:,}: take more.")
    print(peak_bytes())


def peak_bytes() -> int:
    """The most memory that this process had so far."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def part(word: str) -> str:
    """A word of the command; argparse's own choices refuse a default of several words."""
    if word not in (*PARTS, "child"):
        raise argparse.ArgumentTypeError(f"{word!r} is none of {', '.join(PARTS)}")
    return word


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", type=part, default=PARTS, help=" or ".join(PARTS))
    parser.add_argument("--slides", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where slides are kept for the next time")
    args = parser.parse_args()
    if "child" in args.parts:
        child(args.folder, args.slides)
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = args.folder or Path(place)
        folder.mkdir(exist_ok=True)
        kept = True
        if "sampling" in args.parts:
            kept &= sampling(folder, args.slides, args.rounds)
        if "memory" in args.parts:
            kept &= memory(folder, args.slides)
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
