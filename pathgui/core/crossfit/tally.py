"""Sums over judged slides, with and without each slide, from which changes follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pathgui.core.crossfit import variance
from pathgui.core.crossfit.results import Change
from pathgui.core.crossfit.variance import Beyond
from pathgui.core.language.texts import say
from pathgui.core.metrics import jackknife, left_out
from pathgui.core.metrics.jackknife import Codes, Units, quotient
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.not_assessable import NotAssessable

Sums = NDArray[np.float64]
LEAST_HALVINGS = 2  # that fit probes, for an interval of what they answer
# ... where the judged slides are also learned from, or the correction rests on few slides of the
# place: with 2 halvings such intervals held the true difference in .86 to .98.
LEAST_HALVINGS_WHERE_FITTED = 4


class Found(NamedTuple):
    """A number over all judged halves, and over some of them."""

    value: float
    without: Sums  # (u,) without each unit
    by_half: Sums | None = None  # (h,) in each half alone; None where that is not kept
    judged: NDArray[np.bool_] | None = None  # (h, u) which units are judged in that half
    pairs: Sums | None = None  # (u, u) what units add to it with each other; None: not by pairs


@dataclass
class Judged:
    """Tiles that a probe answers rightly and all that it answers, by place and label.

    A place is a center that the probe is asked at; one alone where that does not matter.
    """

    table: Sums  # (places, labels, 2) right, asked
    without: Sums  # (u, places, labels, 2) ... without each unit
    why_not: str = ""  # why nothing can be said, if so
    by_half: list[Sums] = field(default_factory=list)  # the table of each half

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

    def end_half(self) -> None:
        """All that a half answers is counted; the two of a halving come one after the other."""
        self.by_half.append(self.table - sum(self.by_half, np.zeros_like(self.table)))

    def value(self) -> Found | None:
        """Balanced accuracy, mean over places; and so without each unit and in each half.

        None: nobody was asked.
        """
        if self.why_not or not self.table[..., 1].any():
            return None
        whole = _accuracy(self.table[None])
        halves = _accuracy(np.array(self.by_half)) if self.by_half else None
        return Found(float(whole[0]), _accuracy(self.without), halves)


def _accuracy(sums: Sums) -> Sums:
    """Of (u, places, labels, 2): shape (u,)."""
    by_place = [left_out.accuracies(sums[:, place]) for place in range(sums.shape[1])]
    return jackknife.mean_of_defined(np.stack(by_place, axis=1))


@dataclass
class Kinds:
    """Neighbors by kind."""

    counts: Sums  # (4,)
    without: Sums  # (u, 4)
    pairs: NDArray[np.int64]  # (2, u, u) SO and OS neighbors: unit of the anchor, of the neighbor
    by_half: list[Sums] = field(default_factory=list)  # counts of each half
    judged: list[NDArray[np.bool_]] = field(default_factory=list)  # and the units that it judges

    @classmethod
    def nothing(cls, units: int) -> Kinds:
        """Before any neighbor was found."""
        return cls(np.zeros(4), np.zeros((units, 4)), np.zeros((2, units, units), np.int64))

    def add(self, neighbors: Neighbors, tissue: Codes, center: Codes, units: Units, k: int) -> None:
        """Count the k nearest; codes and ``units`` of the tiles that were searched.

        The two halves of a halving come one after the other.
        """
        kinds = ri.kinds_of(neighbors, tissue, center)
        counts = ri.counts_by_anchor(kinds, k).sum(axis=0)
        self.counts += counts
        self.without += left_out.counts_without(neighbors, tissue, center, units, k)
        n_units = len(units)
        anchors = np.broadcast_to(units.of_tile[: len(kinds), None], kinds[:, :k].shape)
        for at, kind in enumerate((SO, OS)):
            found = kinds[:, :k] == kind
            pair = anchors[found] * n_units + units.of_tile[neighbors.indices[:, :k][found]]
            self.pairs[at] += np.bincount(pair, minlength=n_units**2).reshape(n_units, n_units)
        self.by_half.append(counts.astype(np.float64))
        self.judged.append(np.isin(np.arange(len(units)), units.of_tile))

    def value(self) -> Found | None:
        """The Robustness Index, so without each unit and in each half, and what pairs add to it."""
        index = ri.ratio(self.counts[SO], self.counts[OS])
        if index is None:
            return None
        so, os = self.pairs
        return Found(
            index,
            _index(self.without),
            _index(np.array(self.by_half)),
            np.array(self.judged),
            ((1 - index) * so - index * os) / (self.counts[SO] + self.counts[OS]),
        )


def _index(counts: Sums) -> Sums:
    """Of (n, 4): shape (n,)."""
    return quotient(counts[:, SO], counts[:, SO] + counts[:, OS])


def change(
    before: Found | None, after: Found | None, units: Units, undefined: str
) -> Change | NotAssessable:
    """Two values on the same slides, with the interval of their difference.

    What slides add to the number is found by leaving each out as a judged one, with fits as they
    are; what they add as fitted ones, from how halves differ (:func:`variance.of_fits`), where
    there is more than one halving. What pairs of slides can vary bounds both
    (:func:`variance.most_by_pairs`).
    """
    if before is None or after is None:
        return NotAssessable(undefined)
    left = after.without - before.without
    fits, most = variance.NOTHING, np.inf
    if before.by_half is not None and after.by_half is not None and after.judged is not None:
        fits = variance.of_fits(after.by_half - before.by_half, after.judged, left, units)
    if before.pairs is not None and after.pairs is not None:
        most = variance.most_by_pairs(after.pairs - before.pairs, units)
    return _change(before, after, units, fits, most=most)


def change_of_answers(
    before: Found | None,
    after: Found | None,
    units: Units,
    undefined: str,
    halvings: int = LEAST_HALVINGS,
    fitted_there: bool = False,
) -> Change | NotAssessable:
    """Two shares of right answers, with the interval of their difference.

    Beside judged slides it holds how slides were dealt (:func:`variance.of_dealing`), since
    probes are fitted in few halvings.

    Parameters
    ----------
    halvings : int
        How many the interval needs; with fewer it has none, and says so.
    fitted_there : bool
        Whether the correction was fitted on few slides of the place that is asked about, which
        decide much. The interval is then at least as wide as halves differ.
    """
    if before is None or after is None:
        return NotAssessable(undefined)
    if before.by_half is None or after.by_half is None:
        raise ValueError("answers must be counted half by half")
    by_half = after.by_half - before.by_half
    if (done := len(by_half) // 2) < halvings:
        return Change(before.value, after.value, None, None, too_few_halvings(done, halvings))
    least = variance.between_halves(by_half) if fitted_there else 0.0
    return _change(before, after, units, variance.of_dealing(by_half), least=least)


def too_few_halvings(done: int, needed: int) -> str:
    """Why a number has no interval yet."""
    return say(
        "probes are fitted in {done} halvings so far, and this interval needs {needed}",
        done=done,
        needed=needed,
    )


def _change(
    before: Found,
    after: Found,
    units: Units,
    beyond: Beyond,
    least: float = 0.0,
    most: float = np.inf,
) -> Change:
    """With the interval of the difference.

    ``least``: what judged slides count for at least. ``most``: the most that both can be.
    """
    whole = units.made_up_for(after.without - before.without)
    of_judged, free = float(units.variance(whole)), None
    total = min(max(of_judged, least) + beyond.variance, most)
    if beyond.variance > 0 and np.isfinite(of_judged):
        # Welch and Satterthwaite, for a sum of two variances.
        own = of_judged**2 / max(units.df, 1) + beyond.variance**2 / beyond.df
        free = min(units.df, (of_judged + beyond.variance) ** 2 / own)
    added = total - of_judged if np.isfinite(of_judged) else 0.0
    found = jackknife.interval(
        after.value - before.value, whole, units, "signed", free=free, added=added
    )
    return Change(before.value, after.value, found.low, found.high, found.reason)
