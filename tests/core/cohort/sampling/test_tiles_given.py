"""Tiles and slides that a user names, by themselves or in a table."""

from __future__ import annotations

import pytest

from pathgui.core.cohort.sampling.tiles_given import dropped_given, tiles_given
from pathgui.core.errors import ReferenceSetError

SLIDES = ["nord 1", "süd-2", "a.csv"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("tile,why\nnord 1 0 64,pen\n", encoding="utf-8")
    (tmp_path / "slides.csv").write_text("Slide ID;note\nsüd-2;old\n", encoding="cp1252")
    (tmp_path / "other.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (tmp_path / "gone.csv").write_text("tile\nost 5 0\n", encoding="utf-8")


def test_tiles_come_by_name_and_from_tables_and_each_once():
    assert tiles_given(["süd-2 3 4", "a.csv", "nord 1 0 64"]) == ("nord 1 0 64", "süd-2 3 4")
    with pytest.raises(ReferenceSetError, match="neither a tile nor a file called nord 1"):
        tiles_given(["nord 1"])


def test_a_slide_of_the_cohort_is_one_though_a_file_is_called_so():
    assert dropped_given(["a.csv"], SLIDES) == ((), ("a.csv",))
    assert dropped_given(["a.csv"], SLIDES[:2]) == (("nord 1 0 64",), ())


def test_tiles_and_slides_are_told_apart():
    found = dropped_given(["nord 1 -8 16", "slides.csv", "nord 1"], SLIDES)
    assert found == (("nord 1 -8 16",), ("nord 1", "süd-2"))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("west", "west is neither a slide of the cohort, nor a tile on one"),
        ("west 1 2", "west 1 2 is neither a slide"),
        ("other.csv", "has neither the column tile nor slide_id"),
        ("gone.csv", "The cohort has no slides that these are, or lie on: ost 5 0"),
    ],
)
def test_what_is_neither_is_refused(given, text):
    with pytest.raises(ReferenceSetError, match=text):
        dropped_given([given], SLIDES)
