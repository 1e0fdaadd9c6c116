"""The bootstrap over slides that pathgui had before, to compare intervals with."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.kinds import OS, SO, SS
from pathgui.core.metrics.neighbors.search import Neighbors

BLOCK = 64  # anchors whose replicates fit the processor's cache together

Codes = NDArray[np.intp]


def strata_of(groups: Codes, tissue: Codes, center: Codes) -> Codes:
    """The stratum of each group, shape (g,): groups of the same centers and the same tissues.

    A stratum of one group cannot vary; such groups are put together within their centers, and
    what is then still alone, with all others that are alone.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    having: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in range(n_groups)]
    for group, one, other in np.unique(np.stack([groups, center, tissue]), axis=1).T.tolist():
        having[group][0].add(one)
        having[group][1].add(other)
    keys: list[tuple[Any, ...]] = [(*sorted(c), "|", *sorted(t)) for c, t in having]
    for coarser in ([(*sorted(c), "|") for c, _ in having], [("rest",)] * n_groups):
        size = {key: keys.count(key) for key in set(keys)}
        keys = [key if size[key] > 1 else coarser[i] for i, key in enumerate(keys)]
    names = {key: number for number, key in enumerate(sorted(set(keys), key=repr))}
    return np.array([names[key] for key in keys], np.intp)


def resampling_weights(strata: Codes, replicates: int, seed: int) -> NDArray[np.int64]:
    """How often each group is drawn in each replicate, shape (replicates, g)."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((replicates, len(strata)), np.int64)
    for stratum in range(int(strata.max(initial=-1)) + 1):
        members = np.flatnonzero(strata == stratum)
        shares = np.full(len(members), 1 / len(members))
        weights[:, members] = rng.multinomial(len(members), shares, size=replicates)
    return weights


@dataclass(frozen=True)
class Resampled:
    """Neighbor counts by kind in each replicate, for each part of the anchors."""

    counts: NDArray[np.float64]  # (parts, replicates, 4): SS, SO, OS, OO
    weighted: NDArray[np.float64] | None  # (parts, replicates, 2): SO, OS times their weights


def resample(
    neighbors: Neighbors,
    kinds: NDArray[np.int8],
    groups: Codes,
    parts: Codes,
    k: int,
    draws: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    *,
    n_parts: int | None = None,
) -> Resampled:
    """The kinds of the k nearest neighbors where group g is there ``draws[:, g]`` times.

    Parameters
    ----------
    neighbors, kinds : (n, depth)
        Deeper than k, since tiles of groups that are not drawn give way to the next. About
        2 k + 30 is enough; where a list ends before, what there is counts.
    parts : (n,) int array
        A code for each anchor (cell, tissue); counts are summed within.
    draws : (replicates, g) int array
    weights : (n, depth) array, optional
        Weight of each neighbor, for sums of weights beside the counts.
    n_parts : int, optional
        Parts that there are, where the last may have no anchor; their sums are 0.
    """
    n, depth = kinds.shape
    replicates, n_groups = draws.shape
    if n_parts is None:
        n_parts = int(parts.max(initial=-1)) + 1
    counts = np.zeros((n_parts, replicates, 4))
    weighted = None if weights is None else np.zeros((n_parts, replicates, 2))
    small: Any = np.uint8 if k < 256 and draws.max(initial=0) < 256 else np.uint16
    # The last row stands for "no neighbor": never drawn.
    times = np.zeros((n_groups + 1, replicates), small)
    times[:-1] = draws.T
    of_neighbor = np.where(neighbors.indices >= 0, groups[neighbors.indices], n_groups)
    order = np.argsort(parts, kind="stable")
    edges = np.unique(
        np.concatenate([np.arange(0, n, BLOCK), np.flatnonzero(np.diff(parts[order])) + 1, [n]])
    )
    blocks = [order[first:last] for first, last in itertools.pairwise(edges.tolist())]
    found: list[tuple[NDArray[np.float64], NDArray[np.float64] | None] | None]
    found = [None] * len(blocks)

    def one_block(number: int) -> None:
        rows = blocks[number]
        often = times[groups[rows]].astype(np.float32)
        # What each neighbor adds to which sum: SS, SO, OS, and the weights of SO and of OS.
        here = kinds[rows].T[:, None]  # (depth, 1, rows)
        adds = [here == SS, here == SO, here == OS]
        if weights is not None:
            scale = weights[rows].T[:, None]
            adds += [np.where(here == SO, scale, 0), np.where(here == OS, scale, 0)]
        to_sums = np.concatenate(adds, axis=1, dtype=np.float32)
        left = np.full((len(rows), replicates), k, small)
        take = np.empty_like(left)
        wide = np.empty(left.shape, np.float32)
        sums = np.zeros((to_sums.shape[1], replicates), np.float32)  # whole numbers stay exact
        for rank in range(depth):
            np.take(times, of_neighbor[rows, rank], axis=0, out=take, mode="clip")
            np.minimum(take, left, out=take)
            left -= take
            np.copyto(wide, take)
            wide *= often
            sums += to_sums[rank] @ wide
            if rank % 8 == 7 and not left.any():
                break
        total = np.empty((replicates, 4))
        total[:, [SS, SO, OS]] = sums[:3].T
        taken = np.einsum("ab,ab->b", (k - left).astype(np.float32), often)
        total[:, 3] = taken - total[:, :3].sum(axis=1)
        found[number] = (total, None if weights is None else sums[3:].T.astype(np.float64))

    for number in range(len(blocks)):
        one_block(number)
    for rows, done in zip(blocks, found, strict=True):
        assert done is not None
        counts[parts[rows[0]]] += done[0]
        if weighted is not None and done[1] is not None:
            weighted[parts[rows[0]]] += done[1]
    return Resampled(counts, weighted)
