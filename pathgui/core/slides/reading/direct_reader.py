"""Regions straight from the compressed tiles of a TIFF or SVS file, for speed.

OpenSlide spends six times as long on composing a region as on decoding its tiles. Where a slide is
nothing but a plain raster of JPEG or JPEG 2000 tiles, the tiles are decoded here and copied into
place. A slide is read this way only after some of its tiles came out equal to OpenSlide's to the
last bit: another decoder, or the fast modes of the same one, would move embeddings.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.slides.reading.properties import Color
from pathgui.core.slides.reading.spare_tiles import spare_tiles
from pathgui.core.slides.reading.tiff_structure import (
    BITS,
    DEPTH,
    EXTRA_SAMPLES,
    PLANAR,
    PREDICTOR,
    SAMPLES,
    TILE_COUNTS,
    TILE_OFFSETS,
    DamagedTiffError,
    Numbers,
    TiffDirectory,
    tiff_directories,
)
from pathgui.core.slides.reading.tile_decoding import (
    Decoder,
    Rgb,
    Screen,
    ScreenDecoder,
    decoder_of,
)
from pathgui.core.system.byte_cache import ByteCache

LevelOf = tuple[tuple[int, int], float]  # size in its own pixels, downsample

_LARGEST_TILE = 1 << 26  # pixels; a larger one is a damaged tag
_WHOLE = 1e-6  # of a pixel; nearer to a pixel's corner than this, OpenSlide does not interpolate


class NotDirectError(Exception):
    """A region, or a whole slide, that has to be read through OpenSlide instead."""


@dataclass(frozen=True)
class _Raster:
    """The tiles of one level."""

    size: tuple[int, int]
    downsample: float
    tile: tuple[int, int]  # width, height
    across: int
    offsets: Numbers
    counts: Numbers  # bytes; 0 where nothing was scanned
    decode: Decoder
    decoder: str
    # At 1/factor of the size, as the screen wants it, into the array if one is given.
    decode_for_screen: ScreenDecoder | None = None


class DirectReader:
    """The levels of one file whose tiles can be decoded here. Made by :func:`direct_reader`."""

    def __init__(
        self, path: Path, rasters: dict[int, _Raster], background: Color, cache_bytes: int
    ) -> None:
        self.levels = frozenset(rasters)
        self._rasters = rasters
        self._background = np.array(background, np.uint8)
        self._screen_background = np.frombuffer(
            (0xFF000000 | int.from_bytes(bytes(background), "big")).to_bytes(4, sys.byteorder),
            np.uint8,
        )
        self._tiles = ByteCache[tuple[int, int], Rgb](cache_bytes)
        self._pending: dict[tuple[int, int], threading.Event | None] = {}  # None: nobody waits
        self._lock = threading.Lock()
        self._file = path.open("rb", buffering=0)
        self._file_lock = threading.Lock()
        self._readers = 0
        self._closed = False

    @property
    def name(self) -> str:
        """What decodes the tiles, with its version."""
        decoders = sorted({raster.decoder for raster in self._rasters.values()})
        return f"direct ({', '.join(decoders)})"

    @property
    def cached_bytes(self) -> int:
        """Size of the decoded tiles that are kept."""
        return self._tiles.used_bytes

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB (height, width, 3), if OpenSlide would not interpolate there.

        Raises
        ------
        NotDirectError
            If the level is not one of :attr:`levels`, the origin lies between two of its
            pixels, a tile is damaged or the file cannot be read.
        """
        raster = self._raster(level)
        x, y = origin_l0[0] / raster.downsample, origin_l0[1] / raster.downsample
        if abs(x - round(x)) > _WHOLE or abs(y - round(y)) > _WHOLE:
            raise NotDirectError("between two pixels of the level")
        return self.read_level(level, (round(x), round(y)), size_px)

    def read_level(self, level: int, origin_px: tuple[int, int], size_px: tuple[int, int]) -> Rgb:
        """The same, with the origin in the level's own pixels."""
        raster = self._raster(level)
        self._begin()
        try:
            return self._assemble(level, raster, origin_px, size_px)
        finally:
            self._end()

    def read_for_screen(
        self, level: int, origin_px: tuple[int, int], factor: int, out: Screen
    ) -> None:
        """Fill ``out`` with pixels for the eye, ``factor`` x ``factor`` of the level in each.

        For whole tiles, which are decoded in the order that screens want, at the size that is
        asked for. Reduced so, they are within a gray level or two of the average.

        Raises
        ------
        NotDirectError
            If the region is not made of whole tiles, and where :meth:`read_level` raises it.
        """
        raster = self._raster(level)
        (x, y), (height, width) = origin_px, out.shape[:2]
        across, down = raster.tile[0] // factor, raster.tile[1] // factor
        whole = (
            raster.tile == (across * factor, down * factor)
            and (x % raster.tile[0], y % raster.tile[1]) == (0, 0)
            and (width % across, height % down) == (0, 0)
            and x >= 0 <= y
            and x + width * factor <= raster.size[0]
            and y + height * factor <= raster.size[1]
        )
        if not whole or raster.decode_for_screen is None:
            raise NotDirectError("not whole tiles")
        first = y // raster.tile[1] * raster.across + x // raster.tile[0]
        self._begin()
        try:
            for row in range(height // down):
                for column in range(width // across):
                    part = out[row * down : (row + 1) * down, column * across :][:, :across]
                    if not raster.counts[first + row * raster.across + column]:
                        part[:] = self._screen_background
                        continue
                    # Only an array without gaps can be decoded into.
                    into = part if part.flags.c_contiguous else None
                    decode = partial(raster.decode_for_screen, factor, into)
                    tile = self._decoded(raster, first + row * raster.across + column, decode)
                    if tile.shape != part.shape:
                        raise NotDirectError(f"a tile of {tile.shape}")
                    if into is None:
                        part[:] = tile
        finally:
            self._end()

    def tiles_with_data(self, level: int) -> tuple[tuple[int, int], NDArray[np.bool_]] | None:
        """Size of a level's tiles and which (down, across) hold anything; None if not ours."""
        raster = self._rasters.get(level)
        if raster is None:
            return None
        return raster.tile, (raster.counts > 0).reshape(-1, raster.across)

    def close(self) -> None:
        """Close the file as soon as no thread reads from it any more. May be called twice."""
        with self._lock:
            self._closed = True
            tiles = self._tiles.clear()
            if self._readers == 0:
                self._file.close()
        spare_tiles.give(tiles)

    def drop(self, level: int) -> None:
        """Leave a level to OpenSlide."""
        self._rasters.pop(level, None)
        self.levels = frozenset(self._rasters)

    def telling_regions(self, level: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Origins (level pixels) and sizes to compare with OpenSlide's pixels.

        The tile with the most to decode, an empty one, the corner tiles (edge tiles are often
        odd), and one region across four tiles and the slide's border. Few, because a slide should
        open fast.
        """
        raster = self._raster(level)
        width, height = raster.tile
        last = (raster.across - 1, len(raster.counts) // raster.across - 1)
        fullest, emptiest = int(np.argmax(raster.counts)), int(np.argmin(raster.counts))
        empty = [] if raster.counts[emptiest] else [divmod(emptiest, raster.across)[::-1]]
        chosen = dict.fromkeys(
            (
                (fullest % raster.across, fullest // raster.across),
                *empty,
                last,
                (0, 0),
                *([(last[0], 0), (0, last[1])] if level == 0 else []),
            )
        )
        tiles = [((column * width, row * height), raster.tile) for column, row in chosen]
        corner = (last[0] * width - 16, last[1] * height - 16)
        size = (raster.size[0] - corner[0] + 8, raster.size[1] - corner[1] + 8)
        return [*tiles, (corner, size)]

    def _begin(self) -> None:
        """The file stays open until :meth:`_end`."""
        with self._lock:
            if self._closed:
                raise NotDirectError("closed")
            self._readers += 1

    def _end(self) -> None:
        with self._lock:
            self._readers -= 1
            if self._closed and self._readers == 0:
                self._file.close()

    def _raster(self, level: int) -> _Raster:
        raster = self._rasters.get(level)
        if raster is None:
            raise NotDirectError(f"level {level} is left to OpenSlide")
        return raster

    def _assemble(
        self, level: int, raster: _Raster, origin: tuple[int, int], size: tuple[int, int]
    ) -> Rgb:
        (x, y), (width, height) = origin, size
        tile_width, tile_height = raster.tile
        inside = x >= 0 <= y and x + width <= raster.size[0] and y + height <= raster.size[1]
        if size == raster.tile and inside and x % tile_width == 0 and y % tile_height == 0:
            return self._whole_tile(
                level, raster, y // tile_height * raster.across + x // tile_width
            )
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, raster.size[0]), min(y + height, raster.size[1])
        out = np.empty((height, width, 3), np.uint8)
        if (left, top, right, bottom) != (x, y, x + width, y + height):
            out[:] = self._background
        if left >= right or top >= bottom:
            return out
        rows = range(top // tile_height, (bottom - 1) // tile_height + 1)
        columns = range(left // tile_width, (right - 1) // tile_width + 1)
        for row in rows:
            y0, y1 = max(top, row * tile_height), min(bottom, (row + 1) * tile_height)
            above, first = row * tile_height, row * raster.across
            decoded = [self._tiles.get((level, first + column)) for column in columns]
            for column, tile in zip(columns, decoded, strict=True):
                x0, x1 = max(left, column * tile_width), min(right, (column + 1) * tile_width)
                if tile is None:
                    tile = self._tile(level, raster, first + column)
                before = column * tile_width
                out[y0 - y : y1 - y, x0 - x : x1 - x] = tile[
                    y0 - above : y1 - above, x0 - before : x1 - before
                ]
        return out

    def _whole_tile(self, level: int, raster: _Raster, index: int) -> Rgb:
        """One tile as it is, the caller's own: who reads tile by tile comes to each but once."""
        tile = self._tiles.get((level, index))
        return self._decode(raster, index) if tile is None else tile.copy()

    def _tile(self, level: int, raster: _Raster, index: int) -> Rgb:
        """One decoded tile; threads that want the same one wait for the first of them."""
        key = (level, index)
        while True:
            with self._lock:
                tile = self._tiles.get(key)
                if tile is not None:
                    return tile
                if key not in self._pending:
                    self._pending[key] = None
                    break
                under_way = self._pending[key] = self._pending[key] or threading.Event()
            under_way.wait()
        try:
            tile = self._decode(
                raster, index, spare_tiles.take((raster.tile[1], raster.tile[0], 3))
            )
        except BaseException:
            self._no_longer_pending(key)
            raise
        with self._lock:
            dropped = [] if self._closed else self._tiles.put(key, tile, tile.nbytes)
        self._no_longer_pending(key)
        if dropped:
            spare_tiles.give(dropped)
        return tile

    def _no_longer_pending(self, key: tuple[int, int]) -> None:
        with self._lock:
            waited_for = self._pending.pop(key)
        if waited_for is not None:
            waited_for.set()

    def _decode(self, raster: _Raster, index: int, into: Rgb | None = None) -> Rgb:
        """One tile, in ``into`` if it can be decoded there."""
        if not raster.counts[index]:
            return np.full((raster.tile[1], raster.tile[0], 3), self._background, np.uint8)
        tile: Rgb = self._decoded(raster, index, partial(raster.decode, into))
        if tile.dtype != np.uint8 or tile.shape != (raster.tile[1], raster.tile[0], 3):
            raise NotDirectError(f"a tile of {tile.shape} {tile.dtype}")
        # A decoder returns a view of what it was given; that itself can serve again.
        there = tile.base is into
        return into if into is not None and there else tile

    def _decoded(self, raster: _Raster, index: int, decode: Callable[[bytes], Rgb]) -> Rgb:
        try:
            return decode(self._bytes_at(int(raster.offsets[index]), int(raster.counts[index])))
        except (OSError, ValueError, RuntimeError, OverflowError) as error:
            raise NotDirectError(str(error)) from error

    def _bytes_at(self, offset: int, count: int) -> bytes:
        if count > _LARGEST_TILE:
            raise ValueError("more bytes than a tile has")
        if hasattr(os, "pread"):
            data = os.pread(self._file.fileno(), count, offset)
        else:
            with self._file_lock:
                self._file.seek(offset)
                data = self._file.read(count)
        if len(data) != count:
            raise OSError("the file ends within a tile")
        return data


def direct_reader(
    path: Path,
    vendor: str,
    levels: Sequence[LevelOf],
    background: Color,
    read: Callable[[tuple[int, int], int, tuple[int, int]], Rgb],
    cache_bytes: int = 64 << 20,
) -> DirectReader | None:
    """A direct reader for the levels of a file on which it agrees with OpenSlide.

    Parameters
    ----------
    path : Path
    vendor : str
        As the slide's reader names the format.
    levels : sequence of (size, downsample)
        As OpenSlide sees them.
    background : (r, g, b)
        Color outside the slide.
    read : function of (origin_l0, level, size_px)
        The region through OpenSlide; may raise.
    cache_bytes : int
        Bound on the decoded tiles that are kept.

    Returns
    -------
    DirectReader or None
        None if level 0 is not such a raster, or came out different anywhere.
    """
    if vendor not in {"aperio", "generic-tiff", "ome-tiff"}:
        return None  # the others overlap tiles, leave some out, or are not TIFF
    rasters = _rasters_of(path, vendor, levels, background)
    if 0 not in rasters:
        return None
    reader = DirectReader(path, rasters, background, cache_bytes)
    try:
        for level in sorted(reader.levels):
            if not _agrees(reader, level, levels[level][1], read):
                reader.drop(level)
    except BaseException:
        reader.close()
        raise
    if 0 not in reader.levels:
        reader.close()
        return None
    return reader


def _agrees(
    reader: DirectReader,
    level: int,
    downsample: float,
    read: Callable[[tuple[int, int], int, tuple[int, int]], Rgb],
) -> bool:
    """Whether both readers give the same pixels wherever both can read, and somewhere they can."""
    from pathgui.core.errors import UnreadableRegionError

    compared = 0
    for (x, y), size in reader.telling_regions(level):
        if downsample != round(downsample):
            if compared:
                break
            # The one place where OpenSlide does not interpolate; so take much from there.
            (x, y), size = (0, 0), (4 * size[0], 4 * size[1])
        origin_l0 = (round(x * downsample), round(y * downsample))
        try:
            direct = reader.read(origin_l0, level, size)
            expected = read(origin_l0, level, size)
        except (NotDirectError, UnreadableRegionError):
            continue  # a damaged tile says nothing about the others
        if not np.array_equal(direct, expected):
            return False
        compared += 1
    return compared > 0


def _rasters_of(
    path: Path, vendor: str, levels: Sequence[LevelOf], background: Color
) -> dict[int, _Raster]:
    """The levels that are plain rasters of tiles which can be decoded here."""
    try:
        directories = tiff_directories(path)
    except (DamagedTiffError, OSError):
        return {}  # OpenSlide has opened it; its own reader may know better
    rasters = {}
    for index, (size, downsample) in enumerate(levels):
        of_size = [each for each in directories if each.tiled and each.size == size]
        if len(of_size) == 1:
            # Where a tile of a coarse level is empty, OpenSlide's Aperio reader takes a finer one.
            plain_empty = vendor != "aperio" or index == 0
            raster = _raster_of(of_size[0], downsample, background if plain_empty else None)
            if raster is not None:
                rasters[index] = raster
    return rasters


def _raster_of(picture: TiffDirectory, downsample: float, empty: Color | None) -> _Raster | None:
    """The tiles of a level; ``empty`` is the color of those without data, None if not known."""
    plain = (
        picture.number(SAMPLES, 1) == 3
        and set(picture.numbers.get(BITS, ())) == {8}
        and picture.number(PLANAR, 1) == 1
        and picture.number(PREDICTOR, 1) == 1
        and picture.number(DEPTH, 1) == 1
        and EXTRA_SAMPLES not in picture.numbers
        and min(*picture.size, *picture.tile) > 0
        and picture.tile[0] * picture.tile[1] <= _LARGEST_TILE
    )
    offsets, counts = picture.numbers.get(TILE_OFFSETS), picture.numbers.get(TILE_COUNTS)
    if not plain or offsets is None or counts is None:
        return None
    across, down = (-(-side // tile) for side, tile in zip(picture.size, picture.tile, strict=True))
    if not len(offsets) == len(counts) == across * down or not counts.any():
        return None
    if empty is None and not counts.all():
        return None
    found = decoder_of(picture)
    if found is None:
        return None
    decode, decoder, decode_for_screen = found
    return _Raster(
        picture.size,
        downsample,
        picture.tile,
        across,
        offsets,
        counts,
        decode,
        decoder,
        decode_for_screen,
    )
