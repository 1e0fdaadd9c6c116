"""Are errors in tissue due to the center? Same-center confounders of de Jong et al. 2025, §5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.neighbors import Neighbors
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

MOST_ASKED = 3_000  # anchors whose votes are taken anew in each replicate

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Confounders:
    """The misclassified tiles, and which of their misleading neighbours are from their center.

    Misleading: among the k nearest and of the tissue that won the vote.
    """

    rows: Codes  # (e,) tiles that the vote of their neighbours got wrong
    same_center: NDArray[np.int64]  # (e,) misleading neighbours from the tile's own center
    misleading: NDArray[np.int64]  # (e,) all of them
    expected: NDArray[np.float64]  # (e,) share of own-center tiles among the admissible of it

    @property
    def fraction(self) -> float | None:
        """Share of the misleading neighbours that are from the tile's own center."""
        total = int(self.misleading.sum())
        return float(self.same_center.sum() / total) if total else None

    @property
    def expected_fraction(self) -> float | None:
        """What that share would be if center played no part."""
        return float(self.expected.mean()) if len(self.expected) else None


def confounders(
    neighbors: Neighbors,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    answers: Codes,
    k: int,
) -> Confounders:
    """Look at the misleading neighbours of the tiles that ``answers`` (n,) have wrong.

    ``answers``: the vote of the k nearest of the first n tiles; -1 where there was none.
    """
    rows = np.flatnonzero((answers >= 0) & (answers != tissue[: len(answers)]))
    there = neighbors.indices[rows, :k]
    misleads = (there >= 0) & (tissue[there] == answers[rows, None])
    from_here = misleads & (center[there] == center[rows, None])
    return Confounders(
        rows,
        from_here.sum(axis=1).astype(np.int64),
        misleads.sum(axis=1).astype(np.int64),
        _expected(tissue, center, groups, rows, answers[rows]),
    )


def _expected(
    tissue: Codes, center: Codes, groups: Codes, rows: Codes, answer: Codes
) -> NDArray[np.float64]:
    """Share of own-center tiles among the admissible tiles of the tissue answered."""
    n_tissues, n_centers = int(tissue.max(initial=0)) + 1, int(center.max(initial=0)) + 1
    cell = tissue * n_centers + center
    of_cell = np.bincount(cell, minlength=n_tissues * n_centers)
    of_tissue = np.bincount(tissue, minlength=n_tissues)
    # What the tile's own group has of them is not admissible.
    pairs, sizes = np.unique(groups * (n_tissues * n_centers) + cell, return_counts=True)
    own = dict(zip(pairs.tolist(), sizes.tolist(), strict=True))
    shares = np.empty(len(rows))
    for i, (row, won) in enumerate(zip(rows.tolist(), answer.tolist(), strict=True)):
        first = int(groups[row]) * n_tissues * n_centers + won * n_centers
        mine = [own.get(first + other, 0) for other in range(n_centers)]
        here = int(center[row])
        whole = of_tissue[won] - sum(mine)
        shares[i] = (of_cell[won * n_centers + here] - mine[here]) / whole
    return shares


def enrichment_replicates(
    neighbors: Neighbors,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    k: int,
    draws: NDArray[np.int64],
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> NDArray[np.float64]:
    """Enrichment in each replicate, group g there ``draws[:, g]`` times, over that with all once.

    As for the Robustness Index, groups count both as sources of anchors and of neighbours: lists
    are walked until the k nearest are full, the vote is taken anew, and so are the errors and what
    is expected. Looked at are anchors that have a neighbour of another tissue at all, a sample of
    them where they are many; so the values are relative to the same anchors with every group once.
    NaN where there is no error, and everywhere where there is no same-center error to begin with.
    """
    depth = min(neighbors.depth, 2 * k + 30)
    rng = np.random.default_rng(seed)
    n = len(neighbors)
    other = (neighbors.indices[:, :depth] >= 0) & (
        tissue[neighbors.indices[:, :depth]] != tissue[:n, None]
    )
    asked = np.flatnonzero(other.any(axis=1))
    if len(asked) > MOST_ASKED:
        asked = np.sort(rng.choice(asked, MOST_ASKED, replace=False))
    if not len(asked):
        return np.full(len(draws), np.nan)
    there = neighbors.indices[asked, :depth]
    n_tissues, n_centers = int(tissue.max()) + 1, int(center.max()) + 1
    n_groups = draws.shape[1]
    of_group = np.where(there >= 0, groups[there], n_groups)  # the last stands for no tile
    kind_of = tissue[there]
    here = center[there] == center[asked, None]
    place = np.arange(len(asked))[:, None] * n_tissues + kind_of
    tables = np.zeros((n_groups, n_tissues * n_centers))
    np.add.at(tables, (groups, tissue * n_centers + center), 1)
    own_group, own_center = groups[asked], center[asked]

    def enrichment(times: NDArray[np.float64]) -> float:
        often = np.append(times, 0.0)[of_group]
        before = np.cumsum(often, axis=1) - often
        take = np.clip(k - before, 0.0, often)
        votes = np.bincount(place.ravel(), take.ravel(), len(asked) * n_tissues)
        votes = votes.reshape(len(asked), n_tissues)
        won = votes.argmax(axis=1)
        wrong = (won != tissue[asked]) & (votes.max(axis=1) > 0) & (times[own_group] > 0)
        rows = np.flatnonzero(wrong)
        weight = times[own_group[rows]]
        misleads = take[rows] * (kind_of[rows] == won[rows, None])
        total = float(weight @ misleads.sum(axis=1))
        if not total:
            return float("nan")
        fraction = float(weight @ (misleads * here[rows]).sum(axis=1)) / total
        table = (times @ tables).reshape(n_tissues, n_centers)
        own = tables[own_group[rows]].reshape(-1, n_tissues, n_centers) * weight[:, None, None]
        at = np.arange(len(rows))
        left = table[won[rows]] - own[at, won[rows]]
        expected = left[at, own_center[rows]] / left.sum(axis=1)
        share = float(weight @ expected) / float(weight.sum())
        return fraction / share if share else float("nan")

    whole = enrichment(np.ones(n_groups))
    if not whole:
        return np.full(len(draws), np.nan)  # nothing is relative to 0
    replicates = np.empty(len(draws))
    for number, times in enumerate(draws):
        report(Progress("Resampling errors", number, len(draws)))
        replicates[number] = enrichment(times.astype(np.float64))
    return replicates / whole
