"""What altered tiles do to an encoder's answers, as it is kept beside a run."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.system.json_records import Member


@dataclass(frozen=True)
class Mean:
    """A mean over the tiles of a slide, and its 95 % interval: squares of tiles resampled."""

    value: float
    low: float | None = None  # None: all tiles lie in one square
    high: float | None = None


@dataclass(frozen=True)
class CenterEffect:
    """What recoloring the slide as one center does."""

    center: str
    moved: Mean  # distance of the embeddings before and after; mean between tissues: 1
    flipped: Mean  # share of tiles with another tissue answer
    named_before: float  # share of tiles whose center answer is this center
    named: float  # ... and after
    followed: Mean  # the difference
    look: tuple[float, ...] = ()  # mean and spread of its colors in Lab, six; (): not kept


@dataclass(frozen=True)
class CurvePoint:
    """What one strength of a perturbation does."""

    strength: float  # in the unit of the curve
    moved: Mean
    flipped: Mean


@dataclass(frozen=True)
class Curve:
    """What a perturbation does, over its strength."""

    kind: str
    points: list[CurvePoint]  # strength rising; the one that changes nothing is not among them


@dataclass(frozen=True)
class TileEffects:
    """What recoloring does to each tile, over all centers."""

    column: list[int]  # of the lattice
    row: list[int]
    moved: list[float]  # mean over centers
    flipped: list[int]  # centers as which the tile gets another tissue answer
    followed: list[int]  # centers that are named as the tile is colored and were not before


class WhatIf(Member, frozen=True):
    """What altered tiles of a slide do to one encoder's answers."""

    n_tiles: int  # of the slide, that could be read in each alteration
    n_squares: int  # that they lie in, 8 × 8 tiles each: what the intervals resample
    seed: int
    tissues_apart: float  # mean distance between tissues of one center, in the encoder's unit
    centers: list[CenterEffect]
    moved: Mean | None  # over all centers but the slide's own; None: none was asked for
    flipped: Mean | None
    followed: Mean | None
    curves: list[Curve]
    tiles: TileEffects | None
    # Share of reference tiles named rightly by a probe that saw no tile of their slide.
    tissue_accuracy: float | NotAssessable
    center_accuracy: float | NotAssessable
    n_centers: int  # that the center answer can name
    notices: list[str]
    own_center: str = ""  # of the slide; "": not known
    look: tuple[float, ...] = ()  # of the slide, as of a center


@dataclass(frozen=True)
class TriedWhatIf:
    """What was found for one encoder of a run."""

    encoder: str  # its name
    time: str  # ISO 8601 with zone
    pathgui: str  # which version found it
    found: WhatIf
