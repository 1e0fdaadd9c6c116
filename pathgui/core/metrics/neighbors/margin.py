"""Indices that look at distances: MaRI and CRoMa."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.deletions import distinct, walk
from pathgui.core.metrics.jackknife import Units
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.neighbors.search import KindDistances, Neighbors

TAIL = 0.1  # of the anchors, for the lower tail of CRoMa


@dataclass(frozen=True)
class Margin:
    """MaRI and the temperature it was computed with."""

    value: float  # 0..1
    tau: float  # cosine distance
    weights: NDArray[np.float64]  # (n, depth) of each neighbor, up to a common factor


def mari(
    neighbors: Neighbors, kinds: NDArray[np.int8], k: int, tau: float | None = None
) -> Margin | None:
    """The index with near neighbors counted more: weight exp(-distance / tau).

    ``tau`` defaults to the median distance of the SO and OS neighbors among the k nearest. A
    large tau gives the Robustness Index. None without a telling neighbor, or where the default
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


@dataclass(frozen=True)
class CromaWithout:
    """The summary of the margins without each unit, shapes (u,)."""

    median: NDArray[np.float64]
    q10: NDArray[np.float64]
    ltm10: NDArray[np.float64]
    share_not_above_0: NDArray[np.float64]
    short: float  # share of the lists that end before m tiles are left, with tiles behind them


def croma_without(near: KindDistances, units: Units, m: int) -> CromaWithout:
    """How the margins lie without each unit: its anchors are gone, and other tiles come up.

    Anchors that have fewer than ``m`` tiles of a kind without a unit have no margin there.
    """
    n = len(near.SO)
    base = croma_values(near, m)
    short = lists = 0
    pairs, means = [], []
    for distances, there in ((near.SO, near.SO_rows), (near.OS, near.OS_rows)):
        keys, new = [], []
        for walked in walk(Neighbors(there, distances), units, m):
            short += walked.short
            lists += len(walked.anchor)
            change = np.bincount(
                walked.pair,
                walked.sign * distances[walked.anchor[walked.pair], walked.rank],
                len(walked.anchor),
            )
            mean = distances[walked.anchor, :m].mean(axis=1) + change / m
            keys.append(walked.unit * n + walked.anchor)
            new.append(np.where(walked.missing == 0, mean, np.nan))
        pairs.append(np.concatenate(keys))
        means.append(np.concatenate(new))
    # A pair of one kind keeps the mean of the other kind, unless the unit is in both lists.
    both = distinct(np.concatenate(pairs))
    unit, anchor = np.divmod(both, n)
    sides = []
    for distances, keys_of, new_of in zip((near.SO, near.OS), pairs, means, strict=True):
        side = distances[:, :m].mean(axis=1)[anchor]
        side[np.searchsorted(both, keys_of)] = new_of
        sides.append(side)
    with np.errstate(invalid="ignore", divide="ignore"):
        changed = (sides[1] - sides[0]) / (sides[1] + sides[0])
    changed[~np.isfinite(changed)] = np.nan
    edges = np.searchsorted(unit, np.arange(len(units) + 1))
    median, q10, ltm10, f0 = _summaries_without(base, units, anchor, changed, edges)
    return CromaWithout(median, q10, ltm10, f0, short / max(lists, 1))


def _summaries_without(
    base: NDArray[np.float64],
    units: Units,
    anchor: NDArray[np.intp],
    changed: NDArray[np.float64],
    edges: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Median, q10, ltm10 and share at or below 0 for each unit, shape (4, u).

    The margins are sorted once; without a unit a few leave that order and a few come into it.
    """
    order = np.argsort(base)  # NaN last
    place = np.empty(len(base), np.intp)
    place[order] = np.arange(len(base))
    ordered = base[order]
    own = np.argsort(units.of_tile[: len(base)], kind="stable")
    own_edges = np.searchsorted(units.of_tile[own], np.arange(len(units) + 1))
    found = np.full((4, len(units)), np.nan)
    for unit in range(len(units)):
        some = slice(edges[unit], edges[unit + 1])
        stay = np.isfinite(ordered)
        stay[place[anchor[some]]] = False
        stay[place[own[own_edges[unit] : own_edges[unit + 1]]]] = False
        left = ordered[stay]
        coming = np.sort(changed[some][np.isfinite(changed[some])])
        summary = _summary_of_sorted(np.insert(left, np.searchsorted(left, coming), coming))
        if summary is not None:
            found[:, unit] = summary
    return found


def _summary_of_sorted(values: NDArray[np.float64]) -> tuple[float, float, float, float] | None:
    n = len(values)
    if not n:
        return None
    at = TAIL * (n - 1)
    low = int(at)
    q10 = values[low] + (at - low) * (values[min(low + 1, n - 1)] - values[low])
    return (
        float(values[(n - 1) // 2] + values[n // 2]) / 2,
        float(q10),
        float(values[: np.searchsorted(values, q10, side="right")].mean()),
        float(np.searchsorted(values, 0.0, side="right") / n),
    )
