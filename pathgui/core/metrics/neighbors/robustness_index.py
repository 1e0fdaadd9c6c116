"""The Robustness Index and its relatives: kinds of neighbors, counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.kinds import OO, OS, SO, SS, kinds_among
from pathgui.core.metrics.neighbors.search import Neighbors

Codes = NDArray[np.intp]
Counts = NDArray[np.int64]


def kinds_of(neighbors: Neighbors, tissue: Codes, center: Codes) -> NDArray[np.int8]:
    """Kind of each neighbor, shape (n, k): 0 SS, 1 SO, 2 OS, 3 OO, -1 where there is none.

    >>> found = Neighbors(np.array([[1, 2, 3], [0, -1, -1]]), np.zeros((2, 3)))
    >>> kinds_of(found, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    array([[ 1,  2,  3],
           [ 1, -1, -1]], dtype=int8)
    """
    anchors = len(neighbors)
    return kinds_among(neighbors.indices, tissue[:anchors], center[:anchors], tissue, center)


def counts_by_rank(kinds: NDArray[np.int8]) -> Counts:
    """Neighbors of each kind at each rank over all anchors, shape (k, 4)."""
    return np.stack([np.count_nonzero(kinds == kind, axis=0) for kind in range(4)], axis=1).astype(
        np.int64
    )


def least_k(kinds: NDArray[np.int8]) -> int | None:
    """The smallest k at which the index is defined: some anchor has an SO or OS neighbor.

    None where no anchor has one at any rank.

    >>> least_k(np.array([[SS, OO, SO], [SS, OO, OO]], np.int8))
    3
    """
    telling = ((kinds == SO) | (kinds == OS)).any(axis=0)
    return int(telling.argmax()) + 1 if telling.any() else None


def counts_by_anchor(kinds: NDArray[np.int8], k: int) -> Counts:
    """Neighbors of each kind among the k nearest of each anchor, shape (n, 4)."""
    first = kinds[:, :k]
    return np.stack([np.count_nonzero(first == kind, axis=1) for kind in range(4)], axis=1).astype(
        np.int64
    )


def ratio(part: float, rest: float) -> float | None:
    """part / (part + rest); None where both are 0, since no evidence is no value."""
    return float(part / (part + rest)) if part + rest > 0 else None


def robustness_index(counts: Counts) -> float | None:
    """SO / (SO + OS), from the four counts; None without a telling neighbor.

    1 where only tissue tells, 0 where only center does. Neutral is not ½ but
    :func:`null_index`: 2/7 for 6 tissues at 3 centers in equal numbers, one tissue a slide.

    Kömen et al., Nat Commun 17:5218, 2026 (PathoROB).

    >>> robustness_index(np.array([2, 7, 9, 6]))
    0.4375
    """
    return ratio(counts[SO], counts[OS])


def robustness_index_2025(counts: Counts) -> float | None:
    """(SS + SO) / (SS + OS): same tissue over same center, in [0, inf); None where undefined.

    de Jong, Marcus, Teuwen 2025, arXiv:2501.18055.

    >>> round(robustness_index_2025(np.array([2, 7, 9, 6])), 4)
    0.8182
    """
    below = counts[SS] + counts[OS]
    return float((counts[SS] + counts[SO]) / below) if below else None


def confounder_insensitivity(counts: Counts) -> float | None:
    """(SO + OO) / (SS + OS): neighbors from elsewhere over neighbors from the same center."""
    below = counts[SS] + counts[OS]
    return float((counts[SO] + counts[OO]) / below) if below else None


def generalization_index(counts: Counts) -> float | None:
    """Tissue found among neighbors from elsewhere, over tissue found among those from here.

    [SO / (SO + OO)] / [SS / (SS + OS)] written as PathoROB does,
    (SS·SO + SO·OS) / (SS·SO + SS·OO); None where undefined.
    """
    ss, so, os, oo = (int(count) for count in counts)
    below = ss * so + ss * oo
    return (ss * so + so * os) / below if below else None


@dataclass(frozen=True)
class Support:
    """How many anchors the index rests on, and what kept the others out. All shares, 0..1."""

    value: float  # at least one SO or OS neighbor
    mostly_SS: float  # without: most neighbors share both labels
    mostly_OO: float  # without: most neighbors share neither
    mixed: float  # without: as many SS as OO
    none: float  # without: no admissible neighbor at all


def support(by_anchor: Counts) -> Support:
    """Support of the index from the counts of each anchor, shape (n, 4)."""
    if not len(by_anchor):
        return Support(0.0, 0.0, 0.0, 0.0, 0.0)
    telling = by_anchor[:, SO] + by_anchor[:, OS] > 0
    ss, oo = by_anchor[:, SS], by_anchor[:, OO]
    return Support(
        float(np.mean(telling)),
        float(np.mean(~telling & (ss > oo))),
        float(np.mean(~telling & (ss < oo))),
        float(np.mean(~telling & (ss == oo) & (ss > 0))),
        float(np.mean(~telling & (ss == oo) & (ss == 0))),
    )


def admissible_counts(tissue: Codes, center: Codes, groups: Codes) -> Counts:
    """Tiles of each kind that each tile could have as neighbors, shape (n, 4).

    All tiles but those of its own group.
    """

    def shared(*columns: Codes) -> Counts:
        """For each tile, how many tiles (itself among them) agree with it in all columns."""
        key = columns[0].astype(np.int64)
        for column in columns[1:]:
            key = key * (int(column.max(initial=0)) + 1) + column
        _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        return counts[inverse].astype(np.int64)

    both = shared(tissue, center) - shared(tissue, center, groups)
    of_tissue = shared(tissue) - shared(tissue, groups)
    of_center = shared(center) - shared(center, groups)
    everything = len(tissue) - shared(groups)
    return np.stack(
        [
            both,
            of_tissue - both,
            of_center - both,
            everything - of_tissue - of_center + both,
        ],
        axis=1,
    )


def null_index(admissible: Counts) -> float | None:
    """The index expected of neighbors drawn at random, from the admissible tiles, shape (n, 4).

    Sum of SO over sum of SO and OS. For C tissues at M centers in equal numbers, each slide of
    one tissue, (M - 1) / (M + C - 2). Tiles of the own slide never count: where each of g slides a
    center has all tissues alike, OS candidates are fewer by one slide in g, and the null is
    (M - 1) / (M - 1 + (C - 1) (1 - 1 / g)).

    >>> tissue, center = np.divmod(np.arange(180) % 18, 3)
    >>> round(null_index(admissible_counts(tissue, center, np.arange(180))), 6)
    0.285714

    The same with all six tissues on each of two slides a center:

    >>> slides = 2 * center + np.arange(180) // 18 % 2
    >>> round(null_index(admissible_counts(tissue, center, slides)), 6)
    0.444444
    """
    return robustness_index(admissible.sum(axis=0))


def adjusted_index(value: float | None, null: float | None) -> float | None:
    """The index with the composition of the reference set taken out: ½ is neutral always.

    The odds of the index over the odds of its null, o, as o / (1 + o). Equal to the index where
    the null is ½; None where either is not defined or the null leaves no choice.

    >>> adjusted_index(2 / 7, 2 / 7)
    0.5
    """
    if value is None or null is None or null in (0.0, 1.0):
        return None
    for_tissue = value * (1 - null)
    return for_tissue / (for_tissue + (1 - value) * null)
