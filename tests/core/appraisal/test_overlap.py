"""Public collections that a set has slides of, and what encoders saw of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.appraisal.overlap import Collection, Training, collections_in
from tests.core.appraisal.making import reference_of


def test_collections_are_told_by_slides_patients_and_tiles():
    rows = [
        ("t", "c", "TCGA-3C-AALI-01Z-00-DX1", ""),
        ("t", "c", "TCGA-3C-AALJ-01Z-00-DX1", ""),
        ("t", "c", "S3", "C3N-00217"),
        ("t", "c", "S4", ""),
    ]
    reference = reference_of(rows)
    assert collections_in(reference) == [
        Collection("TCGA", 2, "names"),
        Collection("CPTAC", 1, "names"),
    ]
    tiles = ("a", "b", "c", "tiles/GTEX-1117F-0126_12.png")
    assert Collection("GTEx", 1, "names") in collections_in(replace(reference, tiles=tiles))


@pytest.mark.parametrize("description", ["Tiles of TCGA-UT", "as the tcga has them"])
def test_a_set_without_barcodes_is_known_by_its_description(description):
    reference = reference_of([("t", "c", "S1")], description=description)
    assert collections_in(reference) == [Collection("TCGA", None, "description")]


def test_a_set_that_was_packed_without_names_keeps_what_they_told():
    reference = reference_of([("t", "c", "slide-1a2b3c4d")])
    kept = replace(reference, info=replace(reference.info, collections=("TCGA",)))
    assert collections_in(kept) == [Collection("TCGA", None, "record")]
    assert collections_in(reference) == []


def test_what_an_encoder_saw_is_yes_not_named_or_unknown():
    tcga = Collection("TCGA", 3, "names")
    assert Training("TCGA and PAIP", ["TCGA"], "verified").saw(tcga) == "yes"
    assert Training("slides of a hospital", [], "unverified").saw(tcga) == "not named"
    assert Training("", [], "unverified").saw(tcga) == "unknown"
