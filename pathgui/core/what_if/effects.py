"""From the embeddings of tiles before and after to how far they moved and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.slide_level import blocks_of, mean_intervals
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.what_if.alterations import CURVES, STAIN, Alteration
from pathgui.core.what_if.results import (
    CenterEffect,
    Curve,
    CurvePoint,
    Mean,
    TileEffects,
    WhatIf,
)

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.intp]
AnswerFn = Callable[[Floats], NDArray[np.str_]]  # embeddings (n, d) -> names (n,)


def tissues_apart(values: Floats, tissue: NDArray[np.str_], center: NDArray[np.str_]) -> float:
    """Mean distance between the mean embeddings of two tissues of one center.

    Over all pairs of tissues of each center, of embeddings (n, d) as the encoder gives them.
    Within centers, so that what centers differ by is not taken for tissue. NaN where no center has
    two tissues.
    """
    values = np.asarray(values, np.float64)
    apart = []
    for name in np.unique(center):
        here = center == name
        means = [values[here & (tissue == each)].mean(axis=0) for each in np.unique(tissue[here])]
        apart += [
            float(np.linalg.norm(one - other))
            for number, one in enumerate(means)
            for other in means[:number]
        ]
    return float(np.mean(apart)) if apart else float("nan")


def what_if(
    before: Floats,
    after: Mapping[Alteration, Floats],
    cells: NDArray[np.integer],
    *,
    apart: float,
    tissue_of: AnswerFn,
    center_of: AnswerFn,
    n_centers: int,
    tissue_accuracy: float | NotAssessable,
    center_accuracy: float | NotAssessable,
    own_center: str = "",
    looks: Mapping[str, tuple[float, ...]] | None = None,
    seed: int = 0,
) -> WhatIf | NotAssessable:
    """What alterations do to tiles.

    Parameters
    ----------
    before : (n, d)
        Embeddings of the tiles as they are.
    after : (n, d) each
        Of the same tiles after each alteration. A tile with NaN in any of them, or before, is
        left out of all.
    cells : (n, 2)
        Places of the tiles on the lattice of the slide.
    apart
        Distance that counts as 1, see :func:`tissues_apart`.
    tissue_of, center_of
        Answers of the probes.
    own_center
        Of the slide, where it is known. Colored as there, tiles show what recoloring alone does,
        so that center does not count in the means over centers.
    looks
        Of the slide, by "", and of each center: what their colors are, to be kept.
    """
    if not apart > 0:
        return NotAssessable(
            say("no center of the reference set has two tissues that the encoder tells apart")
        )
    known = np.ones(len(before), np.bool_)
    for values in (before, *after.values()):
        known &= np.isfinite(values).all(axis=1)
    if not known.any():
        return NotAssessable(say("no tile can be read in each alteration"))
    before, cells = before[known], cells[known]
    squares = blocks_of(cells)
    n_squares = int(squares.max()) + 1
    tissue, center = tissue_of(before), center_of(before)

    def mean(values: Any, least: float = 0.0) -> Mean:
        return mean_of(values, squares, seed, least)

    def moved_and_flipped(alteration: Alteration) -> tuple[Floats, NDArray[np.bool_]]:
        there = after[alteration][known]
        moved = np.linalg.norm(there.astype(np.float64) - before, axis=1) / apart
        return moved, tissue_of(there) != tissue

    stains = [each for each in after if each.kind == STAIN]
    effects, every = [], []
    for each in stains:
        moved, flipped = moved_and_flipped(each)
        was, now = center == each.center, center_of(after[each][known]) == each.center
        followed = now.astype(np.float64) - was
        if each.center != own_center or len(stains) == 1:
            every.append((moved, flipped.astype(np.float64), followed, now & ~was))
        effects.append(
            CenterEffect(
                each.center,
                mean(moved),
                mean(flipped),
                float(was.mean()),
                float(now.mean()),
                mean(followed, -1.0),
                (looks or {}).get(each.center, ()),
            )
        )
    curves = []
    for kind in CURVES:
        points = []
        for each in sorted((a for a in after if a.kind == kind.name), key=lambda a: a.strength):
            moved, flipped = moved_and_flipped(each)
            points.append(CurvePoint(each.strength, mean(moved), mean(flipped)))
        if points:
            curves.append(Curve(kind.name, points))
    over_all = [np.mean([each[part] for each in every], axis=0) for part in range(3) if every]
    return WhatIf(
        n_tiles=len(before),
        n_squares=n_squares,
        seed=seed,
        tissues_apart=apart,
        centers=effects,
        moved=mean(over_all[0]) if every else None,
        flipped=mean(over_all[1]) if every else None,
        followed=mean(over_all[2], -1.0) if every else None,
        curves=curves,
        tiles=_of_tiles(cells, every) if every else None,
        tissue_accuracy=tissue_accuracy,
        center_accuracy=center_accuracy,
        n_centers=n_centers,
        own_center=own_center,
        look=(looks or {}).get("", ()),
        notices=_notices(len(known), int(known.sum()), n_squares),
    )


def _of_tiles(cells: NDArray[np.integer], every: list[tuple[Any, Any, Any, Any]]) -> TileEffects:
    moved = np.mean([each[0] for each in every], axis=0)
    flipped = np.sum([each[1] for each in every], axis=0).astype(int)
    followed = np.sum([each[3] for each in every], axis=0).astype(int)
    return TileEffects(
        column=cells[:, 0].astype(int).tolist(),
        row=cells[:, 1].astype(int).tolist(),
        moved=[round(float(value), 4) for value in moved],
        flipped=flipped.tolist(),
        followed=followed.tolist(),
    )


def _notices(n: int, n_known: int, n_squares: int) -> list[str]:
    said = []
    if n_known < n:
        said.append(
            say(
                "{lost} of {n} tiles could not be read in each alteration and are left out.",
                lost=n - n_known,
                n=n,
            )
        )
    if n_squares < 2:
        said.append(say("All tiles lie in one square of 8 × 8 tiles, so there are no intervals."))
    return said


def mean_of(values: Floats, squares: Codes, seed: int, least: float = 0.0) -> Mean:
    """The mean of ``values`` (n,), none below ``least``, and its interval.

    Squares are resampled. Shares that are 0 or 1 in each of them resample to nothing else; there
    the interval is that of as many independent answers as there are squares, which is wide.
    """
    column = np.asarray(values, np.float64)[:, None]
    value = float(column.mean())
    bounds = mean_intervals(column, squares, seed)
    if bounds is None:
        return Mean(value)
    low, high = bounds[0].tolist()
    if column.min() == column.max() and value in (0.0, 1.0):
        unseen = 1 - 0.05 ** (1 / (int(squares.max()) + 1))
        low = max(least, value - unseen)
        high = min(1.0, value + unseen)
    return Mean(value, low, high)
