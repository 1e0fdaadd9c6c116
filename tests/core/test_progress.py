"""One callback carries progress and partial results, and ends the work by raising."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pathgui
from pathgui.core.embedding.embed import embed_many
from pathgui.core.errors import PathguiError
from pathgui.core.measurement.measure import measure
from pathgui.core.progress import Cancelled, Notice, Part, Progress, during, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.report.report import write_report
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.core.stand_ins import MemoryTiles, spec_of
from tests.material import make_reference


def work(report, done):
    try:
        for step in range(10):
            report(Progress("Counting", step, 10))
            done.append(step)
    finally:
        done.append("cleaned up")


def test_a_callback_that_raises_ends_the_work_which_cleans_up():
    done = []

    def after_three(event):
        if event.done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        work(after_three, done)
    assert done == [0, 1, 2, "cleaned up"]


def test_nobody_need_be_watching():
    done = []
    work(ignore_progress, done)
    assert len(done) == 11
    ignore_progress(Notice("still there"))


def test_being_cancelled_is_no_error_for_the_user():
    assert not issubclass(Cancelled, PathguiError)


def test_what_is_embedded_is_said_apart_from_the_sentence():
    events = []
    embed_many(MemoryTiles(4), [spec_of()], report=events.append, part=Part.SLIDE)
    assert {event.part for event in events if isinstance(event, Progress)} == {Part.SLIDE}


def test_what_a_function_reports_says_of_which_part_of_the_work_it_is():
    events = []
    report = during(Part.MAPS, events.append)
    report(Progress("Counting", 1, 10))
    report(Progress("Reading", 1, 10, part=Part.READING))
    report(Notice("Half is done."))
    assert events == [
        Progress("Counting", 1, 10, part=Part.MAPS),
        Progress("Reading", 1, 10, part=Part.READING),
        Notice("Half is done."),
    ]


def parts(events):
    """In the order in which they began."""
    return list(dict.fromkeys(event.part for event in events if isinstance(event, Progress)))


def test_each_moment_of_an_evaluation_and_its_report_is_of_a_part(slide_path, tmp_path):
    events = []
    with open_slide(slide_path, report=events.append) as slide:
        request = ask(make_reference(tmp_path), ("color-statistics",), slide, k=5)
        evaluation = evaluate(request, report=events.append)
    assert parts(events) == [
        Part.READING, Part.REFERENCE_SET, Part.MEASURING, Part.SLIDE, Part.MAPS, Part.SAVING
    ]  # fmt: skip
    by_stage = {event.step for event in events if isinstance(event, Progress)}
    assert (Part.MEASURING, "Calibrating the tissue probe") in by_stage
    assert (Part.MAPS, "Laying out the map") in by_stage
    assert (Part.MAPS, "Fitting tissue probes on the map") in by_stage
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    events.clear()
    write_report(tmp_path / "a.pgrun", tmp_path / "a.html", report=events.append)
    assert parts(events) == [Part.REPORT]


def test_measuring_says_so_whoever_asks_for_it():
    events = []
    tissue, center = np.array(list("TTNN" * 8)), np.array(list("ABAB" * 8))
    labels = TileLabels(tissue, center, np.array([f"s{row // 2}" for row in range(32)]))
    values = np.random.default_rng(0).normal(size=(32, 4)).astype(np.float32)
    measure(values, labels, k=3, report=events.append)
    assert parts(events) == [Part.MEASURING]


def test_the_same_phrase_in_another_part_counts_anew():
    one, other = (Progress("Finding neighbors", 3, 9, part=p) for p in (Part.MEASURING, Part.MAPS))
    assert one.step != other.step
    assert one.step == replace(one, done=4).step


def test_no_program_looks_for_a_part_in_the_words_for_people():
    """Two stages may be compared with each other, to see that one has ended; never with a text."""
    root, found = Path(pathgui.__file__).parent, []
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                read = [isinstance(s, ast.Attribute) and s.attr == "stage" for s in sides]
                words = any(isinstance(s, ast.Constant | ast.JoinedStr) for s in sides)
                within = isinstance(node.ops[0], ast.In | ast.NotIn) and read[-1]
                if any(read) and (words or within):
                    found.append(f"{path.relative_to(root)}:{node.lineno}")
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == "stage"
                and node.attr in ("startswith", "endswith", "find", "count", "split")
            ):
                found.append(f"{path.relative_to(root)}:{node.lineno}")
    assert found == [], "Ask for Progress.part."
