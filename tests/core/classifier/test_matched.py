"""Rows of a table are found among the tiles or slides of a set."""

from __future__ import annotations

import pytest

from pathgui.core.classifier.matched import matched
from pathgui.core.errors import ClassifierError
from tests.core.classifier.sets import reference, table

SET = reference()


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("tile", "tiles/t3.png"),
        ("path", "C:\\work\\tiles\\t3.png"),
        ("tile", "t3"),
        ("sha256", f"{3:064x}"),
        ("slide,x,y", "s1,300,0"),
        ("slide,tile", "s1.svs,t3"),
    ],
)
def test_a_tile_is_found_however_a_program_names_it(tmp_path, heading, row):
    found = matched(table(tmp_path, f"{heading},predicted", (row, "tumor")), SET)
    assert (found.unit, found.place.tolist()) == ("tile", [3])


def test_a_row_of_no_tile_is_found_nowhere(tmp_path):
    found = matched(table(tmp_path, "tile,predicted", ("t1", "x"), ("other", "x"), ("", "x")), SET)
    assert found.place.tolist() == [1, -1, -1]


def test_a_table_that_names_slides_alone_is_one_of_slides(tmp_path):
    found = matched(table(tmp_path, "slide,predicted", ("folder/S2.SVS", "x"), ("s9", "x")), SET)
    assert (found.unit, found.place.tolist()) == ("slide", [2, -1])
    assert found.slides[2] == "s2.svs"


def test_a_table_that_says_nothing_of_tiles_is_refused_with_what_it_needs(tmp_path):
    with pytest.raises(ClassifierError, match="which tile or slide a row is of"):
        matched(table(tmp_path, "predicted,score", ("tumor", 0.2)), SET)


@pytest.mark.parametrize("heading", ["tile", "slide"])
def test_a_table_of_another_set_is_refused_with_an_example_of_both(tmp_path, heading):
    with pytest.raises(ClassifierError, match=r'none of its 1 rows.*"zz.*tiles/t0.png'):
        matched(table(tmp_path, f"{heading},predicted", ("zz", "tumor")), SET)
