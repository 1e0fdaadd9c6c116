"""Indices that look at distances: MaRI and CRoMa."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.robustness_index import OS, SO
from pathgui.core.neighbors import KindDistances, Neighbors

TAIL = 0.1  # of the anchors, for the lower tail of CRoMa


@dataclass(frozen=True)
class Margin:
    """MaRI and the temperature it was computed with."""

    value: float  # 0..1
    tau: float  # cosine distance
    weights: NDArray[np.float64]  # (n, depth) of each neighbour, up to a common factor


def mari(
    neighbors: Neighbors, kinds: NDArray[np.int8], k: int, tau: float | None = None
) -> Margin | None:
    """The index with near neighbours counted more: weight exp(-distance / tau).

    ``tau`` defaults to the median distance of the SO and OS neighbours among the k nearest. A
    large tau gives the Robustness Index. None without a telling neighbour, or where the default
    tau is 0 (all of them are copies).

    croma 1.0, arXiv:2607.25497.
    """
    first, distances = kinds[:, :k], neighbors.distances[:, :k]
    typed = (first == SO) | (first == OS)
    if not typed.any():
        return None
    if tau is None:
        tau = float(np.median(distances[typed]))
    if not tau > 0:
        return None
    # The nearest distance is taken off all: a common factor, and nothing underflows.
    weights = np.exp(-(neighbors.distances - distances[typed].min()) / tau)
    np.minimum(weights, np.finfo(np.float32).max, out=weights)
    for_tissue = weights[:, :k][first == SO].sum()
    return Margin(
        float(for_tissue / (for_tissue + weights[:, :k][first == OS].sum())), tau, weights
    )


def croma_values(near: KindDistances, m: int) -> NDArray[np.float64]:
    """The margin of each anchor, shape (n,), in (-1, 1); above 0 tissue is nearer than center.

    (d_OS - d_SO) / (d_OS + d_SO), with the mean distances to the m nearest tiles of each kind.
    NaN for anchors that have fewer than m of one kind, or only copies of themselves.
    """
    so, os = near.SO[:, :m].mean(axis=1), near.OS[:, :m].mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values: NDArray[np.float64] = (os - so) / (os + so)
    values[~np.isfinite(so) | ~np.isfinite(os)] = np.nan
    return values


@dataclass(frozen=True)
class CromaSummary:
    """How the margins of the anchors lie. All in (-1, 1), but ``share_not_above_0``."""

    median: float
    q10: float
    ltm10: float  # mean of the margins at or below q10
    share_not_above_0: float  # anchors to which another tissue of their center is nearer


def croma_summary(values: NDArray[np.float64]) -> CromaSummary | None:
    """Median, lower tail and share at or below 0 of the margins; NaN are left out."""
    defined = values[np.isfinite(values)]
    if not len(defined):
        return None
    q10 = float(np.quantile(defined, TAIL))
    return CromaSummary(
        float(np.median(defined)),
        q10,
        float(defined[defined <= q10].mean()),
        float(np.mean(defined <= 0)),
    )


def croma_medians(
    near: KindDistances, groups: NDArray[np.intp], m: int, draws: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """The median margin in each replicate, where group g is there ``draws[:, g]`` times.

    And the share of lists that were cut too short: of those of drawn anchors, how many have
    fewer than m drawn tiles while there are farther ones that are not in the list. The spread of
    the replicates comes out too small where that is more than rare.

    As for the Robustness Index, groups that are not drawn leave the lists of neighbours too.
    Anchors that have no margin (:func:`croma_values`) have none in any replicate.
    """
    replicates, n_groups = draws.shape
    times = np.zeros((n_groups + 1, replicates), np.float32)
    times[:-1] = draws.T
    n = len(near.SO)
    values = np.empty((n, replicates), np.float32)
    margins = np.isfinite(croma_values(near, m))
    too_short = lists = 0
    for start in range(0, n, 64):
        rows = slice(start, start + 64)
        means = []
        for distances, there in ((near.SO, near.SO_rows), (near.OS, near.OS_rows)):
            of = np.where(there[rows] >= 0, groups[there[rows]], n_groups)
            left = np.full((len(of), replicates), m, np.float32)
            total = np.zeros_like(left)
            for rank in range(of.shape[1]):
                take = np.minimum(times[of[:, rank]], left)
                left -= take
                known = np.isfinite(distances[rows, rank])
                far = np.where(known, distances[rows, rank], 0).astype(np.float32)
                total += take * far[:, None]
                if rank >= m and not left.any():
                    break
            drawn = (times[groups[:n][rows]] > 0) & margins[rows, None]
            lists += int(np.count_nonzero(drawn))
            too_short += int(np.count_nonzero(drawn & (left > 0) & (there[rows, -1:] >= 0)))
            with np.errstate(invalid="ignore", divide="ignore"):
                means.append(np.where(left < m, total / (m - left), np.nan))
        so, os = means
        with np.errstate(invalid="ignore", divide="ignore"):
            values[rows] = (os - so) / (os + so)
    values[~margins] = np.nan
    return _weighted_medians(values, times[groups[:n]]), too_short / max(lists, 1)


def _weighted_medians(
    values: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Of each column; NaN have no weight."""
    medians = np.full(values.shape[1], np.nan)
    for column in range(values.shape[1]):
        use = np.isfinite(values[:, column]) & (weights[:, column] > 0)
        if not use.any():
            continue
        order = np.argsort(values[use, column])
        ordered = values[use, column][order]
        reached = np.cumsum(weights[use, column][order])
        half = reached[-1] / 2
        low = np.searchsorted(reached, half, side="left")
        high = np.searchsorted(reached, half, side="right")
        medians[column] = (float(ordered[low]) + float(ordered[min(high, len(ordered) - 1)])) / 2
    return medians
