"""Tiles that look wrong to an encoder: they lie far from all others of their tissue and center.

How far a tile lies is its mean distance to the nearest few tiles of its cell on other slides. What
is far is judged within the cell, on the logarithm, by median and median absolute deviation, which
odd tiles themselves do not move (Iglewicz and Hoaglin 1993).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.appraisal.doubles import NamedTile, named_tile
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.blocks import COPY, row_norms
from pathgui.core.progress import Part, Progress, ProgressFn, during, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet

NEAREST = 5  # tiles that a tile is compared with
FEWEST = 12  # tiles in a cell, below which none is called odd
FAR = 3.5  # robust z, as its authors advise; tests/core/appraisal/test_odd_tiles.py: 1 in 1,000
MOST = 48  # tiles that are named
NORMAL = 0.6745  # median absolute deviation of a normal distribution, in standard deviations
AT_A_TIME = 2048  # rows whose distances are taken together


@dataclass(frozen=True)
class OddTile:
    """One tile, and how far it lies from the others of its cell."""

    tile: NamedTile
    distance: float  # mean cosine distance to the nearest of its cell on other slides
    usual: float  # median of that over the cell
    z: float  # how far it is from usual, in standard deviations


@dataclass(frozen=True)
class OddTiles:
    """The tiles beyond :data:`FAR`, the farthest first."""

    tiles: list[OddTile]  # the first :data:`MOST`
    found: int
    looked_at: int  # tiles of cells that are large enough


def find_odd_tiles(
    reference: ReferenceSet,
    embeddings: NDArray[np.floating[Any]],
    rows: NDArray[np.intp],
    report: ProgressFn = ignore_progress,
) -> OddTiles:
    """The tiles that lie farthest from those of their cell.

    ``embeddings`` (m, d) are of the tiles ``rows`` (m,) of the set, finite and none of them zero.
    """
    report = during(Part.MEASURING, report)
    labels = reference.labels.take(rows)
    keys = np.stack([labels.tissue, labels.center], axis=1)
    cell = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    groups = labels.groups
    odd: list[tuple[float, int, float, float]] = []
    looked = 0
    n_cells = int(cell.max(initial=-1)) + 1
    for number in range(n_cells):
        report(Progress(say("Looking for tiles that stand apart"), number, n_cells))
        there = np.flatnonzero((cell == number) & (labels.tissue != "") & (labels.center != ""))
        if len(there) < FEWEST:
            continue
        far = _distances(embeddings[there], groups[there])
        good = np.isfinite(far)
        if np.count_nonzero(good) < FEWEST:
            continue
        looked += int(np.count_nonzero(good))
        size = np.log(np.maximum(far[good], COPY))
        middle = float(np.median(size))
        spread = float(np.median(np.abs(size - middle)))
        if spread <= 0:
            continue
        z = NORMAL * (size - middle) / spread
        for row, distance, score in zip(there[good], far[good], z, strict=True):
            if score > FAR:
                odd.append((float(score), int(rows[row]), float(distance), float(np.exp(middle))))
    report(Progress(say("Looking for tiles that stand apart"), n_cells, n_cells))
    odd.sort(key=lambda each: (-each[0], each[1]))
    return OddTiles(
        [
            OddTile(named_tile(reference, row), distance, usual, z)
            for z, row, distance, usual in odd[:MOST]
        ],
        len(odd),
        looked,
    )


def _distances(values: NDArray[np.floating[Any]], groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean cosine distance of each row to the nearest of other groups; NaN where there is none.

    In a cell of one slide, to the nearest of the same slide.
    """
    unit = np.asarray(values / row_norms(values)[:, None], np.float32)
    alone = len(np.unique(groups)) < 2
    far = np.full(len(unit), np.nan)
    for start in range(0, len(unit), AT_A_TIME):
        some = np.arange(start, min(start + AT_A_TIME, len(unit)))
        distance = 1.0 - unit[some] @ unit.T
        barred = (
            some[:, None] == np.arange(len(unit)) if alone else groups[some, None] == groups[None]
        )
        distance[barred] = np.inf
        nearest = np.sort(
            np.partition(distance, min(NEAREST, len(unit)) - 1, axis=1)[:, :NEAREST], axis=1
        )
        there = np.isfinite(nearest)
        sums = np.where(there, nearest, 0).sum(axis=1)
        far[some] = np.where(there.any(axis=1), sums / np.maximum(there.sum(axis=1), 1), np.nan)
    return far
