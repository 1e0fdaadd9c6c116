"""The interval of a mean change over slides that were seen twice, patients being what varies.

Few slides change, so changes are skewed, and patients with many slides weigh more than others: a
jackknife's t alone held the true mean in as few as 68 % of rounds. So what went up and what went
down are shares of their own, with intervals on the logit, put together as intervals of differences
are (Newcombe 1998, Stat Med 17:2635; with correlation Zou and Donner 2008, Stat Med 27:1693). The
degrees of freedom are those of as many patients of equal weight (Kish 1965, Survey Sampling).
How often it holds: ``tests/benchmarks/over_slides.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.jackknife import STILL, Units, interval, quotient
from pathgui.core.metrics.results import Interval

_FEWEST_FREE = 2  # degrees of freedom of a t; with 1 an interval is nearly the whole scale
# Where few patients change by much and the others hardly, patients say as much of their spread as
# a third of them would: with all, 82 to 90 % of intervals held the mean of 10 or 18 patients.
_SKEWED = 3

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]


def change_interval(changes: Floats, patient: Codes, *, steps: bool) -> Interval:
    """The 95 % interval of the mean of ``changes``, patients left out in turn.

    Parameters
    ----------
    changes : (n,) array
        Of each slide, from -1 to 1.
    patient : (n,) codes
        0 to patients - 1.
    steps
        Each change is -1, 0 or 1. Then where none goes up, or none down, so many patients may have
        missed one that does.

    Returns
    -------
    Interval
        Without bounds where there are too few patients, or changes are all alike.
    """
    sizes = np.bincount(patient)
    n_patients = len(sizes)
    units = Units(patient, np.zeros(n_patients, np.intp), n_patients)
    alike = int(sizes.sum() ** 2 // (sizes**2).sum())  # patients of equal weight that say as much
    free = alike - 1 if steps else (alike - 1) // _SKEWED
    free = min(units.df, max(_FEWEST_FREE, free))

    def without_each(values: Floats) -> Floats:
        sums = np.bincount(patient, values)
        return quotient(values.sum() - sums, (len(values) - sizes).astype(np.float64))

    value = float(changes.mean())
    whole = interval(value, without_each(changes), units, "signed", free=free)
    if whole.low is None or whole.high is None:
        return whole
    up, down = np.maximum(changes, 0.0), np.maximum(-changes, 0.0)

    def bounds(part: Floats) -> tuple[float, float]:
        share = float(part.mean())
        if share in (0.0, 1.0) and not steps:
            return share, share
        found = interval(share, without_each(part), units, "share", n_patients, free)
        if found.low is None or found.high is None:  # every patient has the same share of it
            return share, share
        return found.low, found.high

    (up_low, up_high), (down_low, down_high) = bounds(up), bounds(down)
    of_up, of_down, of_both = (
        float(units.variance(without_each(part))) for part in (up, down, up + down)
    )
    spread = float(np.sqrt(of_up * of_down))
    together = (of_both - of_up - of_down) / 2 / spread if spread > STILL**2 else 0.0

    def reach(of_one: float, of_other: float) -> float:
        return float(np.sqrt(max(of_one**2 - 2 * together * of_one * of_other + of_other**2, 0.0)))

    share_up, share_down = float(up.mean()), float(down.mean())
    low = value - reach(share_up - up_low, down_high - share_down)
    high = value + reach(up_high - share_up, share_down - down_low)
    if not steps:
        low, high = min(low, whole.low), max(high, whole.high)
    return Interval(max(low, -1.0), min(high, 1.0), free)
