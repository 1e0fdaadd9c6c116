"""Products in blocks that propose candidates for exact neighbors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, first_few
from pathgui.core.language.texts import counted, say

if TYPE_CHECKING:
    import torch

MARGIN = 16  # candidates beyond k that are ordered in float64
BLOCK_BYTES = 128_000_000  # one block of the similarity matrix; two are in memory together
BLOCK_ROWS = 1024  # 512 take 1/14 longer, 2,048 not 1/50 less
ALL_EXACT = 2_000  # rows, up to which every distance is a float64 dot product
VERY_NEAR = 1e-3  # distances below are float64 always: they lose most digits in 1 - product
SAME_DISTANCE = 12  # decimals: distances that agree to these are a tie, settled by row index
COPY = 10.0**-SAME_DISTANCE  # cosine distance; below, rounding is all there is, so it counts as 0
PAIRS = 32  # pairs of rows that are widened to float64 at a time: they stay in the cache
HEAP = 8  # columns of which only the largest is looked at first

Floats = NDArray[np.floating[Any]]
Slices = list[tuple[int, int]]  # (first, last + 1) of stretches of columns


class Rows:
    """Embeddings made ready for search: their norms, and unit rows in float32.

    Raises :class:`EmbeddingsError` where a row is zero or not finite: it has no direction.
    """

    def __init__(self, embeddings: Floats) -> None:
        if embeddings.ndim != 2:
            raise EmbeddingsError(
                say(
                    "Embeddings must be a table of tiles by dimensions, not of shape {shape}.",
                    shape=embeddings.shape,
                )
            )
        wide = embeddings.dtype == np.float64
        self.values: Floats = np.ascontiguousarray(embeddings, np.float64 if wide else np.float32)
        self.norms = row_norms(self.values)
        bad = np.flatnonzero(~np.isfinite(self.norms) | (self.norms == 0))
        if len(bad):
            raise EmbeddingsError(
                counted(
                    len(bad),
                    "{n:,} embedding is zero or not finite and has no neighbors: row {bad}. "
                    "Leave these tiles out.",
                    "{n:,} embeddings are zero or not finite and have no neighbors: row {bad}. "
                    "Leave these tiles out.",
                    bad=listed(bad),
                )
            )

    def __len__(self) -> int:
        return len(self.values)

    def unit(self, order: NDArray[np.intp]) -> NDArray[np.float32]:
        """Rows ``order`` scaled to length 1, each component rounded once."""
        unit = np.empty((len(order), self.values.shape[1]), np.float32)
        for start in range(0, len(order), 4096):
            rows = order[start : start + 4096]
            np.divide(
                self.values[rows],
                self.norms[rows, None],
                out=unit[start : start + 4096],
                casting="same_kind",
                dtype=np.float64,
            )
        return unit

    def similar(self, asked: NDArray[np.intp]) -> torch.Tensor:
        """Cosine similarity of the rows ``asked`` to all rows in float32, shape (a, n).

        A few thousand unit rows at a time: all of them would be a second copy of the embeddings.
        """
        import torch

        some = torch.from_numpy(self.unit(asked))
        table = torch.empty((len(asked), len(self)))
        for start in range(0, len(self), 4096):
            part = np.arange(start, min(start + 4096, len(self)))
            there = torch.from_numpy(self.unit(part))
            torch.mm(some, there.T, out=table[:, start : start + len(part)])
        return table

    def distances(
        self,
        query: NDArray[np.float64],
        norm: float,
        rows: NDArray[np.intp],
        scratch: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Cosine distance of one vector to ``rows``, in float64; 0 for copies of it.

        ``scratch`` (m, d): memory to widen m rows at a time in. New megabytes for each query
        would cost more in page faults than the arithmetic.
        """
        dots = np.empty(len(rows))
        for start in range(0, len(rows), len(scratch)):
            piece = rows[start : start + len(scratch)]
            wide = scratch[: len(piece)]
            wide[:] = self.values[piece]
            np.dot(wide, query, out=dots[start : start + len(piece)])
        far = 1.0 - dots / (self.norms[rows] * norm)
        return np.where(far < COPY, 0.0, far)

    def pair_distances(
        self, queries: Rows, asked: NDArray[np.intp], rows: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Cosine distance of each of ``asked`` in ``queries`` to the one of ``rows`` beside it."""
        dots = np.empty(len(rows))
        one, other = (np.empty((PAIRS, self.values.shape[1])) for _ in range(2))
        for start in range(0, len(rows), PAIRS):
            piece = rows[start : start + PAIRS]
            first, second = one[: len(piece)], other[: len(piece)]
            first[:] = queries.values[asked[start : start + PAIRS]]
            second[:] = self.values[piece]
            np.einsum("ij,ij->i", first, second, out=dots[start : start + PAIRS])
        far = 1.0 - dots / (self.norms[rows] * queries.norms[asked])
        return np.where(far < COPY, 0.0, far)


def row_norms(values: Floats) -> NDArray[np.float64]:
    """Euclidean length of each row in float64, safe from overflow; NaN or inf where not finite."""
    norms = np.empty(len(values))
    if values.dtype.itemsize < 8:  # squares of float32 and less stay far from the ends of float64
        wide = np.empty((min(len(values), 256), values.shape[1]))
        for start in range(0, len(values), 256):
            some = values[start : start + 256]
            wide[: len(some)] = some
            np.einsum("ij,ij->i", *(wide[: len(some)],) * 2, out=norms[start : start + 256])
        return np.sqrt(norms)
    with np.errstate(invalid="ignore"):  # inf / inf is NaN, which the caller looks for
        for start in range(0, len(values), 4096):
            chunk = values[start : start + 4096].astype(np.float64)
            largest = np.abs(chunk).max(axis=1, initial=0.0)
            chunk /= np.where(largest > 0, largest, 1.0)[:, None]
            norms[start : start + 4096] = largest * np.sqrt(np.einsum("ij,ij->i", chunk, chunk))
    return norms


def listed(rows: NDArray[np.intp]) -> str:
    """Row numbers for a message: the first few, and how many more there are."""
    return first_few(rows.tolist(), 10)


@dataclass(frozen=True)
class _Candidates:
    """What a float32 product proposes for the rows of a block; float64 settles it."""

    targets: NDArray[np.intp]  # the rows that neighbors are sought for, in ``queries``
    similar: torch.Tensor  # (block, columns)
    slices: Slices  # the columns that are looked at
    near: NDArray[np.float32]  # (block, taken) the largest of each row, falling
    places: NDArray[np.intp]  # (block, taken) their columns
    order: NDArray[np.intp]  # which row of the searched set a column is
    k: int
    stretch: float = 1.0  # how many times as far off as a product of unit rows they may be

    def settle(self, queries: Rows, rows: Rows) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The k nearest for each row of the block, indices and distances."""
        n, taken = self.near.shape
        k = self.k
        indices = np.full((n, k), -1, np.intp)
        distances = np.full((n, k), np.inf)
        if not taken:
            return indices, distances
        scratch = np.empty((32, rows.values.shape[1]))

        def exactly(row: int, candidates: NDArray[np.intp]) -> NDArray[np.float64]:
            target = self.targets[row]
            query = queries.values[target].astype(np.float64, copy=False)
            return rows.distances(query, float(queries.norms[target]), candidates, scratch)

        candidates = self.order[self.places]
        admissible = np.isfinite(self.near)
        counts = np.count_nonzero(admissible, axis=1)
        exact = np.where(admissible, np.maximum(1.0 - self.near.astype(np.float64), 0.0), np.inf)
        unsure = admissible & self._unsure(rows)
        # Whoever could have changed places did so among those, so these are put in order alone.
        row, at = unsure.nonzero()
        some = candidates[row, at]
        far = rows.pair_distances(queries, self.targets[row], some)
        best = np.lexsort((some, far.round(SAME_DISTANCE), row))
        exact[row, at], candidates[row, at] = far[best], some[best]
        width = min(k, taken)
        distances[:, :width] = exact[:, :width]
        indices[:, :width] = np.where(admissible[:, :width], candidates[:, :width], -1)
        if taken < _width(self.slices):
            # Whatever was not taken is at most this similar. Rows where that could still be
            # enough for a place among the first k are searched again, among all that could be.
            # What the float32 product is off by.
            slack = (rows.values.shape[1] + 8) * 2.0**-24 * self.stretch
            kth = 1.0 - distances[:, min(k, taken) - 1]
            last = self.near[:, -1] + slack
            doubtful = (counts == taken) & (last >= kth - slack - 10.0**-SAME_DISTANCE)
            for one in np.flatnonzero(doubtful).tolist():
                near_enough = (self.similar[one] >= kth[one] - 3 * slack).cpu().numpy()
                again = np.concatenate([self.order[a:b][near_enough[a:b]] for a, b in self.slices])
                far = exactly(one, again)
                first = np.lexsort((again, far.round(SAME_DISTANCE)))[:k]
                indices[one], distances[one] = again[first], far[first]
        return indices, distances

    def _unsure(self, rows: Rows) -> NDArray[np.bool_]:
        """Which candidates rounding could have put in the wrong order, shape (block, taken).

        Rounding of a float32 product of unit vectors of d components adds up like a random walk,
        to some sqrt(d) / 2^24 at most; seen were 0.3 of it in 10^8 products.
        """
        if len(rows) <= ALL_EXACT:
            return np.ones(self.near.shape, bool)
        off = 2 * np.sqrt(rows.values.shape[1]) * 2.0**-24 * self.stretch
        unsure = self.near > 1 - VERY_NEAR
        with np.errstate(invalid="ignore"):  # where there are no candidates
            tied = self.near[:, :-1] - self.near[:, 1:] <= 2 * off
        unsure[:, :-1] |= tied
        unsure[:, 1:] |= tied
        return unsure


def _propose(
    similar: torch.Tensor,
    targets: NDArray[np.intp],
    order: NDArray[np.intp],
    k: int,
    slices: Slices | None = None,
    stretch: float = 1.0,
) -> _Candidates:
    """Candidates among the columns in ``slices`` (all, if None). Columns at -inf are none."""
    if slices is None:
        slices = [(0, similar.shape[1])]
    near, places = largest(similar, k + min(MARGIN, 4 + k // 4), slices)
    return _Candidates(targets, similar, slices, near, places, order, k, stretch)


def largest(
    similar: torch.Tensor, count: int, slices: Slices
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The ``count`` largest of each row among the columns in ``slices``, falling; their columns.

    Fewer where there are fewer columns. Which ones of equals are taken is left open.
    """
    import torch

    count = min(count, _width(slices))
    if similar.device.type != "cpu":
        columns = np.concatenate([np.arange(0), *(np.arange(*one) for one in slices)])
        parts = [similar[:, :0], *(similar[:, first:last] for first, last in slices)]
        top = torch.cat(parts, dim=1).topk(count, dim=1)
        return top.values.cpu().numpy(), columns[top.indices.cpu().numpy()]
    # On a CPU topk takes a sixth of the time of the product. So columns are put into heaps, a step
    # apart so that their tops are found by comparing whole stretches, and only those heaps are
    # looked into whose tops are among the ``count`` largest; no other can hold one of them.
    tops = [similar[:, :0]]
    firsts, steps, rest = ([np.zeros(0, np.intp)] for _ in range(3))
    for first, last in slices:
        heaps = (last - first) // HEAP
        end = first + HEAP * heaps
        tops.append(similar[:, first:end].view(len(similar), HEAP, heaps).amax(1))
        firsts.append(np.arange(first, first + heaps))
        steps.append(np.full(heaps, heaps))
        rest.append(np.arange(end, last))
    best = _places_of_largest(torch.cat(tops, dim=1).numpy(), count)
    start, step = np.concatenate(firsts)[best], np.concatenate(steps)[best]
    within = (start[:, :, None] + step[:, :, None] * np.arange(HEAP)).reshape(len(best), -1)
    others = np.concatenate(rest)
    looked_at = np.hstack([within, np.broadcast_to(others, (len(best), len(others)))])
    values: NDArray[np.float32] = similar.gather(1, torch.from_numpy(looked_at)).numpy()
    at = _places_of_largest(values, count)
    falling = np.argsort(-np.take_along_axis(values, at, axis=1), axis=1)
    at = np.take_along_axis(at, falling, axis=1)
    return np.take_along_axis(values, at, axis=1), np.take_along_axis(looked_at, at, axis=1)


def _places_of_largest(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Where the ``count`` largest of each row are, in any order."""
    n, width = values.shape
    if count >= width:
        return np.broadcast_to(np.arange(width), values.shape)
    # Values alone are divided faster than places are; equals of the least need the places.
    least = np.partition(values, width - count, axis=1)[:, width - count, None]
    places: NDArray[np.intp] = np.flatnonzero(values >= least)
    if len(places) == n * count:
        places %= width
        return places.reshape(n, count)
    return np.argpartition(values, -count, axis=1)[:, -count:]


def _width(slices: Slices) -> int:
    return sum(last - first for first, last in slices)


class _Layout:
    """Where groups and cells lie when rows are sorted by tissue, center and group."""

    def __init__(
        self, groups: NDArray[np.intp], tissue: NDArray[np.intp], center: NDArray[np.intp]
    ) -> None:
        self._groups, self._tissue, self._center = groups, tissue, center
        self._of_group: dict[int, Slices] = {}
        for first, last in _runs(groups, tissue, center):
            self._of_group.setdefault(int(groups[first]), []).append((first, last))
        self._of_tissue: dict[int, Slices] = {}
        self._of_center: dict[int, Slices] = {}
        for first, last in _runs(tissue, center):
            self._of_tissue.setdefault(int(tissue[first]), []).append((first, last))
            self._of_center.setdefault(int(center[first]), []).append((first, last))

    def own_group(self, places: NDArray[np.intp]) -> Iterator[tuple[slice, Slices]]:
        """Runs of rows of one group, and the columns of that group."""
        for first, last in _runs(self._groups[places]):
            yield slice(first, last), self._of_group[int(self._groups[places[first]])]

    def kind_columns(
        self, places: NDArray[np.intp]
    ) -> Iterator[tuple[slice, tuple[Slices, Slices]]]:
        """Runs of rows of one cell, and the columns that are SO and OS to it."""
        for first, last in _runs(self._tissue[places], self._center[places]):
            place = places[first]

            def elsewhere(run: tuple[int, int], place: int = int(place)) -> bool:
                return not run[0] <= place < run[1]

            so = _joined(self._of_tissue[int(self._tissue[place])], elsewhere)
            os = _joined(self._of_center[int(self._center[place])], elsewhere)
            yield slice(first, last), (so, os)


def _runs(*columns: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """(first, last + 1) of each stretch in which all columns stay the same."""
    if not len(columns[0]):
        return
    changes = np.zeros(len(columns[0]) - 1, bool)
    for column in columns:
        changes |= column[1:] != column[:-1]
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(columns[0])]
    yield from itertools.pairwise(edges)


def _joined(runs: Slices, keep: Callable[[tuple[int, int]], bool]) -> Slices:
    joined: Slices = []
    for first, last in filter(keep, runs):
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
