"""TIFF files that OpenSlide does not read, or reads as less than they are."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tifffile

from pathgui.core.errors import SlideError
from pathgui.core.slides.reading.tiff_pyramid import NotForTiffError, needs_tifffile, open_tiff
from tests.core.pyramid_factory import write_ome_tiff
from tests.core.slide_factory import noise, write_slide


def opened(path, vendor="generic-tiff"):
    pyramid, facts = open_tiff(path, vendor)
    pyramid.close()
    return facts


def whole(path):
    """Level 0 as RGB."""
    pyramid, _ = open_tiff(path, "generic-tiff")
    level = pyramid.levels[0]
    across, down = (-(-side // tile) for side, tile in zip(level.size, level.tile, strict=True))
    rows = [
        np.concatenate([pyramid.values.rgb(level.read(row, c)) for c in range(across)], axis=1)
        for row in range(down)
    ]
    pyramid.close()
    width, height = level.size
    return np.concatenate(rows)[:height, :width]


def test_levels_in_subifds_are_levels(tmp_path):
    facts = opened(write_ome_tiff(tmp_path / "a.ome.tif", noise(301, 203)))
    assert [each[:2] for each in facts.levels] == [(301, 203), (151, 102), (76, 51)]
    assert facts.properties["openslide.vendor"] == "ome-tiff"
    assert facts.properties["openslide.mpp-x"] == facts.properties["openslide.mpp-y"] == "0.5"


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd"])
def test_pixels_are_those_that_were_written(tmp_path, compression):
    picture = noise(201, 133)
    path = write_ome_tiff(tmp_path / "a.ome.tif", picture, compression=compression)
    assert np.array_equal(whole(path), picture)


@pytest.mark.parametrize("axes", ["CYX", "SYX"])
def test_colors_may_lie_in_planes(tmp_path, axes):
    picture = noise(140, 130)
    planes = np.moveaxis(picture, -1, 0)
    more = {"photometric": "rgb", "planarconfig": "separate"} if axes == "SYX" else {}
    path = write_ome_tiff(tmp_path / "a.ome.tif", planes, axes=axes, **more)
    assert np.array_equal(whole(path), picture)


def test_opacity_is_left_out(tmp_path):
    picture = noise(140, 130)
    four = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    path = write_ome_tiff(tmp_path / "a.ome.tif", four, extrasamples=["unassalpha"])
    assert np.array_equal(whole(path), picture)


def test_12_bits_in_16_are_mapped_to_8_and_said(tmp_path):
    gray = np.linspace(0, 4095, 128 * 128).astype(np.uint16).reshape(128, 128)
    path = write_ome_tiff(tmp_path / "a.ome.tif", gray, axes="YX", factors=(2,))
    facts = opened(path)
    assert facts.properties["pathgui.bits"] == "16"
    assert facts.properties["pathgui.highest"] == "4095"
    assert facts.properties["pathgui.highest-from"] == "values"
    assert facts.properties["pathgui.gray"] == "1"
    shown = whole(path)
    assert np.abs(shown[..., 0] - gray * (255 / 4095)).max() <= 0.501
    assert (shown[..., :1] == shown).all()


def test_a_plain_tiff_of_16_bits_has_its_levels_as_openslide_would_see_them(tmp_path):
    path = tmp_path / "a.tif"
    values = np.full((300, 200, 3), 65535, np.uint16)
    with tifffile.TiffWriter(path) as tif:
        for factor in (1, 2, 4):
            tif.write(values[::factor, ::factor].copy(), tile=(128, 128), photometric="rgb",
                      metadata=None, resolution=(2e4, 2e4), resolutionunit=3)  # fmt: skip
        tif.write(np.zeros((9, 90, 3), np.uint16), photometric="rgb", metadata=None)
    facts = opened(path)
    assert [each[:2] for each in facts.levels] == [(200, 300), (100, 150), (50, 75)]
    assert facts.properties["openslide.mpp-x"] == "0.5"


def test_a_label_is_a_picture_beside_the_slide(tmp_path):
    label = noise(40, 30)
    path = write_ome_tiff(tmp_path / "a.ome.tif", noise(300, 200), label=label)
    pyramid, facts = open_tiff(path, "generic-tiff")
    assert facts.pictures == {"label": (40, 30)}
    assert np.array_equal(pyramid.pictures["label"](), label)
    pyramid.close()


def test_channels_of_fluorescence_are_refused_by_name(tmp_path):
    values = np.zeros((4, 200, 200), np.uint8)
    names = ["DAPI", "CD3", "CD8", "PanCK"]
    path = write_ome_tiff(
        tmp_path / "a.ome.tif", values, axes="CYX", metadata={"Channel": {"Name": names}}
    )
    with pytest.raises(SlideError, match=r"4 channels \(DAPI, CD3, CD8, PanCK\)"):
        open_tiff(path, "generic-tiff")


@pytest.mark.parametrize(("axes", "shape"), [("ZYX", (3, 200, 200)), ("TYX", (2, 200, 200))])
def test_a_stack_is_refused(tmp_path, axes, shape):
    path = write_ome_tiff(tmp_path / "a.ome.tif", np.zeros(shape, np.uint8), axes=axes)
    with pytest.raises(SlideError, match=rf"is a stack \({axes[0]} {shape[0]}\).*bfconvert"):
        open_tiff(path, "generic-tiff")


def test_a_file_whose_pixels_lie_in_others_is_refused(tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", noise(200, 200), factors=())
    xml = tifffile.tiffcomment(path)
    other = '<UUID FileName="b.ome.tif">urn:uuid:12345678-1234-1234-1234-123456789012</UUID>'
    xml = xml.replace('PlaneCount="1"/>', f'PlaneCount="1">{other}</TiffData>')
    tifffile.tiffcomment(path, xml.encode())
    with pytest.raises(SlideError, match="names other files"):
        open_tiff(path, "generic-tiff")


def test_a_palette_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((200, 200), np.uint8), tile=(128, 128),
                     photometric="palette", colormap=np.zeros((3, 256), np.uint16))  # fmt: skip
    with pytest.raises(SlideError, match=r"palette.*Rendered RGB"):
        open_tiff(tmp_path / "a.tif", "generic-tiff")


def test_strips_are_left_to_who_says_why_not(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((200, 200), np.uint8))
    with pytest.raises(NotForTiffError):
        open_tiff(tmp_path / "a.tif", None)


def test_a_directory_that_leads_nowhere_is_no_pyramid(tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", noise(300, 200))
    with tifffile.TiffFile(path) as tif:
        tag = tif.pages.first.tags[330]
    data = bytearray(path.read_bytes())
    data[tag.valueoffset : tag.valueoffset + 4] = struct.pack("<I", len(data) + 1000)
    path.write_bytes(data)
    assert needs_tifffile(path, "generic-tiff")
    with pytest.raises(NotForTiffError):
        open_tiff(path, "generic-tiff")


def test_what_openslide_reads_whole_is_left_to_it(tmp_path):
    path = write_slide(tmp_path / "a.tif", noise(300, 200), factors=(1, 2))
    assert not needs_tifffile(path, "generic-tiff")
    assert not needs_tifffile(path, "aperio")
    assert needs_tifffile(path, None)
    assert not needs_tifffile(write_ome_tiff(tmp_path / "b.tif", noise(300, 200)), "leica")
