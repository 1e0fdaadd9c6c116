"""How each measurement is read from what was measured of one encoder, and what makes it readable.

A function of the first kind gives the value with its interval, or why there is none; one of the
second kind gives what is to be read beside it: what chance would give, and how much it rests on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pathgui.core.language.texts import noted, say
from pathgui.core.measurement.results import (
    BalancedAccuracies,
    Croma,
    Part,
    Prediction,
    ReferenceMeasurement,
    RobustnessIndex,
    RobustnessIndex2025,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import (
    Cases,
    ClusteringScore,
    Interval,
    PerformanceDrop,
    ShortcutSweep,
    Variance,
)
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import SlideMeasurement

NOT_MEASURED = noted("not measured in this run")
NOTHING_OUTSIDE = noted(
    "the reference tiles that may judge the slide are all of one slide or patient"
)
CROMA_M = 5  # the m of CRoMa that criteria and tables read


@dataclass(frozen=True)
class Reading:
    """A value and its 95 % interval, where there is one."""

    value: float
    low: float | None = None
    high: float | None = None
    no_interval: str = ""  # why there is none, where that is known
    kept: bool = field(default=True, compare=False)  # False: the record is of before intervals


def with_interval(value: float, found: Interval | None) -> Reading:
    """A value with the interval that the record has for it; earlier records have none."""
    if found is None:
        return Reading(value, kept=False)
    return Reading(value, found.low, found.high, found.reason)


class Measured(Protocol):
    """What was measured of one encoder: its part of a run, or a table of embeddings alone."""

    @property
    def reference(self) -> ReferenceMeasurement: ...

    @property
    def slide(self) -> SlideMeasurement | None: ...


@dataclass(frozen=True)
class EmbeddingsAlone:
    """Measured without a run around it."""

    reference: ReferenceMeasurement
    slide: SlideMeasurement | None = None


Read = Callable[[Measured], "Reading | NotAssessable"]
Beside = Callable[[Measured], str]


def _index(result: Measured) -> RobustnessIndex | NotAssessable:
    return result.reference.robustness_index


def bounded(part: Callable[[ReferenceMeasurement], Any], field: str = "value") -> Read:
    """A number of a part of the record that has its own bounds; None: it was not measured."""

    def read(result: Measured) -> Reading | NotAssessable:
        found = part(result.reference)
        if found is None or isinstance(found, NotAssessable):
            return found or NotAssessable(NOT_MEASURED)
        return Reading(getattr(found, field), found.low, found.high, found.no_interval)

    return read


def above_null(result: Measured) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    return Reading(
        index.value - index.null,
        None if index.low is None else index.low - index.null,
        None if index.high is None else index.high - index.null,
        index.no_interval,
    )


def adjusted(result: Measured) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    if index.adjusted is None:
        return NotAssessable(
            say("the chance value is 0 or 1, so the make-up of the set cannot be taken out")
        )
    return Reading(index.adjusted, index.adjusted_low, index.adjusted_high, index.no_interval)


def support(result: Measured) -> Reading | NotAssessable:
    index = _index(result)
    if isinstance(index, NotAssessable):
        return index
    return with_interval(index.support, index.support_interval)


def croma_of(result: Measured) -> Croma | None:
    """The confounder margin that criteria and tables read."""
    return next((found for found in result.reference.croma if found.m == CROMA_M), None)


def of_croma(pick: Callable[[Croma], Reading]) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        found = croma_of(result)
        if found is None:
            return NotAssessable(result.reference.croma_reason or NOT_MEASURED)
        return pick(found)

    return read


def accuracy(group: Literal["knn", "probe"], of: Literal["tissue", "center"]) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        accuracies: BalancedAccuracies = getattr(result.reference, group)
        value: float | NotAssessable = getattr(accuracies, f"{of}_balanced_accuracy")
        if isinstance(value, NotAssessable):
            return value
        return with_interval(value, getattr(accuracies, f"{of}_interval"))

    return read


def of_prediction(name: Literal["left_center_out", "random_minus_grouped"]) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        found = result.reference.prediction
        if not isinstance(found, Prediction):
            return found or NotAssessable(NOT_MEASURED)
        value: float | NotAssessable = getattr(found, name)
        if isinstance(value, NotAssessable):
            return value
        return with_interval(value, getattr(found, f"{name}_interval"))

    return read


def performance_drop(domain: Literal["in_domain", "out_of_domain"]) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        sweep = result.reference.shortcut
        if not isinstance(sweep, ShortcutSweep):
            return sweep or NotAssessable(NOT_MEASURED)
        found: PerformanceDrop | NotAssessable = getattr(sweep, domain)
        if isinstance(found, NotAssessable):
            return found
        return Reading(found.apd, found.low, found.high)

    return read


def of_record(pick: Callable[[ReferenceMeasurement], float | NotAssessable | None]) -> Read:
    """A number of the record without an interval; None: it was not measured."""

    def read(result: Measured) -> Reading | NotAssessable:
        value = pick(result.reference)
        if value is None:
            return NotAssessable(NOT_MEASURED)
        return value if isinstance(value, NotAssessable) else Reading(value)

    return read


def clustering(found: ReferenceMeasurement) -> float | NotAssessable | None:
    score = None if found.geometry is None else found.geometry.clustering
    return score.value if isinstance(score, ClusteringScore) else score


def center_variance(found: ReferenceMeasurement) -> float | NotAssessable | None:
    variance = None if found.geometry is None else found.geometry.variance
    return variance.center.share if isinstance(variance, Variance) else variance


def worst_part(parts_of: Callable[[Measured], list[Part]], what: str) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        index = _index(result)
        if isinstance(index, NotAssessable):
            return index
        known = [part for part in parts_of(result) if part.value is not None]
        if not known:
            return NotAssessable(
                say("the index was not measured for single centers")
                if what == "centers"
                else say("the index was not measured for single tissues")
            )
        # The interval of the part would pretend that this part had been chosen beforehand: of 8
        # equal centers at .939 the lowest shows .898.
        return Reading(min(part.value for part in known if part.value is not None))

    return read


def of_cases(pick: Callable[[Cases], float | NotAssessable]) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        found = result.reference.cases
        if not isinstance(found, Cases):
            return found or NotAssessable(NOT_MEASURED)
        value = pick(found)
        return value if isinstance(value, NotAssessable) else Reading(value)

    return read


def of_slide(pick: Callable[[SlideMeasurement], float | None], why: str) -> Read:
    def read(result: Measured) -> Reading | NotAssessable:
        if result.slide is None:
            return NotAssessable(say("no slide was evaluated"))
        value = pick(result.slide)
        return NotAssessable(why) if value is None else Reading(value)

    return read


def sharpness(measured: SlideMeasurement) -> float | None:
    return None if measured.center_draw is None else measured.center_draw.sharpness


def rests_on(index: RobustnessIndex) -> str:
    """The tiles that the index and its interval rest on: all, or a sample of how many."""
    if index.anchors_of is None:
        return fmt.plural(index.n_anchors, "tile")
    return say(
        "a sample of {n_anchors} of {anchors_of} tiles",
        n_anchors=index.n_anchors,
        anchors_of=index.anchors_of,
    )


def what_the_index_rests_on(result: Measured) -> str:
    index = _index(result)
    assert isinstance(index, RobustnessIndex)
    sampled = index.anchors_of is not None
    note = (
        say("; value and interval rest on {rests_on}", rests_on=rests_on(index)) if sampled else ""
    )
    return f"{index.definition}{note}"


def what_support_rests_on(result: Measured) -> str:
    index = _index(result)
    assert isinstance(index, RobustnessIndex)
    found, note = index.support_interval, say("measured on {rests_on}", rests_on=rests_on(index))
    if found is None or found.low is None or found.high is None:
        return note
    return say(
        "{note}; 95 % interval {low:.0%} to {high:.0%}", note=note, low=found.low, high=found.high
    )


def null_of_2025(result: Measured) -> str:
    index = result.reference.robustness_index_2025
    assert isinstance(index, RobustnessIndex2025)
    return say("chance value {index}", index=fmt.index(index.null))


def guessing(group: Literal["knn", "probe"], of: Literal["tissue", "center"]) -> Beside:
    """What guessing would give, and of a probe what its interval leaves out.

    A probe is not fitted anew without a slide.
    """

    def beside(result: Measured) -> str:
        accuracies: BalancedAccuracies = getattr(result.reference, group)
        found: Interval | None = getattr(accuracies, f"{of}_interval")
        note = say(
            "chance value {getattr}", getattr=fmt.number(getattr(accuracies, f"{of}_chance"))
        )
        if group == "probe" and found is not None and not found.reason:
            note += say("; the interval is that of this fitted probe")
        return note

    return beside


def nearest_cases(of: Literal["tissue", "center"]) -> Beside:
    def beside(result: Measured) -> str:
        found = result.reference.cases
        assert isinstance(found, Cases)
        return say(
            "{k} nearest of {cases} of {slides}; chance value {getattr}",
            k=found.k[found.shown],
            cases=fmt.plural(found.n_cases, "case"),
            slides=fmt.plural(found.n_slides, "slide"),
            getattr=fmt.number(getattr(found, f"{of}_by_chance")),
        )

    return beside


def guessing_of_cases(of: Literal["tissue", "center"]) -> Beside:
    def beside(result: Measured) -> str:
        return say(
            "chance value {getattr}",
            getattr=fmt.number(getattr(result.reference.cases, f"{of}_chance")),
        )

    return beside


def _clustering(result: Measured) -> ClusteringScore:
    geometry = result.reference.geometry
    assert geometry is not None
    assert isinstance(geometry.clustering, ClusteringScore)
    return geometry.clustering


def squares_of_clustering(result: Measured) -> str:
    return fmt.plural(_clustering(result).n_squares, "square")


def spread_of_clustering(result: Measured) -> str:
    spread = _clustering(result).sd
    return "" if spread is None else f"± {fmt.index(spread)}"
