"""Which pictures are tiles, and which are refused before they are decoded."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from pathgui.core.reference.tile_files import MOST_PX, NotATile, read_small, read_tile


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "webp", "ppm"])
def test_a_lossless_picture_is_read_to_the_pixel(tmp_path, picture, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(picture).save(path, **({"lossless": True} if ending == "webp" else {}))
    np.testing.assert_array_equal(read_tile(path), picture)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
def test_other_kinds_of_pixels_become_rgb(tmp_path, picture, mode):
    Image.fromarray(picture).convert(mode).save(tmp_path / "a.png")
    assert read_tile(tmp_path / "a.png").shape == (40, 60, 3)


def test_a_small_one_has_the_longer_side_that_was_asked_for(tmp_path, picture):
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert read_small(tmp_path / "a.png", 30).shape == (20, 30, 3)
    assert read_small(tmp_path / "a.png", 500).shape == (40, 60, 3)


def test_what_is_larger_than_a_tile_is_a_slide_and_not_decoded(tmp_path):
    Image.new("1", (MOST_PX + 1, 10)).save(tmp_path / "a.png")
    for read in (read_tile, lambda path: read_small(path, 30)):
        with pytest.raises(NotATile, match=f"whole slide.*{MOST_PX + 1} x 10 px"):
            read(tmp_path / "a.png")


def test_a_tiff_of_several_levels_is_a_slide(tmp_path, picture):
    page = Image.fromarray(picture)
    page.save(tmp_path / "a.tif", save_all=True, append_images=[page])
    with pytest.raises(NotATile, match="it has 2 levels"):
        read_tile(tmp_path / "a.tif")


def test_the_ending_of_a_slide_is_enough(tmp_path):
    (tmp_path / "a.svs").touch()
    with pytest.raises(NotATile, match="whole slide"):
        read_tile(tmp_path / "a.svs")
    with pytest.raises(FileNotFoundError):
        read_tile(tmp_path / "gone.svs")


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n" + b"x" * 50])
def test_what_is_no_picture_is_said(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(NotATile, match="cannot be read as a picture"):
        read_tile(tmp_path / "a.png")


def test_ghostscript_is_not_started_for_a_picture(tmp_path):
    (tmp_path / "a.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    with pytest.raises(NotATile):
        read_tile(tmp_path / "a.eps")


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(NotATile, match="is a pipe"):
        read_tile(tmp_path / "a.png")
