from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import tifffile

from pathgui.core.errors import PathguiError
from pathgui.core.pictures.layer_export import regions_geojson, write_geojson, write_ome_tiff
from pathgui.core.progress import Cancelled
from pathgui.core.slides.region_files import load_region

COLORS = [(230, 159, 0), (86, 180, 233), (0, 158, 115)]


@dataclass(frozen=True)
class Layer:
    image: Any
    title: str = "EfficientNet: tissue"
    names: list[str] = field(default_factory=lambda: ["gland", "stroma", "fat"])
    colors: list[tuple[int, int, int]] = field(default_factory=lambda: list(COLORS))
    origin_l0: tuple[float, float] = (0.0, 0.0)
    stride_l0: float = 224.0
    value_range: tuple[float, float] = (0.0, 1.0)


@pytest.fixture
def layer():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 3, (13, 17)).astype(np.uint8)
    image[rng.random(image.shape) < 0.4] = 255
    return Layer(image)


SIZE = (17 * 224 - 31, 13 * 224 - 77)
BOUNDS = (0, 0, *SIZE)


def test_every_tile_is_a_qupath_tile_at_its_place_with_its_class(tmp_path, layer):
    path = tmp_path / "o.geojson"
    n = write_geojson(path, layer, BOUNDS)
    features = json.loads(path.read_text())["features"]
    assert n == len(features) == (layer.image != 255).sum()
    seen = np.full(layer.image.shape, 255, np.uint8)
    for feature in features:
        assert feature["properties"]["objectType"] == "tile"
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        (x0, y0), (x1, y1) = ring[0], ring[2]
        assert (x1 - x0, y1 - y0) == (224, 224)
        named = feature["properties"]["classification"]
        value = layer.names.index(named["name"])
        assert tuple(named["color"]) == COLORS[value]
        seen[y0 // 224, x0 // 224] = value
    assert (seen == layer.image).all()
    assert len({feature["id"] for feature in features}) == n


def test_where_qupath_crops_to_the_scanned_part_so_does_the_export(tmp_path, layer):
    path = tmp_path / "o.geojson"
    write_geojson(path, layer, (1000, 500, 2000, 2000))
    ring = json.loads(path.read_text())["features"][0]["geometry"]["coordinates"][0]
    row, column = np.argwhere(layer.image != 255)[0]
    assert ring[0] == [column * 224 - 1000, row * 224 - 500]


def test_numbers_come_as_measurements_and_missing_ones_not_at_all(tmp_path, layer):
    probability = np.full(layer.image.shape, 0.25, np.float32)
    first = tuple(np.argwhere(layer.image != 255)[0])
    probability[first] = np.nan
    path = tmp_path / "o.geojson"
    write_geojson(path, layer, BOUNDS, {"p": probability})
    features = json.loads(path.read_text())["features"]
    assert "measurements" not in features[0]["properties"]
    assert features[1]["properties"]["measurements"] == {"p": 0.25}


def test_a_layer_of_numbers_has_no_classes(tmp_path):
    image = np.array([[0.5, np.nan]], np.float32)
    path = tmp_path / "o.geojson"
    assert write_geojson(path, Layer(image, title="margin", names=[]), BOUNDS) == 1
    properties = json.loads(path.read_text())["features"][0]["properties"]
    assert properties == {"objectType": "tile", "measurements": {"margin": 0.5}}


def test_each_region_is_a_closed_annotation(tmp_path):
    path = tmp_path / "r.geojson"
    regions = [[(10, 20), (110, 20), (110, 90)], [(200, 20), (210, 20), (210, 90)]]
    regions_geojson(path, regions, (10, 10, 500, 500))
    feature, other = json.loads(path.read_text())["features"]
    assert other["geometry"]["coordinates"][0][0] == [190, 10]
    assert feature["geometry"]["coordinates"] == [[[0, 10], [100, 10], [100, 80], [0, 10]]]
    assert feature["properties"]["objectType"] == "annotation"


def test_regions_come_back_as_they_went(tmp_path):
    path = tmp_path / "r.geojson"
    regions = (((10.5, 20.0), (110.0, 20.0), (110.0, 90.25)),)
    regions_geojson(path, regions, (10, 10, 500, 500))
    assert load_region(path, (10, 10, 500, 500)) == regions


def expected(layer, step, bounds):
    width, height = -(-bounds[2] // step), -(-bounds[3] // step)
    picture = np.full((height, width, 3), 255, np.uint8)
    for row, column in np.argwhere(layer.image != 255):
        x0 = round((layer.origin_l0[0] + column * layer.stride_l0 - bounds[0]) / step)
        y0 = round((layer.origin_l0[1] + row * layer.stride_l0 - bounds[1]) / step)
        edge = round(layer.stride_l0 / step)
        color = COLORS[layer.image[row, column]]
        picture[max(0, y0) : max(0, y0 + edge), max(0, x0) : max(0, x0 + edge)] = color
    return picture


@pytest.mark.parametrize(
    ("stride", "origin", "bounds", "step"),
    [
        (224.0, (0.0, 0.0), BOUNDS, 32),
        (224.0, (48.0, 16.0), BOUNDS, 16),
        (113.0, (0.0, 0.0), (0, 0, 1900, 1460), 1),
        (224.0, (0.0, 0.0), (100, 52, 2000, 1500), 4),
    ],
)
def test_the_ome_tiff_has_every_cell_on_its_pixels_at_every_level(
    tmp_path, layer, stride, origin, bounds, step
):
    layer = Layer(layer.image, stride_l0=stride, origin_l0=origin)
    path = tmp_path / "o.ome.tif"
    assert write_ome_tiff(path, layer, SIZE, bounds, 0.25) == step
    with tifffile.TiffFile(path) as tif:
        assert tif.is_ome
        levels = tif.series[0].levels
        finest = levels[0].asarray()
        assert (finest == expected(layer, step, bounds)).all()
        for index, level in enumerate(levels):
            assert level.shape[0] == -(-finest.shape[0] // 2**index)
        assert max(levels[-1].shape) <= 512
        assert f'PhysicalSizeX="{0.25 * step}"' in tif.ome_metadata
        assert "gland = #e69f00" in tif.ome_metadata


def test_openslide_reads_the_ome_tiff_as_a_slide(tmp_path, layer):
    import openslide

    path = tmp_path / "o.ome.tif"
    step = write_ome_tiff(path, Layer(layer.image, stride_l0=113.0), SIZE, (0, 0, 1900, 1460), 0.5)
    assert step == 1
    with openslide.OpenSlide(path) as slide:
        assert slide.dimensions == (1900, 1460)
        row, column = np.argwhere(layer.image != 255)[3]
        region = slide.read_region((int(column) * 113 + 5, int(row) * 113 + 5), 0, (10, 10))
        assert np.asarray(region)[4, 4, :3].tolist() == list(COLORS[layer.image[row, column]])


def test_without_mpp_no_physical_size_is_made_up(tmp_path, layer):
    path = tmp_path / "o.ome.tif"
    write_ome_tiff(path, layer, SIZE, BOUNDS, None)
    with tifffile.TiffFile(path) as tif:
        assert "PhysicalSize" not in tif.ome_metadata


def test_cancelling_leaves_no_file(tmp_path, layer):
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        write_ome_tiff(tmp_path / "o.ome.tif", layer, SIZE, BOUNDS, 0.5, stop)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path, layer):
    (tmp_path / "file").write_text("")
    with pytest.raises(PathguiError, match="cannot be written"):
        write_ome_tiff(tmp_path / "file" / "o.ome.tif", layer, SIZE, BOUNDS, 0.5)
    with pytest.raises(PathguiError, match="cannot be written"):
        write_geojson(tmp_path / "file" / "o.geojson", layer, BOUNDS)
