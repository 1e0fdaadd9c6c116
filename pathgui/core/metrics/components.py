"""Principal components: what tissue, center and slide explain of them, and what each tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.permutation import Units

MOST_COMPONENTS = 50  # as scIB
PERMUTATIONS = 199
ROUNDING = 1e-12  # of the sum of squares, below which float32 tells nothing apart

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Projection:
    """Tiles on the principal components."""

    scores: NDArray[np.float64]  # (n, p) centered, the component of the most variance first
    total: float  # sum of squares over all components; 0 where it is rounding alone


def project(values: NDArray[np.floating[Any]], components: int = MOST_COMPONENTS) -> Projection:
    """The first principal components of ``values`` (n, d), exact; fewer where n or d is smaller."""
    n, d = values.shape
    p = min(components, d, n - 1)
    mean = values.mean(axis=0, dtype=np.float64)
    data = np.asarray(values - mean.astype(values.dtype), np.float32)
    gram = (data.T @ data if d <= n else data @ data.T).astype(np.float64)
    # Not scipy's, which finds the largest alone but holds up every other thread meanwhile.
    squares, vectors = np.linalg.eigh(gram)
    squares, vectors = np.maximum(squares[::-1][:p], 0.0), vectors[:, ::-1][:, :p]
    scores = data @ vectors if d <= n else vectors * np.sqrt(squares)
    scores = np.asarray(scores, np.float64)
    total = float(np.trace(gram))
    # Rows that are scaled to one length differ in their last digit, all the same.
    if total <= ROUNDING * (total + n * float(mean @ mean)):
        return Projection(np.zeros_like(scores), 0.0)
    return Projection(scores - scores.mean(axis=0), total)


def explained_share(scores: NDArray[np.float64], labels: Codes) -> float:
    """Share of the sum of squares of ``scores`` (n, p) that lies between labels, 0..1.

    The regression of each component on the labels, R² weighted by the component's variance
    (principal component regression; Büttner et al. 2019, Luecken et al. 2022).
    """
    names, codes = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, codes, scores)
    return _between(sums, np.bincount(codes)) / float((scores**2).sum())


def _between(sums: NDArray[np.float64], sizes: NDArray[Any]) -> float:
    some = sizes > 0
    return float((sums[some] ** 2 / sizes[some, None]).sum())


def shares_by_chance(
    scores: NDArray[np.float64], units: Units, rng: np.random.Generator
) -> NDArray[np.float64]:
    """:func:`explained_share` with labels dealt out anew among slides, shape (permutations,)."""
    sums = np.zeros((len(units.label), scores.shape[1]))
    np.add.at(sums, units.of_tile, scores)
    sizes = np.bincount(units.of_tile, minlength=len(units.label))
    n_labels = int(units.label.max()) + 1
    total = float((scores**2).sum())
    shares = np.empty(PERMUTATIONS)
    for number in range(PERMUTATIONS):
        dealt = units.deal(rng)
        of_label = np.zeros((n_labels, scores.shape[1]))
        np.add.at(of_label, dealt, sums)
        shares[number] = _between(of_label, np.bincount(dealt, sizes, n_labels)) / total
    return shares


class Ranked:
    """One component, sorted once, so that AUROCs of many labelings cost little."""

    def __init__(self, scores: NDArray[np.float64]) -> None:
        self._order = np.argsort(scores, kind="stable")
        ordered = scores[self._order]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        self._first = np.flatnonzero(new)[np.cumsum(new) - 1]  # of each run of equal scores
        edges = np.append(np.flatnonzero(new), len(ordered))
        self._past = edges[np.cumsum(new)]

    def auroc(self, labels: Codes, n_labels: int) -> float:
        """Mean over pairs of labels of the area under the ROC curve, whichever way round: ½..1.

        NaN with fewer than two labels.
        """
        hot = np.zeros((len(labels) + 1, n_labels), np.float64)
        hot[np.arange(1, len(labels) + 1), labels[self._order]] = 1
        ahead = np.cumsum(hot, axis=0)
        # Of each tile: the tiles of each label below it, those at the same score half.
        below = (ahead[self._first] + ahead[self._past]) / 2
        wins = hot[1:].T @ below
        sizes = ahead[-1]
        one, other = np.triu_indices(n_labels, 1)
        some = (sizes[one] > 0) & (sizes[other] > 0)
        one, other = one[some], other[some]
        if not len(one):
            return float("nan")
        area = wins[one, other] / (sizes[one] * sizes[other])
        return float(np.maximum(area, 1 - area).mean())
