"""Small slides and one of each center come first, and slides of one patient together."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.evaluation.slide_order import bytes_of, order_of
from pathgui.core.runs.request import AskedSlide
from pathgui.core.slides.slide_file import SlideFile


def slide(name, center="A", patient="", file=True):
    return AskedSlide(name, SlideFile(Path(name)) if file else None, center=center, patient=patient)


def names(slides, sizes):
    return [slides[row].slide_id for row in order_of(slides, sizes)]


def test_the_smallest_of_each_center_comes_first_and_then_the_others_by_size():
    slides = [slide("a"), slide("b"), slide("c", "B"), slide("d", "B")]
    assert names(slides, [3, 9, 7, 5]) == ["a", "d", "c", "b"]


def test_slides_of_a_patient_follow_each_other_however_its_name_is_spelled():
    slides = [slide("a", patient="P1"), slide("b"), slide("c", patient=" p1"), slide("d")]
    assert names(slides, [1, 2, 9, 3]) == ["a", "c", "b", "d"]


def test_what_cannot_be_opened_comes_before_all():
    assert names([slide("a"), slide("b", file=False)], [1, 0]) == ["b", "a"]


def test_equal_slides_come_in_the_order_of_the_cohort():
    assert names([slide("z"), slide("a")], [4, 4]) == ["z", "a"]


def test_a_folder_counts_with_its_files_and_what_is_gone_with_nothing(tmp_path):
    (tmp_path / "series").mkdir()
    for name in "ab":
        (tmp_path / "series" / name).write_bytes(b"12345")
    assert bytes_of(tmp_path / "series") == 10
    assert bytes_of(tmp_path / "series" / "a") == 5
    assert bytes_of(tmp_path / "gone") == 0
