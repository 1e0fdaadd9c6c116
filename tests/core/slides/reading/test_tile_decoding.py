"""Tiles of a TIFF are decoded here only where the pixels are OpenSlide's."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.slides.reading.tiff_structure import tiff_directories
from pathgui.core.slides.reading.tile_decoding import decoder_of
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import noise, tissue_picture, write_slide


@pytest.fixture
def slide(tmp_path):
    picture, _ = tissue_picture(512, 512)
    return write_slide(tmp_path / "a.tif", picture, compression="jpeg")


def first_tile(path):
    import tifffile

    with tifffile.TiffFile(path) as tif:
        page = tif.pages[0]
        with path.open("rb") as file:
            file.seek(page.dataoffsets[0])
            return file.read(page.databytecounts[0])


def test_a_jpeg_tile_has_the_pixels_that_openslide_gives(slide):
    decode, by, _ = decoder_of(tiff_directories(slide)[0])
    assert by.startswith("simplejpeg")
    with open_slide(slide, direct=False) as opened:
        expected = opened.read((0, 0), 0, (256, 256))
    np.testing.assert_array_equal(decode(None, first_tile(slide)), expected)


def test_for_the_screen_it_is_smaller_and_opaque(slide):
    _, _, for_screen = decoder_of(tiff_directories(slide)[0])
    tile = for_screen(2, None, first_tile(slide))
    assert tile.shape == (128, 128, 4)
    assert (tile.view("<u4" if np.little_endian else ">u4") >> 24 == 255).all()


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: b"not a jpeg" * 9,
                                    lambda data: data[:40]])  # fmt: skip
def test_a_damaged_tile_is_an_error(slide, damage):
    decode, _, _ = decoder_of(tiff_directories(slide)[0])
    with pytest.raises((ValueError, RuntimeError)):
        decode(None, damage(first_tile(slide)))


def test_other_compressions_are_left_to_openslide(tmp_path):
    path = write_slide(tmp_path / "a.tif", noise(512, 512), compression="deflate")
    assert decoder_of(tiff_directories(path)[0]) is None
