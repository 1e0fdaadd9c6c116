"""Which tiles take part."""

from __future__ import annotations

import numpy as np

from pathgui.core.crossfit.material import spread_evenly, tiles_of
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.crossfit.drawn import drawn


def test_a_center_of_few_slides_is_left_out_by_name():
    tiles = tiles_of(*drawn(slides=np.array([[2, 2, 1], [2, 2, 1], [2, 2, 1]])))
    assert not isinstance(tiles, NotAssessable)
    assert tiles.centers.tolist() == ["center 0", "center 1"]
    assert tiles.left_out_centers == ["center 2"]
    assert any("center 2" in notice for notice in tiles.notices)
    assert len(tiles) == 48


def test_a_tissue_that_only_the_left_out_center_shared_goes_with_it():
    tiles = tiles_of(*drawn(slides=np.array([[3, 3, 1], [3, 3, 1], [3, 0, 1]])))
    assert not isinstance(tiles, NotAssessable)
    assert tiles.tissues.tolist() == ["tissue 0", "tissue 1"]


def test_too_few_slides_are_a_reason_that_names_the_centers():
    why = tiles_of(*drawn(slides=1))
    assert isinstance(why, NotAssessable)
    assert "center 0, center 1, center 2" in why.reason


def test_tiles_are_taken_evenly_from_slides():
    tiles = tiles_of(*drawn(slides=2, tiles=5))
    assert not isinstance(tiles, NotAssessable)
    rows = spread_evenly(tiles, 40, 0)
    assert len(rows) == 40
    sizes = np.bincount(tiles.groups[rows])
    assert set(sizes.tolist()) == {2, 3}
    assert len(spread_evenly(tiles, 1000, 0)) == len(tiles)
