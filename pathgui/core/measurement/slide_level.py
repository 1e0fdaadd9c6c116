"""One slide read against a reference set, as a whole.

Neighboring tiles of a slide see the same tissue, so intervals here resample squares of tiles.
They say how firmly the tiles of this slide support a number, not how other slides would do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.jackknife import LEVEL
from pathgui.core.metrics.neighbors.search import Neighbors

BLOCK_EDGE = 8  # tiles
REPLICATES = 1000

Codes = NDArray[np.intp]


def blocks_of(cells: NDArray[np.integer], edge: int = BLOCK_EDGE) -> Codes:
    """The square of ``edge`` x ``edge`` lattice cells each tile lies in; cells (n, 2), codes (n,).

    >>> blocks_of(np.array([[0, 0], [7, 7], [8, 0], [0, 8]])).tolist()
    [0, 0, 2, 1]
    """
    squares = np.asarray(cells, np.int64) // edge
    return np.unique(squares, axis=0, return_inverse=True)[1].ravel().astype(np.intp)


def mean_intervals(
    values: NDArray[np.float64], blocks: Codes, seed: int, replicates: int = REPLICATES
) -> NDArray[np.float64] | None:
    """95 % intervals of the means of the columns of ``values`` (n, c), squares resampled; (c, 2).

    None with fewer than two squares.
    """
    n_blocks = int(blocks.max(initial=-1)) + 1
    if n_blocks < 2:
        return None
    sums = np.zeros((n_blocks, values.shape[1]))
    np.add.at(sums, blocks, values)
    sizes = np.bincount(blocks, minlength=n_blocks)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=replicates)
    means = (weights @ sums) / (weights @ sizes)[:, None]
    tail = (1 - LEVEL) / 2
    return np.quantile(means, [tail, 1 - tail], axis=0).T


def shares(answers: Codes, n_labels: int) -> NDArray[np.float64]:
    """Indicators (n, n_labels) of the answers, to take means and intervals of."""
    hot = np.zeros((len(answers), n_labels))
    hot[np.arange(len(answers)), answers] = 1
    return hot


@dataclass(frozen=True)
class CenterDraw:
    """How the slide's nearest reference tiles divide over centers, beyond what tissue explains."""

    observed: list[float]  # share of each center among the k nearest, mean over tiles
    expected: list[float]  # if each were any reference tile of the same tissue
    low: list[float] | None  # 95 % intervals of observed - expected
    high: list[float] | None
    strongest: int  # center with the largest excess
    excess: float  # of that center
    sharpness: float  # 0 as expected, up to 1: half the sum of |observed - expected|


def center_draw(
    neighbors: Neighbors,
    tissue: Codes,
    center: Codes,
    blocks: Codes | None = None,
    seed: int = 0,
) -> CenterDraw | None:
    """Which center the tiles are drawn to, beyond what the tissue of their neighbors explains.

    ``neighbors``: of the slide's tiles among the reference tiles, whose ``tissue`` and ``center``
    are given as codes. With ``blocks`` (see :func:`blocks_of`) intervals come too. None where no
    tile has a neighbor.
    """
    observed, expected, has = _center_shares(
        neighbors, tissue, center, _center_table(tissue, center)
    )
    if not has.any():
        return None
    apart = observed[has] - expected[has]
    excess = apart.mean(axis=0)
    bounds = None if blocks is None else mean_intervals(apart, blocks[has], seed)
    strongest = int(excess.argmax())
    return CenterDraw(
        observed=observed[has].mean(axis=0).tolist(),
        expected=expected[has].mean(axis=0).tolist(),
        low=None if bounds is None else bounds[:, 0].tolist(),
        high=None if bounds is None else bounds[:, 1].tolist(),
        strongest=strongest,
        excess=float(excess[strongest]),
        sharpness=float(np.abs(excess).sum() / 2),
    )


def reference_sharpness(
    neighbors: Neighbors, tissue: Codes, center: Codes, groups: Codes
) -> NDArray[np.float64]:
    """The sharpness of each slide of the reference set itself, shape (g,).

    ``neighbors``: of the reference tiles among themselves, own slide left out. What a slide's
    sharpness is to be compared with: slides of a known center are drawn to it too. Own tiles can
    be no neighbors, so they do not count in what is expected either.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    table = _center_table(tissue, center)
    sharpness = np.full(n_groups, np.nan)
    for group in range(n_groups):
        own = np.flatnonzero(groups == group)
        others = table.copy()
        np.subtract.at(others, (tissue[own], center[own]), 1)
        tiles = own[own < len(neighbors)]
        observed, expected, has = _center_shares(
            Neighbors(neighbors.indices[tiles], neighbors.distances[tiles]), tissue, center, others
        )
        if has.any():
            excess = (observed[has] - expected[has]).mean(axis=0)
            sharpness[group] = np.abs(excess).sum() / 2
    return sharpness


def _center_table(tissue: Codes, center: Codes) -> NDArray[np.float64]:
    """Reference tiles by tissue (row) and center."""
    table = np.zeros((int(tissue.max(initial=0)) + 1, int(center.max(initial=0)) + 1))
    np.add.at(table, (tissue, center), 1)
    return table


def _center_shares(
    neighbors: Neighbors, tissue: Codes, center: Codes, table: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Of each tile: shares of the centers among its neighbors, and as their tissues have them.

    ``table``: the tiles that could be neighbors, by tissue and center.
    """
    of_tissue = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    observed = np.zeros((len(neighbors), table.shape[1]))
    expected = np.zeros_like(observed)
    for rank in range(neighbors.depth):
        there = neighbors.indices[:, rank]
        rows = np.flatnonzero(there >= 0)
        observed[rows, center[there[rows]]] += 1
        expected[rows] += of_tissue[tissue[there[rows]]]
    counts = neighbors.available
    scale = np.maximum(counts, 1)[:, None]
    return observed / scale, expected / scale, counts > 0


@dataclass(frozen=True)
class Agreement:
    """How far two encoders answer alike on the same tiles."""

    share: float  # of tiles with the same answer
    kappa: float | None  # Cohen's: beyond chance; None where both always answer the same


def agreement(one: Codes, other: Codes) -> Agreement | None:
    """Of two arrays of answers (n,); tiles that either could not answer (-1) are left out.

    >>> agreement(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]))
    Agreement(share=0.75, kappa=0.5)
    """
    both = (one >= 0) & (other >= 0)
    if not both.any():
        return None
    one, other = one[both], other[both]
    n = int(max(one.max(), other.max())) + 1
    share = float(np.mean(one == other))
    chance = float(
        (np.bincount(one, minlength=n) @ np.bincount(other, minlength=n)) / len(one) ** 2
    )
    return Agreement(share, None if chance >= 1 else (share - chance) / (1 - chance))
