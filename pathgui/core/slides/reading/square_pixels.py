"""A slide whose pixels are not square, as one whose pixels are.

Tiles, masks and layers count square pixels. Where a file says that its pixels are wider than high
or higher than wide, each level is resampled along its coarse direction to the finer one's size:
once, by linear interpolation between the two nearest pixels, at places that follow from the file
alone. So the same place has the same value in whatever region it is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from pathgui.core.slides.reading.properties import (
    BOUNDS,
    MPP_X,
    MPP_Y,
    STORED_UM,
    Properties,
    bounds_of,
    pixel_um,
)
from pathgui.core.slides.reading.slide_messages import FileFacts
from pathgui.core.slides.reading.tile_decoding import Rgb

CALIBRATION = 1.02  # scanners calibrate both directions; a difference below is no other pixel
MOST_STRETCH = 4.0  # a larger one is more likely wrong than true, and is asked about


class LevelReader(Protocol):
    """What a slide is read through."""

    path: Path
    facts: FileFacts
    name: str

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB, shape (height, width, 3)."""

    def associated_image(self, name: str) -> Rgb | None:
        """The label, macro or other picture of that name as RGB; None where there is none."""

    def close(self) -> None:
        """Let go of the file. May be called twice."""


def squared(reader: LevelReader) -> LevelReader:
    """The reader itself where its pixels are square, or not known; else one that squares them."""
    stretch = stretch_of(reader.facts.properties)
    return reader if stretch == (1.0, 1.0) else SquareReader(reader, stretch)


def stretch_of(properties: Properties) -> tuple[float, float]:
    """How much larger a stored pixel is than the square one, across and down; 1 and 1 if square."""
    across, down = pixel_um(properties)
    if across is None or down is None:
        return 1.0, 1.0
    least = min(across, down)
    ratio = max(across, down) / least
    return (across / least, down / least) if CALIBRATION < ratio <= MOST_STRETCH else (1.0, 1.0)


class SquareReader:
    """Another reader's slide with square pixels. Any number of threads may read."""

    def __init__(self, inner: LevelReader, stretch: tuple[float, float]) -> None:
        self._inner = inner
        self._stretch = stretch
        self.path = inner.path
        self.name = inner.name
        facts = inner.facts
        self._stored = [(width, height) for width, height, _ in facts.levels]
        levels = tuple(
            (max(1, round(width * stretch[0])), max(1, round(height * stretch[1])), downsample)
            for width, height, downsample in facts.levels
        )
        self.facts = FileFacts(self._properties(facts), levels, facts.pictures, facts.icc_profile)

    def _properties(self, facts: FileFacts) -> dict[str, str]:
        properties = dict(facts.properties)
        across, down = pixel_um(properties)
        assert across is not None
        assert down is not None
        square = f"{min(across, down):.10g}"
        properties |= {MPP_X: square, MPP_Y: square, STORED_UM: f"{across:.10g} {down:.10g}"}
        if all(name in properties for name in BOUNDS):
            x, y, width, height = bounds_of(properties, facts.levels[0][:2])
            ends = ((x, x + width), (y, y + height))
            (left, right), (top, bottom) = (
                (round(start * by), round(end * by))
                for (start, end), by in zip(ends, self._stretch, strict=True)
            )
            said = (left, top, right - left, bottom - top)
            properties |= dict(zip(BOUNDS, map(str, said), strict=True))
        return properties

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB (height, width, 3) of square pixels; raises what the reader raises."""
        width, height, downsample = self.facts.levels[level]
        axes = [
            _Places.of(round(start / downsample), count, whole, stored, by)
            for start, count, whole, stored, by in zip(
                origin_l0, size_px, (width, height), self._stored[level], self._stretch, strict=True
            )
        ]
        across, down = axes
        stored_l0 = (round(across.first * downsample), round(down.first * downsample))
        region = self._inner.read(stored_l0, level, (across.count, down.count))
        return down.along(across.along(region, 1), 0)

    def associated_image(self, name: str) -> Rgb | None:
        """As the file has it: its scale is another one."""
        return self._inner.associated_image(name)

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._inner.close()


class _Places:
    """Where the pixels of one direction come from: two stored ones each, and the second's share."""

    def __init__(self, low: np.ndarray, high: np.ndarray, share: np.ndarray | None) -> None:
        self.first = int(low.min())
        self.count = int(high.max()) - self.first + 1
        self._low, self._high = low - self.first, high - self.first
        self._share = share

    @classmethod
    def of(cls, start: int, count: int, whole: int, stored: int, by: float) -> _Places:
        """Of pixels ``start`` and on, of ``whole``, made of ``stored`` ones that are ``by`` larger.

        What lies outside the slide comes from outside.
        """
        place = np.arange(start, start + count)
        if by == 1.0:
            return cls(place, place, None)
        # Of both ends of the slide, not by the size that is said: a level is rounded to pixels.
        centers = (place + 0.5) * (stored / whole) - 0.5
        low = np.floor(centers).astype(np.int64)
        share = (centers - low).astype(np.float32)
        inside = (place >= 0) & (place < whole)
        high = low + 1
        low[inside], high[inside] = (
            low[inside].clip(0, stored - 1),
            high[inside].clip(0, stored - 1),
        )
        # Between the slide and what lies beside it nothing is mixed.
        outside = np.where(place < 0, np.minimum(low, -1), np.maximum(high, stored))
        low, high = np.where(inside, low, outside), np.where(inside, high, outside)
        return cls(low, high, share)

    def along(self, region: Rgb, axis: int) -> Rgb:
        """The stored pixels of a region as square ones, along an axis."""
        if self._share is None:
            return region
        shape = [1, 1, 1]
        shape[axis] = -1
        share = self._share.reshape(shape)
        low = np.take(region, self._low, axis).astype(np.float32)
        high = np.take(region, self._high, axis)
        made: Rgb = np.floor(low + (high - low) * share + np.float32(0.5)).astype(np.uint8)
        return made
