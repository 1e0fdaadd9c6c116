"""What the indices would be if center (or tissue) meant nothing: labels of slides exchanged.

The neighbors stay; the labels of whole slides are dealt out anew, centers among slides of the
same tissue, tissues among slides of the same center.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.blocks import Rows, largest
from pathgui.core.metrics.neighbors.search import Neighbors, block_rows
from pathgui.core.metrics.results import PermutationTest

ALPHA = 0.05  # a test whose p cannot be below is no test
PERMUTATIONS = 999
PRODUCTS = 500_000_000  # multiplications, beyond which fewer permutations are made
FEWEST = 99
BATCH = 1_000_000  # numbers in the tables of permutations that are multiplied together
FEW_PERMUTATIONS = 199  # of what has to be looked at tile by tile
VOTERS = 2_000  # anchors whose votes are counted anew in each permutation
MARGIN_ANCHORS = 500  # anchors whose margins are
UNSURE = 1e-5  # cosine distance, below which float32 may have no digit of it right
MOST_CELLS = 4_000_000  # of a table of all pairs of units

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class NullDistribution:
    """Counts by kind under permutation."""

    counts: NDArray[np.float64]  # (permutations, 4): SS, SO, OS, OO
    weighted: NDArray[np.float64] | None = None  # (permutations, 2): SO, OS times their weights


def compare_with(value: float, permuted: NDArray[np.float64]) -> PermutationTest | None:
    """Where ``value`` lies among the permuted values; NaN among them are left out.

    p is never below 1 / (permutations + 1); z is None where all permutations give the same.
    """
    drawn = permuted[np.isfinite(permuted)]
    if len(drawn) < 2:
        return None
    mean, sd = float(drawn.mean()), float(drawn.std(ddof=1))
    off = abs(value - mean)
    # Sums in another order differ in the last digits and still are the same value.
    beyond = int(np.count_nonzero(np.abs(drawn - mean) >= off - 1e-12))
    z = (value - mean) / sd if sd > 1e-12 else None
    return PermutationTest(mean, sd, z, (1 + beyond) / (1 + len(drawn)))


@dataclass(frozen=True)
class Units:
    """What labels are dealt to: the tiles of one group that share the label to be exchanged.

    Units whose tiles have the same set of kept labels exchange among themselves.
    """

    of_tile: Codes  # (n,) unit of each tile
    label: Codes  # (u,) exchanged label of each unit
    members: list[Codes]  # the units of each stratum

    @property
    def can_exchange(self) -> bool:
        """Whether two units with different labels could exchange them."""
        return any(len(np.unique(self.label[rows])) > 1 for rows in self.members)

    @property
    def exchanges(self) -> int:
        """In how many ways the labels can be dealt out."""
        total = 1
        for rows in self.members:
            left = len(rows)
            for times in np.unique(self.label[rows], return_counts=True)[1].tolist():
                total *= math.comb(left, times)
                left -= times
        return total

    @property
    def least_p(self) -> float:
        """The smallest p that can come out.

        Labels that are dealt equally often everywhere can change their names throughout, which
        gives the same value again: so many of the exchanges are as extreme as any.
        """
        n = int(self.label.max(initial=0)) + 1
        table = np.stack([np.bincount(self.label[rows], minlength=n) for rows in self.members], 1)
        alike = np.unique(table[table.any(axis=1)], axis=0, return_counts=True)[1].tolist()
        renamings = math.prod(math.factorial(n) for n in alike)
        return min(1.0, float(Fraction(renamings, self.exchanges)))

    def deal(self, rng: np.random.Generator) -> Codes:
        """The labels dealt out anew, one for each unit."""
        dealt = self.label.copy()
        for rows in self.members:
            dealt[rows] = rng.permutation(self.label[rows])
        return dealt


def units(kept: Codes, exchanged: Codes, groups: Codes) -> Units:
    """The units among which ``exchanged`` labels may be dealt out anew within ``kept`` labels."""
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
    return Units(unit.astype(np.intp), label, members)


def permute(
    neighbors: Neighbors,
    kept: Codes,
    exchanged: Codes,
    groups: Codes,
    k: int,
    seed: int,
    *,
    exchanged_is_center: bool,
    weights: NDArray[np.float64] | None = None,
) -> NullDistribution | None:
    """Counts by kind where ``exchanged`` labels are dealt out anew within ``kept`` labels.

    ``weights`` (n, k or more) of each neighbor, for sums of weights beside the counts. None where
    no two units with different labels could exchange.
    """
    found = units(kept, exchanged, groups)
    if not found.can_exchange:
        return None
    n_units, n_labels = len(found.label), int(exchanged.max()) + 1
    tables = _pairs(neighbors, kept, found.of_tile, n_units, k, weights)
    cost = (tables[0].nnz + tables[1].nnz) * n_labels
    permutations = int(np.clip(PRODUCTS // max(cost, 1), FEWEST, PERMUTATIONS))
    rng = np.random.default_rng(seed)
    sums = np.empty((permutations, len(tables)))  # where the exchanged label is the same
    batch = max(1, BATCH // (n_units * n_labels))
    for start in range(0, permutations, batch):
        dealt = np.stack([found.deal(rng) for _ in range(start, min(start + batch, permutations))])
        hot = (dealt[:, :, None] == np.arange(n_labels)).astype(np.float64)  # (b, u, l)
        side_by_side = np.hstack(list(hot))
        for slot, table in enumerate(tables):
            met = np.ascontiguousarray(
                (table @ side_by_side).reshape(n_units, len(dealt), n_labels).swapaxes(0, 1)
            )
            sums[start : start + batch, slot] = np.einsum("bul,bul->b", hot, met)
    alike, other = sums[:, 0], sums[:, 1]  # by the kept label
    rest = tables[0].sum() - alike, tables[1].sum() - other
    order = (
        (alike, rest[0], other, rest[1])
        if exchanged_is_center
        else (alike, other, rest[0], rest[1])
    )
    weighted = None
    if weights is not None:
        beside, across = tables[2].sum() - sums[:, 2], sums[:, 3]
        weighted = np.stack([beside, across] if exchanged_is_center else [across, beside], axis=1)
    return NullDistribution(np.stack(order, axis=1), weighted)


def _pairs(
    neighbors: Neighbors,
    kept: Codes,
    unit: Codes,
    n_units: int,
    k: int,
    weights: NDArray[np.float64] | None,
) -> list[Any]:
    """Pairs (anchor, neighbor) between units, with the same kept label and with another.

    With ``weights``, two more tables hold the sums of weights instead of the numbers of pairs.
    """
    from scipy.sparse import csr_array

    there = neighbors.indices[:, :k]
    anchor, rank = np.nonzero(there >= 0)
    neighbor = there[anchor, rank]
    alike = kept[anchor] == kept[neighbor]
    values: list[NDArray[np.float64] | None] = [None]
    if weights is not None:
        values.append(weights[anchor, rank])
    # A table of all pairs of units is filled faster than pairs are put in order, if it is small.
    pair = unit[anchor] * n_units + unit[neighbor]
    tables = []
    for value in values:
        for chosen in (alike, ~alike):
            codes = pair[chosen]
            if n_units**2 <= MOST_CELLS:
                sums = np.bincount(codes, None if value is None else value[chosen], n_units**2)
                tables.append(csr_array(sums.astype(np.float64).reshape(n_units, n_units)))
            else:
                at = np.divmod(codes, n_units)
                some = np.ones(len(codes)) if value is None else value[chosen]
                tables.append(csr_array((some, at), (n_units,) * 2))
    return tables


def permuted_accuracies(
    neighbors: Neighbors, found: Units, k: int, seed: int
) -> tuple[float, NDArray[np.float64]] | None:
    """Balanced accuracy of the vote for the exchanged label: as it is, and dealt out anew.

    Of a sample of the anchors where there are very many. None where no anchor has a neighbor.
    """
    rng = np.random.default_rng(seed)
    asked = _sample(np.flatnonzero(neighbors.indices[:, 0] >= 0), VOTERS, rng)
    if not len(asked):
        return None
    there = neighbors.indices[asked, :k]
    known = there >= 0
    n_labels = int(found.label.max()) + 1
    place = (np.arange(len(asked))[:, None] * n_labels + np.zeros_like(there))[known]
    unit_there, unit = found.of_tile[there][known], found.of_tile[asked]

    def accuracy(label: Codes) -> float:
        votes = np.bincount(place + label[unit_there], minlength=len(asked) * n_labels)
        answers = votes.reshape(len(asked), n_labels).argmax(axis=1)
        truth = label[unit]
        sizes = np.bincount(truth, minlength=n_labels)
        right = np.bincount(truth[truth == answers], minlength=n_labels)
        some = sizes > 0
        return float((right[some] / sizes[some]).mean())

    permuted = [accuracy(found.deal(rng)) for _ in range(FEW_PERMUTATIONS)]
    return accuracy(found.label), np.array(permuted)


def margin_anchors(n_anchors: int, seed: int) -> tuple[Codes, np.random.Generator]:
    """The sample of the anchors whose margins are looked at, and what deals labels after that."""
    rng = np.random.default_rng(seed)
    return _sample(np.arange(n_anchors), MARGIN_ANCHORS, rng), rng


def margin_depth(found: Units, m: int) -> int:
    """How many tiles to keep so that ``m`` of every label are very probably among them."""
    return int(np.clip(8 * m * (int(found.label.max()) + 1), 40 * m, 2000))


def permuted_margins(
    near: NearByLabel,
    found: Units,
    m: int,
    n_anchors: int,
    seed: int,
    *,
    exchanged_is_center: bool,
) -> tuple[float, NDArray[np.float64]] | None:
    """Median CRoMa of a sample of the anchors: as it is, and with labels dealt out anew.

    With other labels other tiles are SO and OS. So ``near`` has the nearest tiles of the same kept
    label and those of another, of each of :func:`margin_anchors`, :func:`margin_depth` of them; an
    anchor whose list does not hold ``m``, in some permutation, is left out there. None where that
    leaves none.
    """
    asked, rng = margin_anchors(n_anchors, seed)
    lists = near.same, near.other
    units_of = [
        np.where(there.rows >= 0, found.of_tile[there.rows], len(found.label)) for there in lists
    ]
    own = found.of_tile[asked]

    def mean_of_first(label: Codes, slot: int, same: bool) -> NDArray[np.float64]:
        far, unit = lists[slot].distances, units_of[slot]
        mine = label[own][:, None]
        label = np.append(label, -1)  # of no tile: like nothing, unlike nothing
        result = np.full(len(asked), np.nan)
        left = np.arange(len(asked))
        for width in (8 * m, far.shape[1]):  # most lists end early
            there = label[unit[left, :width]]
            fits = (there == mine[left]) if same else (there != mine[left]) & (there >= 0)
            number = np.cumsum(fits, axis=1)
            whole = number[:, -1] >= m
            taken = fits & (number <= m)
            sums = np.where(taken, far[left, :width], 0.0).sum(axis=1)
            result[left[whole]] = sums[whole] / m
            left = left[~whole]
            if not len(left):
                break
        return result

    def median(label: Codes) -> float:
        beside, across = mean_of_first(label, 0, same=False), mean_of_first(label, 1, same=True)
        so, os = (beside, across) if exchanged_is_center else (across, beside)
        with np.errstate(invalid="ignore", divide="ignore"):
            margins = (os - so) / (os + so)
        defined = margins[np.isfinite(margins)]
        return float(np.median(defined)) if len(defined) else float("nan")

    value = median(found.label)
    if not math.isfinite(value):
        return None
    return value, np.array([median(found.deal(rng)) for _ in range(FEW_PERMUTATIONS)])


def _sample(rows: Codes, most: int, rng: np.random.Generator) -> Codes:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


@dataclass(frozen=True)
class Listed:
    """Tiles for each of some anchors, nearest first."""

    rows: Codes  # (a, depth); -1 where there is none
    distances: NDArray[np.float64]  # cosine; inf where there is none


@dataclass(frozen=True)
class NearByLabel:
    """The nearest tiles of other groups, apart by whether they have the anchor's label."""

    same: Listed
    other: Listed


def nearest_by_label(
    values: NDArray[np.floating[Any]] | Rows,
    asked: Codes,
    groups: Codes,
    labels: Sequence[tuple[Codes, int]],
) -> list[NearByLabel]:
    """The nearest tiles of other groups of the rows ``asked``, for each of some labels.

    ``labels``: codes of all tiles, and how many tiles to keep. All come from the same products.
    """
    import torch

    rows_there = values if isinstance(values, Rows) else Rows(values)
    everything = [(0, len(values))]
    found: list[list[tuple[Codes, NDArray[np.float32]]]] = [[] for _ in range(2 * len(labels))]
    block = block_rows(len(values))
    for start in range(0, len(asked), block):
        rows = asked[start : start + block]
        similar = rows_there.similar(rows)
        own = torch.from_numpy(groups[rows, None] == groups)
        similar.masked_fill_(own, -torch.inf)
        for number, (codes, depth) in enumerate(labels):
            alike = torch.from_numpy(codes[rows, None] == codes)
            for slot, barred in enumerate((~alike, alike)):
                left = similar.masked_fill(barred, -torch.inf)
                cosine, places = largest(left, depth, everything)
                found[2 * number + slot].append((places, cosine))

    def listed(parts: list[tuple[Codes, NDArray[np.float32]]]) -> Listed:
        places = np.concatenate([places for places, _ in parts])
        cosine = np.concatenate([cosine for _, cosine in parts]).astype(np.float64)
        there = np.isfinite(cosine)
        far = np.where(there, np.maximum(1 - cosine, 0.0), np.inf)
        # A copy is 0 away, and no margin can be taken of that; float32 would say 6e-8.
        for row in np.flatnonzero((far < UNSURE).any(axis=1)).tolist():
            at = np.flatnonzero(far[row] < UNSURE)
            query = rows_there.values[asked[row]].astype(np.float64)
            norm = float(rows_there.norms[asked[row]])
            far[row, at] = rows_there.distances(query, norm, places[row, at], scratch)
        return Listed(np.where(there, places, -1), far)

    scratch = np.empty((32, rows_there.values.shape[1]))
    lists = [listed(parts) for parts in found]
    return [NearByLabel(*lists[i : i + 2]) for i in range(0, len(lists), 2)]


def normal_p(z: float) -> float:
    """Two-sided p value of a standard normal z."""
    return math.erfc(abs(z) / math.sqrt(2))
