"""Embeddings that are copies of others: of the same direction, however long they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.blocks import COPY, row_norms

LOOKS = 4  # random directions that two rows have to agree along before they are compared
FARTHEST = 256  # places in the order along the first look; copies lie side by side in it
CHUNK = 4096  # pairs of rows that are compared at a time
FEW_ROWS = 256  # rows that are widened to float64 at a time: they stay in the cache

Floats = NDArray[np.floating[Any]]


def count(embeddings: Floats, norms: NDArray[np.float64], rows: NDArray[np.intp]) -> int:
    """How many of ``rows`` are copies of another: without them, no two were.

    Copies are less than 1e-12 apart in cosine distance, so rescaled ones count.

    Parameters
    ----------
    embeddings : (n, d) float array
    norms : (n,) lengths of all rows; those of ``rows`` finite and above 0
    rows : (m,) which are looked at
    """
    if len(rows) < 2:
        return 0
    # Unit vectors whose cosine distance is x are sqrt(2 x) apart, along a direction at most that.
    reach = float(np.sqrt(2 * COPY))
    looks = np.random.default_rng(0).standard_normal((embeddings.shape[1], LOOKS))
    looks /= np.linalg.norm(looks, axis=0)
    seen = np.empty((len(rows), LOOKS))
    for at in range(0, len(rows), FEW_ROWS):
        some = rows[at : at + FEW_ROWS]
        np.matmul(embeddings[some].astype(np.float64), looks, out=seen[at : at + FEW_ROWS])
    seen /= norms[rows, None]
    order = np.argsort(seen[:, 0], kind="stable")
    seen, ordered = seen[order], rows[order]
    double = np.zeros(len(rows), bool)
    for step in range(1, min(FARTHEST, len(rows) - 1) + 1):
        close = seen[step:, 0] - seen[:-step, 0] <= reach
        if not close.any():
            break
        later = np.flatnonzero(close & ~double[step:]) + step
        apart = np.abs(seen[later, 1:] - seen[later - step, 1:]).max(axis=1, initial=0.0)
        later = later[apart <= reach]
        for at in range(0, len(later), CHUNK):
            some = later[at : at + CHUNK]
            gap = _unit(embeddings, norms, ordered[some])
            gap -= _unit(embeddings, norms, ordered[some - step])
            double[some] = np.einsum("ij,ij->i", gap, gap) / 2 < COPY
    return int(np.count_nonzero(double))


def all_alike(embeddings: Floats) -> bool:
    """Whether all rows (n, d) that have a direction are copies, so that none is nearer than others.

    False where fewer than two have one: zero or not finite rows have none.
    """
    first: NDArray[np.float64] | None = None
    seen = 0
    for start in range(0, len(embeddings), FEW_ROWS):
        some = embeddings[start : start + FEW_ROWS]
        norms = row_norms(some)
        rows = np.flatnonzero(np.isfinite(norms) & (norms > 0))
        unit = _unit(some, norms, rows)
        seen += len(rows)
        if not len(rows):
            continue
        if first is None:
            first = unit[0]
        gap = unit - first
        if (np.einsum("ij,ij->i", gap, gap) / 2 >= COPY).any():
            return False
    return seen > 1


def _unit(
    embeddings: Floats, norms: NDArray[np.float64], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    return embeddings[rows].astype(np.float64) / norms[rows, None]
