"""Pictures of tiles in files: which are read, and which are refused before they are decoded."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.errors import one_line
from pathgui.core.language.texts import noted, say
from pathgui.core.system.plain_files import why_not_plain

MOST_BYTES = 1 << 28  # of a file; 4,096 x 4,096 px of 16 bits have 100 MB
MOST_PX = 4096  # a side; encoders see a few hundred, and what is larger is a slide or a region
# Formats that pictures of tiles come in. Pillow knows others, some of which call other programs
# (EPS starts Ghostscript).
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "JPEG2000", "PPM", "GIF")
_SUFFIXES = {"JPEG": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2"}
_SLIDES = {
    ".svs", ".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide", ".czi", ".zvi",
    ".isyntax", ".qptiff", ".dcm",
}  # fmt: skip


class NotATile(ValueError):
    """The file is no picture of a tile; the text completes "FILE ...", ``kind`` is for groups."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind + detail)
        self.kind = kind


def read_tile(path: Path) -> NDArray[np.uint8]:
    """RGB picture in ``path``, shape (h, w, 3).

    Raises
    ------
    FileNotFoundError
        If there is none.
    NotATile
        If it is something else, too large to be a tile, or damaged.
    """
    return decode_tile(tile_content(path))


def tile_content(path: Path) -> bytes:
    """The file of a picture as it lies on disk, to be decoded and to be told by its checksum.

    Raises
    ------
    FileNotFoundError
        If there is none.
    NotATile
        If it is something else, or too large to be a tile.
    """
    _refuse_others(path)
    if path.stat().st_size > MOST_BYTES:
        raise NotATile(
            _SLIDE, say(" (its file has {st_size} MB)", st_size=path.stat().st_size >> 20)
        )
    return path.read_bytes()


def decode_tile(content: bytes) -> NDArray[np.uint8]:
    """RGB picture in the bytes of a file, shape (h, w, 3).

    Raises
    ------
    NotATile
        If it is something else, too large to be a tile, or damaged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            _refuse_slides(picture)
            return np.asarray(picture.convert("RGB"))
    except NotATile:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotATile(_SLIDE) from error
    except Exception as error:  # Pillow's readers stumble over damage with errors of every class
        raise NotATile(say("cannot be read as a picture"), f": {one_line(error)}") from error


def suffix_of(content: bytes) -> str:
    """What the file of a picture in these bytes is called by: ".jpg", ".png", ...

    Raises NotATile if they are no picture of a known format.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            return _SUFFIXES.get(picture.format or "", f".{(picture.format or 'img').lower()}")
    except Exception as error:  # as in decode_tile
        raise NotATile(say("cannot be read as a picture"), f": {one_line(error)}") from error


def read_small(path: Path, px: int) -> NDArray[np.uint8]:
    """As :func:`read_tile`, ``px`` at the longer side, or as small as it is."""
    _refuse_others(path)
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            _refuse_slides(picture)
            picture.draft("RGB", (px, px))  # JPEG: decode no more than is needed
            small = picture.convert("RGB")
            small.thumbnail((px, px), Image.Resampling.LANCZOS)
            return np.asarray(small)
    except (NotATile, FileNotFoundError):
        raise
    except Exception as error:
        raise NotATile(say("cannot be read as a picture"), f": {one_line(error)}") from error


_SLIDE = noted(
    "is a whole slide, not a tile. A reference set is made of tiles that "
    "were cut from slides: cut them first, or open the slide to evaluate it"
)


def _refuse_others(path: Path) -> None:
    if path.suffix.lower() in _SLIDES:
        path.stat()  # a slide that is not there is a file that is missing
        raise NotATile(_SLIDE)
    try:
        why = why_not_plain(path)
    except ValueError as error:  # a name with a null character
        raise NotATile(say("is no name of a file")) from error
    if why:
        raise NotATile(why)


def _refuse_slides(picture: Image.Image) -> None:
    """By its size and levels, which the header says: nothing is decoded for it."""
    width, height = picture.size
    if max(width, height) > MOST_PX:
        raise NotATile(_SLIDE, say(" ({width} x {height} px)", width=width, height=height))
    levels = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
    if levels > 1:
        raise NotATile(_SLIDE, say(" (it has {levels} levels)", levels=levels))
