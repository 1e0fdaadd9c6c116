"""Sums over judged slides, with and without each slide, from which changes follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.crossfit.results import Change
from pathgui.core.metrics import jackknife, left_out
from pathgui.core.metrics.jackknife import Codes, Units, quotient
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.not_assessable import NotAssessable

Sums = NDArray[np.float64]


@dataclass
class Judged:
    """Tiles that a probe answers rightly and all that it answers, by place and label.

    A place is a center that the probe is asked at; one alone where that does not matter.
    """

    table: Sums  # (places, labels, 2) right, asked
    without: Sums  # (u, places, labels, 2) ... without each unit
    why_not: str = ""  # why nothing can be said, if so

    @classmethod
    def nothing(cls, units: int, places: int, labels: int) -> Judged:
        """Before anybody was asked."""
        return cls(np.zeros((places, labels, 2)), np.zeros((units, places, labels, 2)))

    def add(self, truth: Codes, answers: Codes, place: Codes, units: Units) -> None:
        """Count answers (n,), -1 where nobody was asked; ``units`` of the same n tiles."""
        _, places, labels, _ = self.without.shape
        asked = answers >= 0
        at = (place * labels + truth)[asked]
        right = (answers == truth)[asked].astype(np.float64)
        size = places * labels
        both = [np.bincount(at, weights, size) for weights in (right, np.ones(len(at)))]
        table = np.stack(both, axis=1)
        at = at + units.of_tile[asked] * size
        size *= len(units)
        of_unit = np.stack(
            [np.bincount(at, weights, size) for weights in (right, np.ones(len(at)))], axis=1
        )
        self.table += table.reshape(self.table.shape)
        self.without += (table - of_unit.reshape(len(units), -1, 2)).reshape(self.without.shape)

    def value(self) -> tuple[float, Sums] | None:
        """Balanced accuracy, mean over places; and so without each unit. None: nobody was asked."""
        if self.why_not or not self.table[..., 1].any():
            return None
        whole = _accuracy(self.table[None])
        return float(whole[0]), _accuracy(self.without)


def _accuracy(sums: Sums) -> Sums:
    """Of (u, places, labels, 2): shape (u,)."""
    by_place = [left_out.accuracies(sums[:, place]) for place in range(sums.shape[1])]
    return jackknife.mean_of_defined(np.stack(by_place, axis=1))


@dataclass
class Kinds:
    """Neighbors by kind."""

    counts: Sums  # (4,)
    without: Sums  # (u, 4)

    @classmethod
    def nothing(cls, units: int) -> Kinds:
        """Before any neighbor was found."""
        return cls(np.zeros(4), np.zeros((units, 4)))

    def add(self, neighbors: Neighbors, tissue: Codes, center: Codes, units: Units, k: int) -> None:
        """Count the k nearest; codes and ``units`` of the tiles that were searched."""
        kinds = ri.kinds_of(neighbors, tissue, center)
        self.counts += ri.counts_by_anchor(kinds, k).sum(axis=0)
        self.without += left_out.counts_without(neighbors, tissue, center, units, k)

    def value(self) -> tuple[float, Sums] | None:
        """The Robustness Index, and so without each unit."""
        index = ri.ratio(self.counts[SO], self.counts[OS])
        if index is None:
            return None
        return index, quotient(self.without[:, SO], self.without[:, SO] + self.without[:, OS])


def change(
    before: tuple[float, Sums] | None,
    after: tuple[float, Sums] | None,
    units: Units,
    undefined: str,
) -> Change | NotAssessable:
    """Two values on the same slides, with the interval of their difference."""
    if before is None or after is None:
        return NotAssessable(undefined)
    found = jackknife.interval(after[0] - before[0], after[1] - before[1], units, "signed")
    return Change(before[0], after[0], found.low, found.high, found.reason)
