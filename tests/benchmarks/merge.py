"""What many slides cost beside evaluating them: merging, starting a shard, opening the store.

    python -m tests.benchmarks.merge
    python -m tests.benchmarks.merge --slides 10 100 --shards 64
    python -m tests.benchmarks.merge --equal 2000 --shards 64 --workers 2

The curve is of generated runs: one slide of 36 tiles is evaluated with color statistics, and its
files stand for those of all others, under their own names. Each size is merged by a process of its
own, whose greatest memory is told beside that of one that only loads the program. *A shard's
start* is one shard of which all slides are over: what it costs beside its slides. *Store* is
opening and closing the embeddings of one more slide where so many are kept.

``--equal`` evaluates that many small slides in one process, and in shards in their own processes,
and fails unless each number is the same to the last digit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from pathgui.core.embedding.embedding_key import EmbeddingKey
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.evaluation.shards import evaluate_shard, merge_shards
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.runs.run_files import load_run
from pathgui.core.runs.shards import Shard
from pathgui.core.runs.slide_records import SLIDES_FOLDER, write_record
from pathgui.core.runs.unfinished import unfinished_folder
from tests.cohorts import ask_for, make_study
from tests.material import make_reference

SIZES = (10, 100, 1_000, 10_000)
SLIDES_OF_PATIENT = 2
SIDE = 256  # pixels of the slides of --equal: 16 tiles each


def request_of(folder: Path, n: int) -> tuple[EvaluationRequest, ReferenceSet]:
    """Asks for ``n`` slides, of which no file is there."""
    reference = load_reference(folder / "set" / "colors.pgref")
    opened = make_study(folder / "study", 1) if not (folder / "study").exists() else None
    if opened is None:
        from pathgui.core.cohort.opened import open_cohort

        opened = open_cohort(folder / "study" / "study.pgcohort", folder / "p", to_change=False)
    request = ask_for(opened, reference, standard_encoders().chosen(["color-statistics"]))
    one = request.slides[0]
    slides = tuple(
        AskedSlide(f"G-{i:05d}", None, one.center, one.tissue, f"P-{i // SLIDES_OF_PATIENT}")
        for i in range(n)
    )
    return replace(request, slides=slides), reference


def generate(folder: Path, n: int, shards: int) -> None:
    """The folder of a run of which every slide is evaluated, and nothing merged."""
    target = folder / "run.pgrun"
    request, reference = request_of(folder, n)
    one = ask_for(
        make_study(folder / "one", 1), reference, standard_encoders().chosen(["color-statistics"])
    )
    evaluate_shard(one, folder / "one.pgrun", Shard(1, 1), reference=reference)
    begun = unfinished_folder(folder / "one.pgrun")
    (done,) = load_run(begun).slides
    evaluate_shard(request, target, Shard(0, shards), reference=reference)
    names, there = CohortNames(request, reference), unfinished_folder(target) / SLIDES_FOLDER
    assert done.slide is not None
    for i, asked in enumerate(request.slides):
        place = there / names.folder(asked.slide_id)
        place.mkdir(parents=True)
        for file in (begun / SLIDES_FOLDER / done.folder).iterdir():
            os.link(file, place / file.name)
        (place / "slide.json").unlink()
        slide = replace(
            done,
            slide_id=names.slide_id(asked.slide_id),
            folder=place.name,
            patient=names.patient(asked.patient),
            slide=replace(done.slide, content_id=f"{i:040x}"),
        )
        write_record(slide, place)


def measured(folder: Path, n: int, shards: int, what: str) -> dict[str, float]:
    """What a process of its own tells of ``what``."""
    words = [sys.executable, "-m", "tests.benchmarks.merge", "--child", what]
    words += ["--folder", str(folder), "--slides", str(n), "--shards", str(shards)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def child(folder: Path, n: int, shards: int, what: str) -> None:
    """Do one thing and tell its seconds, CPU seconds and greatest memory."""
    import resource

    request, reference = request_of(folder, n)
    began, used = time.perf_counter(), time.process_time()
    if what == "shard":
        done = evaluate_shard(request, folder / "run.pgrun", Shard(1, shards), reference=reference)
        assert not done.others_wait
    elif what == "merge":
        merge_shards(request, folder / "run.pgrun", shards, repeat=str, reference=reference)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "cpu": time.process_time() - used,
                "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            }
        )
    )


def key_of(number: int) -> EmbeddingKey:
    """The key of one slide's tiles."""
    return EmbeddingKey(
        tiles=f"slide {number}", n_tiles=36, encoder="color-statistics", dim=6,
        weights_sha256="", transform="", pooling="", precision="fp32", input_px=64,
        preparation="exact", code_version=1, batch_size=32, correction="",
    )  # fmt: skip


def seconds_of_store(folder: Path, n: int, tries: int = 5) -> tuple[float, float]:
    """Seconds to open and close one more entry where ``n`` are: the first one, and the next."""
    store = EmbeddingStore(folder)
    with EmbeddingStore(folder, 10**15).open(key_of(0)):
        pass
    first = folder / key_of(0).digest
    for number in range(1, n):
        there = folder / key_of(number).digest
        if not there.exists():
            shutil.copytree(first, there, copy_function=os.link)
    taken = []
    for number in range(n, n + tries):
        began = time.perf_counter()
        with store.open(key_of(number)):
            pass
        taken.append(time.perf_counter() - began)
    return taken[0], sum(taken[1:]) / (tries - 1)


def curve(sizes: list[int], shards: int, folder: Path) -> None:
    """A row for each size."""
    make_reference(folder / "set", slides=10, tiles=6)
    row = "{:>8} {:>10} {:>10} {:>10} {:>12} {:>12} {:>12} {:>12}"
    print(
        row.format(
            "slides", "merge s", "CPU s", "more MB", "shard's s", "shard's CPU", "store 1st s",
            "store s",
        )
    )  # fmt: skip
    for n in sizes:
        here = folder / str(n)
        here.mkdir()
        shutil.copytree(folder / "set", here / "set")
        generate(here, n, shards)
        shard = measured(here, n, shards, "shard")
        bare = measured(here, n, shards, "nothing")
        merge = measured(here, n, shards, "merge")
        store = seconds_of_store(here / "store", n)
        print(
            row.format(
                n, f"{merge['seconds']:.2f}", f"{merge['cpu']:.2f}",
                f"{merge['mb'] - bare['mb']:.0f}", f"{shard['seconds']:.2f}", f"{shard['cpu']:.2f}",
                f"{store[0]:.3f}", f"{store[1]:.3f}",
            ),
            flush=True,
        )  # fmt: skip
        shutil.rmtree(here)


def equal(n: int, shards: int, workers: int, folder: Path) -> None:
    """Evaluate ``n`` slides in one process and in shards; fail unless the numbers are the same."""
    from tests.core.evaluation.test_many_slides import numbers

    make_reference(folder / "set", slides=4, tiles=4)
    make_study(folder / "study", n, side=SIDE)
    words: list[str] = [sys.executable, "-m", "pathgui", "evaluate", "--device", "cpu", "--no-maps"]
    words += ["--cohort", str(folder / "study" / "study.pgcohort"), "--k", "5", "--sweep", "none"]
    words += ["--reference", str(folder / "set" / "colors.pgref"), "--encoder", "color-statistics"]
    engine = ["--engine", "local", "--shards", str(shards), "--workers", str(workers)]
    seconds: dict[str, Any] = {}
    for name, more in (("one", []), ("many", engine)):
        environment = {**os.environ, "PATHGUI_HOME": str(folder / f"home-{name}")}
        (folder / f"home-{name}").mkdir()
        key = folder / "home-one" / "config"
        if name == "many" and key.exists():  # the same pseudonyms
            shutil.copytree(key, folder / "home-many" / "config")
        began, used = time.perf_counter(), psutil.cpu_times().user
        subprocess.run(
            [*words, "--out", str(folder / f"{name}.pgrun"), *more], check=True, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        seconds[name] = time.perf_counter() - began, psutil.cpu_times().user - used
    one, many = load_run(folder / "one.pgrun"), load_run(folder / "many.pgrun")
    print(f"one process: {seconds['one'][0]:.0f} s; {shards} shards by {workers}: "
          f"{seconds['many'][0]:.0f} s")  # fmt: skip
    if numbers(many) != numbers(one) or many.over_slides != one.over_slides:
        raise SystemExit("the numbers differ")
    states = [slide.state for slide in many.slides]
    print(f"equal to the last digit: {states.count('done')} of {n} slides done")


def main() -> None:
    """Print the curve, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slides", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--equal", type=int, metavar="SLIDES")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.folder, asked.slides[0], asked.shards, asked.child)
        return
    with tempfile.TemporaryDirectory() as name:
        if asked.equal:
            equal(asked.equal, asked.shards, asked.workers, Path(name))
        else:
            curve(asked.slides, asked.shards, Path(name))


if __name__ == "__main__":
    main()
