"""The nearest tiles of each tile, its own slide and patient left out. Exact.

A blocked float32 product finds candidates. What it can get wrong is bounded, so each row is known
to be complete or is completed; float64 dot products settle the order wherever rounding could have
turned it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.blocks import (
    BLOCK_BYTES,
    BLOCK_ROWS,
    Floats,
    Rows,
    _Candidates,
    _Layout,
    _propose,
)
from pathgui.core.progress import Progress, ProgressFn, ignore_progress


@dataclass(frozen=True)
class Neighbors:
    """The k nearest admissible tiles of each of n tiles, nearest first."""

    indices: NDArray[np.intp]  # (n, k) rows; -1 where fewer than k are admissible
    distances: NDArray[np.float64]  # (n, k) cosine distances, 0..2; inf where there is no tile

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def depth(self) -> int:
        """The k that these neighbors were asked for."""
        return int(self.indices.shape[1])

    @property
    def available(self) -> NDArray[np.intp]:
        """How many neighbors each tile has, at most ``depth``; shape (n,)."""
        counts: NDArray[np.intp] = np.count_nonzero(self.indices >= 0, axis=1)
        return counts


@dataclass(frozen=True)
class KindDistances:
    """The m nearest SO and the m nearest OS tiles: cosine distances, inf where there is none."""

    SO: NDArray[np.float64]  # (n, m)
    OS: NDArray[np.float64]  # (n, m)
    SO_rows: NDArray[np.intp]  # (n, m) which tiles they are; -1 where there is none
    OS_rows: NDArray[np.intp]  # (n, m)


def nearest(
    embeddings: Floats,
    groups: NDArray[np.intp],
    k: int,
    report: ProgressFn = ignore_progress,
    *,
    device: str = "cpu",
) -> Neighbors:
    """The k nearest tiles of each tile by cosine distance, tiles of its own group left out.

    Parameters
    ----------
    embeddings : (n, d) float array
        Finite, no row zero. Kept as float32, or as float64 if that is what comes.
    groups : (n,) int array
        Tiles of one group (slide or patient) are never each other's neighbors.
    k : int
        Neighbors per tile, at least 1.
    report : callback
        Called once a block; may raise to stop.
    device : str
        Where the products run: "cpu", "cuda" or "cuda:0".

    Returns
    -------
    Neighbors
        As sorting all float64 distances gives them, distances equal to 12 decimals by row index. A
        tile with fewer than k admissible tiles has -1 and inf in the last columns. Among more than
        2,000 tiles, distances that no other is near to are those of the float32 product, some
        1e-8 off.

    Raises
    ------
    EmbeddingsError
        If a row is zero or not finite.

    Examples
    --------
    Tiles 0 and 1 are of one slide, so neither is the other's neighbor:

    >>> points = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 0.3], [0.0, 1.0]])
    >>> nearest(points, np.array([0, 0, 1, 2]), k=3).indices
    array([[ 2,  3, -1],
           [ 2,  3, -1],
           [ 1,  0,  3],
           [ 2,  1,  0]])
    """
    same = np.zeros(len(groups), np.intp)
    return nearest_with_kinds(embeddings, groups, same, same, k, 0, report, device=device)[0]


def nearest_with_kinds(
    embeddings: Floats | Rows,
    groups: NDArray[np.intp],
    tissue: NDArray[np.intp],
    center: NDArray[np.intp],
    k: int,
    m: int,
    report: ProgressFn = ignore_progress,
    *,
    anchors: NDArray[np.intp] | None = None,
    device: str = "cpu",
) -> tuple[Neighbors, KindDistances]:
    """:func:`nearest`, and from the same products the m nearest SO and OS tiles of each tile.

    ``embeddings`` may be ``Rows`` made from them, to search them several times.
    ``tissue`` and ``center`` are 0-based codes of shape (n,). SO: same tissue, other center. OS:
    other tissue, same center. With ``anchors`` (row numbers), only those rows are searched for;
    the rows of the result go with them.
    """
    import torch

    rows = embeddings if isinstance(embeddings, Rows) else Rows(embeddings)
    n = len(rows)
    if not len(groups) == len(tissue) == len(center) == n:
        raise ValueError("groups, tissue and center must have one entry per embedding")
    if k < 1:
        raise ValueError("k must be at least 1")
    # Sorted so, a cell of the tissue by center table is one slice of columns, and a group a few.
    order = np.lexsort((np.arange(n), groups, center, tissue))
    layout = _Layout(groups[order], tissue[order], center[order])
    wanted = np.ones(n, bool)
    if anchors is not None:
        wanted[:] = False
        wanted[anchors] = True
    columns = torch.from_numpy(rows.unit(order)).to(device)
    asked = np.flatnonzero(wanted[order])  # places in the sorted order

    # Where the result of each row goes: beyond some 10^5 rows, anchors are few.
    slot = np.arange(n)
    if anchors is not None:
        slot[anchors] = np.arange(len(anchors))
    n_slots = n if anchors is None else len(anchors)
    indices = np.full((n_slots, k), -1, np.intp)
    distances = np.full((n_slots, k), np.inf)
    kinds = KindDistances(
        np.full((n_slots, m), np.inf),
        np.full((n_slots, m), np.inf),
        np.full((n_slots, m), -1, np.intp),
        np.full((n_slots, m), -1, np.intp),
    )

    def settle(parts: list[tuple[_Candidates, NDArray[np.intp], NDArray[np.float64]]]) -> None:
        for candidates, near, far in parts:
            to = slot[candidates.targets]
            near[to], far[to] = candidates.settle(rows, rows)

    block = block_rows(n)
    # One block is settled while the next is multiplied. They take turns in two pieces of memory:
    # with a new one for each block, a tenth of the time would go into page faults.
    shape = min(block, len(asked)), n
    turns = itertools.cycle([torch.empty(shape, device=device) for _ in range(2)])
    with Behind() as behind:
        for start in range(0, len(asked), block):
            report(Progress(say("Finding neighbors"), start, len(asked)))
            places = asked[start : start + block]
            whole = places[-1] - places[0] + 1 == len(places)
            picked = columns[places[0] : places[-1] + 1] if whole else columns[places]
            similar = torch.mm(picked, columns.T, out=next(turns)[: len(places)])
            for at, slices in layout.own_group(places):
                for first, last in slices:
                    similar[at, first:last] = -torch.inf
            targets = order[places]
            parts = [(_propose(similar, targets, order, k), indices, distances)]
            if m:
                for at, (so, os) in layout.kind_columns(places):
                    part, of = similar[at], targets[at]
                    parts.append((_propose(part, of, order, m, so), kinds.SO_rows, kinds.SO))
                    parts.append((_propose(part, of, order, m, os), kinds.OS_rows, kinds.OS))
            behind.do(partial(settle, parts))
    report(Progress(say("Finding neighbors"), len(asked), len(asked)))
    return Neighbors(indices, distances), kinds


class Behind:
    """One piece of work at a time, in a thread, while the caller goes on. A context manager."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._pool:
            if kind is None:
                self.wait()

    def do(self, work: Callable[[], None]) -> None:
        """Begin with ``work`` once what was begun before has ended; raises what that raised."""
        self.wait()
        self._last = self._pool.submit(work)

    def wait(self) -> None:
        """Wait for what was begun last; raises what it raised."""
        if self._last is not None:
            self._last.result()


class ReferenceSearch:
    """Reference tiles made ready to be searched batch by batch; exact.

    Parameters
    ----------
    reference : (n, d) float array, or ``Rows`` made from one
    excluded : (n,) bool array, optional
        Reference tiles that may not be neighbors, such as those of the slide itself.
    device : str
        Where the products run and, for as long as this object lives, the reference lies.

    Raises
    ------
    EmbeddingsError
        If a row is zero or not finite.
    """

    def __init__(
        self,
        reference: Floats | Rows,
        excluded: NDArray[np.bool_] | None = None,
        *,
        device: str = "cpu",
    ) -> None:
        import torch

        self._rows = reference if isinstance(reference, Rows) else Rows(reference)
        self._order = np.arange(len(self._rows)) if excluded is None else np.flatnonzero(~excluded)
        self._device = device
        self._columns = torch.from_numpy(self._rows.unit(self._order)).to(device)

    def __call__(self, queries: Floats, k: int, report: ProgressFn = ignore_progress) -> Neighbors:
        """The k (at least 1) nearest reference tiles of each of q tiles by cosine distance.

        Parameters
        ----------
        queries : (q, d) float array

        Returns
        -------
        Neighbors
            ``indices`` are rows of the reference; -1 where fewer than k are admissible.

        Raises
        ------
        EmbeddingsError
            If a row is zero or not finite, or of another dimension than the reference.
        """
        import torch

        if queries.ndim != 2 or queries.shape[1] != self._rows.values.shape[1]:
            raise EmbeddingsError(
                say(
                    "The slide's embeddings have shape {shape}, those of the "
                    "reference set {shape2}: they are not of the same encoder.",
                    shape=queries.shape,
                    shape2=self._rows.values.shape,
                )
            )
        asked = Rows(queries)
        indices = np.full((len(asked), k), -1, np.intp)
        distances = np.full((len(asked), k), np.inf)
        if not len(self._order) or not len(asked):
            return Neighbors(indices, distances)
        block = block_rows(len(self._order))
        for start in range(0, len(asked), block):
            report(Progress(say("Comparing with the reference set"), start, len(asked)))
            targets = np.arange(start, min(start + block, len(asked)))
            unit = torch.from_numpy(asked.unit(targets)).to(self._device)
            found = _propose(unit @ self._columns.T, targets, self._order, k)
            indices[targets], distances[targets] = found.settle(asked, self._rows)
        report(Progress(say("Comparing with the reference set"), len(asked), len(asked)))
        return Neighbors(indices, distances)


def block_rows(n_columns: int) -> int:
    """How many rows to multiply with so many columns at a time."""
    return max(1, min(BLOCK_ROWS, BLOCK_BYTES // (4 * max(n_columns, 1))))
