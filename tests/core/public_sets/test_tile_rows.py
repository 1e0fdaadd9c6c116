"""Labels become rows: what is missing or double is said, and what names of slides tell is taken."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.public_sets.tile_rows import make_rows, with_patients


def test_rows_that_lack_something_or_are_double_are_refused():
    columns = {
        "slide_id": ["s", "", "s", "s"],
        "center": ["A", "", "A", "A"],
        "tissue": ["t", "t", "t", "t"],
        "tile": ["1", "2", "1", "3"],
    }
    rows = make_rows(columns, mpp=0.5, file=Path("f"), place=lambda row: f" (at {row})")
    assert [row.reason for row in rows] == [
        "",
        "no slide_id and no center (at 1)",
        "the same tile as in row 1: 1 (at 2)",
        "",
    ]
    assert [row.number for row in rows] == [1, 2, 3, 4]


def test_patients_are_told_by_names_of_slides_where_they_tell_any():
    columns = {"slide_id": ["TCGA-E9-A1R5-01Z-00-DX1", "normal_017"]}
    assert with_patients(columns) == (
        "The patient is supposed from the slide's name (the TCGA participant, or patient_NUMBER), "
        "of 1 of 2 slides. The 1 others are supposed to be of patients of their own."
    )
    assert columns["patient_id"] == ["TCGA-E9-A1R5", ""]
    without = {"slide_id": ["case_1"]}
    assert "each slide is supposed to be of a patient of its own" in with_patients(without)
    assert "patient_id" not in without
