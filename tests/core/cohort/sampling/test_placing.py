"""Tiles are placed inside of what they are of, around holes, apart from each other."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from pathgui.core.cohort.sampling.placing import Square, apart, place_tiles

SCAN = (0, 0, 1000, 1000)


def no_share(origins):
    raise AssertionError("nobody asked for tissue")


def place(shape, size=100, bounds=SCAN, share=no_share, **more):
    square = Square(size, more.pop("stride", size), **more)
    return place_tiles(shape, square, bounds, share)


def test_a_rectangle_is_filled_from_its_own_corner():
    placed = place(shapely.box(33, 47, 333, 247))
    assert sorted(map(tuple, placed.origins.tolist())) == [
        (x, y) for x in (33, 133, 233) for y in (47, 147)
    ]
    assert placed.fitting == 6
    assert np.isnan(placed.fullest)


def test_a_disc_that_is_hardly_larger_than_a_tile_holds_one():
    (origin,) = place(shapely.Point(300, 300).buffer(72, quad_segs=64)).origins.tolist()
    assert origin == pytest.approx([250, 250], abs=1)
    assert len(place(shapely.Point(300, 300).buffer(70)).origins) == 0


@pytest.mark.parametrize("seed", range(4))
def test_no_tile_touches_a_hole_or_leaves_its_shape(seed):
    rng = np.random.default_rng(seed)
    shape = shapely.Polygon(rng.uniform(-100, 1100, (9, 2))).buffer(0)
    hole = shapely.Point(*rng.uniform(300, 700, 2)).buffer(80)
    origins = place(shapely.difference(shape, hole), size=40, stride=55).origins
    assert len(origins) > 20
    for x, y in origins.tolist():
        tile = shapely.box(x, y, x + 40, y + 40)
        assert shape.covers(tile)
        assert not hole.intersects(tile)
        assert min(x, y) >= 0
        assert max(x, y) <= 960


def test_by_its_center_a_tile_may_reach_out_of_its_shape_but_not_of_the_scan():
    strip = shapely.box(0, 480, 1000, 520)  # narrower than a tile
    assert len(place(strip).origins) == 0
    origins = place(strip, whole=False).origins
    assert len(origins) >= 9
    centers = origins + 50
    assert ((centers[:, 1] >= 480) & (centers[:, 1] <= 520)).all()
    assert origins.min() >= 0
    assert origins.max() <= 900
    edge = place(shapely.box(990, 0, 1000, 1000), whole=False)
    assert len(edge.origins) == 0  # centers lie there for no tile inside of the scan


def test_tiles_of_one_part_keep_their_distance():
    origins = place(shapely.box(0, 0, 1000, 1000), stride=130).origins
    assert len(origins) == 49
    for one in range(len(origins)):
        far = np.abs(np.delete(origins, one, 0) - origins[one]).max(axis=1)
        assert far.min() >= 130


def test_tiles_with_too_little_tissue_are_left_out_and_the_fullest_is_told():
    def left_half(origins):
        return np.clip((500 - origins[:, 0]) / 100, 0, 1)

    placed = place(shapely.box(0, 0, 1000, 1000), share=left_half, least=0.9)
    assert len(placed.origins) == 50
    assert placed.origins[:, 0].max() <= 410
    empty = place(shapely.box(600, 0, 1000, 1000), share=left_half, least=0.9)
    assert (len(empty.origins), empty.fitting > 0, empty.fullest) == (0, True, 0)


def test_a_place_of_two_tissues_is_of_neither():
    shapes = {"Tumor": shapely.box(0, 0, 10, 10), "Stroma": shapely.box(5, 0, 20, 10)}
    found = apart(shapes)
    assert found["Tumor"].equals(shapely.box(0, 0, 5, 10))
    assert found["Stroma"].equals(shapely.box(10, 0, 20, 10))


def test_nothing_is_placed_in_an_empty_shape():
    assert place(shapely.Polygon()).fitting == 0
    assert place(shapely.LineString([(0, 0), (500, 500)])).fitting == 0
