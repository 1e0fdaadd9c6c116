"""Where the tiles of a slide lie. ``_l0`` is level 0 of the slide, ``_px`` the tile itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TileSpec:
    """The tile an encoder was trained on: ``size_px`` pixels a side at ``mpp`` µm per pixel."""

    size_px: int
    mpp: float

    @property
    def edge_um(self) -> float:
        """Edge of one tile in µm."""
        return self.size_px * self.mpp


@dataclass(frozen=True)
class TileGrid:
    """The tiles of one slide: some cells of a lattice of squares, row by row.

    Cell (column, row) covers level-0 pixels ``origin_l0 + stride_l0 * (column, row)`` up to
    ``size_l0`` further; all numbers are whole level-0 pixels, so grid, overlay and exports agree
    to the pixel. ``mpp_l0`` is that of the slide.
    """

    cells: NDArray[np.int32]  # (n, 2), column, row
    shape: tuple[int, int]  # columns, rows of the lattice
    size_l0: int
    stride_l0: int
    origin_l0: tuple[int, int]
    mpp_l0: float

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def origins_l0(self) -> NDArray[np.int64]:
        """Top-left corner (x, y) of each tile, shape (n, 2)."""
        return self.cells.astype(np.int64) * self.stride_l0 + np.array(self.origin_l0)

    @property
    def edge_um(self) -> float:
        """Edge of one tile in µm."""
        return self.size_l0 * self.mpp_l0
