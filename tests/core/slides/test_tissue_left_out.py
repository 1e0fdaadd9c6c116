"""How much tissue the user's choices leave out, on masks whose areas are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.slides.tissue import TissueMask
from pathgui.core.slides.tissue_left_out import TissueLeftOut, tissue_left_out

MPP = 0.5  # with 20 level-0 pixels a mask pixel: 1e-4 mm² each
ALL = TissueMask(np.ones((10, 10), np.bool_), (20.0, 20.0), "all", threshold=0.05)
LEFT = replace(ALL, mask=np.arange(10)[None, :] < np.full((10, 1), 4), threshold=0.2)
TOP = (((0.0, 0.0), (200.0, 0.0), (200.0, 60.0), (0.0, 60.0)),)


def test_where_nothing_was_chosen_or_no_tissue_was_sought_nothing_is_said():
    assert tissue_left_out(ALL, None, (), MPP) is None
    assert tissue_left_out(replace(ALL, drawn=True), None, TOP, MPP) is None


def test_tissue_outside_the_region_is_counted_where_there_is_tissue():
    assert tissue_left_out(ALL, None, TOP, MPP) == TissueLeftOut(
        pytest.approx(0.01), pytest.approx(0.007), 0.0
    )
    found = tissue_left_out(LEFT, None, TOP, MPP)
    assert (found.found_mm2, found.regions_mm2) == (pytest.approx(0.004), pytest.approx(0.0028))


def test_a_threshold_leaves_out_what_the_automatic_one_takes_and_no_tissue_counts_twice():
    found = tissue_left_out(LEFT, ALL, TOP, MPP)
    assert found == TissueLeftOut(pytest.approx(0.01), pytest.approx(0.0028), pytest.approx(0.006))
    lower = tissue_left_out(ALL, LEFT, (), MPP)
    assert lower == TissueLeftOut(pytest.approx(0.004), 0.0, 0.0)
