"""Slides for other programs: opened, read and cut into tiles."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

import pathgui
from pathgui.core.progress import Progress
from pathgui.core.slides import slide as slides


@pytest.fixture
def opened(slide_path):
    with pathgui.open_slide(slide_path) as slide:
        yield slide


def write_without_mpp(path):
    """A slide that does not say how large its pixels are."""
    picture = np.full((512, 512, 3), 245, np.uint8)
    picture[100:400, 100:400] = (180, 60, 140)
    tifffile.imwrite(path, picture, tile=(256, 256), photometric="rgb")
    return path


def test_it_says_what_it_is(opened, slide_path):
    assert opened.path == slide_path
    assert opened.size == (1536, 1024)
    assert opened.level_sizes == ((1536, 1024), (768, 512), (384, 256))
    assert opened.level_downsamples == (1.0, 2.0, 4.0)
    assert opened.mpp == pytest.approx(0.5)
    assert opened.properties["openslide.vendor"] == "generic-tiff"
    assert repr(opened) == "<Slide block.tif, 1536 × 1024 px, 0.5 µm/px>"


def test_regions_are_those_of_the_program(opened, slide_path):
    with slides.open_slide(slide_path) as plain:
        for level in range(3):
            region = opened.read_region((290, 190), level, (40, 30))
            assert (region.shape, region.dtype) == ((30, 40, 3), np.uint8)
            np.testing.assert_array_equal(region, plain.read((290, 190), level, (40, 30)))
    assert max(opened.thumbnail(100).shape) == 100


def test_a_path_may_be_text_and_the_scale_may_be_given(slide_path):
    with pathgui.open_slide(str(slide_path), mpp=0.25) as slide:
        assert slide.mpp == 0.25


def test_tiles_have_tissue_and_are_at_the_scale_that_was_asked_for(opened):
    tiles = opened.tiles(64, mpp=1.0)
    assert tiles.size == 128  # level-0 pixels of 0.5 µm
    assert len(tiles) == len(list(tiles)) > 10
    for tile in tiles:
        assert tile.pixels.shape == (64, 64, 3)
        assert 300 - 64 <= tile.x <= 1100
        assert tile.pixels.mean() < 200  # tissue, not glass
    assert tiles.places.tolist() == [[tile.x, tile.y] for tile in tiles]
    # A tile of half the scale is the region, two pixels a side averaged to one.
    tile = tiles[3]
    region = opened.read_region((tile.x, tile.y), 0, (128, 128))
    means = region.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(tile.pixels[4:-4, 4:-4].astype(float) - means[4:-4, 4:-4]).mean() < 8


def test_tiles_are_a_sequence(opened):
    tiles = opened.tiles(128, mpp=0.5, max_tiles=6)
    assert len(tiles) == 6
    assert [tile.x for tile in tiles[1:3]] == [tiles[1].x, tiles[2].x]
    np.testing.assert_array_equal(tiles[-1].pixels, tiles[5].pixels)
    for index in (6, -7):
        with pytest.raises(IndexError, match="there are 6 tiles"):
            tiles[index]
    assert repr(tiles) == "<Tiles of block.tif: 6 of 128 px>"
    again = opened.tiles(128, mpp=0.5, max_tiles=6)
    assert again.places.tolist() == tiles.places.tolist()


def test_glass_is_tiled_where_no_tissue_is_asked_for(opened):
    assert len(opened.tiles(256, mpp=0.5, min_tissue=0)) == 6 * 4


def test_tiles_take_the_tissue_options_of_an_evaluation(opened, tmp_path):
    usual = {tuple(place) for place in opened.tiles(128).places.tolist()}
    strict = opened.tiles(128, tissue_threshold=0.3, min_tissue=0.01).places.tolist()
    assert {tuple(place) for place in strict} != usual
    corner = [[0, 0], [500, 0], [500, 500], [0, 500], [0, 0]]
    region = tmp_path / "region.geojson"
    area = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [corner]},
            "properties": {"classification": {"name": "glass"}}}  # fmt: skip
    region.write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    inside = opened.tiles(128, region=region).places
    assert (inside + 64 < 500).all()
    assert {tuple(place) for place in inside.tolist()} < usual
    drawn = opened.tiles(128, region=region, region_class="glass", tissue_from_region=True)
    assert [0, 0] in drawn.places.tolist()  # glass, where no tissue is found
    assert len(opened.tiles(128, region=region, max_tiles=1)) == 1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda slide: slide.tiles(tissue_threshold=7), "tissue_threshold"),
        (lambda slide: slide.tiles(tissue_from_region=True), "no region is given"),
        (lambda slide: slide.tiles(region_class="tumor"), "none is given"),
        (lambda slide: slide.tiles(region="/none.geojson"), "none.geojson"),
        (lambda slide: slide.read_region((0, 0), 3, (1, 1)), "no level 3: it has 3"),
        (lambda slide: slide.read_region((0, 0), -1, (1, 1)), "no level -1"),
        (lambda slide: slide.read_region((0, 0), 0, (-1, 5)), "cannot be -1 × 5 pixels"),
        (lambda slide: slide.tiles(0), "cannot have 0 pixels"),
        (lambda slide: slide.tiles(mpp=0), "of 0 µm"),
        (lambda slide: slide.tiles(mpp=float("nan")), "of nan µm"),
        (lambda slide: slide.tiles(min_tissue=50), "a share from 0 to 1, not 50"),
        (lambda slide: slide.tiles(max_tiles=0), "max_tiles must be at least 1, not 0."),
        (lambda slide: slide.tiles(10), "would be 10 pixels wide"),
        (lambda slide: slide.tiles(5000), "smaller than one tile"),
    ],
)
def test_what_cannot_be_is_one_sentence(opened, ask, said):
    with pytest.raises(pathgui.PathguiError) as told:
        ask(opened)
    assert said in str(told.value)


def test_a_slide_without_a_scale_is_read_but_not_tiled_until_it_is_given(tmp_path):
    path = write_without_mpp(tmp_path / "bare.tif")
    with pathgui.open_slide(path) as slide:
        assert slide.mpp is None
        assert "scale unknown" in repr(slide)
        assert slide.read_region((0, 0), 0, (2, 2)).shape == (2, 2, 3)
        with pytest.raises(pathgui.PathguiError, match="does not say how large its pixels are"):
            slide.tiles()
    with pathgui.open_slide(path, mpp=0.5) as slide:
        assert len(slide.tiles(100)) > 0


@pytest.mark.parametrize("mpp", [0, -1, float("nan")])
def test_a_scale_that_is_none_is_refused(mpp, slide_path):
    with pytest.raises(pathgui.PathguiError, match="must be a positive number"):
        pathgui.open_slide(slide_path, mpp=mpp)


def test_what_is_no_slide_is_said(tmp_path):
    with pytest.raises(pathgui.PathguiError, match="There is no file"):
        pathgui.open_slide(tmp_path / "none.svs")
    (tmp_path / "a.svs").write_bytes(b"no slide")
    with pytest.raises(pathgui.PathguiError):
        pathgui.open_slide(tmp_path / "a.svs")


def test_after_it_is_closed_it_cannot_be_read(slide_path):
    slide = pathgui.open_slide(slide_path)
    slide.close()
    slide.close()
    with pytest.raises(pathgui.PathguiError, match="closed"):
        slide.read_region((0, 0), 0, (1, 1))


def test_a_function_is_told_how_far_it_is(opened, slide_path):
    events = []
    opened.tiles(128, progress=events.append)
    assert Progress("Finding tissue", 1, 1) in events
