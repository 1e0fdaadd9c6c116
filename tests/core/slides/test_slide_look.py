"""A file is looked at before any library reads it as a slide."""

from __future__ import annotations

import os
import struct

import pytest

from pathgui.core.errors import SlideError
from pathgui.core.slides.slide_look import LARGEST_SIDE, LARGEST_TILE_SIDE, look_at
from tests.core.slide_factory import noise, write_slide

WIDTH, ORIENTATION, TILE_WIDTH = 256, 274, 322


def tiff(*entries):
    """A little TIFF with one tiled directory of (tag, value)."""
    tags = {WIDTH: 512, 257: 512, TILE_WIDTH: 256, 323: 256} | dict(entries)
    body = struct.pack("<H", len(tags))
    for tag, value in sorted(tags.items()):
        body += struct.pack("<HHII", tag, 4, 1, value)
    return b"II*\0" + struct.pack("<I", 8) + body + b"\0\0\0\0"


def test_a_slide_that_a_scanner_may_have_made_passes(tmp_path):
    look_at(write_slide(tmp_path / "a.tif", noise(512, 512)))


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        (TILE_WIDTH, LARGEST_TILE_SIDE + 1, "claims tiles of"),
        (WIDTH, LARGEST_SIDE + 1, "which cannot be"),
        (ORIENTATION, 3, "is stored turned by 180°"),
        (ORIENTATION, 6, "is stored turned by 90°"),
    ],
)
def test_what_no_scanner_makes_is_refused_in_a_sentence(tmp_path, tag, value, said):
    (tmp_path / "a.tif").write_bytes(tiff((tag, value)))
    with pytest.raises(SlideError, match=said):
        look_at(tmp_path / "a.tif")


def test_upright_is_no_reason(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff((ORIENTATION, 1)))
    look_at(tmp_path / "a.tif")


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.svs")
    with pytest.raises(SlideError, match="is a pipe"):
        look_at(tmp_path / "a.svs")


@pytest.mark.parametrize("content", [b"", b"text", b"II*\0", b"II*\0\xff\xff\xff\xff"])
def test_of_other_files_whoever_opens_them_speaks(tmp_path, content):
    (tmp_path / "a.svs").write_bytes(content)
    look_at(tmp_path / "a.svs")
    look_at(tmp_path / "nothing.svs")
