"""What a column of a table may be is proposed, and taken only when that is sure or said."""

from __future__ import annotations

import pytest

from pathgui.core.cohort.column_proposal import propose_columns
from pathgui.core.errors import CohortError
from tests.core.cohort.making import sheet


def columns(proposal) -> dict[str, str]:
    return {each.heading: each.column for each in proposal.columns}


def test_headings_that_mean_one_thing_are_sure_and_others_are_proposed():
    found = propose_columns(sheet("Slide ID,Zentrum,Fall,Klasse,Färbung,block", ",,,,,"))
    assert columns(found) == {
        "Slide ID": "slide_id", "Zentrum": "center", "Fall": "patient_id", "Klasse": "tissue",
        "Färbung": "stain", "block": "block",
    }  # fmt: skip
    assert [each.heading for each in found.unsure] == ["Fall", "Klasse", "Färbung"]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("site", "center"), ("Hospital", "center"), ("KLINIK", "center"), ("Institution", "center"),
        ("Institut", "center"), ("Krankenhaus", "center"), ("case", "patient_id"),
        ("Fallnummer", "patient_id"), ("Patienten-ID", "patient_id"), ("Gewebe", "tissue"),
        ("Präparat", "slide_id"), ("Objektträger", "slide_id"), ("name", "slide_id"),
        ("Dateiname", "file"), ("MPP (µm/px)", "mpp"), ("Pixelgröße", "mpp"),
        ("Scanner Model", "scanner"), ("Gerät", "scanner"), ("staining", "stain"),
    ],
)  # fmt: skip
def test_words_of_english_and_german_offices_are_known(heading, column):
    assert columns(propose_columns(sheet(heading, ""))) == {heading: column}


def test_what_is_declined_keeps_its_own_name_and_what_is_accepted_does_not():
    found = propose_columns(sheet("slide,Klinik", "A,Köln"))
    assert columns(found.declined()) == {"slide": "slide_id", "Klinik": "Klinik"}
    assert columns(found.accepted()) == {"slide": "slide_id", "Klinik": "center"}
    assert found.accepted().unsure == ()


def test_two_columns_that_may_be_the_same_are_named_and_neither_is_taken():
    found = propose_columns(sheet("slide,site,hospital", "A,1,2"))
    assert columns(found)["site"] == "site"
    assert found.undecided == {
        "center": 'The columns "site" and "hospital" may both be the center; say which one is.'
    }
    settled = found.settled({"center": "Hospital"})
    assert columns(settled) == {"slide": "slide_id", "site": "site", "hospital": "center"}
    assert settled.undecided == {}


def test_the_users_word_counts_more_than_a_heading():
    found = propose_columns(sheet("slide,center,scanner", "A,1,2")).settled({"center": "scanner"})
    assert columns(found) == {"slide": "slide_id", "center": "center (2)", "scanner": "center"}
    with pytest.raises(CohortError, match=r"t\.csv has no column city. It has: slide, center"):
        found.settled({"center": "city"})


def test_columns_without_a_name_or_with_the_same_are_told_apart():
    found = propose_columns(sheet("slide,,note,note", "A,1,2,3"))
    assert columns(found) == {
        "slide": "slide_id", "column 2": "column 2", "note": "note", "note (2)": "note (2)",
    }  # fmt: skip


def test_a_column_that_cannot_have_its_name_is_said():
    found = propose_columns(sheet("slide,center,center,", "A,1,2,3"))
    assert found.renamed == {
        "center (2)": 'A column "center" is called "center (2)": another one has its name.',
        "column 4": 'A column without a heading is called "column 4".',
    }
    apart = propose_columns(sheet("slide,Center,center", "A,1,2")).declined()
    assert apart.renamed["Center"].startswith('A column "Center" is called "Center (2)"')
    assert propose_columns(sheet("slide,note", "A,1")).renamed == {}


def test_a_column_with_neither_heading_nor_cells_is_none():
    assert columns(propose_columns(sheet("slide,note,", "A,1,", "B,2,"))) == {
        "slide": "slide_id", "note": "note",
    }  # fmt: skip


def test_further_columns_of_the_cohort_are_known_by_their_names():
    assert columns(propose_columns(sheet("slide,Grade", "A,2"), ["grade"]))["Grade"] == "grade"


def test_a_column_of_file_names_is_proposed_where_no_heading_says_which_slide():
    found = propose_columns(sheet("Scan,remark", "x/A.svs,a", "B.ndpi,", ",b.svs"))
    assert columns(found)["Scan"] == "file"
    assert [each.heading for each in found.unsure] == ["Scan"]
    found.accepted().require_slides()
    with pytest.raises(CohortError, match=r"says which slide a row is of.*It has: Scan, remark"):
        found.declined().require_slides()
    assert columns(propose_columns(sheet("slide,Scan", "A,A.svs")))["Scan"] == "Scan"


def test_headings_that_differ_in_case_alone_never_fall_into_one_column():
    found = propose_columns(sheet("slide,Center,center,NOTE,note", "A,1,2,3,4"))
    assert columns(found) == {
        "slide": "slide_id", "Center": "Center (2)", "center": "center", "NOTE": "NOTE",
        "note": "note (2)",
    }  # fmt: skip
    found = propose_columns(sheet("slide,CENTER,Center", "A,1,2"))
    assert set(columns(found).values()) == {"slide_id", "CENTER (2)", "Center (3)"}
    assert "center" in found.undecided
