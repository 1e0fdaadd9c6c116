"""Errors by center: rates over slides, and which centers differ beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.results import CenterErrors, CenterTest
from pathgui.core.language.texts import noted
from pathgui.core.metrics import jackknife, permutation
from pathgui.core.metrics.jackknife import Codes, Units
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.permutation import ALPHA
from pathgui.core.metrics.results import Interval

PERMUTATIONS = 4_999  # Holm's smallest p at 200 centers is then 0.04
SAME = 1e-12  # sums in another order differ so far and still are the same

NO_EXCHANGE = noted(
    "Not assessable: no two slides of the same tissues could exchange their centers."
)
TOO_FEW_EXCHANGES = noted(
    "Not assessable: slides can exchange their centers in so few ways that no p under {alpha} "
    "could come out (smallest {least:.3f})."
)


@dataclass(frozen=True)
class ByCenter:
    """Errors at each center, and how far the exchange of centers can tell them apart."""

    centers: list[CenterErrors]
    least_p: float | None
    exchanges: float | None


def rate_interval(wrong: NDArray[np.bool_], groups: Codes) -> Interval:
    """The 95 % interval of a share of tiles, over their slides (or patients).

    One slide after the other is left out, on the logit, with the degrees of freedom of
    :func:`degrees_of_freedom` (``tests/benchmarks/classifier.py`` measures the coverage).
    """
    return _over_slides(wrong.astype(np.float64), groups, "share", of_answers=True)


def mean_interval(
    values: NDArray[np.float64], groups: Codes, scale: jackknife.Scale, largest: float = 1.0
) -> Interval:
    """The 95 % interval of a mean over tiles, over their slides; ``largest``: end of a share.

    Its degrees of freedom are also no more than those of as many slides of equal weight: without
    the logit, fewer of these intervals hold.
    """
    found = _over_slides(values / largest, groups, scale)
    if found.low is None or found.high is None:
        return found
    return Interval(found.low * largest, found.high * largest, found.df)


def _over_slides(
    values: NDArray[np.float64], groups: Codes, scale: jackknife.Scale, of_answers: bool = False
) -> Interval:
    unit = np.unique(groups, return_inverse=True)[1].astype(np.intp)
    sizes = np.bincount(unit).astype(np.float64)
    sums = np.bincount(unit, values)
    units = Units(unit, np.zeros(len(sizes), np.intp), len(sizes))
    left = jackknife.quotient(sums.sum() - sums, sizes.sum() - sizes)
    mean = float(sums.sum() / sizes.sum())
    free = degrees_of_freedom(sizes, sums - mean * sizes)
    if not of_answers:
        free = max(1.0, min(free, _alike(sizes) - 1))
    return jackknife.interval(
        mean, left, units, scale, bearing=len(sizes) if of_answers else None, free=free
    )


def _alike(sizes: NDArray[np.float64]) -> float:
    """How many slides of equal weight tell as much (Kish 1965)."""
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def degrees_of_freedom(sizes: NDArray[np.float64], beyond: NDArray[np.float64]) -> float:
    """Of the variance of a mean over the tiles of n slides; 1 to n - 1.

    The smaller of two. With unequal slides: the geometric mean of n - 1 and of that of as many
    slides of equal weight (Kish 1965), less 1, which alone promises too little. Where few slides
    differ from many: 2 / (2 / (n - 1) + kurtosis / n), as the variance of a variance has it
    (Cramér 1946), since a variance that rests on a few slides is known badly, however many others
    there are.

    Parameters
    ----------
    sizes : (n,) array
        Tiles of each slide.
    beyond : (n,) array
        What each slide adds to the sum over tiles, less what it would at the mean.

    Examples
    --------
    >>> round(degrees_of_freedom(np.full(10, 20.0), np.array([1.0, -1.0] * 5)), 9)
    9.0
    >>> round(degrees_of_freedom(np.full(10, 20.0), np.array([9.0] + [-1.0] * 9)), 9)
    2.727272727
    """
    n = len(sizes)
    free = float(np.sqrt(max(_alike(sizes) - 1, 0.0) * (n - 1)))
    squares = float((beyond**2).sum())
    if squares > 0:
        kurtosis = n * float((beyond**4).sum()) / squares**2 - 3
        of_squares = 2 * n + kurtosis * (n - 1)
        if of_squares > 0:
            free = min(free, 2 * n * (n - 1) / of_squares)
    return max(1.0, free)


def errors_by_center(
    wrong: NDArray[np.bool_],
    tissue: Codes,
    center: Codes,
    groups: Codes,
    names: Sequence[str],
    seed: int = 0,
    permutations: int = PERMUTATIONS,
) -> ByCenter:
    """The errors at each center that has tiles.

    A center is compared with what its tissues cost at all centers: a center that sends the hard
    tissue has more errors, and that is not the center's doing. Chance is the exchange of centers
    among slides of the same tissues; p is corrected over centers (Holm 1979).

    Parameters
    ----------
    wrong, tissue, center, groups : (n,) arrays
        Of the tiles that have an answer; ``groups`` are slides or patients.
    names : sequence
        Of the centers, which codes refer to.
    """
    units = permutation.units(tissue, center, groups)
    here = np.unique(center)
    differ, tests = _tested(wrong, tissue, units, here, seed, permutations)
    found = []
    for place, code in enumerate(here.tolist()):
        at = center == code
        rate = float(wrong[at].mean())
        found.append(
            CenterErrors(
                center=str(names[code]),
                n=int(at.sum()),
                n_slides=len(np.unique(groups[at])),
                wrong=int(wrong[at].sum()),
                rate=rate,
                interval=rate_interval(wrong[at], groups[at]),
                expected=rate - float(differ[place]),
                test=tests[place],
            )
        )
    able = units.can_exchange
    return ByCenter(
        found,
        units.least_p if able else None,
        float(min(units.exchanges, 10**300)) if able else None,
    )


def _tested(
    wrong: NDArray[np.bool_],
    tissue: Codes,
    units: permutation.Units,
    here: Codes,
    seed: int,
    permutations: int,
) -> tuple[NDArray[np.float64], list[CenterTest | NotAssessable]]:
    """Rate of each center less what its tissues cost, and the test of it."""
    n_units, n_tissues = len(units.label), int(tissue.max(initial=0)) + 1
    cell = units.of_tile * n_tissues + tissue
    sizes = np.bincount(cell, minlength=n_units * n_tissues).reshape(n_units, n_tissues)
    cost = np.bincount(tissue, wrong, n_tissues) / np.maximum(sizes.sum(axis=0), 1)
    # Of each unit: tiles, and errors beyond what its tissues cost. Sums of these are all it takes.
    tiles = sizes.sum(axis=1).astype(np.float64)
    beyond = np.bincount(units.of_tile, wrong, n_units) - sizes @ cost
    last = int(here.max()) + 1

    def statistic(label: Codes) -> NDArray[np.float64]:
        of_center = np.bincount(label, tiles, last)
        found: NDArray[np.float64] = np.bincount(label, beyond, last)[here] / of_center[here]
        return found

    value = statistic(units.label)
    if not units.can_exchange:
        return value, [NotAssessable(NO_EXCHANGE)] * len(here)
    if units.least_p >= ALPHA:
        reason = TOO_FEW_EXCHANGES.format(alpha=ALPHA, least=units.least_p)
        return value, [NotAssessable(reason)] * len(here)
    rng = np.random.default_rng(seed)
    at_least = np.zeros(len(here))
    for _ in range(permutations):
        at_least += np.abs(statistic(units.deal(rng))) >= np.abs(value) - SAME
    able = np.isin(here, _exchanging(units))
    p = (1 + at_least) / (1 + permutations)
    corrected = np.ones(len(here))
    corrected[able] = holm(p[able])
    return value, [
        CenterTest(float(one), float(other)) if can else NotAssessable(NO_EXCHANGE)
        for one, other, can in zip(p, corrected, able, strict=True)
    ]


def _exchanging(units: permutation.Units) -> Codes:
    """Centers of which a slide could be exchanged with one of another center."""
    among = [np.unique(units.label[rows]) for rows in units.members]
    return np.unique(np.concatenate([labels for labels in among if len(labels) > 1]))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """p corrected for their number (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p)
    times = len(p) - np.arange(len(p))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(times * p[order]))
    return corrected
