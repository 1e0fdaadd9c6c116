"""Slides that live in memory, with every kind of trouble a file can have."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.gui.viewer.slide_view import SlideView


@dataclass(frozen=True)
class MemoryLevel:
    size: tuple[int, int]
    downsample: float


class MemorySlide:
    """A slide whose pixels are at hand, read as OpenSlide reads: positions are floored.

    ``damaged`` are rectangles of level 0 that do not decode; ``gone`` lets every read fail;
    ``gate`` is called before each read, on the reader's thread.
    """

    def __init__(
        self,
        level_0: NDArray[np.uint8],
        factors: tuple[float, ...] = (1.0,),
        *,
        mpp: float | None = 0.5,
        icc_profile: bytes | None = None,
        bounds: tuple[int, int, int, int] | None = None,
    ) -> None:
        height, width = level_0.shape[:2]
        self.path = Path("memory.tif")
        self.size_l0 = (width, height)
        self.mpp, self.mpp_source, self.objective = mpp, "file" if mpp else "", None
        self.vendor, self.properties = "", dict[str, str]()
        self.bounds_l0 = bounds or (0, 0, width, height)
        self.background = (255, 255, 255)
        self.icc_profile = icc_profile
        self.content_id = "0" * 64
        self.damaged: list[tuple[int, int, int, int]] = []
        self.gone = False
        self.gate: Callable[[], None] = lambda: None
        self.closed = threading.Event()
        self.reads: list[tuple[tuple[int, int], int, tuple[int, int]]] = []
        self._pixels = [shrunk(level_0, factor) for factor in factors]
        self.levels = tuple(
            MemoryLevel(
                (each.shape[1], each.shape[0]),
                (width / each.shape[1] + height / each.shape[0]) / 2,
            )
            for each in self._pixels
        )

    def read(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
    ) -> NDArray[np.uint8]:
        self.gate()
        if self.gone or self.closed.is_set():
            raise SlideError("memory.tif is gone. Check that its disk is there.")
        self.reads.append((origin_l0, level, size_px))
        downsample = self.levels[level].downsample
        x, y = (math.floor(each / downsample) for each in origin_l0)
        for x0, y0, x1, y1 in self.damaged if level == 0 else ():
            if x < x1 and y < y1 and x + size_px[0] > x0 and y + size_px[1] > y0:
                raise UnreadableRegionError("memory.tif cannot be decoded here.")
        out = np.full((size_px[1], size_px[0], 3), self.background, np.uint8)
        part = self._pixels[level][y : y + size_px[1], x : x + size_px[0]]
        out[: part.shape[0], : part.shape[1]] = part
        return out

    def read_for_screen(
        self, level: int, origin_px: tuple[int, int], factor: int, out: NDArray[np.uint8]
    ) -> bool:
        return False

    def thumbnail(self, max_px: int = 1024) -> NDArray[np.uint8]:
        if self.gone:
            raise SlideError("memory.tif is gone. Check that its disk is there.")
        image = Image.fromarray(self._pixels[-1])
        image.thumbnail((max_px, max_px), Image.Resampling.BOX)
        return np.array(image)

    def associated_image(self, name: str) -> NDArray[np.uint8] | None:
        return np.full((40, 60, 3), 120, np.uint8) if name in ("label", "macro") else None

    def close(self) -> None:
        self.closed.set()


def shrunk(pixels: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """As scanners make levels: whole factors average and drop what is left over at the edge."""
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    image = Image.fromarray(pixels)
    if factor == int(factor):
        whole = int(factor)
        image = image.crop((0, 0, width // whole * whole, height // whole * whole))
        return np.array(image.reduce(whole))
    size = (round(width / factor), round(height / factor))
    return np.array(image.resize(size, Image.Resampling.BOX))


def checkered(size: tuple[int, int], square: int) -> NDArray[np.uint8]:
    """White and dark squares, dark first, from the top left corner of level 0."""
    width, height = size
    dark = (np.add.outer(np.arange(height) // square, np.arange(width) // square) % 2) == 0
    return np.where(dark, np.uint8(30), np.uint8(255))[..., None].repeat(3, axis=2)


def tissue_like(size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    """Pink noise of several scales, cheap: one piece again and again."""
    width, height = size
    side = 1024
    rng = np.random.default_rng(seed)
    small = rng.integers(90, 256, (side // 16, side // 16, 3), dtype=np.uint8)
    coarse = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    noise = rng.integers(-12, 12, (side, side, 1), dtype=np.int16)
    tint = np.array([0, -40, -10], np.int16)
    piece = np.clip(np.asarray(coarse).astype(np.int16) + noise + tint, 0, 255).astype(np.uint8)
    return np.tile(piece, (-(-height // side), -(-width // side), 1))[:height, :width].copy()


def update_overlay(
    view: SlideView, cells: NDArray[np.integer], values: NDArray[Any], title: str | None = None
) -> None:
    """New values at ``cells`` (n, 2: column, row) of a layer, the shown one by default."""
    layer = next((each for each in view.layers if each.title == title), view.layer)
    assert layer is not None
    layer.image[cells[:, 1], cells[:, 0]] = values
    view.fill_layer(layer, cells)
