"""Directories that a damaged file might have."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
import tifffile

from pathgui.core.errors import SlideError
from pathgui.core.slides.reading.tiff_structure import (
    TILE_COUNTS,
    TILE_OFFSETS,
    DamagedTiffError,
    tiff_directories,
)
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import noise, write_slide
from tests.fuzz.mutants import seed_of


def big_tiff(*entries, following=0, directory=16):
    """A BigTIFF with one directory of (tag, type, count, value)."""
    head = struct.pack("<2sHHHQ", b"II", 43, 8, 0, directory)
    body = struct.pack("<Q", len(entries))
    body += b"".join(struct.pack("<HHQQ", *entry) for entry in entries)
    return head + body + struct.pack("<Q", following)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_directories_are_those_of_tifffile(tmp_path, order, big):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path, bigtiff=big, byteorder=order) as tif:
        for side in (700, 350):
            tif.write(noise(side, side), tile=(128, 256), photometric="rgb", compression="jpeg")
    found = tiff_directories(path)
    with tifffile.TiffFile(path) as tif:
        assert len(found) == len(tif.pages) == 2
        for directory, page in zip(found, tif.pages, strict=True):
            assert directory.size == (page.imagewidth, page.imagelength)
            assert directory.tile == (256, 128)
            assert directory.numbers[TILE_OFFSETS].tolist() == list(page.dataoffsets)
            assert directory.numbers[TILE_COUNTS].tolist() == list(page.databytecounts)
            assert directory.jpeg_tables == (page.jpegtables or b"")
            assert not directory.beyond


@pytest.mark.parametrize(
    "data",
    [
        b"II",
        b"II*\0",
        b"II+\0\x08\0\0\0",
        struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, (1 << 64) - 1),
        struct.pack("<2sHI", b"II", 42, 8) + b"\xff\xff",
    ],
)
def test_what_cannot_be_followed_is_an_error(tmp_path, data):
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    with pytest.raises(DamagedTiffError):
        tiff_directories(path)
    with pytest.raises(SlideError):
        open_slide(path)


def test_numbers_that_overflow_are_beyond_the_end(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(big_tiff((TILE_OFFSETS, 16, (1 << 61) + 1, 1 << 63), (256, 4, 1, 77)))
    (directory,) = tiff_directories(path)
    assert directory.beyond
    assert directory.size == (77, 0)
    far = (1 << 64) - 1
    path.write_bytes(big_tiff((TILE_OFFSETS, 16, 1, far), (TILE_COUNTS, 16, 1, far)))
    (directory,) = tiff_directories(path)
    assert directory.data_beyond(path.stat().st_size)
    path.write_bytes(big_tiff(directory=far))
    assert tiff_directories(path)[0].beyond
    with pytest.raises(SlideError, match="cut off"):
        open_slide(path)


def test_directories_in_a_circle_end(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(big_tiff((256, 4, 1, 77), following=16))
    assert len(tiff_directories(path)) == 1


def test_no_damage_makes_it_raise_anything_else_or_read_more_than_the_file(tmp_path):
    seed = seed_of(write_slide(tmp_path / "whole.tif", noise(300, 300), factors=(1, 2)))
    whole, entries = seed.data, [at for at, _ in seed.entries]
    assert len(entries) > 20
    rng, path = random.Random(0), tmp_path / "a.tif"
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 3))):
            at = rng.choice((rng.randrange(16), rng.choice(entries) + rng.randrange(12)))
            data[at] = rng.choice((0, 0xFF, 0x80, rng.randrange(256)))
        path.write_bytes(data[: rng.choice((len(data), rng.randrange(len(data))))])
        try:
            found = tiff_directories(path)
        except DamagedTiffError:
            continue
        held = sum(values.nbytes for each in found for values in each.numbers.values())
        assert held <= 8 * len(data) * max(1, len(found))
        assert isinstance(any(each.data_beyond(len(data)) for each in found), bool | np.bool_)
