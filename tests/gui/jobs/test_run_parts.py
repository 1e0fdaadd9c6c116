"""How far a whole run is, in its parts."""

from __future__ import annotations

import pytest

from pathgui.core.progress import Part, Progress
from pathgui.gui.jobs.run_clock import Expected
from pathgui.gui.jobs.run_parts import RunParts


def said(part: Part | None, done: int, total: int, *names: str) -> Progress:
    return Progress("whatever is said", done, total, names, part)


def whole(parts: RunParts) -> float:
    return sum(part.weight * part.done for part in parts.shares)


@pytest.fixture
def parts() -> RunParts:
    expected = Expected({"a": 60.0, "b": 30.0}, {"a": 5.0, "b": 5.0}, n_slide=50)
    return RunParts(["a", "b"], 100, expected, with_slide=True)


def test_the_parts_are_as_long_as_their_share_of_the_time(parts):
    assert [part.title for part in parts.shares] == ["Reference set", "Slide", "Measuring"]
    assert [part.weight for part in parts.shares] == pytest.approx([0.6, 0.3, 0.1])


def test_a_run_without_a_slide_has_no_part_for_it():
    shares = RunParts(["a"], 100, Expected(n_slide=50), with_slide=False).shares
    assert [part.title for part in shares] == ["Reference set", "Measuring"]
    assert sum(part.weight for part in shares) == pytest.approx(1)


def test_encoders_fill_the_part_that_they_are_at_each_its_share(parts):
    parts.update(said(Part.REFERENCE_SET, 100, 200, "a", "b"))  # side by side, 100 tiles each
    assert parts.shares[0].done == pytest.approx(0.5)
    parts.update(said(Part.REFERENCE_SET, 100, 100, "b"))
    assert parts.shares[0].done == pytest.approx(0.75)
    parts.update(said(Part.SLIDE, 25, 50, "a"))  # which is through with the set
    assert [part.done for part in parts.shares] == pytest.approx([1.0, 0.25, 0.0])


def test_the_bar_never_goes_back(parts):
    former = 0.0
    for event in (
        said(Part.READING, 0, 1),
        said(Part.REFERENCE_SET, 50, 100, "a"),
        said(Part.REFERENCE_SET, 0, 100, "b"),
        said(Part.SLIDE, 10, 50, "a"),
        said(Part.REFERENCE_SET, 0, 100, "a", "b"),  # taken from the store once more
        said(Part.SLIDE, 50, 50, "a", "b"),
        said(Part.MEASURING, 0, 1),
        said(None, 3, 4),
        said(Part.SAVING, 0, 1),
    ):
        parts.update(event, seconds_left=4.0)
        assert whole(parts) >= former
        former = whole(parts)
    assert former == pytest.approx(1.0)


def test_measuring_fills_with_the_time_that_it_was_said_to_take(parts):
    parts.update(said(Part.SLIDE, 100, 100, "a", "b"))
    parts.update(said(Part.MEASURING, 0, 1), seconds_left=4.0)
    assert parts.shares[-1].done == pytest.approx(0.6)  # 6 of 10 seconds
