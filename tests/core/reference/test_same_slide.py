"""Spellings of one slide and of one patient."""

from __future__ import annotations

import pytest

from pathgui.core.reference.same_slide import file_key, patient_key, slide_key

UUID = "F6E9A5DF-D8FB-45CF-B4BD-C6B76294C291"


TCGA = "TCGA-3C-AALI-01Z-00-DX1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S23.001", "S23.002"),
        ("S23", "S23.001"),
        ("S23.001.svs", "S23.002.svs"),
        ("1.2.840.10008.5", "1.2.840.10008.5.1"),
        (f"{TCGA}", "TCGA-3C-AALI-01Z-00-DX2"),
        ("slide-1", "slide-10"),
        (UUID, UUID.replace("F6", "F7")),
        ("a.svs", "b.svs"),
        (".svs", ".tif"),
    ],
)
def test_names_of_different_slides_stay_apart(one, other):
    assert slide_key(one) != slide_key(other)


def test_of_a_path_the_last_part_is_the_name():
    assert file_key("/data/x.y/A.svs") == file_key("C:\\slides\\a.SVS") == "a"


def test_a_patient_is_the_first_twelve_characters_of_a_tcga_barcode_and_else_the_whole_name():
    assert patient_key("TCGA-3C-AALI-01Z") == patient_key("tcga-3c-aali")
    assert patient_key("TCGA-3C-AALI") != patient_key("TCGA-3C-AALJ")
    assert patient_key("TCGA-3C-AALI2") != patient_key("TCGA-3C-AALI")  # no barcode
    assert patient_key("P.1") != patient_key("P.2")
