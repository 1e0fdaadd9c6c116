"""What is measured beyond the neighbors: how shortcuts are learned, how the embedding lies.

Kept in ``run.json`` beside :mod:`pathgui.core.measurement.results`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.system.json_records import Member


class PermutationTest(Member, frozen=True):
    """A value against what it is with labels of slides exchanged."""

    mean: float
    sd: float
    z: float | None
    p: float  # two-sided


@dataclass(frozen=True)
class ShortcutSplit:
    """Accuracy of a tissue probe whose training tiles go together with centers so far."""

    cramers_v: float  # of tissue and center in training: 0 independent, 1 one tells the other
    in_domain: float  # balanced accuracy on new slides of the training centers, mean
    in_domain_sd: float | None  # over repetitions
    out_of_domain: float | None  # ... on the other centers; None where there are none
    out_of_domain_sd: float | None


class PerformanceDrop(Member, frozen=True):
    """What the splits cost, in one test domain."""

    apd: float  # mean relative change of the accuracy against the balanced split; below 0 a drop
    low: float | None  # 95 % t interval over repetitions: of the draw of slides, not of new slides
    high: float | None
    nipd: float | None  # area under the drop in units of (balanced accuracy - chance), -1/2: to
    # chance in a straight line; None where the balanced split is not better than guessing


class ShortcutSweep(Member, frozen=True):
    """Probes for tissue, trained on sets in which tissue goes more and more with center."""

    design: str  # in words
    tissues: list[str]
    centers: list[str]  # trained on
    other_centers: list[str]  # out of domain
    probe: str  # which classifier, in words
    repetitions: int
    slides_per_cell: int  # in training, where it is balanced
    tiles_per_slide: int
    n_train: int  # tiles; the same in every split
    chance: float
    splits: list[ShortcutSplit]  # the balanced one first
    in_domain: PerformanceDrop | NotAssessable
    out_of_domain: PerformanceDrop | NotAssessable


class ClusteringScore(Member, frozen=True):
    """Do clusters follow tissue or center? Over pairs of tissues at pairs of centers."""

    value: float  # ARI with tissue less ARI with center, mean over squares and trials; -1..1, and
    # beyond by 1 / (n - 2) in n tiles of equal cells, since an ARI can lie a little under 0
    sd: float | None  # over trials, mean of the squares
    ari_tissue: float
    ari_center: float
    n_squares: int
    of: int  # as many there are
    trials: int  # of k-means in each square
    clusters_median: float  # number of clusters, by silhouette
    most_tiles: int  # tiles of the largest square as it was used


class Silhouettes(Member, frozen=True):
    """Mean silhouette (cosine), -1..1: how far tiles of one label lie apart from the others."""

    tissue: float
    center: float
    center_within_tissue: float | None  # tiles of one tissue at a time
    n_tiles: int  # a sample where there are very many


@dataclass(frozen=True)
class Explained:
    """Share of the variance that a label explains, 0..1."""

    share: float
    by_chance: float | None  # with the label dealt out anew among slides, mean
    p: float | None  # one-sided


class Variance(Member, frozen=True):
    """Regression of the principal components on a label, weighted by their variance."""

    components: int
    covered: float  # share of the total variance that these components have
    tissue: Explained
    center: Explained
    slide: Explained


class Components(Member, frozen=True):
    """The first principal components, and what each one tells; lists go with each other."""

    explained: list[float]  # share of the total variance
    center_auroc: list[float]  # mean over pairs of centers, 1/2..1
    center_by_chance: list[float | None]  # with centers dealt out anew among slides
    tissue_auroc: list[float]


class Mixing(Member, frozen=True):
    """How well centers mix among the k nearest tiles of other slides."""

    k: int
    ilisi: float  # effective number of centers around a tile, median; 1..centers
    ilisi_by_chance: float | None  # with centers dealt out anew among slides of the same tissue
    ilisi_scaled: float  # 0 one center alone, 1 all alike
    clisi: float  # effective number of tissues around a tile, median; 1: one tissue alone
    kbet: float  # share of tiles whose neighbors' centers pass a chi-squared test at 5 %
    kbet_by_chance: float | None
    kbet_given_tissue: float  # ... against the centers that the neighbors' tissues come from
    kbet_given_tissue_by_chance: float | None


class SlideGap(Member, frozen=True):
    """What a tile gains when tiles of its own slide (or patient) may be its neighbors."""

    k: int
    within: float  # balanced accuracy of the tissue vote, own slide admitted
    across: float  # ... own slide left out
    gap: float
    own_slide_share: float  # of the k nearest where all tiles are admitted


@dataclass(frozen=True)
class Distances:
    """Mean cosine distance between two tiles, over all pairs; None where there is no pair."""

    same_slide: float | None  # of one slide, not only of one patient
    SS: float | None  # of other slides and patients, by kind: tissue first, center second
    SO: float | None
    OS: float | None
    OO: float | None


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, or why there is none."""

    low: float | None
    high: float | None
    df: int | None = None  # degrees of freedom: slides less strata
    reason: str = ""  # why it has no bounds


@dataclass(frozen=True)
class Shared:
    """A mean over pairs of slides, with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Concordance:
    """Paired tiles of slides that differ in the same columns; means over pairs of slides."""

    differ: list[str]  # columns, as scanner and stain; empty: in none that is known
    n_slide_pairs: int
    n_slides: int
    n_pieces: int  # of tissue, that the slides are of
    n_pairs: int  # matched tiles
    left_out: Literal["pieces", "slides"]  # in turn, for the intervals
    found_first: Shared  # share of tiles whose match is the nearest of both slides
    found_in_ten: Shared  # ... is among the ten nearest
    first_by_chance: float
    ten_by_chance: float
    cosine: Shared  # of matched tiles
    cosine_unmatched: float  # of tiles of the two slides that do not match
    # Share of matched tiles that a probe which saw neither slide gives the same tissue, and what
    # chance gives; null: no probe could be asked.
    same_tissue: Shared | None = None
    same_tissue_by_chance: float | None = None


@dataclass(frozen=True)
class CenterPair:
    """Matched tiles between two centers; medians over pairs of slides."""

    one: str
    other: str  # may be the same: two scans at one center
    n_slide_pairs: int
    cosine: float
    retrieval: list[float]  # goes with ``PairedTiles.k``


class PairedTiles(Member, frozen=True):
    """Tiles of the same piece of tissue, seen twice (column ``pair``)."""

    n_pairs: int  # matched tiles, over all pairs of slides
    n_slide_pairs: int
    cosine: float  # of matched tiles, mean; median over pairs of slides
    cosine_unmatched: float  # of tiles of the two slides that do not match
    k: list[int]
    retrieval: list[float]  # share of tiles whose match is among the k nearest of both slides
    by_centers: list[CenterPair]
    factors: list[str] = msgspec.field(default_factory=list)  # columns that pairs are split by
    # Of slides that differ in the same of them; []: of an earlier version, too.
    by_difference: list[Concordance] = msgspec.field(default_factory=list)


@dataclass(frozen=True)
class GeometryIndex:
    """The robustness index with distances taken in one geometry."""

    name: str  # "cosine" (the index itself), "centered", "standardized", "PCA-50", "whitened"
    value: float | None  # None where no tile has an SO or OS neighbor
    support: float


class Sensitivity(Member, frozen=True):
    """The index at the same k in several geometries: how far it hangs on that choice."""

    k: int
    indices: list[GeometryIndex]


class Cases(Member, frozen=True):
    """Whole slides as the mean of their tiles: what is found near them, and predicted of them.

    A case is the tiles of one tissue on one slide. Shares and accuracies are 0..1.
    """

    n_cases: int
    n_slides: int  # fewer than cases where slides have several tissues
    k: list[int]  # nearest cases of other slides (patients) that are looked at
    same_tissue: list[float]  # share of those that have its tissue; goes with ``k``
    same_center: list[float]  # ... that are from its center
    tissue_by_chance: float  # share among all cases that could be retrieved
    center_by_chance: float
    tissue_probe: float | NotAssessable  # balanced accuracy, slides held out
    center_probe: float | NotAssessable
    tissue_chance: float
    center_chance: float

    @property
    def shown(self) -> int:
        """Place in ``k`` of the number of nearest cases that tables show: 5, or the largest."""
        return self.k.index(5) if 5 in self.k else len(self.k) - 1


@dataclass(frozen=True)
class Geometry:
    """How tissue and center lie in the embedding as a whole."""

    clustering: ClusteringScore | NotAssessable
    silhouettes: Silhouettes | NotAssessable
    variance: Variance | NotAssessable
    components: Components | NotAssessable
    mixing: Mixing | NotAssessable
    slide_gap: SlideGap | NotAssessable
    distances: Distances
    pairs: PairedTiles | NotAssessable | None = None  # None: no column ``pair``
    notices: list[str] = field(default_factory=list)  # what was sampled
