"""What the nearest tiles vote for, and how often they are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.neighbors import Neighbors

AUTO_LIMIT = 201  # the largest k that "auto" tries
ROUNDING = 1e-12  # of a mean of recalls, which must not decide a tie

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
    neighbour. ``labels`` are 0-based codes of all tiles.
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
    recalls = recall_by_label(truth[asked], answers[asked])
    return float(np.mean(list(recalls.values())))


def recall_by_label(truth: Codes, answers: Codes) -> dict[int, float]:
    """Share of the tiles of each label that were answered rightly."""
    total = np.bincount(truth)
    right = np.bincount(truth[truth == answers], minlength=len(total))
    return {int(label): float(right[label] / total[label]) for label in np.flatnonzero(total)}


def best_k(neighbors: Neighbors, tissue: Codes, limit: int) -> int:
    """The k with the highest balanced accuracy of the tissue vote; the smallest wins a tie."""
    answers = votes_by_k(neighbors, tissue, k_candidates(limit))
    best, highest = 1, -1.0
    for k, answer in answers.items():
        accuracy = balanced_accuracy(tissue[: len(answer)], answer)
        if accuracy is not None and accuracy > highest + ROUNDING:
            best, highest = k, accuracy
    return best
