"""One callback carries progress and partial results, and ends the work by raising."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pathgui
from pathgui.core.embedding.embed import embed_many
from pathgui.core.errors import PathguiError
from pathgui.core.progress import Cancelled, Notice, Part, Progress, ignore_progress
from tests.core.stand_ins import MemoryTiles, spec_of


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
