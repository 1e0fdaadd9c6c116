"""The directories of a TIFF file, read so that nothing the file says of itself can do harm.

A damaged file may claim a billion entries, point behind its end or into its own directories. Here
every length is checked against the file's size before anything is read or allocated. tifffile
reports damage by logging and goes on; libtiff allocates what the file asks for.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_COUNTS = 273, 274, 277, 279
PLANAR, PREDICTOR, TILE_WIDTH, TILE_LENGTH = 284, 317, 322, 323
TILE_OFFSETS, TILE_COUNTS, EXTRA_SAMPLES, JPEG_TABLES, DEPTH = 324, 325, 338, 347, 32997
DESCRIPTION, SUB_DIRECTORIES = 270, 330
_WANTED = {
    WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, STRIP_OFFSETS, ORIENTATION, SAMPLES,
    STRIP_COUNTS, PLANAR, PREDICTOR, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS,
    EXTRA_SAMPLES, JPEG_TABLES, DEPTH, DESCRIPTION, SUB_DIRECTORIES,
}  # fmt: skip

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NUMBERS = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}  # TIFF type: numpy's
_TEXT, _UNDEFINED = 2, 7
_OME_END = 16  # bytes of a description, among which the end of an OME-XML text is
_MOST_DIRECTORIES = 4096
_MOST_ENTRIES = 4096

Numbers = NDArray[np.uint64]


class DamagedTiffError(ValueError):
    """The directories of a TIFF file cannot be followed."""


@dataclass(frozen=True)
class TiffDirectory:
    """One picture of a TIFF file, as its tags describe it.

    Tags that are of no use here are left out, and so are those whose values lie, in part or
    whole, behind the end of the file; ``beyond`` then says so.
    """

    numbers: Mapping[int, Numbers]  # the values of each tag that holds whole numbers
    jpeg_tables: bytes
    beyond: bool  # something in it points behind the end of the file
    inside: bool = False  # it is a level of the picture before it, in a SubIFD
    ome: bool = False  # its description is OME-XML

    @property
    def tiled(self) -> bool:
        """Whether the picture is cut into tiles rather than strips."""
        return TILE_WIDTH in self.numbers

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels; 0 where the file does not say."""
        return self.number(WIDTH, 0), self.number(LENGTH, 0)

    @property
    def tile(self) -> tuple[int, int]:
        """Width and height of a tile in pixels; 0 where the file does not say."""
        return self.number(TILE_WIDTH, 0), self.number(TILE_LENGTH, 0)

    def number(self, tag: int, default: int) -> int:
        """The first value of a tag; ``default`` where it has none."""
        values = self.numbers.get(tag)
        return default if values is None or not len(values) else int(values[0])

    def data_beyond(self, file_size: int) -> bool:
        """Whether any strip or tile reaches behind the end of the file."""
        for offset_tag, count_tag in ((STRIP_OFFSETS, STRIP_COUNTS), (TILE_OFFSETS, TILE_COUNTS)):
            offsets, counts = self.numbers.get(offset_tag), self.numbers.get(count_tag)
            if offsets is None or counts is None:
                continue
            n, end = min(len(offsets), len(counts)), np.uint64(file_size)
            room = end - np.minimum(offsets[:n], end)  # never below 0: these do not wrap around
            if bool((counts[:n] > room).any()):
                return True
        return False


def is_tiff(head: bytes) -> bool:
    """Whether a file that begins so says that it is TIFF, classic or BigTIFF."""
    return head[:4] in MAGIC


def tiff_directories(path: Path) -> list[TiffDirectory]:
    """The pictures of a TIFF file in their order, each followed by those inside it.

    Inside a picture lie its coarser levels, where the file is a pyramid as OME-TIFF has it.

    Raises
    ------
    DamagedTiffError
        If the directories cannot be followed at all: not TIFF, too many entries to be true, or
        a directory that ends with the file. A directory that lies behind the end of the file is
        one that is ``beyond`` and holds nothing.
    OSError
        If the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        if not is_tiff(head) or len(head) < 8:
            raise DamagedTiffError("not a TIFF file")
        layout = _Layout("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
        if layout.big and len(head) < 16:
            raise DamagedTiffError("the file ends within its header")
        (position,) = struct.unpack_from(layout.word, head, 8 if layout.big else 4)
        directories: list[TiffDirectory] = []
        seen: set[int] = set()
        while position and position not in seen:
            if len(seen) >= _MOST_DIRECTORIES:
                raise DamagedTiffError("too many directories")
            seen.add(position)
            if position >= size:
                directories.append(TiffDirectory({}, b"", beyond=True))
                break
            directory, position = _directory(file, size, position, layout)
            directories.append(directory)
            for inside in directory.numbers.get(SUB_DIRECTORIES, ()):
                if len(seen) >= _MOST_DIRECTORIES:
                    raise DamagedTiffError("too many directories")
                if not inside or int(inside) in seen:
                    continue
                seen.add(int(inside))
                level = TiffDirectory({}, b"", beyond=True)
                if int(inside) < size:
                    with suppress(DamagedTiffError):  # the picture that it is in may be whole
                        level, _ = _directory(file, size, int(inside), layout)
                directories.append(replace(level, inside=True))
    return directories


@dataclass(frozen=True)
class _Layout:
    order: str  # "<" or ">"
    big: bool  # BigTIFF

    @property
    def word(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        return self.order + ("HHQ8s" if self.big else "HHI4s")


def _directory(
    file: BinaryIO, size: int, position: int, layout: _Layout
) -> tuple[TiffDirectory, int]:
    """The directory at ``position``, and where the next one lies (0: nowhere)."""
    file.seek(position)
    (entries,) = struct.unpack(layout.count, _exactly(file, struct.calcsize(layout.count)))
    if entries > _MOST_ENTRIES:
        raise DamagedTiffError(f"{entries} entries in one directory")
    step = struct.calcsize(layout.entry)
    table = _exactly(file, entries * step)
    following = file.read(struct.calcsize(layout.word))
    numbers: dict[int, Numbers] = {}
    tables, beyond, ome = b"", False, False
    for entry in range(entries):
        tag, kind, count, value = struct.unpack_from(layout.entry, table, entry * step)
        if tag not in _WANTED or (kind not in _NUMBERS and kind not in (_TEXT, _UNDEFINED)):
            continue
        dtype = np.dtype(layout.order + _NUMBERS.get(kind, "u1"))
        length = count * dtype.itemsize
        if length > len(value):
            (offset,) = struct.unpack(layout.word, value)
            if offset + length > size:
                beyond = True
                continue
            skipped = max(0, length - _OME_END) if kind == _TEXT else 0
            file.seek(offset + skipped)
            value = _exactly(file, length - skipped)
        if tag == DESCRIPTION:
            ome = value.rstrip(b"\0 \r\n").endswith(b"OME>")
        elif tag == JPEG_TABLES:
            tables = value[:length]
        elif kind in _NUMBERS:
            numbers[tag] = np.frombuffer(value, dtype, count).astype(np.uint64)
    if len(following) < struct.calcsize(layout.word):
        return TiffDirectory(numbers, tables, beyond=True, ome=ome), 0
    return TiffDirectory(numbers, tables, beyond, ome=ome), struct.unpack(layout.word, following)[0]


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise DamagedTiffError("the file ends within a directory")
    return data
