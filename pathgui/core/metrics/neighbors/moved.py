"""Nearest tiles of the same embeddings after several changes along few directions; exact.

Where a change moves every embedding along the same few directions, all products after it are the
products before plus thin ones: (x + u) · (y + v) = x · y + (x + u) · v + u · y, and what is added
needs x and y along those directions alone. So one large product serves all such changes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.blocks import Floats, Rows, _Candidates, _Layout, _propose
from pathgui.core.metrics.neighbors.search import Behind, Neighbors, block_rows, nearest
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

if TYPE_CHECKING:
    import torch

LARGEST_STRETCH = 9.0  # of rounding, beyond which a product of its own is made
FEW_ROUNDINGS = 8  # of scaling and adding, beside those of sums
ROWS_IN_CACHE = 64  # of a block, that are changed at a time


@dataclass(frozen=True)
class Along:
    """How embeddings are moved: row i by ``amounts[i] @ directions.T``."""

    amounts: NDArray[np.float64]  # (n, r)
    directions: NDArray[np.float64]  # (d, r)


@dataclass(frozen=True)
class Moved:
    """Embeddings after a change."""

    values: Floats  # (n, d)
    along: Along | None  # how they came from those before; None: in no such way


def nearest_after_each(
    embeddings: Floats,
    changes: Sequence[Moved],
    groups: NDArray[np.intp],
    k: int,
    report: ProgressFn = ignore_progress,
    *,
    device: str = "cpu",
) -> list[Neighbors]:
    """What :func:`~pathgui.core.metrics.neighbors.search.nearest` finds after each of ``changes``.

    ``embeddings`` (n, d) are those before all changes. A change that is none has directions of
    shape (d, 0). Changes along no directions, and those that leave so little of an embedding that
    rounding would show, are searched by products of their own. Parameters and errors as there.

    The same tiles in the same order as there. Distances that no other is near to are some 1e-6
    off among more than 2,000 tiles.
    """
    before = Rows(embeddings)
    found: dict[int, Neighbors] = {}
    together: dict[int, _Shift] = {}
    for number, change in enumerate(changes):
        shift = (
            None if change.along is None else _Shift.of(before, Rows(change.values), change.along)
        )
        if shift is not None and shift.stretch <= LARGEST_STRETCH:
            together[number] = shift
    if len(together) < 2:
        together = {}
    for number, change in enumerate(changes):
        if number not in together:
            found[number] = nearest(change.values, groups, k, report, device=device)
    if together:
        shared = _search(before, list(together.values()), groups, k, report, device)
        found.update(zip(together, shared, strict=True))
    return [found[number] for number in range(len(changes))]


@dataclass(frozen=True)
class _Shift:
    """What turns cosines before into cosines after: kept_i kept_j cos_ij + left_i · right_j."""

    rows: Rows  # after
    kept: NDArray[np.float64]  # (n,) length before over length after
    left: NDArray[np.float64]  # (n, 2 r)
    right: NDArray[np.float64]  # (n, 2 r)

    @classmethod
    def of(cls, before: Rows, after: Rows, along: Along) -> _Shift:
        """Of rows before and after."""
        # Of orthonormal directions no amount is larger than the move.
        basis, turn = np.linalg.qr(along.directions)
        amounts = along.amounts @ turn.T
        there = np.empty_like(amounts)
        for start in range(0, len(before), 1024):
            some = before.values[start : start + 1024]
            there[start : start + 1024] = some.astype(np.float64, copy=False) @ basis
        length = after.norms[:, None]
        return cls(
            after,
            before.norms / after.norms,
            np.hstack([there + amounts, amounts]) / length,
            np.hstack([amounts, there]) / length,
        )

    @property
    def stretch(self) -> float:
        """How many times as large as in a product of unit rows rounding can be, at most.

        What the product before is off by, which goes with the root of d, is multiplied by ``kept``
        of both rows. Scaling rounds a few times more. The thin product adds as many roundings as
        it is wide, of numbers that may be larger than 1.
        """
        width, d = self.left.shape[1], self.rows.values.shape[1]
        if not width:
            return 1.0
        left, right = (float((side**2).sum(axis=1).max()) for side in (self.left, self.right))
        scaled = float(self.kept.max()) ** 2 * (1 + FEW_ROUNDINGS / math.sqrt(d))
        thin = math.sqrt(left * right) * float(width + FEW_ROUNDINGS) / math.sqrt(d)
        return max(1.0, scaled + thin)


class _Tables:
    """One shift as tensors, rows in the order of the search."""

    def __init__(self, shift: _Shift, order: NDArray[np.intp], device: str) -> None:
        import torch

        def tensor(values: NDArray[np.float64]) -> torch.Tensor:
            return torch.from_numpy(values[order].astype(np.float32)).to(device)

        self.rows, self.stretch = shift.rows, shift.stretch
        self._moves = shift.left.shape[1] > 0
        self._kept, self._right = tensor(shift.kept), tensor(shift.right).T.contiguous()
        self._left = tensor(shift.left / shift.kept[:, None])

    def turn(
        self, before: torch.Tensor, places: NDArray[np.intp], into: torch.Tensor
    ) -> torch.Tensor:
        """Cosines (a, n) after, of those ``before``; ``places`` (a,) of their rows."""
        import torch

        if not self._moves:
            return before
        left, kept = self._left[places], self._kept[places, None]
        for start in range(0, len(places), ROWS_IN_CACHE):
            some = slice(start, min(start + ROWS_IN_CACHE, len(places)))
            part = torch.mul(before[some], self._kept, out=into[some])
            part.addmm_(left[some], self._right).mul_(kept[some])
        return into[: len(places)]


def _search(
    before: Rows,
    shifts: Sequence[_Shift],
    groups: NDArray[np.intp],
    k: int,
    report: ProgressFn,
    device: str,
) -> list[Neighbors]:
    import torch

    n = len(before)
    order = np.lexsort((np.arange(n), groups))
    same = np.zeros(n, np.intp)
    layout = _Layout(groups[order], same, same)
    columns = torch.from_numpy(before.unit(order)).to(device)
    tables = [_Tables(shift, order, device) for shift in shifts]
    found = [Neighbors(np.full((n, k), -1, np.intp), np.full((n, k), np.inf)) for _ in shifts]

    def settle(number: int, candidates: _Candidates) -> None:
        to, rows = candidates.targets, tables[number].rows
        found[number].indices[to], found[number].distances[to] = candidates.settle(rows, rows)

    block = block_rows(n)
    shape = min(block, n), n
    product = torch.empty(shape, device=device)
    # What is settled is looked into while the next is made, so they take turns.
    turns = itertools.cycle([torch.empty(shape, device=device) for _ in range(2)])
    with Behind() as behind:
        for start in range(0, n, block):
            report(Progress(say("Finding neighbors"), start, n))
            behind.wait()  # what is settled last may look into the product
            places = np.arange(start, min(start + block, n))
            similar = torch.mm(
                columns[start : places[-1] + 1], columns.T, out=product[: len(places)]
            )
            for at, slices in layout.own_group(places):
                for first, last in slices:
                    similar[at, first:last] = -torch.inf
            for number, table in enumerate(tables):
                after = table.turn(similar, places, next(turns))
                candidates = _propose(after, order[places], order, k, stretch=table.stretch)
                behind.do(partial(settle, number, candidates))
    report(Progress(say("Finding neighbors"), n, n))
    return found
