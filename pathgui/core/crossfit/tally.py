"""Sums over judged slides, with and without each slide, from which changes follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

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


class Found(NamedTuple):
    """A number over all judged halves, and over some of them."""

    value: float
    without: Sums  # (u,) without each unit
    by_half: Sums | None = None  # (h,) in each half alone; None where that is not kept
    judged: NDArray[np.bool_] | None = None  # (h, u) which units are judged in that half


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

    def value(self) -> Found | None:
        """Balanced accuracy, mean over places; and so without each unit. None: nobody was asked."""
        if self.why_not or not self.table[..., 1].any():
            return None
        whole = _accuracy(self.table[None])
        return Found(float(whole[0]), _accuracy(self.without))


def _accuracy(sums: Sums) -> Sums:
    """Of (u, places, labels, 2): shape (u,)."""
    by_place = [left_out.accuracies(sums[:, place]) for place in range(sums.shape[1])]
    return jackknife.mean_of_defined(np.stack(by_place, axis=1))


@dataclass
class Kinds:
    """Neighbors by kind."""

    counts: Sums  # (4,)
    without: Sums  # (u, 4)
    by_half: list[Sums] = field(default_factory=list)  # counts of each half
    judged: list[NDArray[np.bool_]] = field(default_factory=list)  # and the units that it judges

    @classmethod
    def nothing(cls, units: int) -> Kinds:
        """Before any neighbor was found."""
        return cls(np.zeros(4), np.zeros((units, 4)))

    def add(self, neighbors: Neighbors, tissue: Codes, center: Codes, units: Units, k: int) -> None:
        """Count the k nearest; codes and ``units`` of the tiles that were searched.

        The two halves of a halving come one after the other.
        """
        kinds = ri.kinds_of(neighbors, tissue, center)
        counts = ri.counts_by_anchor(kinds, k).sum(axis=0)
        self.counts += counts
        self.without += left_out.counts_without(neighbors, tissue, center, units, k)
        self.by_half.append(counts.astype(np.float64))
        self.judged.append(np.isin(np.arange(len(units)), units.of_tile))

    def value(self) -> Found | None:
        """The Robustness Index, and so without each unit and in each half."""
        index = ri.ratio(self.counts[SO], self.counts[OS])
        if index is None:
            return None
        return Found(
            index, _index(self.without), _index(np.array(self.by_half)), np.array(self.judged)
        )


def _index(counts: Sums) -> Sums:
    """Of (n, 4): shape (n,)."""
    return quotient(counts[:, SO], counts[:, SO] + counts[:, OS])


def change(
    before: Found | None, after: Found | None, units: Units, undefined: str
) -> Change | NotAssessable:
    """Two values on the same slides, with the interval of their difference.

    What slides add to the number is found by leaving each out as a judged one, with fits as they
    are; what they add as fitted ones, from how halves differ (:func:`by_fits`), where there is
    more than one halving.
    """
    if before is None or after is None:
        return NotAssessable(undefined)
    left = after.without - before.without
    whole = units.made_up_for(left)
    of_judged, of_fits = float(units.variance(whole)), 0.0
    halvings, free = 0, None
    if before.by_half is not None and after.by_half is not None and after.judged is not None:
        halvings = len(after.by_half) // 2
        of_fits = by_fits(after.by_half - before.by_half, after.judged, left, units)
    if of_fits > 0 and np.isfinite(of_judged):
        # Welch and Satterthwaite, for a sum of two variances.
        own = of_judged**2 / max(units.df, 1) + of_fits**2 / halvings
        free = min(units.df, (of_judged + of_fits) ** 2 / own)
    found = jackknife.interval(
        after.value - before.value, whole, units, "signed", free=free, added=of_fits
    )
    return Change(before.value, after.value, found.low, found.high, found.reason)


def by_fits(by_half: Sums, judged: NDArray[np.bool_], left: Sums, units: Units) -> float:
    """Variance that comes with the slides that corrections were fitted on.

    Parameters
    ----------
    by_half : (2 h,) array
        A number in each half of h halvings, the two of a halving side by side.
    judged : (2 h, u) bool array
        Units that the half judges. Those of the other half were fitted on.
    left : (u,) array
        The number over all halves without each unit, fits as they are.

    Notes
    -----
    To a number over all halves a unit adds f as a judged and g as a fitted one. Two halves of a
    halving then differ by twice the sum of f - g over the units of one, less that over those of
    the other. Leaving out shows f; what the halves differ beyond it shows g, and halves dealt
    within strata have the variance of the whole. One halving shows nothing: f is of the same two
    halves. Of h, a share of 1 / h is therefore left out.
    """
    mean = np.bincount(units.strata, left) / units.sizes
    shares = mean[units.strata] - left
    signs = np.where(judged[::2], 1.0, -1.0)
    beyond = (by_half[::2] - by_half[1::2]) / 2 - signs @ shares
    beyond = beyond[np.isfinite(beyond)]
    if len(beyond) < 2:
        return 0.0
    return float((beyond**2).sum() * (len(beyond) - 1) / len(beyond) ** 2)
