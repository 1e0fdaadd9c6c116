"""Every measurement on one encoder's embeddings of a reference set, in one object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotAssessable:
    """A number that these data cannot give, and why. Never 0, never blank."""

    reason: str
    value: None = None


@dataclass(frozen=True)
class RobustnessIndex:
    """RI = SO / (SO + OS) among the k nearest neighbours, pooled over all anchors."""

    value: float  # 0..1
    low: float | None  # bounds of the 95 % interval, slides resampled; None: fewer than 2 slides
    high: float | None
    null: float  # value expected if neighbours were drawn from the admissible tiles at random
    support: float  # share of anchors with at least one SO or OS neighbour
    k: int
    n_anchors: int
    definition: str


@dataclass(frozen=True)
class RobustnessIndex2025:
    """The index of de Jong et al. 2025: (SS + SO) / (SS + OS), in [0, inf)."""

    value: float
    null: float


@dataclass(frozen=True)
class NeighborCounts:
    """Pairs (anchor, neighbour) among the k nearest by kind: tissue first, center second."""

    SS: int
    SO: int
    OS: int
    OO: int


@dataclass(frozen=True)
class BalancedAccuracies:
    """Balanced accuracies of tissue and of center, 0..1, and what guessing would give."""

    tissue_balanced_accuracy: float | NotAssessable
    center_balanced_accuracy: float | NotAssessable
    tissue_chance: float
    center_chance: float


@dataclass(frozen=True)
class ReferenceMeasurement:
    """What one encoder's embeddings of the reference set are worth."""

    n_tiles: int
    n_slides: int
    n_patients: int | None
    tissues: dict[str, int]  # tiles of each
    centers: dict[str, int]
    robustness_index: RobustnessIndex | NotAssessable
    robustness_index_2025: RobustnessIndex2025 | NotAssessable
    counts: NeighborCounts | NotAssessable
    knn: BalancedAccuracies
    probe: BalancedAccuracies
    notices: list[str]
