"""Are errors in tissue due to the center? Same-center confounders of de Jong et al. 2025, §5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.neighbors import Neighbors

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
    found: Confounders, groups: Codes, draws: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Fraction over expected fraction where anchors of group g count ``draws[:, g]`` times.

    The neighbours, and with them the errors, stay as they are.
    """
    weights = draws[:, groups[found.rows]].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = (weights @ found.same_center) / (weights @ found.misleading)
        expected = (weights @ found.expected) / weights.sum(axis=1)
        return np.asarray(fraction / expected)
