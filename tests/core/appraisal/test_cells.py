"""Tiles, slides and patients of each cell, and how far tissue and center go together."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.appraisal.cells import association_of, cells_of
from pathgui.core.metrics.neighbors.tissue_by_center import association
from tests.core.appraisal.making import full_rows, reference_of


def test_a_cell_counts_each_slide_and_patient_once_however_they_are_spelled():
    cells = cells_of(
        reference_of(
            [
                ("tumor", "North", "S1", "P1"),
                ("tumor", "North", "s1.svs", "p1"),
                ("tumor", "North", "S2", ""),
                ("stroma", "South", "S3", "P2"),
            ]
        ).labels
    )
    assert (cells.tissues, cells.centers) == (["stroma", "tumor"], ["North", "South"])
    assert cells.tiles == [[0, 1], [3, 0]]
    assert cells.slides == [[0, 1], [2, 0]]
    assert cells.patients == [[0, 1], [1, 0]]
    assert cells_of(reference_of([("tumor", "North", "S1")]).labels).patients is None


def test_tissue_and_center_that_are_one_are_told_from_those_that_are_not():
    def together(rows):
        return association_of(cells_of(reference_of(rows).labels))

    apart = together(full_rows())
    assert (apart.tiles, apart.slides) == (0.0, 0.0)
    one = [row for row in full_rows() if (row[0] == "tumor") == (row[1] == "North")]
    assert (together(one).tiles, together(one).slides) == (1.0, 1.0)
    alone = together([("tumor", "North", "S1"), ("tumor", "South", "S2")])
    assert (alone.tiles, alone.slides) == (None, None)


def test_by_chance_alone_the_corrected_association_is_near_0_and_the_plain_one_is_not():
    rng = np.random.default_rng(0)
    plain, corrected = [], []
    for _ in range(200):
        labels = [
            (f"t{tissue}", f"c{center}", f"s{number}")
            for number, (tissue, center) in enumerate(rng.integers(0, 4, (40, 2)))
        ]
        cells = cells_of(reference_of(labels).labels)
        plain.append(association(np.array(cells.slides)))
        corrected.append(association_of(cells).slides)
    assert np.mean(plain) == pytest.approx(0.27, abs=0.02)
    assert np.mean(corrected) < 0.09
