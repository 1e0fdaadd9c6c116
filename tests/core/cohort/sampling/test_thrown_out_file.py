"""What was thrown out is a table, and rows of it are taken back."""

from __future__ import annotations

import csv

import pytest

from pathgui.core.cohort.quality.flaws import Flaw
from pathgui.core.cohort.sampling.inspection import ThrownOut
from pathgui.core.cohort.sampling.thrown_out_file import read_taken_back, write_thrown_out
from pathgui.core.errors import ReferenceSetError

TILES = [
    ThrownOut(0, "Fall 1, ä", "Süd", "T", (10, 20), Flaw("blur", 0.0321, 0.2)),
    ThrownOut(3, "B", "Nord", 'S"x', (0, 7), Flaw("pen", 0.5, 0.1)),
]


def test_each_tile_stands_with_its_reason_value_and_limit(tmp_path):
    path = tmp_path / "out.csv"
    write_thrown_out(path, TILES)
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0] == {
        "tile": "Fall 1, ä 10 20", "slide": "Fall 1, ä", "center": "Süd", "tissue": "T",
        "x": "10", "y": "20", "flaw": "blur", "value": "0.0321", "limit": "0.2",
        "why": "is blurred: its edges are 0.03 of what is usual on its slide (limit 0.20)",
    }  # fmt: skip
    assert rows[1]["tissue"] == 'S"x'


def test_the_rows_that_are_left_are_taken_back(tmp_path):
    path = tmp_path / "out.csv"
    write_thrown_out(path, TILES)
    assert read_taken_back(path) == ("B 0 7", "Fall 1, ä 10 20")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0].replace(",", ";"), lines[2].replace(",", ";")]), "cp1252")
    assert read_taken_back(path) == ("B 0 7",)


def test_of_an_empty_list_nothing_is_taken_back(tmp_path):
    write_thrown_out(tmp_path / "out.csv", [])
    assert read_taken_back(tmp_path / "out.csv") == ()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"a,b\n1,2\n", "no column tile"),
        (b"PK\x03\x04" + bytes(300), "cannot be read"),
    ],
)
def test_what_is_no_such_table_is_one_sentence(tmp_path, content, text):
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReferenceSetError, match=text):
        read_taken_back(path)
