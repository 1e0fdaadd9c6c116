"""The measurements that have a name of their own: what criteria, tables and run differences read.

Each says what it is in a sentence, where the documentation explains it, which way is better, and
how it is read from one encoder's part of a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pathgui.core.measurement.measure import (
    Cases,
    NotAssessable,
    Part,
    Prediction,
    RobustnessIndex,
    SameCenterErrors,
)
from pathgui.core.measurement.results import BalancedAccuracies, Croma, Mari, RobustnessIndex2025
from pathgui.core.metrics.results import Interval, PerformanceDrop, ShortcutSweep
from pathgui.core.runs.record import EncoderResult, SlideMeasurement

NOT_MEASURED = "not measured in this run"
NOTHING_OUTSIDE = "the reference tiles that may judge the slide are all of one slide or patient"
CROMA_M = 5  # the m of CRoMa that criteria and tables read


@dataclass(frozen=True)
class Reading:
    """A value and its 95 % interval, where there is one."""

    value: float
    low: float | None = None
    high: float | None = None
    no_interval: str = ""  # why there is none, where that is known


def _with(value: float, found: Interval | None) -> Reading:
    """A value with the interval that the record has for it; earlier records have none."""
    if found is None:
        return Reading(value)
    return Reading(value, found.low, found.high, found.reason)


# Values that count the k nearest neighbors: at different k they do not stand side by side.
_COUNTED = frozenset(
    (
        "robustness_index",
        "robustness_index_less_null",
        "robustness_index_adjusted",
        "robustness_index_lowest_center",
        "robustness_index_lowest_tissue",
        "support",
        "robustness_index_2025",
        "mari",
        "tissue_knn",
        "center_knn",
        "enrichment",
        "center_sharpness",
    )
)

Read = Callable[[EncoderResult], "Reading | NotAssessable"]


@dataclass(frozen=True)
class Measure:
    """One measurement of an encoder."""

    key: str
    title: str
    help: str
    anchor: str  # of its section in docs/measurements.md
    better: Literal["high", "low"]
    least: float | None  # bounds of what it can be; None: none
    most: float | None
    digits: int
    read: Read
    has_interval: bool = False
    needs_slide: bool = False

    @property
    def counts_neighbors(self) -> bool:
        """Whether its value depends on k."""
        return self.key in _COUNTED

    def comparable(self, one: EncoderResult, other: EncoderResult) -> bool:
        """Whether the values of two results may be held against each other."""
        return not self.counts_neighbors or one.reference.k == other.reference.k


def measure(key: str) -> Measure | None:
    """The measurement of that key; None where there is none."""
    return _BY_KEY.get(key)


def _index(result: EncoderResult) -> RobustnessIndex | NotAssessable:
    return result.reference.robustness_index


def _robustness(result: EncoderResult) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    return Reading(index.value, index.low, index.high, index.no_interval)


def _above_null(result: EncoderResult) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    return Reading(
        index.value - index.null,
        None if index.low is None else index.low - index.null,
        None if index.high is None else index.high - index.null,
        index.no_interval,
    )


def _adjusted(result: EncoderResult) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    if index.adjusted is None:
        return NotAssessable("the null is 0 or 1, so composition cannot be taken out")
    return Reading(index.adjusted, index.adjusted_low, index.adjusted_high, index.no_interval)


def _support(result: EncoderResult) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    return _with(index.support, index.support_interval)


def _earlier(result: EncoderResult) -> Reading | NotAssessable:
    index = result.reference.robustness_index_2025
    if not isinstance(index, RobustnessIndex2025):
        return index
    return Reading(index.value, index.low, index.high, index.no_interval)


def _mari(result: EncoderResult) -> Reading | NotAssessable:
    found = result.reference.mari
    if isinstance(found, Mari):
        return Reading(found.value, found.low, found.high, found.no_interval)
    return found or NotAssessable(NOT_MEASURED)


def croma_of(result: EncoderResult) -> Croma | None:
    """The confounder margin that criteria and tables read."""
    return next((found for found in result.reference.croma if found.m == CROMA_M), None)


def _croma(pick: Callable[[Croma], Reading]) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        found = croma_of(result)
        if found is None:
            return NotAssessable(result.reference.croma_reason or NOT_MEASURED)
        return pick(found)

    return read


def _accuracy(group: Literal["knn", "probe"], of: Literal["tissue", "center"]) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        accuracies: BalancedAccuracies = getattr(result.reference, group)
        value: float | NotAssessable = getattr(accuracies, f"{of}_balanced_accuracy")
        if isinstance(value, NotAssessable):
            return value
        return _with(value, getattr(accuracies, f"{of}_interval"))

    return read


def _prediction(name: Literal["left_center_out", "random_minus_grouped"]) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        found = result.reference.prediction
        if not isinstance(found, Prediction):
            return found or NotAssessable(NOT_MEASURED)
        value: float | NotAssessable = getattr(found, name)
        if isinstance(value, NotAssessable):
            return value
        return _with(value, getattr(found, f"{name}_interval"))

    return read


def _enrichment(result: EncoderResult) -> Reading | NotAssessable:
    found = result.reference.same_center_errors
    if not isinstance(found, SameCenterErrors):
        return found or NotAssessable(NOT_MEASURED)
    return Reading(found.enrichment, found.low, found.high, found.no_interval)


def _drop(domain: Literal["in_domain", "out_of_domain"]) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        sweep = result.reference.shortcut
        if not isinstance(sweep, ShortcutSweep):
            return sweep or NotAssessable(NOT_MEASURED)
        found: PerformanceDrop | NotAssessable = getattr(sweep, domain)
        if isinstance(found, NotAssessable):
            return found
        return Reading(found.apd, found.low, found.high)

    return read


def _clustering(result: EncoderResult) -> Reading | NotAssessable:
    geometry = result.reference.geometry
    if geometry is None:
        return NotAssessable(NOT_MEASURED)
    found = geometry.clustering
    return found if isinstance(found, NotAssessable) else Reading(found.value)


def _center_variance(result: EncoderResult) -> Reading | NotAssessable:
    geometry = result.reference.geometry
    if geometry is None:
        return NotAssessable(NOT_MEASURED)
    found = geometry.variance
    return found if isinstance(found, NotAssessable) else Reading(found.center.share)


def _worst_part(parts_of: Callable[[EncoderResult], list[Part]], what: str) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        index = _index(result)
        if isinstance(index, NotAssessable):
            return index
        known = [part for part in parts_of(result) if part.value is not None]
        if not known:
            return NotAssessable(f"the index was not measured for single {what}")
        # The interval of the part would pretend that this part had been chosen beforehand: of 8
        # equal centers at .939 the lowest shows .898.
        return Reading(min(part.value for part in known if part.value is not None))

    return read


def _cases(pick: Callable[[Cases], float | NotAssessable]) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        found = result.reference.cases
        if not isinstance(found, Cases):
            return found or NotAssessable(NOT_MEASURED)
        value = pick(found)
        return value if isinstance(value, NotAssessable) else Reading(value)

    return read


def _slide(pick: Callable[[SlideMeasurement], float | None], why: str) -> Read:
    def read(result: EncoderResult) -> Reading | NotAssessable:
        if result.slide is None:
            return NotAssessable("no slide was evaluated")
        value = pick(result.slide)
        return NotAssessable(why) if value is None else Reading(value)

    return read


def _sharpness(measured: SlideMeasurement) -> float | None:
    return None if measured.center_draw is None else measured.center_draw.sharpness


MEASURES: tuple[Measure, ...] = (
    Measure(
        "robustness_index",
        "Robustness index",
        "Of the neighbors that share either tissue or center with a tile, but not both, the share "
        "that shares its tissue. 1: only tissue counts; 0: only center. It compares the two; it "
        "does not say that the center cannot be read.",
        "robustness-index-robustness_index", "high", 0, 1, 3, _robustness, True,
    ),
    Measure(
        "robustness_index_less_null",
        "Robustness index less its null",
        "How far the index lies above what neighbors drawn at random would give.",
        "its-neutral-value-null", "high", -1, 1, 3, _above_null, True,
    ),
    Measure(
        "robustness_index_adjusted",
        "Robustness index, adjusted",
        "The index with the make-up of the reference set taken out: ½ is neutral for every set.",
        "composition-adjusted-index-adjusted", "high", 0, 1, 3, _adjusted, True,
    ),
    Measure(
        "robustness_index_lowest_center",
        "Robustness index, lowest center",
        "The index of the tiles of that center where it is lowest. A description: the lowest of "
        "several is low by chance alone, the more so the more there are, so it has no interval.",
        "parts-by_tissue-by_center-by_cell", "high", 0, 1, 3,
        _worst_part(lambda result: result.reference.by_center, "centers"),
    ),
    Measure(
        "robustness_index_lowest_tissue",
        "Robustness index, lowest tissue",
        "The index of the tiles of that tissue where it is lowest. A description: the lowest of "
        "several is low by chance alone, the more so the more there are, so it has no interval.",
        "parts-by_tissue-by_center-by_cell", "high", 0, 1, 3,
        _worst_part(lambda result: result.reference.by_tissue, "tissues"),
    ),
    Measure(
        "support",
        "Support",
        "Share of the tiles that have a neighbor that tells tissue from center.",
        "support-support-undefined", "high", 0, 1, 3, _support, True,
    ),
    Measure(
        "robustness_index_2025",
        "Index of 2025",
        "Neighbors that share the tissue for each one that shares the center; the index of the "
        "paper of 2025.",
        "the-index-of-2025-robustness_index_2025", "high", 0, None, 3, _earlier, True,
    ),
    Measure(
        "mari",
        "MaRI",
        "The robustness index with near neighbors counted more than far ones.",
        "mari-mari", "high", 0, 1, 3, _mari, True,
    ),
    Measure(
        "croma_median",
        "CRoMa, median",
        "Whether the same tissue from elsewhere lies nearer than other tissue from here; median "
        "over tiles, above 0 where it does.",
        "croma-croma", "high", -1, 1, 3,
        _croma(lambda found: Reading(found.value, found.low, found.high, found.no_interval)), True,
    ),
    Measure(
        "croma_tail",
        "CRoMa, tail",
        "Mean confounder margin of the worst tenth of the tiles: how bad it gets.",
        "croma-croma", "high", -1, 1, 3,
        _croma(lambda found: _with(found.ltm10, found.ltm10_interval)), True,
    ),
    Measure(
        "croma_at_or_below_0",
        "CRoMa, tiles at or below 0",
        "Share of tiles to which other tissue from their own center lies at least as near as "
        "their own tissue from elsewhere.",
        "croma-croma", "low", 0, 1, 3,
        _croma(lambda found: _with(found.f0, found.f0_interval)), True,
    ),
    Measure(
        "tissue_knn",
        "Tissue accuracy, kNN",
        "Balanced accuracy of predicting the tissue from the neighbors; own slide left out.",
        "balanced-accuracies-knn-probe", "high", 0, 1, 2, _accuracy("knn", "tissue"), True,
    ),
    Measure(
        "center_knn",
        "Center accuracy, kNN",
        "Balanced accuracy of predicting the center from the neighbors. High says that the center "
        "can be read, not that it rules: read it beside the index, the shortcut sweep and the "
        "errors.",
        "balanced-accuracies-knn-probe", "low", 0, 1, 2, _accuracy("knn", "center"), True,
    ),
    Measure(
        "tissue_probe",
        "Tissue accuracy, probe",
        "Balanced accuracy of a linear probe for tissue, folds split by slide. The interval is "
        "that of this fitted probe.",
        "balanced-accuracies-knn-probe", "high", 0, 1, 2, _accuracy("probe", "tissue"), True,
    ),
    Measure(
        "center_probe",
        "Center accuracy, probe",
        "Balanced accuracy of a linear probe for center, folds split by slide. A line in many "
        "dimensions reads almost any stain: high says that the center is there to be learned, not "
        "that the encoder goes by it. The interval is that of this fitted probe.",
        "balanced-accuracies-knn-probe", "low", 0, 1, 2, _accuracy("probe", "center"), True,
    ),
    Measure(
        "tissue_new_centers",
        "Tissue accuracy at new centers",
        "Balanced accuracy of a linear probe for tissue at each center in turn, trained at the "
        "others. The interval is that of these fitted probes.",
        "prediction-prediction", "high", 0, 1, 2,
        _prediction("left_center_out"), True,
    ),
    Measure(
        "tiles_less_slides",
        "Gain from known slides",
        "How much better tissue is predicted if tiles of one slide may be in training and test.",
        "prediction-prediction", "low", -1, 1, 3,
        _prediction("random_minus_grouped"), True,
    ),
    Measure(
        "case_tissue",
        "Cases, nearest of the tissue",
        "Of the 5 nearest slides, each as the mean of its tiles, the share of the same tissue.",
        "cases-cases", "high", 0, 1, 2, _cases(lambda found: found.same_tissue[found.shown]),
    ),
    Measure(
        "case_center",
        "Cases, nearest of the center",
        "Of the 5 nearest slides, each as the mean of its tiles, the share from the same center. "
        "Compare it with chance: many come from the center where it has many slides.",
        "cases-cases", "low", 0, 1, 2, _cases(lambda found: found.same_center[found.shown]),
    ),
    Measure(
        "case_tissue_probe",
        "Cases, tissue accuracy, probe",
        "Balanced accuracy of a linear probe for tissue on whole slides, each as the mean of its "
        "tiles, slides held out.",
        "cases-cases", "high", 0, 1, 2, _cases(lambda found: found.tissue_probe),
    ),
    Measure(
        "case_center_probe",
        "Cases, center accuracy, probe",
        "Balanced accuracy of a linear probe for center on whole slides, each as the mean of its "
        "tiles, slides held out. High says that the center is there to be learned.",
        "cases-cases", "low", 0, 1, 2, _cases(lambda found: found.center_probe),
    ),
    Measure(
        "enrichment",
        "Same-center errors, enrichment",
        "Where neighbors vote for the wrong tissue: how many times more often than by chance "
        "the misleading ones come from the tile's own center. 1: not more often.",
        "same-center-errors-same_center_errors", "low", 0, None, 2, _enrichment, True,
    ),
    Measure(
        "apd_same_centers",
        "APD, same centers",
        "Average performance drop: how much a probe for tissue loses, on new slides of the "
        "training centers, when tissue goes together with center in training. Below 0: a loss.",
        "shortcuts-shortcut", "high", -1, None, 3, _drop("in_domain"), True,
    ),
    Measure(
        "apd_other_centers",
        "APD, other centers",
        "Average performance drop at centers that were not in training.",
        "shortcuts-shortcut", "high", -1, None, 3, _drop("out_of_domain"), True,
    ),
    Measure(
        "clustering_score",
        "Clustering score",
        "Do clusters follow tissue (above 0) or center (below 0). From about −1 to 1; chance adds "
        "a little beyond.",
        "the-shape-of-the-embedding-geometry", "high", None, None, 3, _clustering,
    ),
    Measure(
        "center_variance",
        "Variance explained by center",
        "Share of the variance of the embeddings that the center explains.",
        "the-shape-of-the-embedding-geometry", "low", 0, 1, 3, _center_variance,
    ),
    Measure(
        "outside_share",
        "Slide: tiles outside the set",
        "Share of the slide's tiles that lie farther from the reference set than 95 % of its own.",
        "a-slide-against-the-reference-set", "low", 0, 1, 3,
        _slide(lambda found: found.outside_share, NOTHING_OUTSIDE), needs_slide=True,
    ),
    Measure(
        "center_sharpness",
        "Slide: drawn to one center",
        "How strongly the slide is drawn to some center beyond what its tissues explain; 0: not.",
        "a-slide-against-the-reference-set", "low", 0, 1, 3,
        _slide(_sharpness, "it was not measured in this run"), needs_slide=True,
    ),
)  # fmt: skip

_BY_KEY = {each.key: each for each in MEASURES}
