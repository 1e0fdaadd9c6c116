"""How far a cross-fitted difference would vary with other slides: what is added to the jackknife.

Leaving out judged slides, fits as they are, sees neither the slides that were fitted on nor how
slides were dealt into halves, and it sees each pair of slides twice. Here is what mends that.
``tests/benchmarks/correction.py`` measures whether it does.

Efron and Stein 1981, Ann Stat 9:586 (pairs are counted twice); McCarthy 1969, Rev Int Stat Inst
37:239 (halves that share no slide: a quarter of their squared difference).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.jackknife import Units

Sums = NDArray[np.float64]
NONE = 1e-24  # a variance that is rounding
LEAST_DF = 12  # under which pairs show too little: with 8 slides in all, .88 of intervals held
ALONE = 5.0  # variances of what slides add by themselves that an interval holds at most


class Beyond(NamedTuple):
    """A variance that is not seen by leaving out judged slides."""

    variance: float
    df: float  # degrees of freedom that it was found with


NOTHING = Beyond(0.0, 1.0)


def of_fits(by_half: Sums, judged: NDArray[np.bool_], left: Sums, units: Units) -> Beyond:
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
    h = len(beyond)
    if h < 2:
        return NOTHING
    return Beyond(float((beyond**2).sum() * (h - 1) / h**2), h)


def of_dealing(by_half: Sums) -> Beyond:
    """Variance that comes with how slides were dealt: of a mean over halvings.

    >>> of_dealing(np.array([0.0, 0.2, 0.3, 0.3]))  # means .1 and .3
    Beyond(variance=0.01, df=1.0)
    """
    means = (by_half[::2] + by_half[1::2]) / 2
    means = means[np.isfinite(means)]
    h = len(means)
    if h < 2:
        return NOTHING
    return Beyond(round(float(means.var(ddof=1)) / h, 15), float(h - 1))


def between_halves(by_half: Sums) -> float:
    """Variance of a number over two halves, from how far they differ; mean over halvings.

    The halves share no slide, neither as a judged nor as a fitted one.

    >>> between_halves(np.array([0.0, 0.2, 0.3, 0.3]))  # .1² and 0
    0.005
    """
    off = (by_half[::2] - by_half[1::2]) / 2
    off = off[np.isfinite(off)]
    return round(float((off**2).mean()), 15) if len(off) else 0.0


def most_by_pairs(pairs: Sums, units: Units) -> float:
    """The most that a sum over pairs of units can vary, as far as its terms show.

    Parameters
    ----------
    pairs : (u, u) array
        What each unit adds to the number with each other one. Their sum need not be the number:
        a constant in all of them changes nothing.

    Returns
    -------
    float
        Twice the variance of pairs, as leaving out would count them, and :data:`ALONE` times that
        of what units add by themselves. Infinite where no term differs from another, or units are
        under :data:`LEAST_DF` more than strata.

    Notes
    -----
    Where tissues and centers do not differ, a change of the index is pairs alone, and leaving out
    sees some four times their variance: twice by the slides left out, and again by the neighbors
    that take their places.
    """
    if units.df < LEAST_DF:
        return np.inf
    both = pairs + pairs.T
    np.fill_diagonal(both, 0.0)
    alone = both.sum(axis=1)
    by_pairs = pair_variance(both, units)
    by_units = float(units.variance(units.made_up_for(-alone)))
    if by_units + by_pairs < NONE:  # as at an end of the scale, where terms show nothing
        return np.inf
    return 2 * by_pairs + ALONE * max(by_units - 2 * by_pairs, 0.0)


def pair_variance(both: Sums, units: Units) -> float:
    """Variance that pairs of units bring to their sum, beyond what units add by themselves.

    ``both`` (u, u): symmetric, 0 on the diagonal. In each block of two strata what each unit adds
    is taken off, and the sum of the squares that are left is brought to its degrees of freedom.
    A stratum of 3 units has none left within itself.
    """
    n = units.sizes.astype(np.float64)
    member = np.zeros((len(units), len(n)))
    member[np.arange(len(units)), units.strata] = 1.0
    rows = both @ member  # (u, s)
    blocks = member.T @ rows
    squares = member.T @ (both * both) @ member
    of_rows = member.T @ (rows * rows)  # (s, s): rows of one stratum, summed over the other
    between = squares - of_rows / n - (of_rows / n).T + blocks**2 / np.outer(n, n)
    between *= np.outer(n, n) / np.outer(np.maximum(n - 1, 1), np.maximum(n - 1, 1))
    np.fill_diagonal(between, 0.0)
    total = float(np.maximum(between, 0.0).sum()) / 2
    own = rows[np.arange(len(units)), units.strata]
    size = n[units.strata]
    mean = np.diag(blocks) / np.maximum(n * (n - 1), 1)
    alone = (own - (size - 1) * mean[units.strata]) / np.maximum(size - 2, 1)
    within = np.diag(squares) - n * (n - 1) * mean**2
    within = within - 2 * (n - 2) * np.bincount(units.strata, alone**2)
    within = np.where(n > 3, within * (n - 1) / np.maximum(n - 3, 1) / 2, 0.0)
    return total + float(np.maximum(within, 0.0).sum())
