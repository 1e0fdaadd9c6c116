"""A picture of a whole slide, whichever levels the slide has.

Where a level is coarse enough, all of it is read and averaged. Where that would be too much, some
of its tiles are read, evenly spread, and what lies between them is interpolated.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.errors import UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.slides.pyramid import level_for, quarters
from pathgui.core.slides.reading.tile_decoding import Rgb

_STAGE = say("Looking over the slide")
_BLOCK_PX = 2048  # a level that is too large to be held whole is read in squares of about this
_PLAIN_TILE = 256  # of a level whose tiles are not known
_REPORT_EVERY = 16  # tiles


@dataclass(frozen=True)
class Budget:
    """How much of a slide without coarse levels may be read for a picture of it."""

    pixels: int  # up to so many, everything is read and averaged
    tiles: int  # else so many tiles at most
    tiles_elsewhere: int  # and of a level that is not read directly, where each costs more
    damage: int  # so many damaged places are looked into for what is whole around them
    seconds: float | None = None  # of the tiles, only those that can be read in this time


# A mask is part of a result: which tiles it is made from depends on the file alone, not on time.
FOR_MASKS = Budget(pixels=1 << 28, tiles=1 << 14, tiles_elsewhere=1 << 12, damage=256)
FOR_THE_EYE = Budget(pixels=1 << 25, tiles=1 << 11, tiles_elsewhere=1 << 10, damage=16, seconds=1.5)


class LevelLike(Protocol):
    """What is needed of a level."""

    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def downsample(self) -> float: ...


class SlideLike(Protocol):
    """What is needed of a slide: :class:`pathgui.core.slides.slide.Slide` has it."""

    size_l0: tuple[int, int]
    background: tuple[int, int, int]

    @property
    def levels(self) -> Sequence[LevelLike]: ...

    def read_level(self, level: int, origin_px: tuple[int, int], size_px: tuple[int, int]) -> Rgb:
        """A region in the level's own pixels."""

    def read_for_screen(
        self, level: int, origin_px: tuple[int, int], factor: int, out: NDArray[np.uint8]
    ) -> bool:
        """Fill ``out`` with 0xffRRGGBB, reduced by ``factor``, if that is quick."""

    def tiles_with_data(self, level: int) -> tuple[tuple[int, int], NDArray[np.bool_]] | None:
        """Size of the level's tiles and which of them (down, across) hold anything, if known."""


@dataclass(frozen=True)
class Look:
    """A picture of a whole slide."""

    picture: Rgb
    unread: float  # share of what was read that cannot be decoded, 0..1


def look_over(slide: SlideLike, max_px: int, budget: Budget, report: ProgressFn) -> Look:
    """All of a slide, averaged down to at most ``max_px`` on its longer side.

    Never enlarged. What cannot be decoded has the background's color. ``report`` can follow it
    and stop it.
    """
    longer = max(slide.size_l0)
    scale = max(longer / max_px, 1.0)
    target = (max(1, round(slide.size_l0[0] / scale)), max(1, round(slide.size_l0[1] / scale)))
    level = level_for([each.downsample for each in slide.levels], scale)
    factor = max(1, int(scale / slide.levels[level].downsample))
    width, height = slide.levels[level].size
    if width * height > budget.pixels and factor > 1:
        return _sampled(slide, level, factor, target, budget, report)
    reading = _Reading(slide, level, budget)
    reduced = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    blocks = list(_blocks((width, height), factor))
    for done, (x, y, *size) in enumerate(blocks):
        progress = Progress(_STAGE, done, len(blocks), part=Part.READING)
        block = Image.fromarray(
            reading.region((x, y), (size[0], size[1]), partial(report, progress))
        )
        part = np.asarray(block.reduce(factor))
        row, column = y // factor, x // factor
        reduced[row : row + part.shape[0], column : column + part.shape[1]] = part
    if reduced.shape[1::-1] == target:
        return Look(reduced, reading.unread)
    resized = Image.fromarray(reduced).resize(target, Image.Resampling.BOX)
    return Look(np.array(resized), reading.unread)


def _sampled(
    slide: SlideLike,
    level: int,
    factor: int,
    target: tuple[int, int],
    budget: Budget,
    report: ProgressFn,
) -> Look:
    """The same from some of the level's tiles."""
    width, height = slide.levels[level].size
    known = slide.tiles_with_data(level)
    if known is None:
        tile, most = (_PLAIN_TILE, _PLAIN_TILE), budget.tiles_elsewhere
        filled = np.ones((-(-height // tile[1]), -(-width // tile[0])), np.bool_)
    else:
        (tile, filled), most = known, budget.tiles
    down, across = filled.shape
    stride = max(1, math.ceil(math.sqrt(np.count_nonzero(filled) / most)))
    side = max(1, round(min(tile) / factor))  # pixels of a tile in the picture
    while down * side * across * side > 4 * max(target) ** 2 and side > 1:
        side -= 1
    reading = _Reading(slide, level, budget)
    read = _tile_reader(
        reading, tile, side, lambda: report(Progress(_STAGE, 0, 1, part=Part.READING))
    )
    rows, columns = range(stride // 2, down, stride), range(stride // 2, across, stride)
    rows, columns = (rows or range(1)), (columns or range(1))
    means = np.empty((len(rows), len(columns), 3), np.uint8)
    means[:] = slide.background
    whole = np.empty((down, side, across, side, 3), np.uint8)
    seen: list[tuple[int, int, Rgb]] = []
    places = [
        (i, j, step) for i, j, step in _spread(len(rows), len(columns))
        if filled[rows[i], columns[j]] or step > 1
    ]  # fmt: skip
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
    for done, (i, j, step) in enumerate(places):
        if done % _REPORT_EVERY == 0:
            report(Progress(_STAGE, done, len(places), part=Part.READING))
            if deadline is not None and time.monotonic() > deadline:
                break
        row, column = rows[i], columns[j]
        if filled[row, column]:
            picture = read(row, column)
            means[i : i + step, j : j + step] = picture.mean(axis=(0, 1)).round()
            seen.append((row, column, picture))
        else:
            means[i : i + step, j : j + step] = slide.background
    fine = (len(columns) * stride, len(rows) * stride)
    between = np.asarray(Image.fromarray(means).resize(fine, Image.Resampling.BILINEAR))
    nearest = (np.minimum(np.arange(n), end - 1) for n, end in ((down, fine[1]), (across, fine[0])))
    whole[:] = between[np.ix_(*nearest)][:, None, :, None]
    whole.transpose(0, 2, 1, 3, 4)[~filled] = slide.background
    for row, column, picture in seen:
        whole[row, :, column] = picture
    box = (0.0, 0.0, width / tile[0] * side, height / tile[1] * side)
    joined = Image.fromarray(whole.reshape(down * side, across * side, 3))
    picture = np.array(joined.resize(target, Image.Resampling.BOX, box))
    return Look(picture, reading.unread)


def _tile_reader(
    reading: _Reading, tile: tuple[int, int], side: int, beat: Callable[[], None]
) -> Callable[[int, int], Rgb]:
    """A function of row and column that gives a tile as ``side`` x ``side`` pixels."""
    slide, level = reading.slide, reading.level
    (width, height), (level_width, level_height) = tile, slide.levels[level].size
    factor = next(
        each
        for each in (8, 4, 2, 1)
        if each == 1 or (width % each == height % each == 0 and min(tile) // each >= side)
    )
    screen = np.empty((height // factor, width // factor, 4), np.uint8)
    words = screen.view(np.uint32)[..., 0]

    def read(row: int, column: int) -> Rgb:
        origin = (column * width, row * height)
        if slide.read_for_screen(level, origin, factor, screen):
            reading.asked_px += width * height
            rgb = np.stack([words >> 16 & 255, words >> 8 & 255, words & 255], axis=-1)
            picture = Image.fromarray(rgb.astype(np.uint8))
        else:
            # What lies outside must not mix in: the last pixels stand for it.
            inside = (min(width, level_width - origin[0]), min(height, level_height - origin[1]))
            region = reading.region(origin, inside, beat)
            missing = ((0, height - inside[1]), (0, width - inside[0]), (0, 0))
            picture = Image.fromarray(np.pad(region, missing, mode="edge"))
        return np.asarray(picture.resize((side, side), Image.Resampling.BOX))

    return read


def _spread(rows: int, columns: int) -> Iterator[tuple[int, int, int]]:
    """Row, column and step of every cell, the widest apart first.

    So that all of the slide is there early, and finer with time: a cell stands for ``step`` x
    ``step`` cells until others come.
    """
    step = 1
    while step < max(rows, columns):
        step *= 2
    first = step
    while step:
        for row in range(0, rows, step):
            for column in range(0, columns, step):
                if step == first or row % (2 * step) or column % (2 * step):
                    yield row, column, step
        step //= 2


class _Reading:
    """Reads regions of one level; what is damaged in them has the background's color."""

    def __init__(self, slide: SlideLike, level: int, budget: Budget) -> None:
        self.slide = slide
        self.level = level
        self.asked_px = 0
        self._missed_px = 0
        self._left = budget.damage  # places that are still looked into
        self._until = math.inf if budget.seconds is None else time.monotonic() + budget.seconds

    @property
    def unread(self) -> float:
        """Share of the pixels asked for that cannot be decoded, 0..1."""
        return self._missed_px / max(self.asked_px, 1)

    def region(
        self, origin: tuple[int, int], size_px: tuple[int, int], beat: Callable[[], None]
    ) -> Rgb:
        """A region in the level's own pixels. ``beat`` is called before each read."""
        self.asked_px += size_px[0] * size_px[1]
        return self._region(origin, size_px, beat)

    def _region(
        self, origin: tuple[int, int], size_px: tuple[int, int], beat: Callable[[], None]
    ) -> Rgb:
        beat()
        try:
            return self.slide.read_level(self.level, origin, size_px)
        except UnreadableRegionError:
            late = time.monotonic() > self._until
            if max(size_px) <= 256 or self._left <= 0 or late:
                self._left -= 1
                self._missed_px += size_px[0] * size_px[1]
                return np.full((size_px[1], size_px[0], 3), self.slide.background, np.uint8)
        out = np.empty((size_px[1], size_px[0], 3), np.uint8)
        for x, y, width, height in quarters(size_px):
            part = self._region((origin[0] + x, origin[1] + y), (width, height), beat)
            out[y : y + height, x : x + width] = part
        return out


def _blocks(size: tuple[int, int], multiple: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut a level into x, y, width, height, each corner a multiple of ``multiple``."""
    step = max(_BLOCK_PX // multiple, 1) * multiple
    for y in range(0, size[1], step):
        for x in range(0, size[0], step):
            yield x, y, min(step, size[0] - x), min(step, size[1] - y)
