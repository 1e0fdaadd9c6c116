"""Regions with classes: from and to QuPath, and what of the slide they leave to be evaluated."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pathgui.core.cohort.labeled_regions import to_geojson
from pathgui.core.errors import RegionError
from pathgui.core.slides.drawn_regions import (
    DrawnRegion,
    areas_of,
    evaluated_region,
    open_regions,
)
from pathgui.core.slides.region import inside

BOUNDS = (100, 50, 1000, 800)
GREEN = (0, 158, 115)


def square(x, y, size):
    return ((x, y), (x + size, y), (x + size, y + size), (x, y + size))


def feature(kind, geometry, **more):
    properties = {"objectType": "annotation"} | more
    if kind:
        properties["classification"] = {"name": kind, "color": list(GREEN)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]}


@pytest.fixture
def qupath(tmp_path):
    """What QuPath writes: a hole, two parts, a collection, a tumor, an Ignore*, a line, a point."""
    parts = [polygon(square(x, 600, 50))["coordinates"] for x in (0, 200)]
    line = {"type": "LineString", "coordinates": [[0, 0], [9, 9]]}
    content = {
        "type": "FeatureCollection",
        "features": [
            feature("Tumor", polygon(square(0, 0, 400), square(100, 100, 100))),
            feature("Stroma", {"type": "MultiPolygon", "coordinates": parts}),
            feature("", {"type": "GeometryCollection", "geometries": [polygon(square(500, 0, 9))]}),
            feature("Ignore*", polygon(square(300, 300, 200))),
            feature("Tumor", line),
            feature("Tumor", {"type": "Point", "coordinates": [3, 3]}),
        ],
    }
    path = tmp_path / "Fälle 1.geojson"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_all_that_qupath_draws_is_taken_with_its_classes_and_the_rest_is_named(qupath):
    said = []
    opened = open_regions(qupath, BOUNDS, said.append)
    kinds = [region.kind for region in opened.regions]
    assert kinds == ["Tumor", "Stroma", "Stroma", "", "Ignore*"]
    assert opened.colors == {"Tumor": GREEN, "Stroma": GREEN, "Ignore*": GREEN}
    assert [each.text for each in said] == [
        "Fälle 1.geojson: 5 areas taken; 2 points or lines left out."
    ]
    assert opened.regions[1].outline == square(100.0, 650.0, 50.0)  # from the scanned part's corner


def test_regions_written_and_opened_again_are_the_same_with_holes_classes_and_colors(
    qupath, tmp_path
):
    opened = open_regions(qupath, BOUNDS)
    areas = areas_of(opened.regions, BOUNDS, opened.colors.get)
    assert [len(area.rings) for area in areas] == [2, 1, 1, 1, 1]
    again = tmp_path / "again.geojson"
    again.write_bytes(to_geojson(areas))
    back = open_regions(again, BOUNDS)
    assert back.colors == opened.colors
    assert [region.kind for region in back.regions] == [region.kind for region in opened.regions]
    places = np.random.default_rng(0).uniform(0, 1000, (500, 2))
    for one, other in zip(opened.regions, back.regions, strict=True):
        np.testing.assert_array_equal(
            inside(places, (one.outline,)), inside(places, (other.outline,))
        )
    unnamed = json.loads(again.read_text())["features"][3]["properties"]
    assert "classification" not in unnamed


def test_a_region_that_crosses_itself_leaves_in_its_parts():
    bow = DrawnRegion(((0.0, 0.0), (400.0, 400.0), (400.0, 0.0), (0.0, 400.0)), "Tumor")
    one, other = areas_of([bow], (0, 0, 1000, 800), lambda _: GREEN)
    assert {len(one.rings[0]), len(other.rings[0])} == {3}


@pytest.mark.parametrize(
    ("left_out", "taken", "not_taken"),
    [
        ((), [(50, 50), (250, 350), (620, 620)], [(350, 350), (900, 700)]),
        (("Stroma",), [(50, 50), (250, 350)], [(620, 620), (350, 350)]),
        (("Tumor",), [(620, 620)], [(50, 50), (350, 350)]),
        # With nothing to keep to, what is left out is taken out of the whole slide.
        (("Tumor", "Stroma"), [(900, 700)], [(50, 50), (350, 350), (620, 620)]),
    ],
)
def test_classes_left_out_and_those_with_a_star_are_taken_out_of_the_others(
    left_out, taken, not_taken
):
    drawn = [
        DrawnRegion(square(0.0, 0.0, 400.0), "Tumor"),
        DrawnRegion(square(600.0, 600.0, 50.0), "Stroma"),
        DrawnRegion(square(300.0, 300.0, 200.0), "Ignore*"),
    ]
    found = evaluated_region(drawn, left_out, (0, 0, 1000, 800))
    assert inside(np.array(taken), found).all()
    assert not inside(np.array(not_taken), found).any()


def test_regions_of_which_none_is_left_out_are_as_they_were_drawn():
    drawn = [DrawnRegion(square(0.0, 0.0, 9.0), "Tumor"), DrawnRegion(square(5.0, 5.0, 9.0))]
    assert evaluated_region(drawn, ("Fat",), BOUNDS) == tuple(each.outline for each in drawn)
    assert evaluated_region((), ("Fat",), BOUNDS) == ()


def test_where_nothing_is_left_to_evaluate_it_is_said_and_not_taken_for_the_whole_slide():
    everything = DrawnRegion(square(-10.0, -10.0, 5000.0), "Ignore*")
    with pytest.raises(RegionError, match=r"Regions of Ignore\* are left out, and nothing else"):
        evaluated_region([everything], (), BOUNDS)


@pytest.mark.parametrize("content", ["", "{", '{"type": "FeatureCollection", "features": []}'])
def test_a_file_without_an_area_is_one_sentence(tmp_path, content):
    path = tmp_path / "a.geojson"
    path.write_text(content)
    with pytest.raises(RegionError, match=r"a\.geojson"):
        open_regions(path, BOUNDS)
