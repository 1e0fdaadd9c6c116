"""Folds that keep centers whole, confusions, and how far probabilities can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10  # of confidence, for calibration
SITE_FOLDS = 3  # as Howard et al. 2021
STARTS = 20  # of the local search

Codes = NDArray[np.intp]


def site_folds(labels: Codes, centers: Codes, folds: int, seed: int) -> Codes:
    """The fold of each tile, shape (n,): centers stay whole, labels are spread as evenly as can be.

    The objective of Howard et al. 2021 (Nat Commun 12:4423), the sum over folds and labels of
    (folds x tiles of the label in the fold - tiles of the label)², by moving and swapping single
    centers from several random starts. Best for up to some 50 centers.
    """
    names, code = np.unique(centers, return_inverse=True)
    table = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(table, (code, labels), 1)
    total = table.sum(axis=0)
    rng = np.random.default_rng(seed)

    def cost(dealt: NDArray[np.intp]) -> float:
        sums = np.zeros((folds, table.shape[1]))
        np.add.at(sums, dealt, table)
        return float(((folds * sums - total) ** 2).sum())

    best, lowest = np.arange(len(names)) % folds, np.inf
    for _ in range(STARTS):
        dealt = rng.permutation(np.arange(len(names)) % folds)
        now = cost(dealt)
        better = True
        while better:
            better = False
            for trial in _steps(dealt, folds):
                if len(np.unique(trial)) == folds and (there := cost(trial)) < now - 1e-9:
                    dealt, now, better = trial, there, True
                    break
        if now < lowest - 1e-9:
            best, lowest = dealt, now
    return best[code].astype(np.intp)


def _steps(dealt: NDArray[np.intp], folds: int) -> list[NDArray[np.intp]]:
    steps = []
    for one in range(len(dealt)):
        for fold in range(folds):
            if fold != dealt[one]:
                moved = dealt.copy()
                moved[one] = fold
                steps.append(moved)
        for other in range(one):
            if dealt[one] != dealt[other]:
                swapped = dealt.copy()
                swapped[[one, other]] = dealt[[other, one]]
                steps.append(swapped)
    return steps


def confusion(truth: Codes, answers: Codes, n_labels: int) -> NDArray[np.int64]:
    """Tiles by true label (row) and answer (column); tiles that were not asked are left out."""
    asked = answers >= 0
    table = np.zeros((n_labels, n_labels), np.int64)
    np.add.at(table, (truth[asked], answers[asked]), 1)
    return table


@dataclass(frozen=True)
class Calibration:
    """Whether the probabilities of a probe mean what they say. All 0..1 but ``brier`` (0..2)."""

    n: int
    accuracy: float
    confidence: float  # mean probability of the answers
    error: float  # expected calibration error, 10 bins of confidence
    brier: float  # mean squared distance of the probabilities from the truth


def calibration(truth: Codes, probabilities: NDArray[np.float64]) -> Calibration | None:
    """Of probabilities (n, c) for the labels ``truth`` (n,); rows of zeros were not asked."""
    asked = probabilities.sum(axis=1) > 0
    if not asked.any():
        return None
    truth, probabilities = truth[asked], probabilities[asked]
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == truth).astype(float)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    sizes = np.bincount(place, minlength=BINS)
    gaps = np.bincount(place, weights=right - confidence, minlength=BINS)
    hot = np.zeros_like(probabilities)
    hot[np.arange(len(truth)), truth] = 1
    return Calibration(
        n=int(sizes.sum()),
        accuracy=float(right.mean()),
        confidence=float(confidence.mean()),
        error=float(np.abs(gaps).sum() / sizes.sum()),
        brier=float(((probabilities - hot) ** 2).sum(axis=1).mean()),
    )
