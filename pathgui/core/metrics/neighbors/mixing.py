"""How centers and tissues mix around a tile: LISI and kBET, on the neighbors already found.

The neighbors are of other slides: with the tile's own slide among them, as single-cell programs
have it, a slide would look unmixed whatever its center.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.search import Neighbors

MOST_NEIGHBORS = 90  # as scIB; the perplexity is a third of it
STEPS = 60  # of the bisection for the perplexity
TOLERANCE = 1e-6  # of the entropy
LEVEL = 0.05  # of the chi-squared test

Codes = NDArray[np.intp]
CHUNK = 4096


def lisi_weights(neighbors: Neighbors, k: int, perplexity: float) -> NDArray[np.float32]:
    """Weight of each of the k nearest of each tile, shape (n, k), with sums of 1.

    Gaussian in the distance, as wide as makes exp(entropy) the perplexity (Korsunsky et al. 2019).
    Tiles with fewer than k neighbors have zeros; those with none, zeros alone.
    """
    distances = neighbors.distances[:, :k]
    weights = np.zeros(distances.shape, np.float32)
    for start in range(0, len(distances), CHUNK):
        part = distances[start : start + CHUNK]
        weights[start : start + CHUNK] = _weights(part, perplexity)
    return weights


def _weights(distances: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    there = np.isfinite(distances)
    far = np.where(there, distances, 0.0)
    far = far - np.where(there, distances, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    far = np.where(there, far, np.inf)
    counts = there.sum(axis=1)
    # Entropy cannot exceed that of equal weights.
    wanted = np.log(np.minimum(perplexity, np.maximum(counts * (1 - 1e-9), 1.0)))
    spread = np.where(there, far, 0.0).sum(axis=1) / np.maximum(counts, 1)
    beta = 1 / np.maximum(spread, 1e-12)
    low, high = np.zeros(len(far)), np.full(len(far), np.inf)
    result = np.zeros(far.shape)
    for _ in range(STEPS):
        with np.errstate(invalid="ignore", over="ignore"):
            raw = np.exp(-np.where(there, far, np.inf) * beta[:, None])
        raw[~there] = 0
        total = raw.sum(axis=1)
        safe = np.where(total > 0, total, 1.0)
        result = raw / safe[:, None]
        entropy = np.log(safe) + beta * (result * np.where(there, far, 0.0)).sum(axis=1)
        off = entropy - wanted
        if (np.abs(off) < TOLERANCE).all():
            break
        low = np.where(off > 0, beta, low)
        high = np.where(off > 0, high, beta)
        middle = (low + np.where(np.isfinite(high), high, 0)) / 2
        beta = np.where(np.isfinite(high), middle, beta * 2)
    return result


def lisi(neighbors: Neighbors, weights: NDArray[np.float32], labels: Codes) -> NDArray[np.float64]:
    """Effective number of labels around each tile, shape (n,), 1 .. labels; NaN without any.

    One over the probability that two neighbors, drawn by weight, have the same label (inverse
    Simpson index; Korsunsky et al. 2019).
    """
    n, k = weights.shape
    n_labels = int(labels.max(initial=0)) + 1
    values = np.empty(n)
    for start in range(0, n, CHUNK):
        there = neighbors.indices[start : start + CHUNK, :k]
        key = np.arange(len(there))[:, None] * n_labels + labels[there]
        sums = np.bincount(
            key.ravel(), weights[start : start + CHUNK].ravel(), len(there) * n_labels
        )
        simpson = (sums.reshape(len(there), n_labels) ** 2).sum(axis=1)
        with np.errstate(divide="ignore"):
            values[start : start + CHUNK] = np.where(simpson > 0, 1 / simpson, np.nan)
    return values


def kbet(
    neighbors: Neighbors, tissue: Codes, center: Codes, groups: Codes, k: int
) -> tuple[float, float]:
    """Share of tiles whose neighbors' centers pass a chi-squared test: (plain, given tissue).

    Expected is the share of each center among the tile's admissible tiles (Büttner et al. 2019
    take it among all); given tissue, the share among admissible tiles of the tissues that its
    neighbors have, so that centers with other tissues are no offense.
    """
    from scipy.stats import chi2

    there = neighbors.indices[:, :k]
    known = there >= 0
    n = len(there)
    n_tissues, n_centers = int(tissue.max(initial=0)) + 1, int(center.max(initial=0)) + 1

    def counts(labels: Codes, n_labels: int) -> NDArray[np.float64]:
        key = (np.arange(n)[:, None] * n_labels + labels[there])[known]
        return np.bincount(key, minlength=n * n_labels).reshape(n, n_labels).astype(float)

    of_center, of_tissue = counts(center, n_centers), counts(tissue, n_tissues)
    found = known.sum(axis=1)
    table = np.zeros((n_tissues, n_centers))
    np.add.at(table, (tissue, center), 1)
    expected = np.zeros((2, n, n_centers))
    order = np.argsort(groups[:n], kind="stable")
    of_group = np.split(order, np.flatnonzero(np.diff(groups[:n][order])) + 1)
    everyone = np.argsort(groups, kind="stable")
    members = np.split(everyone, np.flatnonzero(np.diff(groups[everyone])) + 1)
    of_name = {int(groups[rows[0]]): rows for rows in members}
    for rows in of_group:
        own = np.zeros_like(table)
        mine = of_name[int(groups[rows[0]])]
        np.add.at(own, (tissue[mine], center[mine]), 1)
        rest = table - own
        whole = rest.sum(axis=0)
        if not whole.sum():
            continue
        expected[0, rows] = found[rows, None] * whole / whole.sum()
        per_tissue = rest / np.maximum(rest.sum(axis=1, keepdims=True), 1)
        expected[1, rows] = of_tissue[rows] @ per_tissue
    passed = []
    asked = found > 0
    for e in expected:
        with np.errstate(invalid="ignore", divide="ignore"):
            terms = np.where(e > 0, (of_center - e) ** 2 / e, 0.0)
        freedom = np.maximum((e > 0).sum(axis=1) - 1, 1)
        p = chi2.sf(terms.sum(axis=1), freedom)
        passed.append(float((p[asked] >= LEVEL).mean()) if asked.any() else float("nan"))
    return passed[0], passed[1]
