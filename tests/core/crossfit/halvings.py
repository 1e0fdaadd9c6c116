"""A number to which units add, as judged and as fitted ones, in all halvings."""

from __future__ import annotations

import itertools

import numpy as np

from pathgui.core.metrics.jackknife import Units


def every_halving():
    """Two strata of four units; what each adds as a judged and as a fitted one; all halvings."""
    f, g = np.random.default_rng(1).standard_normal((2, 8))
    units = Units(np.arange(8), np.repeat([0, 1], 4), 8)
    pairs = [np.isin(np.arange(4), pair) for pair in itertools.combinations(range(4), 2)]
    firsts = [np.concatenate(both) for both in itertools.product(pairs, pairs)]
    judged = np.array([half for first in firsts for half in (first, ~first)])
    by_half = 2 * (judged @ f + ~judged @ g)
    return f, g, units, judged, by_half


def spread(values, units):
    """Variance of the sum of units that are drawn within strata."""
    return sum(4 * values[units.strata == stratum].var(ddof=1) for stratum in (0, 1))
