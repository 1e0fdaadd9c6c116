"""The tiles that corrections are judged on, as codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.crossfit import halves
from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.measurement.sample import select
from pathgui.core.metrics import jackknife
from pathgui.core.metrics.jackknife import Codes, Units
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Tiles:
    """Tiles of centers with enough slides, of tissues and centers that can be told apart."""

    values: Floats  # (n, d)
    tissue: Codes
    center: Codes
    groups: Codes
    units: Units
    tissues: NDArray[np.str_]
    centers: NDArray[np.str_]
    left_out_centers: list[str]
    notices: list[str]
    rows: Codes  # (n,) of what it was taken from

    def __len__(self) -> int:
        return len(self.values)

    def code_of(self, center: str) -> int | None:
        """The code of a center; None if it takes no part."""
        found = np.flatnonzero(self.centers == center)
        return int(found[0]) if len(found) else None

    def take(self, rows: Codes) -> Tiles:
        """Some of them; codes stay what they are."""
        units = Units(self.units.of_tile[rows], self.units.strata, self.units.n_groups)
        return Tiles(
            self.values[rows],
            self.tissue[rows],
            self.center[rows],
            self.groups[rows],
            units,
            self.tissues,
            self.centers,
            self.left_out_centers,
            self.notices,
            self.rows[rows],
        )


def tiles_of(embeddings: Floats, labels: TileLabels) -> Tiles | NotAssessable:
    """What of a reference set takes part; the reason where that is nothing.

    Centers with under :data:`halves.LEAST_SLIDES` slides are left out, and then tissues of a
    single center and centers of a single tissue, as for the index.
    """
    rows = np.arange(len(labels))
    left_out: list[str] = []
    while True:
        chosen = select(embeddings[rows], labels.take(rows), "drop")
        rows = rows[chosen.rows]
        if chosen.why_no_index is not None:
            reason = chosen.why_no_index
            if left_out:
                reason += " " + _left_out_text(left_out)
            return NotAssessable(reason)
        some = labels.take(rows)
        names, center = np.unique(some.center, return_inverse=True)
        small = halves.small_centers(some.groups, center)
        if not len(small):
            break
        left_out += names[small].tolist()
        rows = rows[~np.isin(center, small)]
        if len(names) - len(small) < 2:
            return NotAssessable(
                say(
                    "Not assessable: fewer than two centers have the "
                    "{LEAST_SLIDES} slides that halves need. {left_out_text}",
                    LEAST_SLIDES=halves.LEAST_SLIDES,
                    left_out_text=_left_out_text(left_out),
                )
            )
    tissues, tissue = np.unique(some.tissue, return_inverse=True)
    notices = list(chosen.notices)
    if left_out:
        notices.append(_left_out_text(left_out))
    groups = some.groups
    return Tiles(
        embeddings[rows],
        tissue.astype(np.intp),
        center.astype(np.intp),
        groups,
        jackknife.units_of(groups, tissue, center),
        tissues,
        names,
        left_out,
        notices,
        rows.astype(np.intp),
    )


def _left_out_text(centers: Sequence[str]) -> str:
    return say(
        "Left out for having under {LEAST_SLIDES} slides: {centers} ({centers2}).",
        LEAST_SLIDES=halves.LEAST_SLIDES,
        centers=plural(len(centers), "center"),
        centers2=", ".join(centers),
    )


def spread_evenly(tiles: Tiles, most: int, seed: int) -> Codes:
    """Rows of at most ``most`` tiles, each slide with as many as the others, as far as it has them.

    Rising; all rows where there are no more.
    """
    n = len(tiles)
    if n <= most:
        return np.arange(n)
    mixed = np.random.default_rng(seed).permutation(n)
    order = mixed[np.argsort(tiles.groups[mixed], kind="stable")]
    sizes = np.bincount(tiles.groups)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    rank = np.arange(n) - starts  # of each tile within its slide
    return np.sort(order[np.argsort(rank, kind="stable")[:most]])
