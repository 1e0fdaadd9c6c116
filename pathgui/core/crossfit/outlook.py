"""What can be said of corrections before one is fitted: who takes part, and what to try first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.corrections.registry import (
    CORRECTIONS,
    TILE_CORRECTIONS,
    Correction,
    TileCorrection,
)
from pathgui.core.crossfit import halves
from pathgui.core.crossfit.cross_fit import HALVINGS
from pathgui.core.crossfit.material import part_by_labels
from pathgui.core.crossfit.results import may_lose_tissue, within_tissue_first
from pathgui.core.metrics.neighbors.tissue_by_center import cramers_v
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels


@dataclass(frozen=True)
class Outlook:
    """What of a reference set takes part in cross-fitting, by its labels."""

    n_tiles: int
    centers: list[str]
    left_out_centers: list[str]  # too few slides
    cramers_v: float | None  # of tissue and center, over tiles


def outlook(
    labels: TileLabels, *, halvings: int = HALVINGS, seed: int = 0
) -> Outlook | NotAssessable:
    """What :func:`~pathgui.core.crossfit.cross_fit.cross_fit` would work on, or why it refuses.

    It knows labels alone; tiles that cannot be embedded are left out later.
    """
    part = part_by_labels(labels)
    if isinstance(part, NotAssessable):
        return part
    for first in halves.halvings(part.groups, part.tissue, part.center, halvings, seed):
        why_not = halves.why_not_halved(first, part.groups, part.center, part.centers)
        if why_not is not None:
            return why_not
    return Outlook(
        len(part.rows),
        part.centers.tolist(),
        part.left_out_centers,
        cramers_v(part.tissue, part.center),
    )


def offered(v: float | None) -> tuple[Correction | TileCorrection, ...]:
    """All that can be tried where tissue goes with center so far; those of tiles last: they cost.

    >>> [each.name for each in offered(0.0)][-1]
    'macenko'
    """
    return *in_order(CORRECTIONS, v), *TILE_CORRECTIONS


def in_order(corrections: Sequence[Correction], v: float | None) -> tuple[Correction, ...]:
    """Corrections as they are offered where tissue goes with center so far.

    >>> in_order(CORRECTIONS[::-1], 0.4)[0].name
    'within-tissue'
    """
    if not within_tissue_first(v):
        return tuple(corrections)
    return tuple(sorted(corrections, key=lambda each: each.name != "within-tissue"))


def suggested(corrections: Sequence[Correction], v: float | None) -> tuple[Correction, ...]:
    """Corrections to try where nobody chose.

    Those that can be applied to slides of a new center, and, where tissue goes with center, those
    of them that know the tissue.

    >>> [each.name for each in suggested(CORRECTIONS, 0.2)]
    ['within-tissue']
    """
    return tuple(
        each
        for each in in_order(corrections, v)
        if not each.needs_center and not (each.class_blind and may_lose_tissue(v))
    )
