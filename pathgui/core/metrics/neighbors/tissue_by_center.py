"""The table of tissue by center: how far the two go together, and its complete 2 x 2 parts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors import knn, margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import nearest_with_kinds
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

MOST_SQUARES = 300

Codes = NDArray[np.intp]


def cramers_v(tissue: Codes, center: Codes) -> float | None:
    """Association of tissue and center over the tiles: 0 independent, 1 one tells the other.

    None where one of them has a single value.

    >>> cramers_v(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    0.0
    """
    table = np.zeros((int(tissue.max(initial=0)) + 1, int(center.max(initial=0)) + 1))
    np.add.at(table, (tissue, center), 1)
    return association(table)


def association(counts: NDArray[Any]) -> float | None:
    """Cramér's V of a table of counts, 0..1; None with a single row or column.

    >>> round(association(np.array([[6, 8], [8, 6]])), 6)
    0.142857
    """
    table = np.asarray(counts, np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    least = min(table.shape) - 1
    if least < 1:
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / (table.sum() * least)))


def corrected_association(counts: NDArray[Any]) -> float | None:
    """Cramér's V without what chance alone puts into it, 0..1; None with a single row or column.

    Of few counts V is above 0 though nothing goes together. The correction holds for counts of
    things that are independent of each other: slides, not tiles.

    Bergsma 2013, J Korean Stat Soc 42:323.

    >>> corrected_association(np.array([[6, 8], [8, 6]]))
    0.0
    >>> corrected_association(np.array([[9, 0], [0, 9]]))
    1.0
    """
    table = np.asarray(counts, np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    plain, n = association(table), float(table.sum())
    if plain is None or n < 2:
        return None
    rows, columns = (side - (side - 1) ** 2 / (n - 1) for side in table.shape)
    least = min(rows, columns) - 1
    by_chance = (table.shape[0] - 1) * (table.shape[1] - 1) / (n - 1)
    square = max(0.0, plain**2 * (min(table.shape) - 1) - by_chance)
    return float(np.sqrt(min(1.0, square / least))) if least > 0 else None


def complete_squares(tissue: Codes, center: Codes) -> list[tuple[int, int, int, int]]:
    """Every two tissues and two centers of which all four cells have tiles: (t, t', c, c')."""
    has = np.zeros((int(tissue.max(initial=0)) + 1, int(center.max(initial=0)) + 1), bool)
    has[tissue, center] = True
    squares = []
    for one, other in itertools.combinations(range(len(has)), 2):
        shared = np.flatnonzero(has[one] & has[other]).tolist()
        squares += [(one, other, c, d) for c, d in itertools.combinations(shared, 2)]
    return squares


@dataclass(frozen=True)
class PairedResult:
    """Indices over subsets, each searched on its own."""

    k: int
    n_subsets: int
    counts: NDArray[np.int64]  # (4,) pooled over the subsets; a tile counts once in each
    tissue_accuracy: float  # mean of the subsets' balanced accuracies at k
    index: float | None  # of the pooled counts, as PathoROB
    mean_index: float | None  # mean of the subsets' own indices
    sd_index: float | None  # over subsets, ddof 1
    croma_median: float | None  # median of the subsets' medians, m = 5
    by_subset: list[float | None]


def paired(
    values: NDArray[np.floating[Any]],
    tissue: Codes,
    center: Codes,
    groups: Codes,
    subsets: Sequence[NDArray[np.intp]],
    k: int,
    report: ProgressFn = ignore_progress,
    *,
    m: int = 5,
) -> PairedResult | None:
    """Search for neighbors within each subset alone, then pool the evidence.

    PathoROB evaluates TCGA so: subsets of two tissues at two centers, 1 neutral null of a half
    in each if its cells are equal. A subset whose tiles have no admissible neighbor is left out;
    None where none is left.
    """
    found = []
    for number, rows in enumerate(subsets):
        report(Progress(say("Searching pairs of labels"), number, len(subsets)))
        admissible = len(rows) - np.unique(groups[rows], return_inverse=True, return_counts=True)[2]
        if not admissible.max(initial=0):
            continue
        neighbors, near = nearest_with_kinds(
            values[rows], groups[rows], tissue[rows], center[rows], max(1, k), m
        )
        found.append((rows, neighbors, near))
    report(Progress(say("Searching pairs of labels"), len(subsets), len(subsets)))
    if not found:
        return None
    total = np.zeros(4, np.int64)
    by_subset: list[float | None] = []
    medians = []
    accuracy = 0.0
    for rows, neighbors, near in found:
        answers = knn.votes_by_k(neighbors, tissue[rows], [k])[k]
        accuracy += (knn.balanced_accuracy(tissue[rows], answers) or 0.0) / len(found)
        kinds = ri.kinds_of(neighbors, tissue[rows], center[rows])
        counts = ri.counts_by_anchor(kinds, k).sum(axis=0)
        total += counts
        by_subset.append(ri.robustness_index(counts))
        summary = margin.croma_summary(margin.croma_values(near, m))
        if summary is not None:
            medians.append(summary.median)
    defined = [value for value in by_subset if value is not None]
    return PairedResult(
        k=k,
        n_subsets=len(found),
        counts=total,
        tissue_accuracy=accuracy,
        index=ri.robustness_index(total),
        mean_index=float(np.mean(defined)) if defined else None,
        sd_index=float(np.std(defined, ddof=1)) if len(defined) > 1 else None,
        croma_median=float(np.median(medians)) if medians else None,
        by_subset=by_subset,
    )


def square_rows(
    tissue: Codes, center: Codes, squares: Sequence[tuple[int, int, int, int]]
) -> list[NDArray[np.intp]]:
    """The tiles of each square."""
    return [
        np.flatnonzero(np.isin(tissue, square[:2]) & np.isin(center, square[2:]))
        for square in squares
    ]
