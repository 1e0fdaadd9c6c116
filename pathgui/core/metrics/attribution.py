"""Are errors in tissue due to the center? Same-center confounders of de Jong et al. 2025, §5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.deletions import Walked, WithoutEach
from pathgui.core.metrics.jackknife import Units, quotient
from pathgui.core.metrics.neighbors.search import Neighbors

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Confounders:
    """The misclassified tiles, and which of their misleading neighbors are from their center.

    Misleading: among the k nearest and of the tissue that won the vote.
    """

    rows: Codes  # (e,) tiles that the vote of their neighbors got wrong
    same_center: NDArray[np.int64]  # (e,) misleading neighbors from the tile's own center
    misleading: NDArray[np.int64]  # (e,) all of them
    expected: NDArray[np.float64]  # (e,) share of own-center tiles among the admissible of it

    @property
    def fraction(self) -> float | None:
        """Share of the misleading neighbors that are from the tile's own center."""
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
    """Look at the misleading neighbors of the tiles that ``answers`` (n,) have wrong.

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


class ErrorsWithout:
    """Enrichment of same-center errors without each unit, collected part by part of a walk.

    Without a slide neighbors give way to the next, so votes, errors and who misleads change for
    the anchors that it was near to; what is expected changes for all.
    """

    def __init__(self, tissue: Codes, center: Codes, groups: Codes, units: Units) -> None:
        self._tissue, self._center, self._groups, self._units = tissue, center, groups, units
        self._table = CellTables(tissue, center, groups, units)
        self._errors: list[Codes] = []
        self._answers: list[Codes] = []
        # Same-center neighbors among those that mislead, all of those, errors.
        self._sums = WithoutEach(units, np.zeros(len(tissue), np.intp), 1, 3)
        self._expected = np.zeros(len(units))  # what pairs add beyond the answers as they are

    def add(self, walked: Walked, base: NDArray[np.float64], new: NDArray[np.float64]) -> None:
        """Neighbors by tissue and whether from here, of each anchor (a, t, 2), each pair."""
        anchors = np.arange(walked.rows.start, walked.rows.stop)
        sides, answers = [], []
        for votes, of in ((base, anchors), (new, walked.anchor)):
            by_tissue = votes.sum(axis=2)
            won = by_tissue.argmax(axis=1).astype(np.intp)
            wrong = by_tissue.any(axis=1) & (won != self._tissue[of])
            first = np.arange(len(of))
            sides.append(
                np.stack([votes[first, won, 1], by_tissue[first, won], np.ones(len(of))], axis=1)
                * wrong[:, None]
            )
            answers.append(np.where(wrong, won, -1))
        self._sums.add(walked, *sides)
        self._errors.append(anchors[answers[0] >= 0])
        self._answers.append(answers[0][answers[0] >= 0])
        before = answers[0][walked.anchor - walked.rows.start]
        for answer, sign in ((answers[1], 1), (before, -1)):
            use = np.flatnonzero((answer >= 0) & (answers[1] != before))
            if len(use):
                anchor, unit = walked.anchor[use], walked.unit[use]
                share = self._table.share(
                    self._groups[anchor], self._center[anchor], answer[use], unit
                )
                self._expected += sign * np.bincount(unit, share, len(self._units))

    def enrichment(self) -> NDArray[np.float64]:
        """Without each unit, shape (u,); NaN where there is no error."""
        same, misleading, errors = self._sums.sums[:, 0].T
        expected = self._expected.copy()
        rows, answers = np.concatenate(self._errors), np.concatenate(self._answers)
        if len(rows):
            (group, center, answer), times = np.unique(
                np.stack([self._groups[rows], self._center[rows], answers]),
                axis=1,
                return_counts=True,
            )
            unit_of = self._table.unit_of_group[group]
            for unit in range(len(self._units)):
                left = unit_of != unit
                shares = self._table.share(group[left], center[left], answer[left], np.intp(unit))
                expected[unit] += times[left] @ shares
        return quotient(quotient(same, misleading), quotient(expected, errors))


class CellTables:
    """Tiles by tissue and center: of all, of each group, of each unit."""

    def __init__(self, tissue: Codes, center: Codes, groups: Codes, units: Units) -> None:
        shape = int(tissue.max()) + 1, int(center.max()) + 1
        n_groups = int(groups.max()) + 1
        self._of_group = np.zeros((n_groups, *shape))
        np.add.at(self._of_group, (groups, tissue, center), 1)
        self._of_unit = np.zeros((len(units), *shape))
        np.add.at(self._of_unit, (units.of_tile, tissue, center), 1)
        self._all = self._of_group.sum(axis=0)
        self._of_tissue = [
            table.sum(axis=-1) for table in (self._all, self._of_group, self._of_unit)
        ]
        self.unit_of_group = np.zeros(n_groups, np.intp)
        self.unit_of_group[groups] = units.of_tile

    def share(
        self, group: Codes, center: Codes, answer: Codes, unit: Codes | np.intp | None
    ) -> NDArray[np.float64]:
        """Share of a center among the tiles of a tissue, without a group and without a unit.

        The unit is another one than the group's; None: all the others are there.
        """
        here = self._all[answer, center] - self._of_group[group, answer, center]
        whole = self._of_tissue[0][answer] - self._of_tissue[1][group, answer]
        if unit is not None:
            here = here - self._of_unit[unit, answer, center]
            whole = whole - self._of_tissue[2][unit, answer]
        shares: NDArray[np.float64] = np.divide(
            here, whole, out=np.zeros(here.shape), where=whole > 0
        )
        return shares
