"""Regions of a pyramid of decoded tiles, for files that OpenSlide does not read.

Whatever library decodes a file offers its levels as :class:`TileLevel`; here regions are put
together of their tiles. Runs where OpenSlide runs, in the child process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.openslide_reader import unreadable
from pathgui.core.slides.reading.properties import Color
from pathgui.core.slides.reading.sample_values import Rgb, SampleValues, Values
from pathgui.core.system.byte_cache import ByteCache

_DAMAGED = (OSError, ValueError, RuntimeError, KeyError, IndexError, TypeError, NotImplementedError)


class TileLevel(Protocol):
    """One level, cut into tiles."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def tile(self) -> tuple[int, int]:
        """Width and height of a tile in pixels."""

    def read(self, row: int, column: int) -> Values | None:
        """Values of a tile (height, width, channels), at the border as much as there is.

        None where nothing is stored. Raises what the library raises where the tile is damaged.
        """


@dataclass(frozen=True)
class Pyramid:
    """All that is read of one file."""

    name: str  # of what decodes it, with its version
    levels: tuple[TileLevel, ...]  # the finest first
    values: SampleValues
    pictures: dict[str, Callable[[], Values]]  # label, macro: functions that read them whole
    close: Callable[[], None]


class RasterReader:
    """One file as a pyramid of tiles. Any number of threads may read."""

    def __init__(
        self,
        path: Path,
        pyramid: Pyramid,
        background: Color = (255, 255, 255),
        cache_bytes: int = 64 << 20,
    ) -> None:
        self.path = path
        self.background = background
        self._pyramid = pyramid
        self._downsamples = downsamples([level.size for level in pyramid.levels])
        self._tiles = ByteCache[tuple[int, int, int], Rgb](cache_bytes)
        self._closed = False

    @property
    def name(self) -> str:
        """Name and version of the library."""
        return self._pyramid.name

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB, shape (height, width, 3), from the nearest pixel of the level.

        Raises
        ------
        UnreadableRegionError
            If a tile of the region cannot be decoded. Other regions can still be read.
        SlideError
            If the reader is closed.
        """
        if self._closed:
            raise SlideError(
                say("{name} has been closed. Open it again to read it.", name=self.path.name)
            )
        raster, downsample = self._pyramid.levels[level], self._downsamples[level]
        x, y = round(origin_l0[0] / downsample), round(origin_l0[1] / downsample)
        width, height = size_px
        out = np.empty((height, width, 3), np.uint8)
        out[:] = self.background
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, raster.size[0]), min(y + height, raster.size[1])
        if left >= right or top >= bottom:
            return out
        across, down = raster.tile
        for row in range(top // down, (bottom - 1) // down + 1):
            for column in range(left // across, (right - 1) // across + 1):
                try:
                    tile = self._tile(level, row, column)
                except _DAMAGED as error:
                    why = str(error) or type(error).__name__
                    raise unreadable(self.path, origin_l0, level, size_px, why) from error
                if tile is None:
                    continue
                x0, y0 = max(left, column * across), max(top, row * down)
                x1, y1 = min(right, (column + 1) * across), min(bottom, (row + 1) * down)
                out[y0 - y : y1 - y, x0 - x : x1 - x] = tile[
                    y0 - row * down : y1 - row * down, x0 - column * across : x1 - column * across
                ]
        return out

    def associated_image(self, name: str) -> Rgb | None:
        """The label, macro or other picture of that name as RGB; None where there is none."""
        read = self._pyramid.pictures.get(name)
        if read is None:
            return None
        picture = read()
        if picture.ndim != 3 or picture.dtype != np.uint8 or picture.shape[2] not in (1, 3, 4):
            return None
        return SampleValues(gray=picture.shape[2] == 1).rgb(picture)

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if not self._closed:
            self._closed = True
            self._tiles.clear()
            self._pyramid.close()

    def _tile(self, level: int, row: int, column: int) -> Rgb | None:
        key = (level, row, column)
        tile = self._tiles.get(key)
        if tile is None:
            raster = self._pyramid.levels[level]
            values = raster.read(row, column)
            if values is None:
                return None
            tile = self._pyramid.values.rgb(values)
            needed = tuple(
                min(side, whole - place * side)
                for side, whole, place in zip(raster.tile, raster.size, (column, row), strict=True)
            )
            if tile.shape[1] < needed[0] or tile.shape[0] < needed[1]:
                raise ValueError(f"a tile of {tile.shape[1]} × {tile.shape[0]} px")
            self._tiles.put(key, tile, tile.nbytes)
        return tile


def downsamples(sizes: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """Level-0 pixels per pixel of each level: the mean of both directions, as OpenSlide has it."""
    width, height = sizes[0]
    return tuple((width / w + height / h) / 2 if (w, h) != sizes[0] else 1.0 for w, h in sizes)


def spread_tiles(level: TileLevel, most: int = 64) -> list[NDArray[np.int64]]:
    """Rows and columns of at most ``most`` tiles that are spread evenly over a level."""
    across, down = (-(-side // tile) for side, tile in zip(level.size, level.tile, strict=True))
    chosen = np.unique(np.linspace(0, across * down - 1, min(most, across * down)).astype(np.int64))
    return list(np.column_stack(np.divmod(chosen, across)))


def seen_values(level: TileLevel) -> Iterator[Values]:
    """Values of tiles that are spread over a level; what is damaged or not there is left out."""
    for row, column in spread_tiles(level):
        try:
            values = level.read(int(row), int(column))
        except _DAMAGED:  # said when the place is read
            continue
        if values is not None:
            yield values[..., :3]
