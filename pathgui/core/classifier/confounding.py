"""Are neighbors of the same center behind the errors? De Jong et al. 2025, section 5.

For each tile those of its k nearest that are of the class answered are looked at: of a wrong tile
they are what an answer like that would come from. A tile's own slide and patient never count. If
the center played no part, as many of them were of the tile's own center as among all admissible
tiles of that class.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.results import Confounding, KindShares
from pathgui.core.language.texts import noted
from pathgui.core.metrics import jackknife
from pathgui.core.metrics.attribution import CellTables
from pathgui.core.metrics.deletions import WithoutEach, walk
from pathgui.core.metrics.jackknife import Codes, quotient
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval

NO_ERROR = noted("Not assessable: no answer is wrong.")
NO_NEIGHBOR = noted("no neighbor is of the class answered")
NO_RIGHT = noted("Not assessable: no answer is right.")
_ELSE, _AWAY, _HERE = range(3)  # other class; class answered, other center; ... same center
_RIGHT, _WRONG, _UNASKED = range(3)


def confounding(
    neighbors: Neighbors,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    answers: Codes,
    k: int,
) -> Confounding | NotAssessable:
    """Same-center neighbors of the class answered, around wrong tiles and around right ones.

    Parameters
    ----------
    neighbors : Neighbors
        Of n tiles, own slide and patient left out, deeper than k so that slides can be left out.
    tissue, center, groups : (n,) int arrays
    answers : (n,) int array
        Tissue answered; :data:`~pathgui.core.classifier.answers.OTHER` and ``NONE`` have no
        neighbors of that class, so such tiles are not looked at.
    k : int
        Neighbors that count.
    """
    asked = answers >= 0
    wrong = asked & (answers != tissue)
    if not wrong.any():
        return NotAssessable(NO_ERROR)
    if not (asked & ~wrong).any():
        return NotAssessable(NO_RIGHT)
    part = np.where(wrong, _WRONG, np.where(asked, _RIGHT, _UNASKED)).astype(np.intp)
    units = jackknife.units_of(groups, tissue, center)
    sums = WithoutEach(units, part, 3, 2)
    supported = np.zeros(3, np.int64)

    def code(anchor: Codes, neighbor: Codes) -> Codes:
        is_it = tissue[neighbor] == answers[anchor]
        found: Codes = np.where(
            is_it, np.where(center[neighbor] == center[anchor], _HERE, _AWAY), _ELSE
        ).astype(np.intp)
        return found

    for walked in walk(neighbors, units, k, 3):
        base, new = walked.tables(walked.codes(code), 3)
        some = base[:, _AWAY:].any(axis=1)
        supported += np.bincount(part[walked.rows][some], minlength=3)
        sums.add(walked, base[:, _AWAY:], new[:, _AWAY:])
    expected, without = _expected(tissue, center, groups, answers, part, units)
    same = _share(sums.whole)  # (3,)
    same_without = _share(sums.sums)  # (u, 3)
    excess = (same - expected)[[_WRONG, _RIGHT]]
    off = (same_without - without)[:, [_WRONG, _RIGHT]]
    difference = float(excess[0] - excess[1])
    defined = bool(np.isfinite(difference))
    kinds = ri.counts_by_anchor(ri.kinds_of(neighbors, tissue, center), k)
    return Confounding(
        k=k,
        wrong=_shares(kinds[part == _WRONG], same[_WRONG], expected[_WRONG], supported[_WRONG]),
        right=_shares(kinds[part == _RIGHT], same[_RIGHT], expected[_RIGHT], supported[_RIGHT]),
        excess=difference if defined else None,
        interval=jackknife.interval(difference, off[:, 0] - off[:, 1], units, "any")
        if defined
        else Interval(None, None, units.df, NO_NEIGHBOR),
    )


def _share(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return quotient(sums[..., 1], sums.sum(axis=-1))


def _shares(counts: NDArray[np.int64], same: float, expected: float, supported: int) -> KindShares:
    total = counts.sum(axis=0)
    return KindShares(
        n=len(counts),
        shares=[float(each) for each in total / max(total.sum(), 1)],
        same_center=float(same) if np.isfinite(same) else None,
        expected=float(expected) if np.isfinite(expected) else None,
        supported=int(supported),
    )


def _expected(
    tissue: Codes,
    center: Codes,
    groups: Codes,
    answers: Codes,
    part: Codes,
    units: jackknife.Units,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean share of the own center among admissible tiles of the class answered.

    Of right and wrong tiles, shape (3,), and so without each unit, shape (u, 3).
    """
    tables = CellTables(tissue, center, groups, units)
    rows = np.flatnonzero(answers >= 0)
    key, times = np.unique(
        np.stack([groups[rows], center[rows], answers[rows], part[rows]]),
        axis=1,
        return_counts=True,
    )
    group, here, answer, of = key
    unit_of = tables.unit_of_group[group]

    def mean(left: NDArray[np.bool_], unit: np.intp | None) -> NDArray[np.float64]:
        shares = tables.share(group[left], here[left], answer[left], unit)
        weight = times[left].astype(np.float64)
        sums = [np.bincount(of[left], each, 3) for each in (weight * shares, weight)]
        return quotient(*(each.astype(np.float64) for each in sums))

    without = [mean(unit_of != unit, np.intp(unit)) for unit in range(len(units))]
    return mean(np.ones(len(of), bool), None), np.array(without)
