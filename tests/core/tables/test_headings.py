"""What others call the columns that this program knows."""

from __future__ import annotations

import pytest

from pathgui.core.tables.headings import (
    AmbiguousHeading,
    assign,
    is_sure,
    known,
    one_name_each,
    role_of,
)


def test_usual_headings_of_several_languages_are_understood():
    assert assign(["Dateipfad", "Slide ID", "Klinik", "Gewebe", "MPP (µm/px)"]) == [
        "path", "slide_id", "center", "tissue", "mpp",
    ]  # fmt: skip


def test_a_column_nobody_knows_stays_what_it_is():
    assert assign(["slide", "stain date"]) == ["slide_id", "stain date"]
    assert role_of("stain date") == ""


def test_the_programs_own_name_comes_first():
    assert assign(["center", "hospital", "site"]) == ["center", "hospital", "site"]


def test_a_surer_name_comes_before_one_that_may_mean_something_else():
    assert assign(["label", "tissue type"]) == ["label", "tissue"]


def test_two_columns_that_may_both_be_it_are_asked_about():
    with pytest.raises(AmbiguousHeading, match='"hospital" and "clinic" may both be the center'):
        assign(["hospital", "clinic"])


def test_a_name_twice_is_refused():
    with pytest.raises(AmbiguousHeading, match="the column stain twice"):
        assign(["stain", "stain"])


def test_equal_headings_are_told_apart_even_from_one_that_has_a_number():
    assert one_name_each(["a", "a (2)", "a", "a"]) == ["a", "a (2)", "a (3)", "a (4)"]


def test_columns_of_the_program_are_counted_once():
    assert known(["center", "hospital", "tissue", "stain"]) == 2


def test_a_word_that_may_mean_something_else_is_not_sure():
    assert [is_sure(text) for text in ("Slide ID", "Zentrum", "mpp (µm/px)")] == [True] * 3
    assert [is_sure(text) for text in ("Klinik", "Labor", "case", "label", "block")] == [False] * 5
