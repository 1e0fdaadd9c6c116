"""QuPath's regions come in with class, color and holes, and go out so that QuPath reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pathgui.core.cohort.labeled_regions import (
    add_regions,
    files_of_slides,
    load_regions,
    moved,
    read_regions,
    region_file,
    shapes,
    slide_id_of,
    to_geojson,
)
from pathgui.core.errors import CohortError, RegionError
from pathgui.core.slides.region_files import Area
from tests.core.cohort.making import SQUARE, feature, geojson, table
from tests.shared_data import shared

HOLE = ((10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0))


def test_regions_of_qupath_keep_class_and_color():
    areas = read_regions(shared("faults", "slides", "roi.geojson")).areas
    assert [(area.kind, area.color) for area in areas] == [
        ("Tumor", (200, 0, 0)), ("Stroma", (0, 200, 0)),
    ]  # fmt: skip


def test_what_goes_out_comes_in_again_and_is_the_same_bytes(tmp_path):
    areas = (Area((SQUARE, HOLE), "Tumor", (1, 2, 3)), Area((SQUARE,), "Über: x"),
             Area((((0.5, 0.25), (9.0, 0.0), (3.0, 4.125)),), "Stroma"))  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_bytes(to_geojson(areas))
    assert read_regions(path).areas == areas
    assert to_geojson(areas) == path.read_bytes()
    found = json.loads(path.read_bytes())["features"]
    assert found[0]["geometry"]["coordinates"][0][0] == found[0]["geometry"]["coordinates"][0][-1]
    assert found[0]["properties"]["objectType"] == "annotation"
    assert len({each["id"] for each in found}) == 3


def test_holes_multipolygons_and_collections_are_areas_and_points_are_named(tmp_path):
    ring = [[0, 0], [9, 0], [9, 9], [0, 0]]
    several = feature("Tumor", type="MultiPolygon", coordinates=[[ring], [ring]])
    collection = feature("Stroma", type="GeometryCollection", geometries=[
        {"type": "Polygon", "coordinates": [ring], "isEllipse": True},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    ])  # fmt: skip
    point = feature("Tumor", type="Point", coordinates=[1, 1])
    read = read_regions(geojson(tmp_path / "a.geojson", several, collection, point, feature(None)))
    assert [area.kind for area in read.areas] == ["Tumor", "Tumor", "Stroma"]
    assert read.told == "a.geojson: 3 areas taken, left out: 2 points or lines, 1 without a class."


def test_areas_without_a_class_may_get_one_and_classes_may_be_left_out(tmp_path):
    path = geojson(tmp_path / "a.geojson", feature(None), feature("Ignore*"), feature("Fold"))
    read = read_regions(path, unnamed="Tumor", left_out=["Ignore*"])
    assert [area.kind for area in read.areas] == ["Tumor", "Fold"]
    assert "1 of the class Ignore*" in read.told


def test_colors_of_old_projects_are_one_number(tmp_path):
    old = feature("Tumor")
    old["properties"]["classification"] = {"name": "Tumor", "colorRGB": -3670016}
    (area,) = read_regions(geojson(tmp_path / "a.geojson", old)).areas
    assert area.color == (200, 0, 0)
    for color in ([1], ["a", 2, 3], "red", None, [900, -1, 3]):
        old["properties"]["classification"] = {"name": "Tumor", "color": color}
        (area,) = read_regions(geojson(tmp_path / "a.geojson", old)).areas
        assert area.color in (None, (255, 0, 3))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "is not GeoJSON"),
        ("[]", "holds no area with a class"),
        (json.dumps(feature(None)), "It holds 1 without a class"),
        (json.dumps({"type": "Point", "coordinates": [1, 2]}), "1 point or line"),
    ],
)
def test_a_file_without_labeled_areas_is_one_sentence(tmp_path, content, text):
    path = tmp_path / "a.geojson"
    path.write_text(content)
    with pytest.raises(RegionError, match=text) as error:
        read_regions(path)
    assert str(path) in str(error.value)


def test_regions_are_added_once(tmp_path):
    areas = [Area((SQUARE,), "Tumor"), Area((SQUARE,), "Stroma")]
    assert add_regions(tmp_path / "regions", "A", areas[:1]) == 1
    assert add_regions(tmp_path / "regions", "A", areas) == 1
    assert add_regions(tmp_path / "regions", "A", areas) == 0
    assert load_regions(tmp_path / "regions", "A") == tuple(areas)
    assert load_regions(tmp_path / "regions", "B") == ()


def test_regions_on_a_full_disk_are_one_sentence(tmp_path):
    (tmp_path / "regions").write_text("a file")
    with pytest.raises(CohortError, match="cannot be written"):
        add_regions(tmp_path / "regions", "A", [Area((SQUARE,), "Tumor")])


@pytest.mark.parametrize("name", ["A", "a/b\\c:d", "..", ".hidden", "con", "COM1.x", "50 %", "Ü 1"])
def test_every_slide_id_has_a_file_that_every_system_can_have(name):
    path = region_file(Path("regions"), name)
    assert path.parent == Path("regions")
    assert not set(path.name) & set('/\\:*?"<>|')
    assert path.name[0] != "."
    assert slide_id_of(path) == name


def test_files_are_of_the_slide_that_they_are_named_like():
    slides = table({"slide_id": "A", "file": "../x/scan 1.svs"}, {"slide_id": "B"})
    paths = [Path(name) for name in ("scan 1.svs.geojson", "b.geojson", "C.geojson")]
    found, left = files_of_slides(paths, slides)
    assert found == {paths[0]: 0, paths[1]: 1}
    assert left == (paths[2],)


def test_what_is_ignored_is_taken_out_of_every_tissue():
    areas = [Area((SQUARE,), "Tumor"), Area((HOLE,), "Ignore*"), Area((HOLE,), "Stroma")]
    found = shapes(areas)
    assert found["Tumor"].area == 40 * 40 - 100
    assert found["Stroma"].area == 0
    assert shapes(areas[:2], left_out=["Tumor"]) == {}
    assert moved(areas, (5, -5))[0].rings[0][0] == (5.0, -5.0)


def test_half_a_letter_in_a_class_is_replaced(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_bytes(to_geojson([Area((SQUARE,), "Tumor\ud800")]))
    assert read_regions(path).areas[0].kind == "Tumor?"
