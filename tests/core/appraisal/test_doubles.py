"""What is in a set twice: pictures, slides, patients."""

from __future__ import annotations

from pathgui.core.appraisal.doubles import find_doubles
from tests.core.appraisal.making import full_rows, reference_of


def test_a_set_without_doubles_has_none():
    found = find_doubles(reference_of(full_rows()))
    assert (found.pictures, found.slides, found.patients) == ([], [], [])
    assert found.checksums
    assert not found.content_ids


def test_a_picture_under_two_labels_is_told_from_one_that_its_slide_repeats():
    rows = [("tumor", "North", "S1")] * 3 + [("stroma", "North", "S1")]
    found = find_doubles(reference_of(rows, pictures=["a", "b", "b", "a"]))
    assert [[each.row for each in same.tiles] for same in found.pictures] == [[0, 3], [1, 2]]
    assert [same.apart for same in found.pictures] == [True, False]


def test_one_slide_under_two_names_is_found_by_its_content_and_by_its_spelling():
    rows = [
        ("tumor", "North", "S23-001"),
        ("tumor", "North", "S23_001"),
        ("tumor", "South", "copy"),
        ("tumor", "North", "original"),
        ("tumor", "North", "original.svs"),
    ]
    found = find_doubles(reference_of(rows, contents=["a", "b", "c", "c", "c"]))
    assert [(each.slides, each.likeness) for each in found.slides] == [
        (["copy", "original", "original.svs"], "content"),
        (["S23-001", "S23_001"], "spelling"),
        (["original", "original.svs"], "spelling"),
    ]
    # Endings of files are no part of a name everywhere in pathgui: these two are one group.
    assert [each.one_group for each in found.slides] == [False, False, True]
    assert found.slides[0].centers == ["North", "South"]
    assert found.content_ids


def test_slides_whose_content_is_not_known_are_not_taken_for_one():
    rows = [("tumor", "North", "S1"), ("tumor", "North", "S2")]
    assert find_doubles(reference_of(rows, contents=["", ""])).slides == []


def test_a_patient_at_two_centers_is_found_by_its_id_or_by_the_barcodes_of_slides():
    rows = [
        ("tumor", "North", "S1", "Müller"),
        ("tumor", "South", "S2", "müller "),
        ("tumor", "North", "TCGA-3C-AALI-01Z-00-DX1", ""),
        ("tumor", "South", "TCGA-3C-AALI-01A-01-TS1", ""),
        ("tumor", "North", "S5", "other"),
    ]
    found = find_doubles(reference_of(rows)).patients
    assert [(each.patient, each.centers) for each in found] == [
        ("Müller", ["North", "South"]),
        ("tcga-3c-aali", ["North", "South"]),
    ]
    assert found[0].slides == ["S1", "S2"]
