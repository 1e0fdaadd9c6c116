"""One measured number with all that makes it readable, and how it is read from a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pathgui.core.measurement.measure import (
    Cases,
    ClusteringScore,
    NotAssessable,
    Part,
    ReferenceMeasurement,
    RobustnessIndex,
    RobustnessIndex2025,
    SameCenterErrors,
    ShortcutSweep,
)
from pathgui.core.results.formatting import NOT_ASSESSABLE, because
from pathgui.core.results.measures import CROMA_M, MEASURES, NOT_MEASURED, Measure, Reading
from pathgui.core.results.summary import reading_text
from pathgui.core.runs.record import EncoderResult, SlideMeasurement


@dataclass(frozen=True)
class Number:
    """One measured number.

    Attributes
    ----------
    name, title : str
        "robustness_index" as in criteria and tables, and "Robustness index" as people read it.
    value : float or None
        None where it is not assessable; ``reason`` then says why.
    low, high : float or None
        Bounds of the 95 % interval. None where there is none; ``reason`` says why, if known.
    null : float or None
        The chance value: what neighbors drawn at random, or guessing, would give. None where there
        is none to compare with.
    support : float or None
        Share of the tiles that have a neighbor that tells tissue from center, 0..1. None of
        numbers that do not rest on such neighbors.
    n : int or None
        How many tiles (or cases, errors, squares: ``n_of``) the number rests on.
    definition : str
        What is measured, in a sentence or two.
    better : str
        "high" or "low".
    reason : str
        Why there is no value or no interval; "" otherwise.
    """

    name: str
    title: str
    value: float | None
    low: float | None = None
    high: float | None = None
    null: float | None = None
    support: float | None = None
    n: int | None = None
    n_of: str = "tiles"
    definition: str = ""
    better: str = "high"
    reason: str = ""
    digits: int = field(default=3, repr=False)  # after the point, where it is printed

    @property
    def text(self) -> str:
        """The number as it is printed.

        >>> Number("support", "Support", 0.4371, low=0.391, high=0.482).text
        '0.437 [0.391, 0.482]'
        >>> Number("mari", "MaRI", None, reason="all tiles are from one center").text
        'not assessable: all tiles are from one center'
        """
        if self.value is None:
            return (
                self.reason if self.reason == NOT_MEASURED else f"{NOT_ASSESSABLE}: {self.reason}"
            )
        return reading_text(Reading(self.value, self.low, self.high), self.digits)


def numbers_of(result: EncoderResult) -> dict[str, Number]:
    """All numbers of one encoder's result that have a name of their own, by that name."""
    return {
        each.key: _number(each, result)
        for each in MEASURES
        if result.slide is not None or not each.needs_slide
    }


def _number(measure: Measure, result: EncoderResult) -> Number:
    found = measure.read(result)
    bare = Number(
        measure.key,
        measure.title,
        None,
        definition=measure.help,
        better=measure.better,
        digits=measure.digits,
    )
    if isinstance(found, NotAssessable):
        return replace(bare, reason=because(found.reason))
    basis = _BASIS[measure.key](result.reference, result.slide)
    return replace(
        bare,
        value=found.value,
        low=found.low,
        high=found.high,
        null=basis.null,
        support=basis.support,
        n=basis.n,
        n_of=basis.n_of,
        reason=because(found.no_interval),
    )


@dataclass(frozen=True)
class _Basis:
    """What a number is compared with and rests on."""

    n: int | None
    n_of: str = "tiles"
    null: float | None = None
    support: float | None = None


_Read = Callable[[ReferenceMeasurement, SlideMeasurement | None], _Basis]


def _all_tiles(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
    return _Basis(found.n_used)


def _index(null: float | None = None) -> _Read:
    """What rests on telling neighbors; ``null`` None: that of the index."""

    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
        index = found.robustness_index
        if not isinstance(index, RobustnessIndex):
            return _Basis(found.n_used)
        chance = index.null if null is None else null
        return _Basis(index.n_anchors, null=chance, support=index.support)

    return read


def _earlier_index(found: ReferenceMeasurement, slide: SlideMeasurement | None) -> _Basis:
    old = found.robustness_index_2025
    null = old.null if isinstance(old, RobustnessIndex2025) else None
    return replace(_index()(found, slide), null=null)


def _no_null(found: ReferenceMeasurement, slide: SlideMeasurement | None) -> _Basis:
    return replace(_index()(found, slide), null=None)


def _lowest(parts_of: Callable[[ReferenceMeasurement], list[Part]]) -> _Read:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
        known = [part for part in parts_of(found) if part.value is not None]
        lowest = min(known, key=lambda part: part.value or 0.0)
        return _Basis(lowest.n_anchors, null=lowest.null, support=lowest.support)

    return read


def _croma(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
    margins = next(each for each in found.croma if each.m == CROMA_M)
    return _Basis(margins.n_anchors)


def _accuracy(judge: str, what: str) -> _Read:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
        return _Basis(found.n_used, null=getattr(getattr(found, judge), f"{what}_chance"))

    return read


def _asked(field_name: str) -> _Read:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
        return _Basis(getattr(found.prediction, field_name))

    return read


def _cases(null: str) -> _Read:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
        assert isinstance(found.cases, Cases)
        return _Basis(found.cases.n_cases, "cases", null=getattr(found.cases, null))

    return read


def _errors(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
    assert isinstance(found.same_center_errors, SameCenterErrors)
    return _Basis(found.same_center_errors.n_errors, "errors", null=1.0)


def _trained(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
    assert isinstance(found.shortcut, ShortcutSweep)
    return _Basis(found.shortcut.repetitions, "repetitions")


def _squares(found: ReferenceMeasurement, _: SlideMeasurement | None) -> _Basis:
    assert found.geometry is not None
    clustering = found.geometry.clustering
    assert isinstance(clustering, ClusteringScore)
    return _Basis(clustering.n_squares, "squares")


def _slide(_: ReferenceMeasurement, slide: SlideMeasurement | None) -> _Basis:
    assert slide is not None
    return _Basis(slide.n_tiles, "tiles of the slide")


_BASIS: dict[str, _Read] = {
    "robustness_index": _index(),
    "robustness_index_less_null": _index(0.0),
    "robustness_index_adjusted": _index(0.5),
    "robustness_index_lowest_center": _lowest(lambda found: found.by_center),
    "robustness_index_lowest_tissue": _lowest(lambda found: found.by_tissue),
    "support": _no_null,
    "robustness_index_2025": _earlier_index,
    "mari": _no_null,
    "croma_median": _croma,
    "croma_tail": _croma,
    "croma_at_or_below_0": _croma,
    "tissue_knn": _accuracy("knn", "tissue"),
    "center_knn": _accuracy("knn", "center"),
    "tissue_probe": _accuracy("probe", "tissue"),
    "center_probe": _accuracy("probe", "center"),
    "tissue_new_centers": _asked("n_left_center_out"),
    "tiles_less_slides": _asked("n_grouped"),
    "case_tissue": _cases("tissue_by_chance"),
    "case_center": _cases("center_by_chance"),
    "case_tissue_probe": _cases("tissue_chance"),
    "case_center_probe": _cases("center_chance"),
    "enrichment": _errors,
    "apd_same_centers": _trained,
    "apd_other_centers": _trained,
    "clustering_score": _squares,
    "center_variance": _all_tiles,
    "outside_share": _slide,
    "center_sharpness": _slide,
}
