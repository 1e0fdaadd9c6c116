"""TIFF files that OpenSlide does not read, or reads as less than they are.

OpenSlide does not look into SubIFDs, where an OME-TIFF has its coarser levels; shows the first of
several channels as if it were the slide; and cuts 16 bits to their upper 8.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.ome_metadata import OmeImage, images_of
from pathgui.core.slides.reading.properties import MPP_X, MPP_Y, OBJECTIVE, VENDOR
from pathgui.core.slides.reading.raster_reader import Pyramid, downsamples, seen_values
from pathgui.core.slides.reading.sample_values import (
    Channel,
    Values,
    check_channels,
    refuse_stack,
    sample_values,
)
from pathgui.core.slides.reading.slide_messages import FileFacts
from pathgui.core.slides.reading.tiff_structure import (
    BITS,
    PLANAR,
    SAMPLES,
    DamagedTiffError,
    tiff_directories,
)

_LARGEST_TILE_PX = 1 << 26
_LARGEST_PICTURE_PX = 1 << 26
_LARGEST_STRIPS_PX = 1 << 24  # a picture in strips is read whole; this is still quick
_LARGEST_BYTES = 1 << 28  # of one compressed tile
_CENTIMETER = 3
_MIN_IS_WHITE = 0
_PALETTE = 3
_SAME_SHAPE = 0.02  # how much the aspects of two levels may differ
_PICTURES = ("label", "macro", "thumbnail")


class NotForTiffError(Exception):
    """A TIFF that OpenSlide reads as well, or that cannot be read here."""


def needs_tifffile(path: Path, vendor: str | None) -> bool:
    """Whether a TIFF file is read by tifffile rather than OpenSlide.

    Parameters
    ----------
    path : Path
    vendor : str or None
        As OpenSlide names the format; None if it knows none. A vendor's own format is left to it.
    """
    if vendor not in (None, "generic-tiff"):
        return False
    try:
        directories = tiff_directories(path)
    except DamagedTiffError:
        return False  # OpenSlide says what is wrong
    plain = (
        directories
        and not any(each.inside for each in directories)
        and not directories[0].ome
        and set(directories[0].numbers.get(BITS, ())) == {8}
        and directories[0].number(SAMPLES, 1) in (3, 4)
        and directories[0].number(PLANAR, 1) == 1
    )
    return vendor is None or not plain


def open_tiff(path: Path, vendor: str | None) -> tuple[Pyramid, FileFacts]:
    """Open a TIFF file with tifffile.

    Raises
    ------
    SlideError
        If what it holds cannot be shown to an encoder as it is. The text says why.
    NotForTiffError
        If it is no tiled picture, or its directory is damaged.
    """
    import tifffile

    try:
        if any(each.beyond for each in tiff_directories(path)):
            raise NotForTiffError("a directory leads behind the end of the file")
        tif = tifffile.TiffFile(path, _multifile=False)
    except Exception as error:
        raise NotForTiffError(str(error)) from error
    try:
        return _open(path, tif, vendor)
    except (SlideError, NotForTiffError):
        tif.close()
        raise
    except Exception as error:
        tif.close()
        raise NotForTiffError(str(error) or type(error).__name__) from error


def _open(path: Path, tif: Any, vendor: str | None) -> tuple[Pyramid, FileFacts]:
    import tifffile

    series: list[Any] = list(tif.series) if tif.is_ome else []
    described = images_of(tif.ome_metadata or "") if tif.is_ome else []
    file = _File(path)
    try:
        if series:
            main = max(series, key=lambda each: _area(each.levels[0]))
            about = _described(described, series.index(main), main)
            _check_axes(path, main, about)
            stacks = [list(each.pages) for each in main.levels]
            pictures = {
                name: partial(_whole, each) for name, each in _pictures(series, main).items()
            }
        else:
            about, pictures = OmeImage(), {}
            stacks = [[page] for page in _levels_of_pages(tif)]
        _check_complete(path, [page for pages in stacks for page in pages], about)
        levels = [_TiffLevel(file, pages) for pages in stacks]
        levels = _falling(levels)
        first: Any = stacks[0][0].keyframe
        _check_picture(path, first, len(stacks[0]))
        channels = levels[0].channels
        alpha = channels == 4 and len(stacks[0]) == 1
        if not alpha and not (first.samplesperpixel == 3 and first.photometric in (2, 6)):
            named = about.channels if len(about.channels) == channels else ()
            check_channels(path.name, named or [Channel()] * channels, int(first.bitspersample))
        values = sample_values(
            path.name,
            np.dtype(first.dtype),
            3 if alpha else channels,
            significant_bits=about.significant_bits or _sample_bits(first),
            inverted=first.photometric == _MIN_IS_WHITE,
            seen=partial(seen_values, levels[-1]),
        )
    except BaseException:
        file.close()
        raise
    properties = {VENDOR: "ome-tiff" if tif.is_ome else vendor or "generic-tiff"}
    across, down = about.pixel_um
    if across is None and down is None:
        across, down = _resolution(first)
    for name, value in ((MPP_X, across), (MPP_Y, down), (OBJECTIVE, about.objective)):
        if value is not None:
            properties[name] = f"{value:.10g}"
    for name, tag in (("tiff.Make", 271), ("tiff.Model", 272), ("tiff.Software", 305),
                      ("tiff.DateTime", 306)):  # fmt: skip
        if tag in first.tags and str(first.tags[tag].value).strip():
            properties[name] = str(first.tags[tag].value).strip()
    properties |= values.properties()
    sizes = [level.size for level in levels]
    facts = FileFacts(
        properties,
        tuple((*size, each) for size, each in zip(sizes, downsamples(sizes), strict=True)),
        {name: _picture_size(each.args[0]) for name, each in pictures.items()},
        _profile(first),
    )

    def close() -> None:
        file.close()
        tif.close()

    name = f"tifffile {tifffile.__version__}"
    return Pyramid(name, tuple(levels), values, dict(pictures), close), facts


class _File:
    """The bytes of a file, for any number of threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()

    def read(self, offset: int, count: int) -> bytes:
        if not 0 <= count <= _LARGEST_BYTES:
            raise ValueError("more bytes than a tile has")
        if hasattr(os, "pread"):
            data = os.pread(self._file.fileno(), count, offset)
        else:
            with self._lock:
                self._file.seek(offset)
                data = self._file.read(count)
        if len(data) != count:
            raise OSError("the file ends within a tile")
        return data

    def close(self) -> None:
        self._file.close()


class _TiffLevel:
    """One level: a picture, or one for each of three colors, in tiles or strips."""

    def __init__(self, file: _File, pages: Sequence[Any]) -> None:
        frame = pages[0].keyframe
        self.size = (int(frame.imagewidth), int(frame.imagelength))
        self.tile = (
            (int(frame.tilewidth), int(frame.tilelength))
            if frame.is_tiled
            else (self.size[0], min(int(frame.rowsperstrip), self.size[1]))
        )
        if min(*self.size, *self.tile) < 1 or self.tile[0] * self.tile[1] > _LARGEST_TILE_PX:
            raise NotForTiffError(f"tiles of {self.tile}")
        self._across, self._down = (
            -(-side // tile) for side, tile in zip(self.size, self.tile, strict=True)
        )
        self._file = file
        self._pages = pages
        self._frame = frame
        self._planes = int(frame.samplesperpixel) if frame.planarconfig == 2 else 1
        self.channels = int(frame.samplesperpixel) * len(pages)

    def _jpeg(self, page: Any) -> dict[str, Any]:
        """What all JPEG tiles of a picture share."""
        if self._frame.compression not in (6, 7):
            return {}
        whole = page if hasattr(page, "jpegheader") else page.aspage()
        return {"jpegtables": whole.jpegtables, "jpegheader": whole.jpegheader}

    def read(self, row: int, column: int) -> Values | None:
        """Values of one tile."""
        parts = []
        for page in self._pages:
            for plane in range(self._planes):
                index = (plane * self._down + row) * self._across + column
                count = int(page.databytecounts[index])
                if not count:
                    return None
                data = self._file.read(int(page.dataoffsets[index]), count)
                segment, _, _ = self._frame.decode(data, index, **self._jpeg(page))
                if segment is None:
                    return None
                parts.append(segment[0])
        values: Values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        return values[: self.tile[1], : self.tile[0]]


def _levels_of_pages(tif: Any) -> list[Any]:
    """The levels of a TIFF without a description: its first picture, and smaller ones like it."""
    first = tif.pages.first
    if not first.is_tiled:
        raise NotForTiffError("stored in strips")
    inside = list(first.pages or ())
    others = [*inside, *(tif.pages[index] for index in range(1, min(len(tif.pages), 64)))]
    return [first, *(
        page for page in others
        if page.keyframe.dtype == first.dtype
        and page.keyframe.samplesperpixel == first.samplesperpixel
        and page.keyframe.planarconfig == first.planarconfig
        and (page.keyframe.is_tiled or _area(page.keyframe) <= _LARGEST_STRIPS_PX)
    )]  # fmt: skip


def _falling(levels: Sequence[_TiffLevel]) -> list[_TiffLevel]:
    """Those that show the same at ever fewer pixels, the finest first."""
    found = list(levels[:1])
    for level in levels[1:]:
        (width, height), (w, h) = found[-1].size, level.size
        whole_width, whole_height = found[0].size
        # A side of few pixels is rounded, which moves the aspect.
        off = abs(w / whole_width - h / whole_height) * min(w, h)
        alike = off <= max(1.5, _SAME_SHAPE * min(w, h))
        if w < width and h < height and alike and level.channels == found[0].channels:
            found.append(level)
    return found


def _check_complete(path: Path, pages: Sequence[Any], about: OmeImage) -> None:
    if not about.elsewhere and all(page is not None for page in pages):
        return
    raise SlideError(
        say(
            "{name} names other files that hold its pixels, or some of them. Open a file that "
            "holds all of its pixels: write one OME-TIFF, for example with QuPath (File, Export "
            "images, OME TIFF) or with bfconvert IN OUT.ome.tif.",
            name=path.name,
        )
    )


def _check_axes(path: Path, series: Any, about: OmeImage) -> None:
    """Refuse stacks: of each place there must be one picture."""
    many = {
        axis: length
        for axis, length in zip(series.axes, series.shape, strict=True)
        if axis not in "YXSC" and length > 1
    } | dict(about.planes or {})
    if many:
        refuse_stack(path.name, many)


def _check_picture(path: Path, page: Any, pages: int) -> None:
    if not page.is_tiled and _area(page) * pages > _LARGEST_STRIPS_PX:
        raise NotForTiffError("stored in strips")
    if page.photometric == _PALETTE:
        raise SlideError(
            say(
                "{name} has the colors of a palette. Convert it to RGB, for example with "
                "QuPath (File, Export images, Rendered RGB).",
                name=path.name,
            )
        )
    if page.photometric not in (0, 1, 2, 6):
        raise SlideError(
            say(
                "{name} stores colors as {colors}, which pathgui does not read. Convert it to "
                "RGB, for example with QuPath (File, Export images, Rendered RGB).",
                name=path.name,
                colors=getattr(page.photometric, "name", page.photometric),
            )
        )


def _described(images: Sequence[OmeImage], index: int, series: Any) -> OmeImage:
    """What the metadata say of a series: they name images in the same order."""
    level = series.levels[0].keyframe
    size = (int(level.imagewidth), int(level.imagelength))
    if index < len(images) and images[index].size == size:
        return images[index]
    if len(images) == 1 and images[0].elsewhere:
        return images[0]
    return next((each for each in images if each.size == size), OmeImage())


def _pictures(series: Sequence[Any], main: Any) -> dict[str, Any]:
    """Label, macro and thumbnail among the other series, by name."""
    found: dict[str, Any] = {}
    for each in series:
        name = str(each.name).lower()
        kind = next((picture for picture in _PICTURES if picture in name), None)
        one = len(each.pages) == 1 and each.pages[0] is not None
        if each is not main and kind and one and 0 < _area(each) <= _LARGEST_PICTURE_PX:
            found.setdefault(kind, each)
    return found


def _whole(series: Any) -> Values:
    values: Values = series.pages[0].asarray()
    if series.keyframe.planarconfig == 2 and values.ndim == 3:
        values = np.moveaxis(values, 0, -1)
    return values[..., None] if values.ndim == 2 else values


def _picture_size(series: Any) -> tuple[int, int]:
    return int(series.keyframe.imagewidth), int(series.keyframe.imagelength)


def _area(series: Any) -> int:
    page = series.keyframe
    return int(page.imagewidth) * int(page.imagelength)


def _sample_bits(page: Any) -> int:
    """Bits that the values of a picture use, as its MaxSampleValue says; 0 if it does not."""
    tag = page.tags.get(281)
    try:
        most = 0 if tag is None else int(np.max(tag.value))
    except (TypeError, ValueError):
        return 0
    return most.bit_length() if most > 255 else 0


def _resolution(page: Any) -> tuple[float | None, float | None]:
    """µm per pixel by the resolution tags, if these are in centimeters, as OpenSlide takes them."""
    found: list[float | None] = []
    unit = page.tags.get(296)
    for code in (282, 283):
        tag = page.tags.get(code)
        try:
            number, of = tag.value
            per_cm = number / of
        except (AttributeError, TypeError, ValueError, ZeroDivisionError):
            per_cm = 0.0
        in_cm = unit is not None and unit.value == _CENTIMETER
        found.append(1e4 / per_cm if per_cm > 0 and in_cm else None)
    return found[0], found[1]


def _profile(page: Any) -> bytes | None:
    tag = page.tags.get(34675)
    return bytes(tag.value) if tag is not None and isinstance(tag.value, bytes) else None
