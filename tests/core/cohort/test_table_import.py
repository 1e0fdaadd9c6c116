"""Rows of a table become slides; what is not taken is said at the row, and the rest is taken."""

from __future__ import annotations

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pathgui.core.cohort.column_proposal import propose_columns
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.core.cohort.table_import import import_table, named
from pathgui.core.errors import CohortError
from pathgui.core.tables.read import read_sheet
from tests.core.cohort.making import sheet, table
from tests.shared_data import shared


def taken(headings: str, *rows: str, slides: SlideTable | None = None, add=True, **more):
    proposal = propose_columns(sheet(headings, *rows, **more)).accepted()
    return import_table(SlideTable() if slides is None else slides, proposal, add_slides=add)


def test_a_column_of_file_names_gives_slides_their_names_and_files():
    made = taken("slide,center", "x/A.svs,North", "B.tif,South")
    assert made.slides.slide_ids == ["A", "B"]
    assert made.slides.column("file") == ["x/A.svs", "B.tif"]
    assert made.slides.column("center") == ["North", "South"]
    assert (made.taken, made.added) == (2, 2)


def test_rows_meet_slides_by_name_file_or_stem():
    slides = table({"slide_id": "A", "file": "f1.svs"}, {"slide_id": "b"}, {"slide_id": "C"})
    made = taken("slide,center", "F1,1", "B.svs,2", "C,3", "D,4", slides=slides, add=False)
    assert made.slides.column("center") == ["1", "2", "3"]
    assert made.unknown == ("D",)
    assert made.not_named == ()
    made = taken("slide,center", "C,3", slides=slides, add=False)
    assert made.not_named == ("A", "b")


def test_a_name_that_may_be_two_slides_is_not_taken():
    slides = table({"slide_id": "A"}, {"slide_id": "a.svs"})
    made = taken("slide_id,center", "a,1", "A,2", slides=slides, add=False)
    assert [str(note) for note in made.notes] == [
        "row 1: a may be any of 2 slides of the cohort; it was not taken"
    ]
    assert made.slides.column("center") == ["2", ""]


def test_rows_that_agree_are_one_slide_and_one_that_does_not_is_named():
    made = taken("slide_id,center,note", "A,North,", "A,North,thick", "B,South,", "A,West,", "C,,")
    assert made.slides.slide_ids == ["A", "B", "C"]
    assert made.slides.cell(0, "note") == "thick"
    assert made.slides.cell(0, "center") == "North"
    assert [str(note) for note in made.notes] == [
        "row 4: A has the center West here and North in row 1; it was not taken"
    ]


def test_of_a_table_of_tiles_only_what_is_of_slides_is_taken():
    rows = [f"S{i // 3},t/{i}.png,{'NS'[i // 3]},0.5" for i in range(6)]
    made = taken("slide_id,path,center,mpp", *rows)
    assert made.slides.column("center") == ["N", "S"]
    assert made.slides.column("file") == ["", ""]
    assert made.slides.column("mpp") == ["", ""]
    assert (
        "rows of tiles. Left out, as it says nothing of slides: the columns file, mpp."
        in made.told[-1]
    )


def test_a_cell_is_changed_by_another_value_and_not_by_an_empty_one():
    slides = table({"slide_id": "A", "center": "North", "stain": "HE"})
    made = taken("slide_id,center,stain", "A,South,", slides=slides)
    assert made.changed == (("A", "center", "North", "South"),)
    assert made.slides.cell(0, "stain") == "HE"
    assert made.added == 0


def test_columns_nobody_knows_are_kept_and_marks_of_nothing_are_nothing():
    made = taken("slide_id,center,remark,empty", "A,n/a,n/a,")
    assert made.slides.cell(0, "center") == ""
    assert "n/a" in made.slides.rows[0]  # a remark is the user's own
    assert made.slides.has("empty")


def test_whole_numbers_of_a_table_with_gaps_are_whole():
    made = taken("slide_id,center,remark", "7.0,1.0,1.0", "8.0,,x")
    assert (made.slides.slide_ids, made.slides.column("center")) == (["7", "8"], ["1", ""])
    assert made.slides.cell(0, "remark") == "1.0"


def test_each_bad_row_is_one_sentence_and_the_rest_is_taken():
    made = taken(
        "slide_id,center,mpp", "A,1,0.5", ",2,", "C,3,-1", "D,4,wide", "E,5,",
        faults={4: "it has 4 values, but there are 3 columns"},
    )  # fmt: skip
    assert made.slides.slide_ids == ["A", "C", "D"]
    assert made.slides.column("mpp") == ["0.5", "", ""]
    assert [str(note) for note in made.notes] == [
        "row 2: it has no slide_id; it was not taken",
        "row 3: mpp is no positive number (-1); it was left empty",
        "row 4: mpp is no positive number (wide); it was left empty",
        "row 5: it has 4 values, but there are 3 columns; it was not taken",
    ]


def test_spellings_of_a_center_that_may_be_one_are_said():
    made = taken("slide_id,center", "A,North", "B,north")
    assert any('"North" and "north" differ only in case' in text for text in made.told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("german.csv", "semicolons, decimal commas"),
        ("german_cp1252.csv", "semicolons, Windows-1252, decimal commas"),
        ("decimalcomma_quoted.csv", "decimal commas"),
        ("tab.tsv", "tabs"),
        ("utf16.csv", "tabs, UTF-16"),
        ("caps.csv", '"Slide_ID" is slide_id'),
        ("synonyms.csv", '"hospital" is center'),
        ("nfd.csv", "several spellings"),
        ("missing.csv", '"path" is file'),
        ("backslash.csv", '"path" is file'),
    ],
)
def test_tables_of_real_offices_become_cohorts_and_are_said_in_a_line(name, told):
    sheet = read_sheet(shared("faults", "manifests", name), CohortError)
    made = import_table(SlideTable(), propose_columns(sheet).accepted(), add_slides=True)
    assert len(made.slides) == 24
    assert made.notes == ()
    assert told in " ".join(made.told)
    centers = set(made.slides.column("center"))
    assert centers == {"Universitätsklinikum Köln", "C1", "C2", "C3"}
    assert set(made.slides.column("tissue")) == {"Tumor", "Stroma"}


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".csv", ".tsv"])
def test_every_kind_of_table_gives_the_same_slides(tmp_path, suffix):
    headings, rows = ["Slide ID", "Zentrum", "mpp"], [["A", "Köln", 0.25], ["B", "Bonn", 0.5]]
    path = tmp_path / f"t{suffix}"
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [["Our slides"], headings, *rows]:  # a title above the headings
            book.active.append(row)
        book.save(path)
    elif suffix == ".parquet":
        columns = zip(*rows, strict=True)
        pq.write_table(pa.table(dict(zip(headings, map(list, columns), strict=True))), path)
    else:
        mark = "\t" if suffix == ".tsv" else ";"
        lines = [mark.join(map(str, row)).replace(".", ",") for row in (headings, *rows)]
        path.write_text("\n".join(lines), encoding="cp1252")
    made = import_table(
        SlideTable(), propose_columns(read_sheet(path, CohortError)), add_slides=True
    )
    assert made.slides.slide_ids == ["A", "B"]
    assert made.slides.column("center") == ["Köln", "Bonn"]
    assert made.slides.column("mpp") == ["0.25", "0.5"]


def test_of_many_names_the_first_are_listed():
    assert named(list("abc")) == "a, b, c"
    assert named([*"abcdefg"]) == "a, b, c, d, e and 2 more"
