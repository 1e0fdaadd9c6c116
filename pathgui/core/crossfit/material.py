"""The tiles that corrections are judged on, as codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.crossfit import halves
from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.measurement.sample import design_of, select
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


@dataclass(frozen=True)
class TakingPart:
    """Which tiles take part, by their labels."""

    rows: Codes
    tissue: Codes  # of these rows, into ``tissues``
    center: Codes
    groups: Codes
    tissues: NDArray[np.str_]
    centers: NDArray[np.str_]
    left_out_centers: list[str]
    notices: list[str]


# Of some rows: those that can be measured, why nothing can, and what is to be said.
_Choose = Callable[[Codes], tuple[Codes, str | None, list[str]]]


def tiles_of(embeddings: Floats, labels: TileLabels) -> Tiles | NotAssessable:
    """What of a reference set takes part; the reason where that is nothing.

    Centers with under :data:`halves.LEAST_SLIDES` slides are left out, and then tissues of a
    single center and centers of a single tissue, as for the index.
    """

    def choose(rows: Codes) -> tuple[Codes, str | None, list[str]]:
        chosen = select(embeddings[rows], labels.take(rows), "drop")
        return chosen.rows, chosen.why_no_index, chosen.notices

    part = _taking_part(labels, np.arange(len(labels)), choose)
    if isinstance(part, NotAssessable):
        return part
    return Tiles(
        embeddings[part.rows],
        part.tissue,
        part.center,
        part.groups,
        jackknife.units_of(part.groups, part.tissue, part.center),
        part.tissues,
        part.centers,
        part.left_out_centers,
        part.notices,
        part.rows.astype(np.intp),
    )


def part_by_labels(labels: TileLabels) -> TakingPart | NotAssessable:
    """What of a reference set would take part if each of its tiles can be embedded.

    As :func:`tiles_of` chooses, for whoever has no embeddings yet.
    """

    def choose(rows: Codes) -> tuple[Codes, str | None, list[str]]:
        some = labels.take(rows)
        design = design_of(some, np.arange(len(some)), "drop")
        return design.rows, design.why_no_index, design.notices

    known = np.flatnonzero((labels.tissue != "") & (labels.center != "") & (labels.slide != ""))
    return _taking_part(labels, known, choose)


def _taking_part(labels: TileLabels, rows: Codes, choose: _Choose) -> TakingPart | NotAssessable:
    left_out: list[str] = []
    while True:
        kept, why_no_index, notices = choose(rows)
        rows = rows[kept]
        if why_no_index is not None:
            reason = why_no_index
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
    notices = list(notices)
    if left_out:
        notices.append(_left_out_text(left_out))
    return TakingPart(
        rows,
        tissue.astype(np.intp),
        center.astype(np.intp),
        some.groups,
        tissues,
        names,
        left_out,
        notices,
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
