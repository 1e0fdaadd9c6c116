"""From cells of the plan to pixels for the screen. Runs on the loader's threads.

What is read here is for the eye only: averaged to virtual levels and, if asked for, brought from
the scanner's color space to sRGB. Encoders get the file's pixels, from elsewhere.
"""

from __future__ import annotations

import io
import logging
import mmap
import sys
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QImage

from pathgui.core.errors import UnreadableRegionError
from pathgui.gui.viewer.model.plan import CELL, CellKey, LevelFacts, Pyramid, reader_position

log = logging.getLogger(__name__)

Correction = Callable[[Image.Image], Image.Image]
_LUT_SIDE = 33
_CELL_BYTES = CELL * CELL * 4
_spare: deque[mmap.mmap] = deque(maxlen=128)  # pages of cells that are gone: 32 MiB


class SlideLike(Protocol):
    """What the viewer needs of a slide: :class:`pathgui.core.slides.slide.Slide` has it."""

    path: Path
    size_l0: tuple[int, int]
    mpp: float | None
    mpp_source: Any
    objective: float | None
    vendor: str
    properties: Any
    bounds_l0: tuple[int, int, int, int]
    background: tuple[int, int, int]
    icc_profile: bytes | None

    @property
    def levels(self) -> tuple[LevelFacts, ...]: ...

    @property
    def content_id(self) -> str: ...

    def read(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
    ) -> NDArray[np.uint8]: ...

    def read_for_screen(
        self, level: int, origin_px: tuple[int, int], factor: int, out: NDArray[np.uint8]
    ) -> bool: ...

    def thumbnail(self, max_px: int = 1024) -> NDArray[np.uint8]: ...

    def associated_image(self, name: str) -> NDArray[np.uint8] | None: ...

    def close(self) -> None: ...


def cell_image(
    slide: SlideLike, pyramid: Pyramid, key: CellKey, correction: Correction | None = None
) -> tuple[QImage, int]:
    """A cell as it is painted, and how many damaged places are hatched in it."""
    if correction is None:
        level = pyramid.levels[key.level]
        own = _own_memory(*pyramid.size_px(key))
        origin = (key.column * CELL * level.factor, key.row * CELL * level.factor)
        if slide.read_for_screen(level.source, origin, level.factor, own):
            return _image_of(own), 0
    region, damaged = read_cell(slide, pyramid, key)
    return to_qimage(region, correction), damaged


def read_cell(slide: SlideLike, pyramid: Pyramid, key: CellKey) -> tuple[NDArray[np.uint8], int]:
    """The pixels of a cell, (height, width, 3), and how many damaged places are hatched in them."""
    level = pyramid.levels[key.level]
    width, height = pyramid.size_px(key)
    # At the right and lower edge the last pixels of a virtual level average what is left.
    x, y = key.column * CELL * level.factor, key.row * CELL * level.factor
    read_width = min(width * level.factor, level.source_size_px[0] - x)
    read_height = min(height * level.factor, level.source_size_px[1] - y)
    try:
        pixels = slide.read(pyramid.origin_l0(key), level.source, (read_width, read_height))
        damaged = 0
    except UnreadableRegionError:
        pixels, damaged = _read_in_parts(slide, pyramid, key, (read_width, read_height))
    if level.factor > 1:
        pixels = np.asarray(Image.fromarray(pixels).reduce(level.factor))
    return pixels, damaged


def _read_in_parts(
    slide: SlideLike, pyramid: Pyramid, key: CellKey, size_px: tuple[int, int]
) -> tuple[NDArray[np.uint8], int]:
    """The same cut up, so that only what is really damaged is hatched."""
    level = pyramid.levels[key.level]
    left, top = key.column * CELL * level.factor, key.row * CELL * level.factor
    width, height = size_px
    pixels = np.empty((height, width, 3), np.uint8)
    damaged = 0
    part = CELL if level.factor > 1 else CELL // 2
    for y in range(0, height, part):
        for x in range(0, width, part):
            size = (min(part, width - x), min(part, height - y))
            origin = (
                reader_position(left + x, level.source_downsample),
                reader_position(top + y, level.source_downsample),
            )
            try:
                block = slide.read(origin, level.source, size)
            except UnreadableRegionError:
                block = hatch(size, level.factor)
                damaged += 1
            pixels[y : y + size[1], x : x + size[0]] = block
    # A cell of a level of the file is one place, in however many parts it was tried.
    return pixels, min(damaged, 1) if level.factor == 1 else damaged


def hatch(size_px: tuple[int, int], factor: int = 1) -> NDArray[np.uint8]:
    """Gray diagonal stripes, (height, width, 3), 8 px wide when seen reduced by ``factor``."""
    width, height = size_px
    across = np.add.outer(np.arange(height), np.arange(width)) // (8 * factor) % 2
    stripes = np.where(across, 150, 205).astype(np.uint8)
    return np.repeat(stripes[..., None], 3, axis=2)


def to_qimage(pixels: NDArray[np.uint8], correction: Correction | None = None) -> QImage:
    """RGB to the format that paints fastest, in memory of its own."""
    if correction is not None:
        pixels = np.asarray(correction(Image.fromarray(pixels)))
    pixels = np.ascontiguousarray(pixels)
    height, width, _ = pixels.shape
    borrowed = QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888)
    converted = borrowed.convertToFormat(QImage.Format.Format_RGB32)
    own = _own_memory(width, height)
    own[:] = np.frombuffer(converted.constBits(), np.uint8).reshape(own.shape)
    return _image_of(own)


def _own_memory(width: int, height: int) -> NDArray[np.uint8]:
    """Pages of its own for an image, (height, width, 4).

    Images live long and are read between many short-lived arrays. On the heap they would keep the
    pages of what was freed around them: half as much again as the cache. Pages that the system
    hands out anew cost half as much as decoding into them, so those of a cell serve again.
    """
    size = width * height * 4
    pages = None
    if size == _CELL_BYTES:
        with suppress(IndexError):
            pages = _spare.pop()
    if pages is None:
        if sys.platform == "win32":
            pages = mmap.mmap(-1, size)
        else:  # by default they could be shared with other processes, which costs more
            pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pixels = np.frombuffer(pages, np.uint8).reshape(height, width, 4)
    if size == _CELL_BYTES:
        weakref.finalize(pixels, _spare.append, pages).atexit = False
    return pixels


def _image_of(pixels: NDArray[np.uint8]) -> QImage:
    """An image over pixels of 0xffRRGGBB, which it keeps alive."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)


def correction_of(icc_profile: bytes | None) -> Correction | None:
    """Scanner color space to sRGB, as a table that is quick to apply; None if there is nothing.

    A profile that cannot be used is left out, with a line in the log: the picture is then as it
    would be without one.
    """
    if not icc_profile:
        return None
    from PIL import ImageCms, ImageFilter

    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc_profile)),
            ImageCms.createProfile("sRGB"),
            "RGB",
            "RGB",
        )
        steps = np.rint(np.linspace(0, 255, _LUT_SIDE)).astype(np.uint8)
        blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
        grid = np.stack([red, green, blue], axis=-1).reshape(-1, _LUT_SIDE, 3)
        mapped = ImageCms.applyTransform(Image.fromarray(grid), transform)
        if mapped is None:
            return None
        table = np.asarray(mapped, np.float32).reshape(-1) / 255.0
        lut = ImageFilter.Color3DLUT(_LUT_SIDE, table.tolist())
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        log.warning("the ICC profile of the slide cannot be used", exc_info=True)
        return None
    return lambda image: image.filter(lut)
