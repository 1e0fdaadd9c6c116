"""What the charts and the parts table show, taken from a run; nothing is drawn here.

The window draws these rows with pyqtgraph, the report with matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import NeighborCounts, RobustnessIndex
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import ShortcutSweep
from pathgui.core.results.findings import LOW_SUPPORT, side
from pathgui.core.runs.record import Run

# How every table and chart of window and report draws a chance value. What else is drawn as a line
# is full, dotted, or has marks.
CHANCE_DASHES = (3.0, 2.0)  # drawn, left out; in widths of the line
CHANCE_MARK = say("dashed: chance value")  # in the label of an axis
INDEX_MARKS = say(
    "the dot is the robustness index, the bar its 95 % interval, the dashed line its chance value"
)


@dataclass(frozen=True)
class IndexBar:
    """Robustness index of one encoder; all None where it is not assessable."""

    title: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    null: float | None = None
    support: float | None = None

    @property
    def low_support(self) -> bool:
        """Whether the index rests on too few tiles to say much."""
        return self.support is not None and self.support < LOW_SUPPORT

    @property
    def side(self) -> int:
        """1: the interval is above the null; -1: below; 0: it holds it, or there is none."""
        return side(self.low, self.high, self.null)


@dataclass(frozen=True)
class IndexCurve:
    """The index over k; NaN where it is not defined."""

    title: str
    k: Sequence[int]
    value: Sequence[float]
    chosen: int | None  # the k that the other numbers rest on; None: no index there
    null: float | None
    own: int | None = None  # the encoder's own best k
    support: Sequence[float] = ()  # over k
    low: Sequence[float] = ()  # over k
    high: Sequence[float] = ()


@dataclass(frozen=True)
class ShortcutCurve:
    """Accuracy for tissue over Cramér's V of the training set; NaN where there is none."""

    title: str
    v: Sequence[float]
    inside: Sequence[float]  # new slides of the training centers
    outside: Sequence[float]  # other centers
    chance: float


@dataclass(frozen=True)
class NeighborKinds:
    """The k nearest neighbors of all tiles by kind: SS, SO, OS, OO; None where not assessable."""

    title: str
    counts: dict[str, int] | None

    @property
    def shares(self) -> dict[str, float] | None:
        """Of all neighbors; None where there is none."""
        total = sum(self.counts.values()) if self.counts else 0
        if not self.counts or not total:
            return None
        return {kind: count / total for kind, count in self.counts.items()}


@dataclass(frozen=True)
class AccuracyPoint:
    """Balanced accuracies of center and tissue; None where not assessable."""

    title: str
    center: float | None
    tissue: float | None
    center_chance: float
    tissue_chance: float


@dataclass(frozen=True)
class PartRow:
    """The index of the tiles of one tissue or one center."""

    encoder: str
    kind: str  # "tissue" or "center"
    name: str
    tiles: int
    slides: int
    bar: IndexBar
    support: float
    noun: str = ""  # what texts call the kind: the word of the column that plays it


def index_bars(run: Run) -> list[IndexBar]:
    """One per encoder, in the order of the run."""
    bars = []
    for result in run.encoders:
        index = result.reference.robustness_index
        if isinstance(index, NotAssessable):
            bars.append(IndexBar(result.encoder.title))
        else:
            bars.append(
                IndexBar(
                    result.encoder.title,
                    index.value,
                    index.low,
                    index.high,
                    index.null,
                    index.support,
                )
            )
    return bars


def index_curves(run: Run) -> list[IndexCurve]:
    """One per encoder whose index is defined at some k."""
    curves = []
    for result in run.encoders:
        curve, index = result.reference.curve, result.reference.robustness_index
        if curve is None or all(value is None for value in curve.robustness_index):
            continue
        known = index if isinstance(index, RobustnessIndex) else None
        curves.append(
            IndexCurve(
                result.encoder.title,
                curve.k,
                _numbers(curve.robustness_index),
                known.k if known else None,
                known.null if known else None,
                result.reference.own_k,
                curve.support,
                _numbers(curve.low),
                _numbers(curve.high),
            )
        )
    return curves


def shortcut_curves(run: Run) -> list[ShortcutCurve]:
    """One per encoder for which shortcuts were swept."""
    return [
        ShortcutCurve(
            result.encoder.title,
            [split.cramers_v for split in sweep.splits],
            [split.in_domain for split in sweep.splits],
            _numbers([split.out_of_domain for split in sweep.splits]),
            sweep.chance,
        )
        for result in run.encoders
        if isinstance(sweep := result.reference.shortcut, ShortcutSweep)
    ]


def neighbor_kinds(run: Run) -> list[NeighborKinds]:
    """One per encoder."""
    rows = []
    for result in run.encoders:
        found = result.reference.counts
        known = isinstance(found, NeighborCounts)
        counts = {kind: getattr(found, kind) for kind in KINDS} if known else None
        rows.append(NeighborKinds(result.encoder.title, counts))
    return rows


def accuracy_points(run: Run, source: Literal["probe", "knn"]) -> list[AccuracyPoint]:
    """One per encoder."""
    points = []
    for result in run.encoders:
        found = getattr(result.reference, source)
        center, tissue = found.center_balanced_accuracy, found.tissue_balanced_accuracy
        points.append(
            AccuracyPoint(
                result.encoder.title,
                None if isinstance(center, NotAssessable) else center,
                None if isinstance(tissue, NotAssessable) else tissue,
                found.center_chance,
                found.tissue_chance,
            )
        )
    return points


def part_rows(run: Run) -> list[PartRow]:
    """The index by tissue and by center, encoder by encoder."""
    rows = []
    for result in run.encoders:
        measured = result.reference
        columns = measured.columns
        nouns = {"tissue": columns.of_tissue.one, "center": columns.of_center.one}
        for kind, parts in (("tissue", measured.by_tissue), ("center", measured.by_center)):
            for part in parts:
                name = part.tissue if kind == "tissue" else part.center
                bar = IndexBar(
                    result.encoder.title, part.value, part.low, part.high, part.null, part.support
                )
                rows.append(
                    PartRow(
                        result.encoder.title, kind, name or "", part.n_anchors, part.n_slides,
                        bar, part.support, nouns[kind],
                    )
                )  # fmt: skip
    return rows


def _numbers(values: list[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]
