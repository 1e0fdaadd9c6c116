from __future__ import annotations

import json

import numpy as np
import pytest

from pathgui.core.errors import NoTissueError, RegionError
from pathgui.core.pictures.layer_export import regions_geojson
from pathgui.core.slides.region import inside, tiles_inside
from pathgui.core.slides.region_files import load_region
from pathgui.core.slides.tiling import TileGrid

SQUARE = ((10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0))
BOUNDS = (0, 0, 1000, 1000)


def lattice(columns=8, rows=8, size=10, origin=(0, 0)):
    row, column = np.divmod(np.arange(rows * columns), columns)
    cells = np.column_stack([column, row]).astype(np.int32)
    return TileGrid(cells, (columns, rows), size, size, origin, 0.5)


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[list(p) for p in (*r, r[0])] for r in rings]}


def test_a_region_keeps_only_tiles_whose_center_lies_inside():
    kept = tiles_inside(lattice(), (SQUARE,), "a.svs")
    assert kept.cells.tolist() == [[x, y] for y in range(1, 5) for x in range(1, 5)]
    shifted = tuple((x + 6, y) for x, y in SQUARE)  # 16..56: the center of column 1 is at 15
    assert set(tiles_inside(lattice(), (shifted,), "a.svs").cells[:, 0].tolist()) == {2, 3, 4, 5}


def test_the_lattice_stays_that_of_the_whole_slide():
    grid = lattice(origin=(7, 3))
    kept = tiles_inside(grid, (SQUARE,), "a.svs")
    assert (kept.shape, kept.origin_l0, kept.size_l0) == (grid.shape, grid.origin_l0, grid.size_l0)
    centers = kept.origins_l0 + 5
    assert ((centers > 10) & (centers < 50)).all()


def test_a_tile_counts_once_if_it_lies_in_any_of_several_areas():
    other = tuple((x + 20, y) for x, y in SQUARE)
    both = tiles_inside(lattice(), (SQUARE, other), "a.svs")
    assert set(both.cells[:, 0].tolist()) == set(range(1, 7))
    assert len(np.unique(both.cells, axis=0)) == len(both)


def test_points_are_sorted_as_by_a_slow_rule():
    rng = np.random.default_rng(0)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 40))
    radius = rng.uniform(10, 40, 40)
    star = tuple(zip(50 + radius * np.cos(angles), 50 + radius * np.sin(angles), strict=True))
    points = rng.uniform(0, 100, (500, 2))

    def slow(x, y):
        odd = False
        for (x0, y0), (x1, y1) in zip(star, (*star[1:], star[0]), strict=True):
            if (y0 <= y) != (y1 <= y) and x > x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                odd = not odd
        return odd

    assert inside(points, (star,)).tolist() == [slow(x, y) for x, y in points]


def test_a_line_or_a_point_holds_no_tile():
    points = np.array([[1.0, 1.0], [5.0, 5.0]])
    assert not inside(points, (((0, 0), (9, 9)), ((1, 1),), ())).any()


def test_a_region_beside_the_tissue_says_what_to_do():
    with pytest.raises(NoTissueError, match=r"None of the 64 tissue tiles of a\.svs.*Draw"):
        tiles_inside(lattice(), (tuple((x + 500, y) for x, y in SQUARE),), "a.svs")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda shape: shape,
        lambda shape: {"type": "Feature", "geometry": shape, "properties": None},
        lambda shape: [{"type": "Feature", "geometry": shape, "properties": {}}],
        lambda shape: {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": shape, "properties": {"objectType": "annotation"}}
            ],
        },
        lambda shape: {"type": "GeometryCollection", "geometries": [shape]},
        lambda shape: {"type": "MultiPolygon", "coordinates": [shape["coordinates"]]},
    ],
)
def test_every_form_that_qupath_writes_is_read(tmp_path, wrap):
    path = write(tmp_path / "a.geojson", wrap(polygon(SQUARE)))
    assert load_region(path, BOUNDS) == (SQUARE,)


def test_qupath_counts_from_the_corner_of_what_was_scanned(tmp_path):
    path = write(tmp_path / "a.geojson", polygon(SQUARE))
    assert load_region(path, (100, 30, 500, 500))[0][0] == (110.0, 40.0)
    regions_geojson(tmp_path / "back.geojson", (SQUARE,), (100, 30, 500, 500))
    assert load_region(tmp_path / "back.geojson", (100, 30, 500, 500)) == (SQUARE,)


def test_what_lies_in_a_hole_is_outside(tmp_path):
    hole = ((20.0, 20.0), (40.0, 20.0), (40.0, 40.0), (20.0, 40.0))
    path = write(tmp_path / "a.geojson", polygon(SQUARE, hole))
    region = load_region(path, BOUNDS)
    kept = {tuple(cell) for cell in tiles_inside(lattice(), region, "a.svs").cells.tolist()}
    whole = {(x, y) for x in range(1, 5) for y in range(1, 5)}
    assert kept == whole - {(x, y) for x in (2, 3) for y in (2, 3)}


def test_cells_and_points_are_passed_over(tmp_path):
    features = [
        {"type": "Feature", "geometry": polygon(SQUARE), "properties": {"objectType": "cell"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 1]}},
    ]
    path = write(tmp_path / "a.geojson", {"type": "FeatureCollection", "features": features})
    with pytest.raises(RegionError, match=r"a\.geojson holds no area"):
        load_region(path, BOUNDS)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '{"type": "Polygon"}',
        '{"type": "Polygon", "coordinates": 7}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], ["a", 2]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, NaN], [2, 2]]]}',
        '{"type": "Polygon", "coordinates": [[[], [1, 2], [3, 4]]]}',
        '{"type": "Polygon", "coordinates": [[[1' + "0" * 400 + ", 1], [1, 2], [3, 4]]]}",
        pytest.param("[" * 100_000, id="nested"),
    ],
)
def test_a_file_that_is_no_geojson_says_how_to_get_one(tmp_path, text):
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(RegionError, match=r"a\.geojson is not GeoJSON.*Export objects"):
        load_region(tmp_path / "a.geojson", BOUNDS)


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    path = write(tmp_path / "a.geojson", polygon(SQUARE))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert load_region(path, BOUNDS) == (SQUARE,)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RegionError, match=r"none\.geojson cannot be read"):
        load_region(tmp_path / "none.geojson", BOUNDS)
