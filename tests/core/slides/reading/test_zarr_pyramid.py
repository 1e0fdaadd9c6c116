"""OME-Zarr as a slide: what is read of it, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.slides.reading.properties import background_of
from pathgui.core.slides.reading.raster_reader import RasterReader
from pathgui.core.slides.reading.zarr_pyramid import open_zarr
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.slide_remarks import remarks_of
from tests.core.pyramid_factory import write_ome_zarr
from tests.core.slide_factory import noise


@pytest.fixture(scope="module")
def planes():
    return np.ascontiguousarray(np.moveaxis(noise(150, 100), -1, 0))


def whole(path, level=0):
    pyramid, facts = open_zarr(path)
    reader = RasterReader(path, pyramid, background_of(facts.properties))
    width, height, _ = facts.levels[level]
    picture = reader.read((0, 0), level, (width, height))
    reader.close()
    return picture, facts


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("zipped", [False, True])
def test_both_versions_are_read_from_a_folder_and_from_a_zip(tmp_path, planes, version, zipped):
    path = write_ome_zarr(tmp_path / "a.ome.zarr", planes, version=version)
    if zipped:
        path = Path(shutil.make_archive(str(path), "zip", path.parent, path.name))
    picture, facts = whole(path)
    assert np.array_equal(picture, np.moveaxis(planes, 0, -1))
    assert np.array_equal(whole(path, 2)[0], np.moveaxis(planes[:, ::4, ::4], 0, -1))
    assert [each[:2] for each in facts.levels] == [(150, 100), (75, 50), (38, 25)]
    assert facts.properties["openslide.mpp-x"] == "0.5"
    assert facts.properties["ome-zarr.version"] == version
    assert remarks_of(facts.properties) == ()


def test_chunks_in_shards_are_read(tmp_path, planes):
    path = write_ome_zarr(tmp_path / "a.zarr", planes, version="0.5", chunk=32, shard=64)
    assert np.array_equal(whole(path)[0], np.moveaxis(planes, 0, -1))


def test_axes_of_length_1_are_passed_over_and_units_are_heeded(tmp_path, planes):
    path = write_ome_zarr(tmp_path / "a.zarr", planes[None, :, None], axes="tczyx",
                          mpp=(250, 500), unit="nanometer")  # fmt: skip
    picture, facts = whole(path)
    assert np.array_equal(picture, np.moveaxis(planes, 0, -1))
    assert facts.properties["openslide.mpp-x"] == "0.25"
    assert facts.properties["openslide.mpp-y"] == "0.5"


def test_the_largest_image_is_the_slide_and_the_label_is_a_picture(tmp_path, planes):
    path = tmp_path / "a.zarr"
    write_ome_zarr(path, planes[:, :20, :30], image="label", factors=(1,))
    write_ome_zarr(path, planes, image="0")
    pyramid, facts = open_zarr(path)
    assert facts.levels[0][:2] == (150, 100)
    assert facts.pictures == {"label": (30, 20)}
    assert np.array_equal(pyramid.pictures["label"](), np.moveaxis(planes[:, :20, :30], 0, -1))
    pyramid.close()


def test_gray_of_12_bits_is_mapped_and_said(tmp_path):
    values = np.linspace(0, 4000, 100 * 100).astype(np.uint16).reshape(100, 100)
    picture, facts = whole(write_ome_zarr(tmp_path / "a.zarr", values, axes="yx", factors=(1,)))
    assert np.abs(picture[..., 0] - values * (255 / 4095)).max() <= 0.501
    assert "0 to 4,095 become 0 to 255" in " ".join(remarks_of(facts.properties))


def test_chunks_that_are_not_there_are_background_and_counted(tmp_path, planes):
    path = write_ome_zarr(tmp_path / "a.zarr", planes)
    (path / "0" / "1" / "0" / "0").unlink()
    picture, facts = whole(path)
    assert (picture[:64, :64] == 255).all()
    assert np.array_equal(picture[:, 64:], np.moveaxis(planes, 0, -1)[:, 64:])
    assert "1 of 18 chunks" in " ".join(remarks_of(facts.properties))


def test_what_is_left_out_of_a_gray_slide_has_the_value_that_it_stands_for(tmp_path):
    values = np.zeros((128, 64), np.uint8)
    values[64:] = 7
    picture, _ = whole(write_ome_zarr(tmp_path / "a.zarr", values, axes="yx", factors=(1,)))
    assert (picture[..., 0] == values).all()


@pytest.mark.parametrize(("version", "name"), [("0.4", "0/0/0/0"), ("0.5", "0/c/0/0/0")])
@pytest.mark.parametrize("kept", [3, 50, -1])
def test_a_chunk_that_is_cut_off_costs_its_place_only(tmp_path, planes, version, name, kept):
    path = write_ome_zarr(tmp_path / "a.zarr", planes, version=version, factors=(1,))
    chunk = path / name
    chunk.write_bytes(chunk.read_bytes()[:kept])
    pyramid, _ = open_zarr(path)
    reader = RasterReader(path, pyramid)
    with pytest.raises(UnreadableRegionError, match="damaged there"):
        reader.read((0, 0), 0, (10, 10))
    expected = np.moveaxis(planes, 0, -1)[70:80, 70:80]
    assert np.array_equal(reader.read((70, 70), 0, (10, 10)), expected)
    reader.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda said: said["multiscales"][0].update(version="0.1"), "OME-Zarr 0.1, and"),
        (lambda said: said["multiscales"][0]["axes"].reverse(), "has the axes x, y, c"),
        (lambda said: said.pop("multiscales"), "without an image"),
        (lambda said: said["multiscales"][0].pop("axes"), "cannot be read as OME-Zarr"),
        (lambda said: said["multiscales"][0]["datasets"][0].update(path="9"), "cannot be read as"),
    ],
)
def test_metadata_that_cannot_be_followed_are_refused(tmp_path, planes, change, said):
    path = write_ome_zarr(tmp_path / "a.zarr", planes, factors=(1,))
    attributes = json.loads((path / ".zattrs").read_text())
    change(attributes)
    (path / ".zattrs").write_text(json.dumps(attributes))
    with pytest.raises(SlideError, match=said):
        open_zarr(path)


def test_fluorescence_stacks_and_other_types_are_refused(tmp_path, planes):
    names = [{"label": name, "color": "0000FF"} for name in ("DAPI", "FITC", "Cy5")]
    with pytest.raises(SlideError, match=r"3 channels \(DAPI, FITC, Cy5\)"):
        open_zarr(write_ome_zarr(tmp_path / "a.zarr", planes, channels=names, factors=(1,)))
    with pytest.raises(SlideError, match=r"is a stack \(Z 3\)"):
        open_zarr(write_ome_zarr(tmp_path / "b.zarr", planes, axes="zyx", factors=(1,)))
    path = write_ome_zarr(tmp_path / "c.zarr", planes[0].astype("f4"), axes="yx", factors=(1,))
    with pytest.raises(SlideError, match="values of type float32"):
        open_zarr(path)


def test_a_zip_that_is_cut_off_is_to_be_copied_again(tmp_path, planes):
    path = write_ome_zarr(tmp_path / "a.zarr", planes, factors=(1,))
    file = Path(shutil.make_archive(str(path), "zip", path))
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(SlideError, match="no whole zip file"):
        open_zarr(file)


def test_a_zarr_folder_is_a_slide_like_others(tmp_path, planes):
    path = write_ome_zarr(tmp_path / "a.zarr", planes)
    with open_slide(path) as slide:
        assert (slide.format, slide.mpp, len(slide.levels)) == ("OME-Zarr", 0.5, 3)
        content = slide.content_id
        slide.check_unchanged()
        (path / "0" / "0" / "0" / "0").unlink()
        with pytest.raises(SlideError):
            slide.check_unchanged()
    with open_slide(path) as other:
        assert other.content_id != content
