"""Regions put together of tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.slides.reading.raster_reader import (
    Pyramid,
    RasterReader,
    downsamples,
    spread_tiles,
)
from pathgui.core.slides.reading.sample_values import SampleValues
from tests.core.slide_factory import noise


class Tiles:
    """A level in memory, with places that are empty, damaged or too small."""

    def __init__(self, picture, tile=(32, 16), empty=(), damaged=(), small=()):
        self.picture, self.tile = picture, tile
        self.size = (picture.shape[1], picture.shape[0])
        self.empty, self.damaged, self.small = empty, damaged, small
        self.reads = 0

    def read(self, row, column):
        self.reads += 1
        if (row, column) in self.empty:
            return None
        if (row, column) in self.damaged:
            raise ValueError("bad marker")
        width, height = self.tile
        part = self.picture[row * height : (row + 1) * height, column * width :][:, :width]
        return part[:1] if (row, column) in self.small else part


def reader_of(*levels, closed=None):
    pyramid = Pyramid("raw 1", levels, SampleValues(), {}, closed or (lambda: None))
    return RasterReader(Path("a.tif"), pyramid, background=(9, 8, 7))


@pytest.mark.parametrize("origin", [(0, 0), (-5, -7), (31, 15), (90, 60), (-50, -50)])
def test_a_region_is_what_the_picture_has_there_and_background_outside(origin):
    picture = noise(100, 70)
    wide = np.empty((270, 300, 3), np.uint8)
    wide[:] = (9, 8, 7)
    wide[100:170, 100:200] = picture
    x, y = 100 + origin[0], 100 + origin[1]
    found = reader_of(Tiles(picture)).read(origin, 0, (40, 30))
    assert np.array_equal(found, wide[y : y + 30, x : x + 40])


def test_what_is_not_stored_has_the_background():
    found = reader_of(Tiles(noise(64, 32), empty={(0, 1)})).read((0, 0), 0, (64, 32))
    assert (found[:16, 32:] == (9, 8, 7)).all()
    assert not (found[16:] == (9, 8, 7)).all()


@pytest.mark.parametrize("fault", ["damaged", "small"])
def test_a_damaged_tile_costs_its_place_only(fault):
    picture = noise(64, 32)
    reader = reader_of(Tiles(picture, **{fault: {(0, 0)}}))
    with pytest.raises(UnreadableRegionError, match=r"at \(0, 0\).*(bad marker|32 × 1 px)"):
        reader.read((0, 0), 0, (8, 8))
    assert np.array_equal(reader.read((32, 0), 0, (8, 8)), picture[:8, 32:40])


def test_a_coarse_level_is_read_from_its_own_pixels():
    picture = noise(50, 35)
    reader = reader_of(Tiles(noise(100, 70)), Tiles(picture))
    assert np.array_equal(reader.read((20, 10), 1, (5, 6)), picture[5:11, 10:15])


def test_a_tile_is_decoded_once():
    tiles = Tiles(noise(32, 16))
    reader = reader_of(tiles)
    for x in range(5):
        reader.read((x, 0), 0, (3, 3))
    assert tiles.reads == 1


def test_a_closed_reader_says_so_and_closes_its_file_once():
    closed = []
    reader = reader_of(Tiles(noise(32, 16)), closed=lambda: closed.append(1))
    reader.close()
    reader.close()
    assert closed == [1]
    with pytest.raises(SlideError, match="has been closed"):
        reader.read((0, 0), 0, (1, 1))


def test_downsamples_are_the_mean_of_both_directions():
    assert downsamples([(101, 50), (50, 25)]) == (1.0, 2.01)


def test_tiles_are_spread_over_a_level():
    tiles = Tiles(noise(320, 160))
    found = [tuple(map(int, each)) for each in spread_tiles(tiles, 5)]
    assert len(found) == 5
    assert found[0] == (0, 0)
    assert found[-1] == (9, 9)
    assert len(spread_tiles(Tiles(noise(20, 10)))) == 1
