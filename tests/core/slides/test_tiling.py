from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import NoTissueError, ScaleError, UnreadableRegionError
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid, TileSpec, sample_tiles, tile_grid
from pathgui.core.slides.tissue import TissueMask, find_tissue
from tests.core.slide_factory import noise, write_slide
from tests.shared_data import shared


def all_tissue(slide):
    return TissueMask(np.ones((10, 10), bool), tuple(side / 10 for side in slide.size_l0), "all")


def no_tissue(slide):
    return TissueMask(np.zeros((10, 10), bool), tuple(side / 10 for side in slide.size_l0), "none")


@pytest.fixture(scope="module")
def noise_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("noise")
    return write_slide(folder / "noise.tif", noise(1100, 700), factors=(1, 2, 4))


@pytest.fixture
def slide(noise_path):
    with open_slide(noise_path) as slide:
        yield slide


def test_a_spec_knows_its_edge():
    assert TileSpec(224, 0.5).edge_um == 112


def test_tiles_lie_on_a_lattice_of_whole_level_0_pixels(slide):
    grid = tile_grid(slide, all_tissue(slide), 100.4)
    assert (grid.size_l0, grid.stride_l0, grid.origin_l0) == (201, 201, (0, 0))
    assert grid.shape == (5, 3)
    assert grid.edge_um == 100.5
    assert grid.cells.tolist() == [[column, row] for row in range(3) for column in range(5)]
    assert grid.origins_l0.tolist() == [[201 * x, 201 * y] for x, y in grid.cells.tolist()]
    assert (grid.origins_l0 + grid.size_l0 <= slide.size_l0).all()


def test_the_lattice_starts_where_the_scan_does(slide):
    slide.bounds_l0 = (130, 70, 450, 320)
    grid = tile_grid(slide, all_tissue(slide), 50)
    assert grid.origin_l0 == (130, 70)
    assert grid.shape == (4, 3)
    assert grid.origins_l0[0].tolist() == [130, 70]


def test_only_tiles_with_enough_tissue_are_kept(slide_path):
    with open_slide(slide_path) as slide:
        mask = find_tissue(slide)
        grid = tile_grid(slide, mask, 50, min_tissue=0.5)
        every = tile_grid(slide, mask, 50, min_tissue=0.0)
    assert len(every) == grid.shape[0] * grid.shape[1] == 15 * 10
    x, y = grid.origins_l0.T + grid.size_l0 / 2
    # The fixture's tissue is at columns 300..1100 and rows 200..700.
    assert len(grid) == 8 * 5
    assert ((x > 300) & (x < 1100) & (y > 200) & (y < 700)).all()


def test_the_lattice_is_the_same_whatever_is_kept(slide):
    half = all_tissue(slide)
    half.mask[:, 5:] = False
    kept, every = tile_grid(slide, half, 50), tile_grid(slide, all_tissue(slide), 50)
    assert (kept.shape, kept.origin_l0) == (every.shape, every.origin_l0)
    assert {tuple(cell) for cell in kept.cells} < {tuple(cell) for cell in every.cells}


def test_a_sample_is_seeded_spread_out_and_in_order(slide, monkeypatch):
    monkeypatch.setattr(
        "pathgui.core.slides.tiling._LEAST_SIZE_L0", 8
    )  # many tiles of a small slide
    grid = tile_grid(slide, all_tissue(slide), 10)
    sample = tile_grid(slide, all_tissue(slide), 10, max_tiles=64, seed=3)
    again = sample_tiles(grid, 64, seed=3)
    assert len(sample) == 64
    assert np.array_equal(sample.cells, again.cells)
    assert not np.array_equal(sample.cells, sample_tiles(grid, 64, seed=4).cells)
    order = sample.cells[:, 1] * grid.shape[0] + sample.cells[:, 0]
    assert (np.diff(order) > 0).all()
    column, row = sample.cells.T
    for half in (column < grid.shape[0] / 2, row < grid.shape[1] / 2):
        assert 24 <= half.sum() <= 40


def test_a_sample_of_more_than_there_is_is_everything(slide):
    grid = tile_grid(slide, all_tissue(slide), 100)
    assert sample_tiles(grid, 1000) is grid
    with pytest.raises(ValueError, match="at least 1"):
        sample_tiles(grid, 0)


def test_without_an_mpp_there_is_no_grid(tmp_path):
    path = write_slide(tmp_path / "plain.tif", noise(600, 400), mpp=None)
    with open_slide(path) as slide, pytest.raises(ScaleError, match="--mpp"):
        tile_grid(slide, all_tissue(slide), 112)


def test_a_slide_smaller_than_one_tile_is_refused():
    with (
        open_slide(shared("slides", "tiny-dicom-sm-50px.dcm")) as slide,
        pytest.raises(ScaleError, match=r"smaller than one tile: 24\.95 × 24\.95 µm.*112 µm"),
    ):
        tile_grid(slide, all_tissue(slide), 112)


def test_an_absurd_mpp_is_refused_where_tiles_would_be_dots():
    with (
        open_slide(shared("slides", "boxes-synthetic.tiff")) as slide,
        pytest.raises(ScaleError, match=r"0\.32 pixels wide.*352\.778.*--mpp"),
    ):
        tile_grid(slide, all_tissue(slide), 112)


def test_a_slide_without_tissue_says_what_to_check(slide):
    with pytest.raises(NoTissueError, match=r"the fullest has 0%.*right slide"):
        tile_grid(slide, no_tissue(slide), 50)


def test_tiles_come_from_the_level_that_has_enough_detail(slide):
    grid = tile_grid(slide, all_tissue(slide), 128)
    tiles = SlideTiles(slide, grid)
    assert (len(tiles), tiles.edge_um) == (len(grid), 128)
    assert [tiles.read(0, px).shape[0] for px in (300, 256, 200, 128, 64, 16)] == [
        *(256, 256, 256, 128, 64, 64)
    ]


def test_a_tile_is_the_slides_own_pixels(slide):
    grid = tile_grid(slide, all_tissue(slide), 128)
    picture = noise(1100, 700)
    index = grid.cells.tolist().index([2, 1])
    tile = SlideTiles(slide, grid).read(index, 224)
    assert np.array_equal(tile, picture[256:512, 512:768])


def test_the_key_follows_from_content_and_places(slide, tmp_path):
    grid = tile_grid(slide, all_tissue(slide), 128)
    key = SlideTiles(slide, grid).content_key
    assert key == SlideTiles(slide, grid).content_key
    assert key != SlideTiles(slide, sample_tiles(grid, 3)).content_key
    assert key != SlideTiles(slide, tile_grid(slide, all_tissue(slide), 120)).content_key
    with open_slide(write_slide(tmp_path / "b.tif", noise(1100, 700, seed=1))) as other:
        assert key != SlideTiles(other, grid).content_key


def test_exactly_the_tiles_over_damage_are_unreadable():
    with open_slide(shared("slides", "negative", "two-bad-tiles.tif")) as slide:
        edge = 224
        cells = np.array([(x, y) for y in range(13) for x in range(9)], np.int32)
        tiles = SlideTiles(slide, TileGrid(cells, (9, 13), edge, edge, (0, 0), 0.499))
        unreadable = set()
        for index, (column, row) in enumerate(cells.tolist()):
            try:
                tiles.read(index, edge)
            except UnreadableRegionError:
                unreadable.add((column, row))

    def touches(cell, bad):  # tile ``cell`` of the grid, native tile ``bad`` of 256 px
        return all(
            one * edge < (other + 1) * 256 and (one + 1) * edge > other * 256
            for one, other in zip(cell, bad, strict=True)
        )

    expected = {
        cell
        for cell in map(tuple, cells.tolist())
        if touches(cell, (2, 3)) or touches(cell, (5, 7))
    }
    assert unreadable == expected
    assert len(expected) == 8
