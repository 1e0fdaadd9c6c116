"""What the indices would be if center (or tissue) meant nothing: labels of slides exchanged.

The neighbours stay; the labels of whole slides are dealt out anew, centers among slides of the
same tissue, tissues among slides of the same center.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.neighbors import Neighbors

PERMUTATIONS = 999
PRODUCTS = 500_000_000  # multiplications, beyond which fewer permutations are made
FEWEST = 99

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class NullDistribution:
    """Counts by kind under permutation, shape (permutations, 4): SS, SO, OS, OO."""

    counts: NDArray[np.float64]


@dataclass(frozen=True)
class Test:
    """A value against its permutation distribution."""

    __test__ = False  # not a test of ours, whatever pytest thinks of the name

    mean: float
    sd: float
    z: float | None  # None where all permutations give the same
    p: float  # two-sided; never below 1 / (permutations + 1)


def compare_with(value: float, permuted: NDArray[np.float64]) -> Test | None:
    """Where ``value`` lies among the permuted values; NaN among them are left out."""
    drawn = permuted[np.isfinite(permuted)]
    if len(drawn) < 2:
        return None
    mean, sd = float(drawn.mean()), float(drawn.std(ddof=1))
    off = abs(value - mean)
    # Sums in another order differ in the last digits and still are the same value.
    beyond = int(np.count_nonzero(np.abs(drawn - mean) >= off - 1e-12))
    z = (value - mean) / sd if sd > 1e-12 else None
    return Test(mean, sd, z, (1 + beyond) / (1 + len(drawn)))


def permute(
    neighbors: Neighbors,
    kept: Codes,
    exchanged: Codes,
    groups: Codes,
    k: int,
    seed: int,
    *,
    exchanged_is_center: bool,
) -> NullDistribution | None:
    """Counts by kind where ``exchanged`` labels are dealt out anew within ``kept`` labels.

    What is dealt to are units: the tiles of one group that share their exchanged label. Units
    whose tiles have the same set of kept labels exchange among themselves. None where no two
    units with different labels could exchange.
    """
    unit = np.unique(np.stack([groups, exchanged]), axis=1, return_inverse=True)[1].ravel()
    n_units = int(unit.max()) + 1
    label = np.zeros(n_units, np.intp)
    label[unit] = exchanged
    having: list[set[int]] = [set() for _ in range(n_units)]
    for one, other in np.unique(np.stack([unit, kept]), axis=1).T.tolist():
        having[one].add(other)
    names: dict[tuple[int, ...], int] = {}
    stratum = np.array([names.setdefault(tuple(sorted(s)), len(names)) for s in having])
    members = [np.flatnonzero(stratum == number) for number in range(len(names))]
    if not any(len(np.unique(label[rows])) > 1 for rows in members):
        return None
    same, other = _pairs(neighbors, kept, unit, n_units, k)
    n_labels = int(exchanged.max()) + 1
    cost = (same.nnz + other.nnz) * n_labels
    permutations = int(np.clip(PRODUCTS // max(cost, 1), FEWEST, PERMUTATIONS))
    rng = np.random.default_rng(seed)
    counts = np.empty((permutations, 4))
    for number in range(permutations):
        dealt = label.copy()
        for rows in members:
            dealt[rows] = rng.permutation(label[rows])
        hot = np.zeros((n_units, n_labels))
        hot[np.arange(n_units), dealt] = 1
        kept_same = float(np.einsum("ul,ul->", hot, same @ hot))
        kept_other = float(np.einsum("ul,ul->", hot, other @ hot))
        both, only_kept = kept_same, same.sum() - kept_same
        only_dealt, neither = kept_other, other.sum() - kept_other
        counts[number] = (
            (both, only_kept, only_dealt, neither)
            if exchanged_is_center
            else (both, only_dealt, only_kept, neither)
        )
    return NullDistribution(counts)


def _pairs(neighbors: Neighbors, kept: Codes, unit: Codes, n_units: int, k: int) -> tuple[Any, Any]:
    """Pairs (anchor, neighbour) between units, with the same kept label and with another."""
    from scipy.sparse import csr_array

    there = neighbors.indices[:, :k]
    anchor, rank = np.nonzero(there >= 0)
    neighbor = there[anchor, rank]
    alike = kept[anchor] == kept[neighbor]
    tables = []
    for chosen in (alike, ~alike):
        pairs = (unit[anchor[chosen]], unit[neighbor[chosen]])
        ones = np.ones(np.count_nonzero(chosen))
        tables.append(csr_array((ones, pairs), shape=(n_units, n_units)))
    return tables[0], tables[1]


def normal_p(z: float) -> float:
    """Two-sided p value of a standard normal z."""
    return math.erfc(abs(z) / math.sqrt(2))
