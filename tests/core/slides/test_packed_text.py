"""A text in an archive is read as if it were not packed, and a damaged one is one sentence."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from pathgui.core.errors import RegionError
from pathgui.core.slides.packed_text import unpacked

TEXT = b'{"type": "FeatureCollection", "features": []}' * 20
PATH = Path("Fälle 1.zip")


def zipped(*names: str, content: bytes = TEXT) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            # Without a time of its own it has that of now, and so has the name of the test: two
            # processes would not collect the same tests.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def read(content: bytes, most: int = 10_000) -> bytes:
    return unpacked(PATH, content, (".geojson", ".json"), RegionError, most)


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        gzip.compress(TEXT, mtime=0),
        zipped("a.geojson"),
        zipped("export/Größe 1.JSON", "read me.txt"),
        zipped("__MACOSX/a.geojson", "._a.geojson", "a.geojson"),
    ],
)
def test_whatever_the_packing_the_text_is_the_same(content):
    assert read(content) == TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped("a.txt"), "holds no file that ends in .geojson or .json"),
        (zipped("a.json", "b.json"), "holds 2 files: a.json, b.json. Unpack it"),
        (zipped("a.json")[:-30], "cut off or damaged"),
        (gzip.compress(TEXT, mtime=0)[:-20], "cut off or damaged"),
        (zipped("a.json").replace(TEXT[:4], b"    ", 1)[:40], "cut off or damaged"),
        (zipped("a.json", content=bytes(20_000)), "holds more than"),
        (gzip.compress(bytes(20_000), mtime=0), "holds more than"),
    ],
)
def test_what_cannot_be_unpacked_is_one_sentence_that_names_the_file(content, said):
    with pytest.raises(RegionError) as found:
        read(content)
    assert str(found.value).startswith("Fälle 1.zip ")
    assert said in str(found.value)


def test_a_locked_archive_is_to_be_unpacked_by_hand():
    locked = bytearray(zipped("a.json"))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + flags] |= 1  # says that it needs a password
    with pytest.raises(RegionError, match=r"cannot be unpacked: .*Unpack it, and open"):
        read(bytes(locked))
