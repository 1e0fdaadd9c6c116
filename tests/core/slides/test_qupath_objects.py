"""Of each object of a QuPath file its area is taken, or it is said why not."""

from __future__ import annotations

import gzip
import json

import pytest

from pathgui.core.errors import RegionError
from pathgui.core.slides.drawn_regions import open_regions
from pathgui.core.slides.qupath_objects import read_areas

SQUARE = [[0, 0], [50, 0], [50, 50], [0, 50], [0, 0]]
BOUNDS = (100, 30, 500, 400)


def feature(coordinates=(SQUARE,), kind="Tumor", form="Polygon", **more):
    shape = {"type": form, "coordinates": list(coordinates)}
    named = kind if isinstance(kind, dict | None) else {"name": kind}
    properties = {"objectType": "annotation", "classification": named}
    return {"type": "Feature", "geometry": shape, "properties": properties} | more


@pytest.fixture
def found(tmp_path):
    """``found(*features)``: what a file with these holds."""

    def read(*features):
        (tmp_path / "a.geojson").write_text(json.dumps(list(features)))
        return read_areas(tmp_path / "a.geojson")

    return read


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        (7, "it is no object of GeoJSON"),
        ({}, "it has no type"),
        ({"type": "Sphere"}, "'Sphere' is no type of GeoJSON"),
        ({"type": "Polygon"}, "its coordinates are missing"),
        ({"type": "Feature", "properties": [1]}, "its properties are no object"),
        (feature([SQUARE[:2]]), "its outline has fewer than three points"),
        (feature([[["a", 1], *SQUARE]]), "a point of its outline is no pair of numbers"),
        (feature([[[1e300, 0], *SQUARE]]), "a point of its outline is no place on a slide"),
        (feature([[[int("1" + "0" * 400), 0], *SQUARE]]), "a number in it is too large"),
    ],
)
def test_a_damaged_object_is_named_and_the_others_are_taken(found, damaged, why):
    there = found(feature(), damaged, feature(kind="Stroma"))
    assert [area.kind for area in there.areas] == ["Tumor", "Stroma"]
    assert there.damage == [f"object 2: {why}"]


@pytest.mark.parametrize(
    ("passed_over", "said"),
    [
        (feature([[0, 0], [9, 9]], form="LineString"), "points or lines"),
        (feature([[0, 0], [9, 9]], form="MultiPoint"), "points or lines"),
        (feature([[[5, 5]] * 4]), "without extent"),
        (feature([[[0, 0], [5, 5], [9, 9], [0, 0]]]), "without extent"),
        ({**feature(), "properties": {"object_type": "cell"}}, "cells, detections or tiles"),
        ({**feature(), "properties": {}, "id": "PathCellObject"}, "cells, detections or tiles"),
    ],
)
def test_what_is_no_area_is_counted(found, passed_over, said):
    there = found(passed_over, feature())
    assert len(there.areas) == 1
    assert there.others == {said: 1}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ({"names": ["Tumor", "Positive"]}, "Tumor: Positive"),
        ({"name": "Tumor: Positive"}, "Tumor: Positive"),
        ({"name": " Tu\nmor "}, "Tu mor"),
        ({"color": [1, 2, 3]}, ""),
        (None, ""),
    ],
)
def test_a_class_is_one_line_whatever_its_form(found, kind, said):
    (area,) = found(feature(kind=kind)).areas
    assert area.kind == said


def test_an_ellipse_and_its_measurements_are_an_area_and_a_hole_of_two_points_is_none(found):
    ellipse = feature([SQUARE, [[5, 5], [6, 6]]])
    ellipse["geometry"]["isEllipse"] = True
    ellipse["properties"]["measurements"] = {"Area": float("nan")}
    (area,) = found(ellipse).areas
    assert len(area.rings) == 1


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([feature(kind="Größe")]).encode("utf-16"),
        json.dumps([feature(kind="Größe")], ensure_ascii=False).encode("cp1252"),
        json.dumps([feature(kind="Größe")], ensure_ascii=False).encode("utf-8-sig") + b"\n\0",
        gzip.compress(json.dumps([feature(kind="Größe")]).encode()),
    ],
)
def test_encodings_of_other_programs_are_read(tmp_path, content):
    (tmp_path / "a.geojson").write_bytes(content)
    assert [area.kind for area in read_areas(tmp_path / "a.geojson").areas] == ["Größe"]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "it is empty"), (b"[1, 2", "line 1, column 6"), (b"[" * 90_000, "nested too deeply")],
)
def test_what_is_no_json_says_why_in_a_sentence(tmp_path, content, why):
    (tmp_path / "a.geojson").write_bytes(content)
    with pytest.raises(RegionError, match=rf"is not GeoJSON: .*{why}.*Export objects"):
        read_areas(tmp_path / "a.geojson")


def test_a_file_of_another_slide_is_told_from_one_that_reaches_out(tmp_path):
    far = [[x + 600, y] for x, y in SQUARE]
    (tmp_path / "a.geojson").write_text(json.dumps([feature([far])]))
    with pytest.raises(RegionError, match=r"No area of .* lies on the slide, which has 500 × 400"):
        open_regions(tmp_path / "a.geojson", BOUNDS)
    near = [[x - 90, y] for x, y in SQUARE]  # left of what was scanned, and on the slide
    (tmp_path / "a.geojson").write_text(json.dumps([feature([far]), feature([near])]))
    said = []
    assert len(open_regions(tmp_path / "a.geojson", BOUNDS, said.append).regions) == 2
    assert [each.text for each in said] == ["a.geojson: 1 area lies beside the slide."]
