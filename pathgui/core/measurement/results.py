"""What a measurement says, as it is kept in ``run.json``."""

from __future__ import annotations

from dataclasses import dataclass, field

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Cases, Geometry, Interval, Sensitivity, ShortcutSweep
from pathgui.core.metrics.results import PermutationTest as PermutationTest
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.system.json_records import Member

BOOTSTRAP = "bootstrap"  # how intervals were made at first
INTERVALS = "jackknife-t"  # how they are made now


class RobustnessIndex(Member, frozen=True):
    """RI = SO / (SO + OS) among the k nearest neighbors, pooled over all anchors."""

    value: float  # 0..1
    # bounds of the 95 % interval; how it was made: ReferenceMeasurement.intervals
    low: float | None
    high: float | None
    null: float  # value expected if neighbors were drawn from the admissible tiles at random
    support: float  # share of anchors with at least one SO or OS neighbor
    k: int
    n_anchors: int
    definition: str
    adjusted: float | None = None  # with the composition taken out: 1/2 is neutral
    adjusted_low: float | None = None
    adjusted_high: float | None = None
    anchors_of: int | None = None  # tiles that the anchors are a sample of; None: all are anchors
    no_interval: str = ""  # why low and high are missing
    support_interval: Interval | None = None


class RobustnessIndex2025(Member, frozen=True):
    """The index of de Jong et al. 2025: (SS + SO) / (SS + OS), in [0, inf)."""

    value: float
    null: float
    low: float | None = None
    high: float | None = None
    no_interval: str = ""


class NeighborCounts(Member, frozen=True):
    """Pairs (anchor, neighbor) among the k nearest by kind: tissue first, center second."""

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
    # Of the tiles that are judged, the fitted probe as it is. None in older records, and of maps.
    tissue_interval: Interval | None = None
    center_interval: Interval | None = None


@dataclass(frozen=True)
class MapAccuracies:
    """What can be read off a map (t-SNE, two dimensions), slides held out."""

    k: int
    n_tiles: int  # on the map
    knn: BalancedAccuracies
    probe: BalancedAccuracies


@dataclass(frozen=True)
class Undefined:
    """Why anchors have neither an SO nor an OS neighbor; shares of all anchors, 0..1."""

    mostly_SS: float
    mostly_OO: float
    mixed: float
    no_neighbor: float


class Mari(Member, frozen=True):
    """The index with near neighbors counted more, weight exp(-distance / tau)."""

    value: float  # 0..1
    low: float | None
    high: float | None
    tau: float  # median distance of the SO and OS neighbors among the k nearest
    k: int
    no_interval: str = ""


@dataclass(frozen=True)
class Croma:
    """Margin of the m nearest SO against the m nearest OS tiles; above 0 tissue is nearer."""

    m: int
    value: float  # median over anchors, -1..1
    low: float | None  # in older records for m = 5 alone
    high: float | None
    q10: float
    ltm10: float  # mean of the lowest tenth
    f0: float  # share of anchors at or below 0
    histogram: list[int]  # anchors in 20 equal bins from -1 to 1
    n_anchors: int
    n_unsupported: int  # anchors with fewer than m tiles of a kind: left out
    worst_rows: list[int]  # of the input, the lowest first
    no_interval: str = ""
    q10_interval: Interval | None = None
    ltm10_interval: Interval | None = None
    f0_interval: Interval | None = None


class PermutationTests(Member, frozen=True):
    """With one label dealt out anew among slides that share the other."""

    permutations: int
    robustness_index: PermutationTest | NotAssessable
    robustness_index_2025: PermutationTest | NotAssessable
    same_tissue_share: PermutationTest | NotAssessable
    same_center_share: PermutationTest | NotAssessable
    mari: PermutationTest | NotAssessable | None = None  # tau as it was found
    croma: PermutationTest | NotAssessable | None = None  # median for m = 5
    accuracy: PermutationTest | NotAssessable | None = None  # of the vote for the label exchanged
    exchanges: int | None = None  # ways to deal the labels out, counted up to a billion
    least_p: float | None = None  # that can come out of so many ways


@dataclass(frozen=True)
class Part:
    """The index of some anchors: of a tissue, of a center, or of a cell (both are given)."""

    tissue: str | None
    center: str | None
    n_anchors: int
    n_slides: int
    counts: NeighborCounts
    value: float | None  # None where no anchor has a telling neighbor
    low: float | None
    high: float | None
    null: float | None
    adjusted: float | None
    support: float


@dataclass(frozen=True)
class Curve:
    """Over k; all lists go with ``k``. None where a value is not defined."""

    k: list[int]
    robustness_index: list[float | None]
    low: list[float | None]
    high: list[float | None]
    robustness_index_2025: list[float | None]
    mari: list[float | None]  # all with the tau of the k that was chosen
    support: list[float]
    tissue_accuracy: list[float | None]  # balanced, of the vote
    center_accuracy: list[float | None]
    confounder_insensitivity: list[float | None]
    generalization_index: list[float | None]
    same_center_among_misleading: list[float | None]  # see SameCenterErrors
    expected_among_misleading: list[float | None]


@dataclass(frozen=True)
class Ranks:
    """Neighbors of each kind at each rank, nearest first, over all anchors."""

    SS: list[int]
    SO: list[int]
    OS: list[int]
    OO: list[int]


class Squares(Member, frozen=True):
    """Parts of two tissues at two centers, each searched on its own."""

    n_squares: int
    of: int  # as many there are; more than n_squares where a sample was taken
    k: int
    pooled: float | None  # RI of the counts of all squares together, as PathoROB
    mean: float | None  # mean of the squares' RI
    sd: float | None
    croma_median: float | None
    tissue_accuracy: float


class SameCenterErrors(Member, frozen=True):
    """Tiles that the vote of their neighbors gets wrong, and who misled them."""

    k: int
    n_errors: int
    misleading: int  # neighbors of the tissue that won, over all errors
    same_center: int  # of those, from the tile's own center
    fraction: float  # same_center / misleading
    expected: float  # what it would be if center played no part
    enrichment: float
    low: float | None  # of the enrichment
    high: float | None
    probe_error_if_right: float | None  # error rate of the tissue probe on tiles voted right
    probe_error_if_center: float | None  # ... on errors misled mostly from their own center
    probe_error_if_other: float | None  # ... on the other errors
    no_interval: str = ""


@dataclass(frozen=True)
class LabelScores:
    """How well tissue is predicted on the tiles of one center."""

    center: str
    n_tiles: int
    balanced_accuracy: float | None  # by a probe trained on tiles of other slides
    left_out_accuracy: float | None  # trained at the other centers, on tissues they have
    calibration_error: float | None
    confidence: float | None
    accuracy: float | None
    brier: float | None
    confusion: list[list[int]]  # tissue (row) by answer (column), other slides
    balanced_accuracy_interval: Interval | None = None
    left_out_accuracy_interval: Interval | None = None


class Prediction(Member, frozen=True):
    """Predicting tissue with the linear probe, by how much of the test is new to it."""

    grouped: float | NotAssessable  # balanced accuracy: slides (or patients) are new
    random: float | NotAssessable  # tiles alone are new; their slides are not
    random_minus_grouped: float | NotAssessable
    site_preserved: float | NotAssessable  # centers are new, several held out at a time
    random_minus_site_preserved: float | NotAssessable
    left_center_out: float | NotAssessable  # mean over centers, each held out in turn
    tissues: list[str]  # order of the confusion matrices
    confusion_probe: list[list[int]]
    confusion_knn: list[list[int]]
    by_center: list[LabelScores]
    # Tiles that were asked: of tissues that the training slides have. None in older records.
    n_grouped: int | None = None
    n_site_preserved: int | None = None
    n_left_center_out: int | None = None
    # Slides left out among the tiles that are judged; probes stay as they were fitted.
    grouped_interval: Interval | None = None
    random_interval: Interval | None = None
    random_minus_grouped_interval: Interval | None = None
    site_preserved_interval: Interval | None = None
    random_minus_site_preserved_interval: Interval | None = None
    left_center_out_interval: Interval | None = None


@dataclass(frozen=True)
class Resamples:
    """The replicates of a bootstrap of the index, in records of earlier versions.

    Two encoders can be compared where ``key`` is the same: the same slides, drawn alike.
    """

    key: str
    robustness_index: str  # float32, base64


@dataclass(frozen=True)
class Deletions:
    """The index without each slide, to compare encoders by.

    Two encoders can be compared where ``key`` is the same: the same slides, left out alike.
    """

    key: str
    strata: str  # int32, base64: the stratum of each slide (or patient, or set of slides)
    robustness_index: str  # float64, base64: without each; NaN where it is not defined


@dataclass(frozen=True)
class IntervalBasis:
    """What all intervals of a measurement rest on."""

    units: int  # left out one after the other
    of: str  # "slides", "patients", or "sets of slides" (or of patients) where there are many
    strata: int  # of units of the same tissues and center
    df: int  # degrees of freedom: units less strata
    fewest: int  # slides in the smallest cell of tissue and center
    caution: str = ""  # where those are few: what the intervals are then worth


@dataclass(frozen=True)
class ConfounderMeasurement:
    """The same embeddings with a further column in the center's role, at the same k.

    All numbers are of the ``n_used`` tiles of which the column says something, less those that
    stand alone in it as in the main one.
    """

    column: str
    n_used: int
    n_slides: int  # of those tiles
    values: dict[str, int]  # tiles of each value, of all that have one
    n_unlabeled: int  # tiles of which the column says nothing
    robustness_index: RobustnessIndex | NotAssessable
    mari: Mari | NotAssessable
    counts: NeighborCounts | NotAssessable
    knn: float | NotAssessable  # balanced accuracy of the vote for the column, 0..1
    probe: float | NotAssessable  # ... of a linear probe
    knn_chance: float
    probe_chance: float
    cramers_v: float | None  # with tissue
    knn_interval: Interval | None = None
    probe_interval: Interval | None = None
    interval_basis: IntervalBasis | None = None
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReferenceMeasurement:
    """What one encoder's embeddings of the reference set are worth.

    All numbers are of the ``n_used`` tiles; ``n_tiles``, ``tissues`` and ``centers`` count what
    was given.
    """

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
    n_used: int = 0
    k: int = 0  # neighbors per tile that all of this rests on
    rejected_rows: list[int] = field(default_factory=list)  # zero or not finite
    unlabeled_rows: list[int] = field(default_factory=list)  # tissue, center or slide missing
    dropped_tissues: list[str] = field(default_factory=list)  # at one center only
    dropped_centers: list[str] = field(default_factory=list)  # with one tissue only
    with_single_cells: RobustnessIndex | NotAssessable | None = None  # nothing dropped
    k_rule: str = ""  # how k was chosen, in words
    # The k that suits this encoder best; None: not sought, or not known in older records.
    own_k: int | None = None
    cramers_v: float | None = None  # 0: tissue and center independent, 1: one tells the other
    undefined: Undefined | None = None
    confounder_insensitivity: float | NotAssessable | None = None
    generalization_index: float | NotAssessable | None = None
    mari: Mari | NotAssessable | None = None
    croma: list[Croma] = field(default_factory=list)
    croma_reason: str = ""  # why an m, or the interval, is missing
    centers_exchanged: PermutationTests | NotAssessable | None = None
    tissues_exchanged: PermutationTests | NotAssessable | None = None
    by_tissue: list[Part] = field(default_factory=list)
    by_center: list[Part] = field(default_factory=list)
    by_cell: list[Part] = field(default_factory=list)
    ranks: Ranks | None = None
    curve: Curve | None = None
    squares: Squares | NotAssessable | None = None
    same_center_errors: SameCenterErrors | NotAssessable | None = None
    prediction: Prediction | NotAssessable | None = None
    resamples: Resamples | None = None  # of earlier versions
    paired: Squares | NotAssessable | None = None  # over the subsets that were given, if any
    shortcut: ShortcutSweep | NotAssessable | None = None  # None: not asked for
    geometry: Geometry | None = None  # None: not asked for
    on_map: MapAccuracies | None = None  # None: no map was made
    deletions: Deletions | None = None
    interval_basis: IntervalBasis | None = None  # None: fewer than two slides, or an older record
    intervals: str = BOOTSTRAP  # how intervals were made; records of earlier versions do not say
    cases: Cases | NotAssessable | None = None  # None: of a version that did not measure them
    sensitivity: Sensitivity | NotAssessable | None = None  # None: not asked for, or as above
    columns: RoleColumns = USUAL  # that played center and tissue
    confounders: list[ConfounderMeasurement] = field(default_factory=list)  # further columns
