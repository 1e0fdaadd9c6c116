"""Public collections by the names of their slides."""

from __future__ import annotations

import pytest

from pathgui.core.reference.barcodes import collections_named, collections_of


@pytest.mark.parametrize(
    ("name", "collections"),
    [
        ("TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF-D8FB-45CF-B4BD-C6B76294C291.svs", {"TCGA"}),
        ("brca_tcga-a1-a0sb_17.png", {"TCGA"}),
        ("C3L-00001-21", {"CPTAC"}),
        ("GTEX-1117F-0126", {"GTEx"}),
        ("S23-00001", set()),
        ("AC3L-00001", set()),
        ("not-tcga-at-all", set()),
    ],
)
def test_a_barcode_tells_its_collection(name, collections):
    assert collections_of([name]) == collections


def test_a_collection_is_named_by_a_whole_word_alone():
    assert collections_named("of GTEx, and TCGA-BRCA") == {"GTEx", "TCGA"}
    assert collections_named("tcgaish") == frozenset()
