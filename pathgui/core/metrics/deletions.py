"""Lists of neighbors without one slide, for all slides in one pass.

Every one of the k nearest tiles of an anchor is of one slide, so it is missing from its list in
the deletion of that slide alone, and one tile from behind takes its place. So all deletions
together change 2 n k entries, and numbers that are sums over anchors follow from those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.jackknife import Codes, Units
from pathgui.core.metrics.neighbors.search import Neighbors

CodeOf = Callable[[Codes, Codes], Codes]

ENTRIES = 1_000_000  # neighbors that are looked at together


@dataclass(frozen=True)
class Walked:
    """Some anchors, and how the k nearest of each change without each unit among them.

    A pair is an anchor and a unit that some of its k nearest are of; an entry is a neighbor that
    a pair loses (sign -1) or gets (sign 1).
    """

    rows: slice  # the anchors
    anchor: Codes  # (p,) of each pair
    unit: Codes  # (p,)
    pair: Codes  # (e,) of each entry
    rank: Codes  # (e,) its place in the list of the anchor
    neighbor: Codes  # (e,) which tile it is
    sign: NDArray[np.float64]  # (e,)
    missing: Codes  # (p,) of each pair, how many are not found: its list ends before k are
    short: int  # pairs of those whose list has tiles behind it

    first: Codes  # (a, k) the k nearest of each anchor

    @cached_property
    def _there(self) -> tuple[Codes, Codes]:
        """Row and rank of the neighbors that there are among ``first``."""
        row, rank = np.nonzero(self.first >= 0)
        return row, rank

    def codes(self, code_of: CodeOf) -> tuple[Codes, Codes]:
        """A code for each neighbor of ``first``, and for each entry.

        ``code_of`` takes anchors and their neighbors, two arrays of tiles of the same shape.
        """
        row, rank = self._there
        return (
            code_of(row + self.rows.start, self.first[row, rank]),
            code_of(self.anchor[self.pair], self.neighbor),
        )

    def tables(
        self, codes: tuple[Codes, Codes], n: int, weights: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Neighbors by code 0..n - 1: of each anchor (a, n), and of each pair (p, n).

        With ``weights``, of the neighbors of all anchors, their sums in place of numbers.
        """
        row, rank = self._there
        base: NDArray[Any] = np.bincount(
            row * n + codes[0],
            None if weights is None else weights[row + self.rows.start, rank],
            len(self.first) * n,
        )
        base = base.astype(np.float64, copy=False).reshape(-1, n)
        change = np.bincount(
            self.pair * n + codes[1],
            self.sign
            if weights is None
            else self.sign * weights[self.anchor[self.pair], self.rank],
            len(self.anchor) * n,
        )
        return base, base[self.anchor - self.rows.start] + change.reshape(-1, n)


def distinct(codes: Codes) -> Codes:
    """Which codes there are, rising: ``np.unique``, which puts them into a table first, slowly.

    >>> distinct(np.array([3, 1, 3]))
    array([1, 3])
    """
    rising = np.sort(codes)
    first = np.ones(len(rising), bool)
    first[1:] = rising[1:] != rising[:-1]
    return rising[first]


def walk(neighbors: Neighbors, units: Units, k: int, width: int = 1) -> Iterator[Walked]:
    """Go through all anchors, some at a time; where a list is too short, what there is counts.

    ``width``: codes that the neighbors of a pair are counted by, at most.
    """
    step = max(1, 8 * ENTRIES // (max(k, 1) * max(width, 8)))
    for start in range(0, len(neighbors), step):
        yield _walk(neighbors, units, k, start, min(start + step, len(neighbors)))


def _walk(neighbors: Neighbors, units: Units, k: int, start: int, stop: int) -> Walked:
    there = neighbors.indices[start:stop]
    own = units.of_tile[start:stop]
    of_first = np.where(there[:, :k] >= 0, units.of_tile[there[:, :k]], -1)
    # A set of slides may hold the anchor too; without it there is no anchor.
    row, rank = np.nonzero((of_first >= 0) & (of_first != own[:, None]))
    keys, pair = np.unique(row * len(units) + of_first[row, rank], return_inverse=True)
    pair = pair.ravel()
    row_of, unit = np.divmod(keys, len(units))
    left = np.bincount(pair, minlength=len(keys))
    pairs, ranks = [pair], [rank]
    active = np.arange(len(keys))
    for further in range(k, neighbors.depth):
        if not len(active):
            break
        coming = there[row_of[active], further]
        active = active[coming >= 0]
        coming = coming[coming >= 0]
        taken = active[units.of_tile[coming] != unit[active]]
        pairs.append(taken)
        ranks.append(np.full(len(taken), further))
        left[taken] -= 1
        active = active[left[active] > 0]
    entry, rank = np.concatenate(pairs).astype(np.intp), np.concatenate(ranks)
    sign = np.ones(len(entry))
    sign[: len(pair)] = -1
    ended = there[row_of[active], -1] < 0
    return Walked(
        slice(start, stop),
        row_of + start,
        unit,
        entry,
        rank,
        there[row_of[entry], rank],
        sign,
        left,
        int(np.count_nonzero(~ended)),
        there[:, :k],
    )


class WithoutEach:
    """Sums over anchors without each unit: collects them part by part of a :func:`walk`."""

    def __init__(self, units: Units, parts: Codes, n_parts: int, columns: int) -> None:
        """``parts`` (n,): a code for each anchor, within which sums are taken."""
        self._units, self._parts, self._n_parts = units, parts, n_parts
        self.whole = np.zeros((n_parts, columns))
        self._less = np.zeros((len(units), n_parts, columns))

    def add(self, walked: Walked, base: NDArray[np.float64], new: NDArray[np.float64]) -> None:
        """Of each anchor of ``walked.rows`` (a, c), and of each pair without its unit (p, c)."""
        part, own = self._parts[walked.rows], self._units.of_tile[walked.rows]
        of_pair = walked.unit * self._n_parts + self._parts[walked.anchor]
        apart = new - base[walked.anchor - walked.rows.start]
        size = len(self._units) * self._n_parts
        for column in range(base.shape[1]):
            values = base[:, column]
            self.whole[:, column] += np.bincount(part, values, self._n_parts)
            less = np.bincount(own * self._n_parts + part, values, size)
            less -= np.bincount(of_pair, apart[:, column], size)
            self._less[:, :, column] += less.reshape(len(self._units), self._n_parts)

    @property
    def sums(self) -> NDArray[np.float64]:
        """Without each unit, shape (units, parts, columns)."""
        return self.whole - self._less
