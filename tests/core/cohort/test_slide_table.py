"""slides.csv is edited by people, spreadsheets and git, and keeps what they wrote."""

from __future__ import annotations

import time

import pytest

from pathgui.core.cohort.slide_table import COLUMNS, SlideTable, from_csv, to_csv
from pathgui.core.errors import CohortError
from tests.core.cohort.making import table

PEOPLE = (
    "slide_id,block,file,center,note\n"
    'A,1a,../a.svs,Köln,"pale, thick"\n'
    "B,2b,b.svs,,\n"
).encode()  # fmt: skip


def test_columns_nobody_knows_and_the_order_of_all_are_kept_to_the_byte():
    read, told = from_csv(PEOPLE)
    assert to_csv(read) == PEOPLE
    assert told == []
    assert read.columns == ("slide_id", "block", "file", "center", "note")
    changed = read.with_cells({(1, "center"): "Bonn"})
    assert to_csv(changed) == PEOPLE.replace(b"b.svs,,", b"b.svs,Bonn,")


def test_what_excel_saved_is_read_and_written_as_before():
    text = PEOPLE.decode().replace("pale, thick", "pale; thick").replace(",", ";")
    read, told = from_csv(text.replace("\n", "\r\n").encode("cp1252"))
    assert read.cell(0, "center") == "Köln"
    assert told == ["was saved with semicolons, Windows-1252; pathgui writes commas and UTF-8"]
    assert to_csv(read) == PEOPLE.replace(b'"pale, thick"', b"pale; thick")


def test_a_row_that_is_too_long_or_too_short_is_kept_as_it_is():
    content = b"slide_id,center\nA,Bonn,left,over\nB\nC,Ulm\n"
    read, _ = from_csv(content)
    assert read.column("center") == ["Bonn", "", "Ulm"]
    assert to_csv(read) == content
    assert to_csv(read.with_cells({(1, "center"): "Kiel"})) == content.replace(
        b"\nB\n", b"\nB,Kiel\n"
    )


def test_headings_are_found_in_other_cases_and_the_first_of_two_counts():
    read, _ = from_csv(b"Slide_ID,Center,center\nA,Bonn,Ulm\n")
    assert (read.slide_ids, read.column("center")) == (["A"], ["Ulm"])
    read, _ = from_csv(b"slide_id,center,center\nA,Bonn,Ulm\n")
    assert read.column("center") == ["Bonn"]
    assert to_csv(read) == b"slide_id,center,center\nA,Bonn,Ulm\n"


def test_marks_of_something_missing_are_nothing_and_stay_in_the_file():
    read, _ = from_csv(b"slide_id,center\nA,n/a\nB, - \n")
    assert read.column("center") == ["", ""]
    assert b"n/a" in to_csv(read)


def test_mpp_is_a_positive_number_with_a_comma_or_a_point():
    read, _ = from_csv(b"slide_id;mpp\nA;0,25\nB;-1\nC;fine\nD;\nE;0,5\n")
    assert read.mpps == [0.25, None, None, None, 0.5]
    assert table({"slide_id": "A", "mpp": "0.25"}).mpps == [0.25]


def test_rows_are_added_and_taken_out_and_new_columns_stand_at_the_end():
    made = table({"slide_id": "A"}, {"slide_id": "B", "grade": "2"})
    assert made.columns == (*COLUMNS, "grade")
    assert made.column("grade") == ["", "2"]
    assert made.without_rows([0]).slide_ids == ["B"]
    assert len(SlideTable()) == 0
    assert made.with_cells({(0, "grade"): "a\n b\t\0c"}).cell(0, "grade") == "a b c"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x01" * 9, "not text"),
        (b"name,center\nA,B\n", "no column slide_id, but name, center"),
        (
            b"slide_id,center\n<<<<<<< HEAD\nA,1\n=======\nA,2\n>>>>>>> x\n",
            "line 2 is a mark that git",
        ),
        (b'slide_id,note\nA,"open\n', "line"),
    ],
)
def test_what_is_no_table_of_slides_is_one_sentence(content, text):
    with pytest.raises(CohortError, match=text):
        from_csv(content)


def test_2000_rows_are_read_and_written_in_a_moment():
    made = table(*({"slide_id": f"S{i}", "center": "Köln", "note": "x" * 40} for i in range(2000)))
    began = time.process_time()
    content = to_csv(made)
    read, _ = from_csv(content)
    assert read.slide_ids[-1] == "S1999"
    assert to_csv(read.with_cells({(7, "center"): "Bonn"})).count(b"\n") == 2001
    assert time.process_time() - began < 0.3


def test_a_column_comes_and_goes_with_what_stands_in_it():
    table = SlideTable().with_rows([{"slide_id": "A", "center": "North"}])
    longer = table.with_column(" block ")
    assert longer.columns == (*COLUMNS, "block")
    assert longer.without_column("center").column("slide_id") == ["A"]
    assert not longer.without_column("center").has("center")
    for name in ("", "Center"):
        with pytest.raises(CohortError):
            table.with_column(name)
