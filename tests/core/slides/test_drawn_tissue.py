"""A region that is the tissue mask."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import NoTissueError
from pathgui.core.slides.drawn_tissue import tissue_of_region
from pathgui.core.slides.region import inside
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import tile_grid
from pathgui.core.slides.tissue import find_tissue
from tests.core.slide_factory import write_slide

SQUARE = ((200.0, 300.0), (840.0, 300.0), (840.0, 940.0), (200.0, 940.0))
# With a hole, which a bridge joins to the outline; and one that crosses itself.
FRAME = (
    (0.0, 0.0), (600.0, 0.0), (600.0, 600.0), (0.0, 600.0), (0.0, 0.0),
    (200.0, 200.0), (200.0, 400.0), (400.0, 400.0), (400.0, 200.0), (200.0, 200.0),
)  # fmt: skip
BOW = ((0.0, 0.0), (500.0, 500.0), (500.0, 0.0), (0.0, 500.0))


@pytest.fixture
def pale(tmp_path):
    """A slide of glass, on which no tissue is found."""
    glass = np.full((1100, 1500, 3), 243, np.uint8)
    with open_slide(write_slide(tmp_path / "fettgewebe hell.tif", glass)) as slide:
        yield slide


def test_a_slide_without_tissue_has_the_tiles_of_the_region(pale):
    assert not find_tissue(pale).mask.any()
    grid = tile_grid(pale, tissue_of_region(pale, (SQUARE,)), 64 * pale.mpp)
    middles = grid.origins_l0 + 32
    assert len(grid) == 100
    assert inside(middles, (SQUARE,)).all()


@pytest.mark.parametrize("outline", [SQUARE, FRAME, BOW])
def test_the_mask_is_inside_where_the_region_is(pale, outline):
    found = tissue_of_region(pale, (outline,))
    rows, columns = found.mask.shape
    x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    middles = np.column_stack([x.ravel(), y.ravel()]) * found.downsample
    expected = inside(middles, (outline,)).reshape(rows, columns)
    np.testing.assert_array_equal(found.mask, expected)
    assert 0 < found.mask.mean() < 1


def test_a_region_beyond_the_slide_ends_with_it(pale):
    everything = ((-900.0, -900.0), (9000.0, -900.0), (9000.0, 9000.0), (-900.0, 9000.0))
    assert tissue_of_region(pale, (everything,)).mask.all()
    outside = tuple((x - 9000, y) for x, y in everything)
    assert not tissue_of_region(pale, (outside, ((1.0, 1.0), (2.0, 2.0)))).mask.any()


def test_the_mask_says_that_it_was_drawn_and_has_no_threshold(pale):
    found = tissue_of_region(pale, (SQUARE,))
    assert (found.method, found.threshold, found.drawn) == ("drawn: the region", None, True)


def test_no_region_and_one_smaller_than_a_tile_are_refused_with_what_to_do(pale):
    with pytest.raises(NoTissueError, match="no region is given"):
        tissue_of_region(pale, ())
    speck = ((10.0, 10.0), (40.0, 10.0), (40.0, 40.0))
    with pytest.raises(NoTissueError, match="Draw a region that is larger than a tile"):
        tile_grid(pale, tissue_of_region(pale, (speck,)), 64 * pale.mpp)
