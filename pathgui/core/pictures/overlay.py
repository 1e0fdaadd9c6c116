"""One value per tile as an image on the tile lattice, one pixel a cell.

Window, report and exports paint the same image with the same affine: pixel (row, column) covers
level-0 pixels from ``origin_l0 + stride_l0 * (column, row)``, never the slide stretched over it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.kinds import OO, OS, SO, SS

NO_TILE = 255


def class_image(
    shape: tuple[int, int], cells: NDArray[np.int32], classes: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """Class per lattice cell.

    Parameters
    ----------
    shape : (columns, rows)
        Size of the lattice.
    cells : (n, 2) int array
        Column and row of each tile.
    classes : (n,) int array
        Class of each tile, 0 to 254; negative where there is none.

    Returns
    -------
    (rows, columns) uint8 array
        255 where there is no tile, or a tile without a class.
    """
    columns, rows = shape
    image = np.full((rows, columns), NO_TILE, np.uint8)
    if len(classes) and classes.max() >= NO_TILE:
        raise ValueError(f"at most {NO_TILE} classes fit the image, not {classes.max() + 1}")
    values = np.where(classes < 0, NO_TILE, classes).astype(np.uint8)
    image[cells[:, 1], cells[:, 0]] = values
    return image


def scalar_image(
    shape: tuple[int, int], cells: NDArray[np.int32], values: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Number per lattice cell, shape (rows, columns); NaN where there is no tile."""
    columns, rows = shape
    image = np.full((rows, columns), np.nan, np.float32)
    image[cells[:, 1], cells[:, 0]] = values
    return image


def dominant_kind(kinds: NDArray[np.int16]) -> NDArray[np.int16]:
    """Most frequent of SS, SO, OS, OO (0 to 3) per tile; -1 without neighbors.

    ``kinds`` has shape (n, 4). A tie goes to the kind that speaks worse of the encoder
    (OS, then OO, then SS, then SO), so that no doubtful tile looks good.
    """
    order = np.array([OS, OO, SS, SO])
    winner = order[np.argmax(kinds[:, order], axis=1)]
    return np.where(kinds.sum(axis=1) > 0, winner, -1).astype(np.int16)
