"""What the nearest tiles vote for, and how often they are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.search import Neighbors

AUTO_LIMIT = 201  # the largest k that "auto" tries
ROUNDING = 1e-12  # of a mean of recalls, which must not decide a tie
ALIKE = 0.05  # level, shared by all candidates, at which one is told from the best

Codes = NDArray[np.intp]


def k_candidates(limit: int) -> list[int]:
    """The values of k that "auto" tries, up to ``limit``.

    >>> k_candidates(35)
    [1, 3, 5, 7, 9, 11, 21, 31]
    """
    return [k for k in (1, 3, 5, 7, 9, *range(11, AUTO_LIMIT + 1, 10)) if k <= limit]


def votes_by_k(
    neighbors: Neighbors, labels: Codes, ks: Sequence[int]
) -> dict[int, NDArray[np.intp]]:
    """The label most of the k nearest have, for each k in ``ks``; shape (n,) each.

    A tie goes to the smallest label, as in PathoROB and croma. -1 where a tile has no
    neighbor. ``labels`` are 0-based codes of all tiles.
    """
    n = len(neighbors)
    votes = np.zeros((n, int(labels.max(initial=0)) + 1), np.int32)
    anchors = np.arange(n)
    alone = neighbors.indices[:, 0] < 0 if neighbors.depth else np.ones(n, bool)
    answers: dict[int, NDArray[np.intp]] = {}
    wanted = set(ks)
    for rank in range(min(max(ks, default=0), neighbors.depth)):
        there = neighbors.indices[:, rank]
        has = there >= 0
        votes[anchors[has], labels[there[has]]] += 1
        if rank + 1 in wanted:
            answers[rank + 1] = np.where(alone, -1, votes.argmax(axis=1))
    return answers


def balanced_accuracy(truth: Codes, answers: Codes) -> float | None:
    """Mean over the labels in ``truth`` of the share answered rightly; None without tiles.

    Answers of -1 are left out: nobody was asked.

    >>> balanced_accuracy(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 0, 1, 0]))
    0.75
    """
    asked = answers >= 0
    if not asked.any():
        return None
    total = np.bincount(truth[asked])
    right = np.bincount(truth[asked & (truth == answers)], minlength=len(total))
    return float((right[total > 0] / total[total > 0]).mean())


def best_k(neighbors: Neighbors, tissue: Codes, groups: Codes, limit: int) -> int:
    """The k with which neighbors predict the tissue best, as far as that can be told.

    No tile has neighbors of its own slide, so the vote is a cross-validation over slides. Of the
    candidates up to ``limit`` whose balanced accuracy cannot be told from the highest (paired over
    slides, level ``ALIKE``, Bonferroni for all candidates), the one in the middle of a logarithmic
    scale is taken. The highest alone would be a matter of luck where the curve is flat, and lucky
    for tissue: the robustness index at that k is too high. ``tests/benchmarks/shared_k.py``
    measures by how much.

    Parameters
    ----------
    neighbors : Neighbors
        Of the first ``len(neighbors)`` tiles.
    tissue, groups : (n,) int arrays
        Codes of all tiles; a group is a slide, or a patient.
    limit : int
        The largest k to try.
    """
    from scipy import stats  # slow to import

    ks = k_candidates(max(1, limit))
    votes = votes_by_k(neighbors, tissue, ks)
    ks = [k for k in ks if k in votes]  # those that the lists are deep enough for
    if not ks:
        return 1
    asked = np.flatnonzero(votes[ks[0]] >= 0)
    if not len(asked):
        return 1
    truth, units = tissue[asked], np.unique(groups[asked], return_inverse=True)[1]
    present, sizes = np.unique(truth, return_counts=True)
    share = np.zeros(int(present[-1]) + 1)
    share[present] = 1 / (len(present) * sizes)
    # What each slide adds to the balanced accuracy, by k; shape (candidates, slides).
    parts = np.stack([np.bincount(units, share[truth] * (votes[k][asked] == truth)) for k in ks])
    accuracy = parts.sum(axis=1)
    highest = int(np.argmax(accuracy >= accuracy.max() - ROUNDING))
    behind = parts[highest] - parts
    n_units = behind.shape[1]
    may_differ = np.zeros(len(ks))
    if n_units > 1:
        error = np.sqrt(n_units * behind.var(axis=1, ddof=1))
        may_differ = error * stats.t.isf(ALIKE / 2 / len(ks), n_units - 1)
    alike = np.flatnonzero(behind.sum(axis=1) <= may_differ + ROUNDING)
    scale = np.log(ks)
    middle = (scale[alike[0]] + scale[alike[-1]]) / 2
    return ks[int(np.argmin(np.round(np.abs(scale - middle), 9)))]  # the smallest wins a tie
