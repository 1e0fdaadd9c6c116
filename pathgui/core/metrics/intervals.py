"""Intervals by resampling slides. Tiles of a slide are alike, so tiles are never resampled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REPLICATES = 1000
LEVEL = 0.95

Codes = NDArray[np.intp]


def sums_by_group(values: NDArray[np.float64], groups: Codes) -> NDArray[np.float64]:
    """Sums of ``values`` (n, ...) over the tiles of each group, in the order of the codes."""
    n_groups = int(groups.max(initial=-1)) + 1
    sums = np.zeros((n_groups, *values.shape[1:]))
    np.add.at(sums, groups, values)
    return sums


def resampling_weights(n_groups: int, replicates: int, seed: int) -> NDArray[np.float64]:
    """How often each group is drawn in each replicate, shape (replicates, n_groups)."""
    rng = np.random.default_rng(seed)
    shares = np.full(n_groups, 1 / n_groups)
    return rng.multinomial(n_groups, shares, size=replicates).astype(np.float64)


def ratio_interval(
    part: NDArray[np.float64],
    whole: NDArray[np.float64],
    *,
    seed: int,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> tuple[float, float] | None:
    """Percentile interval of sum(part) / sum(whole), groups resampled; None where undefined.

    ``part`` and ``whole`` are sums of each group, shape (g,). Replicates without evidence are
    left out. Fewer than two groups with evidence give no interval.
    """
    if np.count_nonzero(whole) < 2:
        return None
    weights = resampling_weights(len(whole), replicates, seed)
    below = weights @ whole
    has = below > 0
    values = (weights @ part)[has] / below[has]
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
