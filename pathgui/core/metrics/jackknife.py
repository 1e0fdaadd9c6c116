"""Intervals by leaving out one slide after the other, of every number alike.

Tiles of a slide are alike, so slides (or patients) are what is left out, never tiles. A slide that
is left out is missing as a source of anchors and as a source of neighbors: lists are walked to
the next tile. What a number does without each slide tells how far it rests on single slides; the
spread of these values, slides being alike only within a stratum, is its variance:

    sum over strata h of (n_h - 1) / n_h * sum over slides i of h of (theta_(-i) - mean_h)²

A bootstrap does not do here. A tile's own slide is barred however often it is drawn, so with
several tissues on a slide drawn slides leave an anchor fewer neighbors of its center, and
replicates lie too high: pure noise is then said to be robust (docs/measurements.md).

Wu 1986, Ann Stat 14:1261; Shao and Tu 1995, The Jackknife and Bootstrap, chapters 2 and 6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import counted, say
from pathgui.core.metrics.results import Interval

LEVEL = 0.95
MOST_UNITS = 1_000  # slides, beyond which random sets of them are left out
FEWEST_ALIKE = 4  # slides in a stratum; with 3, noise at 10 to 40 centers is decided in 6 to 10 %
FEWEST_DF = 4  # with 3, of four slides in all, noise is decided in 4 to 9 %
LARGEST_LOG = 700.0  # of a number in float64
STILL = 1e-12  # spread of values that are the same but for rounding

Scale = Literal["share", "ratio", "signed", "any"]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Units:
    """What is left out in turn, and which of them are alike: slides, patients, or sets of them."""

    of_tile: Codes  # (n,) the unit of each tile
    strata: Codes  # (u,) the stratum of each unit
    n_groups: int  # slides (or patients) that the units are made of

    def __len__(self) -> int:
        return len(self.strata)

    @cached_property
    def sizes(self) -> Codes:
        """How many units each stratum has."""
        return np.bincount(self.strata)

    @property
    def df(self) -> int:
        """Degrees of freedom of a variance."""
        return len(self) - len(self.sizes)

    def variance(self, left_out: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of a number, from its values without each unit, shape (u, ...); shape (...)."""
        sizes = self.sizes.reshape(-1, *[1] * (left_out.ndim - 1))
        sums = np.zeros((len(self.sizes), *left_out.shape[1:]))
        np.add.at(sums, self.strata, left_out)
        off = left_out - (sums / sizes)[self.strata]
        squares = np.zeros_like(sums)
        np.add.at(squares, self.strata, off**2)
        total: NDArray[np.float64] = ((sizes - 1) / sizes * squares).sum(axis=0)
        return total

    def made_up_for(self, left_out: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values (u,) as if the others of a stratum had taken the place of each unit left out.

        That is what :meth:`variance` is of. In a sum over all strata nobody takes its place: each
        unit is missed only as much as it differs, where it should be n / (n - 1) as much.
        """
        sizes = self.sizes[self.strata]
        mean = (np.bincount(self.strata, left_out) / self.sizes)[self.strata]
        found: NDArray[np.float64] = mean + (left_out - mean) * sizes / np.maximum(sizes - 1, 1)
        return found


def units_of(
    groups: Codes, tissue: Codes, center: Codes, seed: int = 0, most: int = MOST_UNITS
) -> Units:
    """What to leave out of tiles whose slides (or patients) are ``groups`` (n,).

    More than ``most`` groups are put together to random sets within strata, of nearly as many
    groups each and at least two sets a stratum: a grouped jackknife, which has fewer degrees of
    freedom and the same variance.
    """
    strata = strata_of(groups, tissue, center)
    n_groups = len(strata)
    if n_groups <= most:
        return Units(groups, strata, n_groups)
    rng = np.random.default_rng(seed)
    unit = np.empty(n_groups, np.intp)
    of_unit: list[int] = []
    for stratum in range(int(strata.max()) + 1):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        sets = min(len(members), max(2, most * len(members) // n_groups))
        unit[members] = len(of_unit) + np.arange(len(members)) * sets // len(members)
        of_unit += [stratum] * sets
    return Units(unit[groups], np.array(of_unit, np.intp), n_groups)


def strata_of(groups: Codes, tissue: Codes, center: Codes) -> Codes:
    """The stratum of each group, shape (g,): groups of the same centers and the same tissues.

    Between strata the composition of the reference set differs, which is no chance. A stratum of
    fewer than :data:`FEWEST_ALIKE` groups shows too little of how they vary: with two slides a
    center, each pair of slides is lost with either, and no spread is left. Such groups are put
    together with those of the same tissues at all centers, what is then still few within its
    center, then with all others, and a last few with the smallest stratum there is. That counts
    differences between centers as chance: it can only widen an interval.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    having: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in range(n_groups)]
    for group, one, other in np.unique(np.stack([groups, center, tissue]), axis=1).T.tolist():
        having[group][0].add(one)
        having[group][1].add(other)
    rest: tuple[Any, ...] = ("rest",)
    keys: list[tuple[Any, ...]] = [(*sorted(c), "|", *sorted(t)) for c, t in having]
    for coarser in (
        [("|", *sorted(t)) for _, t in having],
        [(*sorted(c), "|") for c, _ in having],
        [rest] * n_groups,
    ):
        size = Counter(keys)
        keys = [key if size[key] >= FEWEST_ALIKE else coarser[i] for i, key in enumerate(keys)]
    size = Counter(keys)
    if len(size) > 1 and 0 < size[rest] < FEWEST_ALIKE:
        smallest = min((n, repr(key), key) for key, n in size.items() if key != rest)[2]
        keys = [smallest if key == rest else key for key in keys]
    names = {key: number for number, key in enumerate(sorted(set(keys), key=repr))}
    return np.array([names[key] for key in keys], np.intp)


def interval(
    value: float,
    left_out: NDArray[np.float64],
    units: Units,
    scale: Scale,
    bearing: int | None = None,
    free: float | None = None,
    added: float = 0.0,
) -> Interval:
    """The 95 % interval of a number from its values without each unit, shape (u,).

    Parameters
    ----------
    value : float
        The number itself.
    left_out : (u,) array
        NaN where the number is not defined without that unit.
    scale : "share", "ratio", "signed" or "any"
        A share of 0..1 has its interval on the logit, a ratio from 0 up on the logarithm, so that
        no bound is beyond what the number can be; the standard error is carried there by the
        slope at ``value``, which also holds where a value without a unit is at the end of the
        scale. A number of -1..1 has its interval as it is, cut off there.
    bearing : int, optional
        How many units the number rests on, for a share of 0 or 1: there nothing varies, and the
        interval reaches as far as that many slides, all alike, leave open.
    free : float, optional
        Degrees of freedom of the variance, where units weigh so unequally that they are fewer than
        there are units.
    added : float
        Variance beside that of the units; below 0: what they count too much.

    Returns
    -------
    Interval
        Without bounds, and with the reason, where there are too few slides, the number is not
        defined without one of them, or nothing varies.
    """
    from scipy.special import expit, logit

    df = units.df
    if df < FEWEST_DF:
        return Interval(
            None,
            None,
            df,
            counted(
                units.n_groups,
                "{n:,} slide is too few for an interval",
                "{n:,} slides are too few for an interval",
            ),
        )
    lost = int(np.count_nonzero(~np.isfinite(left_out)))
    if lost:
        return Interval(
            None,
            None,
            df,
            say("it rests on so few slides that it is not defined without one of them"),
        )
    if scale == "share" and (value <= 0 or value >= 1):
        return _at_the_end(value, units, bearing)
    se = float(np.sqrt(max(float(units.variance(left_out)) + added, 0.0)))
    if se < STILL:
        return Interval(None, None, df, say("it is the same without each of the slides"))
    reach = t_quantile(df if free is None else free) * se
    df = df if free is None else int(free)
    if scale == "any":
        return Interval(value - reach, value + reach, df)
    if scale == "signed":
        return Interval(max(value - reach, -1.0), min(value + reach, 1.0), df)
    if scale == "ratio":
        if value <= 0:
            return Interval(None, None, df, say("it is 0, which has no spread"))
        factor = float(np.exp(min(reach / value, LARGEST_LOG)))
        return Interval(value / factor, value * factor, df)
    middle, reach = logit(value), reach / (value * (1 - value))
    return Interval(float(expit(middle - reach)), float(expit(middle + reach)), df)


def bounded_ratio_interval(
    value: float, left_out: NDArray[np.float64], units: Units, largest: float, bearing: int
) -> Interval:
    """The interval of a ratio from 0 to ``largest``: that of its share of ``largest``.

    On the logarithm a ratio near its end would get an interval that reaches past it, and covers
    too rarely: 0.90 for an enrichment of 1.8 that can be 2 at most.
    """
    share = interval(value / largest, left_out / largest, units, "share", bearing)
    if share.low is None or share.high is None:
        return share
    return replace(share, low=share.low * largest, high=share.high * largest)


def _at_the_end(value: float, units: Units, bearing: int | None) -> Interval:
    """Of a share of 0 or 1: where g slides all agree, a share of others up to q may not.

    q is what g slides miss with probability (1 - level) / 2: (1 - q)^g = 0.025.
    """
    if not bearing:
        return Interval(
            None, None, units.df, say("it is at the end of its scale, where nothing varies")
        )
    reach = 1 - ((1 - LEVEL) / 2) ** (1 / bearing)
    low, high = (1 - reach, 1.0) if value >= 1 else (0.0, reach)
    return Interval(low, high, units.df)


def t_quantile(df: float, level: float = LEVEL) -> float:
    """How many standard errors a two-sided interval reaches.

    >>> round(t_quantile(10), 3)
    2.228
    """
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


def t_p(t: float, df: float) -> float:
    """Two-sided p of a t value."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """part / whole, NaN where whole is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), whole)
    shares = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def mean_of_defined(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the last axis of what is defined (not NaN); NaN where nothing is."""
    defined = np.isfinite(values)
    return quotient(np.where(defined, values, 0).sum(axis=-1), defined.sum(axis=-1))


def fewest_slides(groups: Codes, columns: Sequence[Codes]) -> int:
    """The number of groups in the smallest cell: of tiles that agree in all ``columns``."""
    cell = np.unique(np.stack(columns), axis=1, return_inverse=True)[1].ravel()
    pairs = np.unique(np.stack([cell, groups]), axis=1)
    return int(np.bincount(pairs[0]).min(initial=len(groups)))
