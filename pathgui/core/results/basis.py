"""What a measured number is compared with and rests on: chance, support, how many of what.

Each function here reads it from what was measured of an encoder and, where it is of a slide, of
the slide; it is asked only where the number has a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import (
    Part,
    ReferenceMeasurement,
    RobustnessIndex,
    RobustnessIndex2025,
    SameCenterErrors,
)
from pathgui.core.metrics.results import Cases, ClusteringScore, ShortcutSweep
from pathgui.core.results.readings import CROMA_M
from pathgui.core.runs.record import SlideMeasurement


@dataclass(frozen=True)
class Basis:
    """What a number is compared with and rests on."""

    n: int | None
    n_of: str = "tiles"
    null: float | None = None
    support: float | None = None


ReadBasis = Callable[[ReferenceMeasurement, SlideMeasurement | None], Basis]


def all_tiles(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
    return Basis(found.n_used)


def telling_tiles(null: float | None = None) -> ReadBasis:
    """What rests on telling neighbors; ``null`` None: that of the index."""

    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
        index = found.robustness_index
        if not isinstance(index, RobustnessIndex):
            return Basis(found.n_used)
        chance = index.null if null is None else null
        return Basis(index.n_anchors, null=chance, support=index.support)

    return read


def index_2025(found: ReferenceMeasurement, slide: SlideMeasurement | None) -> Basis:
    old = found.robustness_index_2025
    null = old.null if isinstance(old, RobustnessIndex2025) else None
    return replace(telling_tiles()(found, slide), null=null)


def without_null(found: ReferenceMeasurement, slide: SlideMeasurement | None) -> Basis:
    return replace(telling_tiles()(found, slide), null=None)


def lowest_part(parts_of: Callable[[ReferenceMeasurement], list[Part]]) -> ReadBasis:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
        known = [part for part in parts_of(found) if part.value is not None]
        lowest = min(known, key=lambda part: part.value or 0.0)
        return Basis(lowest.n_anchors, null=lowest.null, support=lowest.support)

    return read


def margins(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
    margins = next(each for each in found.croma if each.m == CROMA_M)
    return Basis(margins.n_anchors)


def guessing(judge: str, what: str) -> ReadBasis:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
        return Basis(found.n_used, null=getattr(getattr(found, judge), f"{what}_chance"))

    return read


def asked_tiles(field_name: str) -> ReadBasis:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
        return Basis(getattr(found.prediction, field_name))

    return read


def cases(null: str) -> ReadBasis:
    def read(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
        assert isinstance(found.cases, Cases)
        return Basis(found.cases.n_cases, "cases", null=getattr(found.cases, null))

    return read


def errors(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
    assert isinstance(found.same_center_errors, SameCenterErrors)
    return Basis(found.same_center_errors.n_errors, "errors", null=1.0)


def repetitions(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
    assert isinstance(found.shortcut, ShortcutSweep)
    return Basis(found.shortcut.repetitions, "repetitions")


def squares(found: ReferenceMeasurement, _: SlideMeasurement | None) -> Basis:
    assert found.geometry is not None
    clustering = found.geometry.clustering
    assert isinstance(clustering, ClusteringScore)
    return Basis(clustering.n_squares, "squares")


def tiles_of_slide(_: ReferenceMeasurement, slide: SlideMeasurement | None) -> Basis:
    assert slide is not None
    return Basis(slide.n_tiles, say("tiles of the slide"))
