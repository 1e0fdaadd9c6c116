"""What an encoder says of each tile, as one layer over the slide: classes or numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import localized
from pathgui.core.pictures.overlay import NO_TILE
from pathgui.core.pictures.palette import Color

_SEEN_IN_HUNDREDTHS = 0.005  # less is 0.00


@dataclass(frozen=True, eq=False)
class OverlayLayer:
    """One answer per tile.

    ``image`` has shape (rows, columns): uint8 class indices with 255 = none, or float32 numbers
    with NaN = none. Cell (column, row) begins at ``origin_l0 + stride_l0 * (column, row)`` and is
    ``stride_l0`` wide: level-0 pixels, never the slide stretched over the image.

    ``colors`` are those of the classes; of a scalar layer, the shades from its low to its high
    end, or none: then it takes the palette that the user chose. ``names`` are the classes'; a
    scalar layer has none. ``value_range`` is the fixed range of a scalar layer. ``codes`` are the
    letters that tiles of the classes carry, where color alone would not do; ``fades``, a uint8
    image of the same shape, are steps of :mod:`fading`: how probable each tile's class is.
    """

    title: str
    image: NDArray[Any]
    colors: Sequence[Color]
    names: Sequence[str] = ()
    origin_l0: tuple[float, float] = (0.0, 0.0)
    stride_l0: float = 1.0
    kind: str = "tissue"  # tissue, center, agreement, disagreement, scalar, ...
    encoder: str = ""
    value_range: tuple[float, float] = (0.0, 1.0)
    codes: Sequence[str] = ()
    fades: NDArray[np.uint8] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.image.ndim != 2 or self.image.dtype not in (np.uint8, np.float32):
            raise ValueError("the image of a layer is a 2-d array of uint8 or float32")
        if self.stride_l0 <= 0:
            raise ValueError("the stride of a layer is positive")

    @property
    def scalar(self) -> bool:
        """Whether it holds numbers rather than classes."""
        return bool(self.image.dtype == np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """Columns, rows."""
        return self.image.shape[1], self.image.shape[0]

    @property
    def rect_l0(self) -> tuple[float, float, float, float]:
        """What the lattice covers: left, top, right, bottom."""
        x, y = self.origin_l0
        columns, rows = self.shape
        return x, y, x + columns * self.stride_l0, y + rows * self.stride_l0

    def cell_at(self, x_l0: float, y_l0: float) -> tuple[int, int] | None:
        """Column and row of the cell at a point; None outside the lattice."""
        column = math.floor((x_l0 - self.origin_l0[0]) / self.stride_l0)
        row = math.floor((y_l0 - self.origin_l0[1]) / self.stride_l0)
        columns, rows = self.shape
        return (column, row) if 0 <= column < columns and 0 <= row < rows else None

    def value_at(self, x_l0: float, y_l0: float) -> str:
        """What it says at a point, in words; empty where it says nothing."""
        cell = self.cell_at(x_l0, y_l0)
        if cell is None:
            return ""
        value = self.image[cell[1], cell[0]]
        if self.scalar:
            return "" if np.isnan(value) else _number(float(value))
        if value == NO_TILE:
            return ""
        return self.names[value] if value < len(self.names) else str(int(value))

    def frozen(self) -> OverlayLayer:
        """As it is now, whatever is written to it later."""
        fades = None if self.fades is None else self.fades.copy()
        return replace(self, image=self.image.copy(), fades=fades)

    def with_image(self, image: NDArray[Any]) -> OverlayLayer:
        """The same layer with another image."""
        return replace(self, image=image, fades=None)

    def counts(self) -> list[int]:
        """Tiles of each class, in the order of ``names``."""
        if self.scalar:
            return []
        found = np.bincount(self.image.ravel(), minlength=256)
        return [int(count) for count in found[: len(self.names)]]

    def data_range(self) -> tuple[float, float]:
        """Smallest and largest number of a scalar layer; its fixed range if it has none."""
        if not self.scalar or np.isnan(self.image).all():
            return self.value_range
        low, high = float(np.nanmin(self.image)), float(np.nanmax(self.image))
        return (low, high) if high > low else (low, low + 1e-6)


def _number(value: float) -> str:
    """Short, and never 0 where it is not: distances of some encoders are 1e-4."""
    return localized(value, ".1e" if 0 < abs(value) < _SEEN_IN_HUNDREDTHS else ".2f")
