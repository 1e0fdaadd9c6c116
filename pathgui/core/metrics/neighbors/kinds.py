"""The four kinds of a neighbor: SS, SO, OS, OO.

Tissue first, center second: SS same tissue and center, SO same tissue and other center, OS other
tissue and same center, OO both other.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

KINDS: Final = ("SS", "SO", "OS", "OO")
SS, SO, OS, OO = range(len(KINDS))  # places in KINDS
NO_KIND = -1


def kind_of(other_tissue: NDArray[np.bool_], other_center: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Place in :data:`KINDS`, by whether a neighbor's tissue and its center are other ones.

    >>> kind_of(np.array([False, False, True, True]), np.array([False, True, False, True]))
    array([0, 1, 2, 3], dtype=int8)
    """
    return (2 * other_tissue + other_center).astype(np.int8)


def kinds_among(
    neighbors: NDArray[np.integer[Any]],
    tissue: NDArray[Any],
    center: NDArray[Any],
    tissue_of_all: NDArray[Any],
    center_of_all: NDArray[Any],
) -> NDArray[np.int8]:
    """Kind of each neighbor, shape (n, k); -1 where there is none.

    Parameters
    ----------
    neighbors : (n, k) int array
        Which of m tiles they are; -1: none.
    tissue, center : (n,) arrays
        Of the tiles whose neighbors they are.
    tissue_of_all, center_of_all : (m,) arrays
        Of the tiles that may be neighbors; what equals the tile's own is the same.
    """
    kinds = kind_of(
        tissue_of_all[neighbors] != tissue[:, None], center_of_all[neighbors] != center[:, None]
    )
    return np.where(neighbors >= 0, kinds, NO_KIND).astype(np.int8)
