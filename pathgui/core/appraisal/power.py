"""How wide the interval of the index will be, and how many slides make it half as wide.

New slides are drawn from a model of the encoder's own embeddings (:mod:`slide_model`), and the
index and its interval are taken of them by the method that a run uses: the jackknife over slides.
Drawn slides need not follow tissue exactly as the real ones do. So widths are carried over to the
index that the real ones have, as the standard error of a share changes with it: with
sqrt(p (1 - p)).

Why not simply divide the interval of the set by the root of the number of slides? It is itself
uncertain by a quarter to a half where slides are few, and it is too hopeful: more slides lie more
densely, and k nearest tiles are then of fewer of them. tests/benchmarks/power.py compares both with
what is seen of new slides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.appraisal.slide_model import Design, SlideModel, design_of, fit
from pathgui.core.language.texts import say
from pathgui.core.measurement.design_limits import codes
from pathgui.core.measurement.measure import find_k
from pathgui.core.measurement.sample import select
from pathgui.core.metrics import jackknife, left_out
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.progress import Part, Progress, ProgressFn, during, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.json_records import Member

SETS = 24  # drawn of each design, at most: the median width is known to some 6 %
TIMES = (1, 2, 4)  # as many slides
MOST_AT_ONCE = 48_000  # tiles of all sets of a design, beyond which there are fewer sets
FEWEST_SETS = 8
MOST_TILES = 8_000  # of a drawn set with four times as many slides; else fewer of each slide
MOST_MEASURED = 30_000  # tiles of which the index of the set itself is taken
MOST_TIMES = 16  # as many slides as there are, beyond which half a width is not looked for
AT_THE_END = 0.01  # of an index: nearer to 0 or 1 a width does not shrink further

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Expected:
    """The index and its 95 % interval at some number of slides."""

    slides: int  # slides, or patients
    index: float  # mean over drawn sets, carried over to the index that the set has
    width: float | None  # of the interval, median over drawn sets; null: most have none
    low: float | None  # a tenth of the sets have a narrower one
    high: float | None  # a tenth have a wider one


@dataclass(frozen=True)
class MoreSlides:
    """Slides of one tissue at one center; a slide with two tissues counts for both."""

    tissue: str
    center: str
    have: int
    need: int  # in all


class Power(Member, frozen=True):
    """What more slides would bring."""

    k: int
    value: float  # the index of the set
    low: float | None  # its own interval; null: it has none
    high: float | None
    of: str  # what is drawn: slides or patients
    sets: int  # drawn of each design, at most
    tiles_share: float  # of the tiles of each slide that are drawn
    expected: list[Expected]  # with as many slides as there are, twice, four times
    halved_slides: int | None  # with which the interval is half as wide; null: see below
    halved_by: list[MoreSlides]  # how many each pair has and needs for that; empty: see below
    why_not_halved: str = ""


@dataclass(frozen=True)
class _Drawn:
    """Indices and widths of sets of one design."""

    values: NDArray[np.float64]
    widths: NDArray[np.float64]  # NaN where there is none

    @property
    def angle(self) -> float:
        """Mean index, on the scale where its spread is the same everywhere."""
        return float(np.arcsin(np.sqrt(self.values)).mean())

    @property
    def width(self) -> float | None:
        """Median width; None where most sets have no interval."""
        wide = self.widths[np.isfinite(self.widths)]
        return float(np.median(wide)) if 2 * len(wide) >= len(self.widths) else None


def power(
    embeddings: Floats,
    labels: TileLabels,
    *,
    k: int | None = None,
    seed: int = 0,
    sets: int = SETS,
    report: ProgressFn = ignore_progress,
) -> Power | NotAssessable:
    """What the interval of the robustness index is to be expected to be.

    Parameters
    ----------
    embeddings : (n, d) float array
        One row per tile, of an encoder that has embedded the set.
    labels : TileLabels
        Of the same n tiles.
    k : int, optional
        Neighbors; without it, what a run of this encoder alone would take.

    Raises
    ------
    EmbeddingsError
        As :func:`~pathgui.core.measurement.measure.measure`.
    """
    report = during(Part.MEASURING, report)
    chosen = select(embeddings, labels, "drop")
    if chosen.why_no_index is not None:
        return NotAssessable(
            say("Not assessable: {why_no_index}.", why_no_index=chosen.why_no_index)
        )
    clean, values = labels.take(chosen.rows), embeddings[chosen.rows]
    tissue, center = codes(clean)
    groups = clean.groups
    design, cell = design_of(tissue, center, groups)
    model = fit(values, design, cell, groups)
    if model is None:
        return NotAssessable(
            labels.columns.say(
                say(
                    "Not assessable: each {tissue} has one slide at each "
                    "{center}, so how slides differ is not known."
                )
            )
        )
    if k is None:
        k = find_k(embeddings, labels, seed=seed, report=report).own_k or 1
    if len(values) > MOST_MEASURED:
        some = np.random.default_rng(seed).permutation(len(values))[:MOST_MEASURED]
        values, tissue, center = values[some], tissue[some], center[some]
        groups = np.unique(groups[some], return_inverse=True)[1].astype(np.intp)
    own, bounds = index_of(values, tissue, center, groups, k)
    if own is None:
        return NotAssessable(say("Not assessable: no tile has an SO or OS neighbor."))
    share = min(1.0, MOST_TILES / (max(TIMES) * design.n_tiles))
    drawing = _Drawing(own, design, model, k, share, seed, sets, report)
    expected = [drawing.expected(design.times(times)) for times in TIMES]
    halved, needs, why_not = _halved(expected, design, drawing, clean)
    return Power(
        k=k,
        value=own,
        low=bounds.low,
        high=bounds.high,
        of="slides" if clean.patient is None else "patients",
        sets=sets,
        tiles_share=share,
        expected=expected,
        halved_slides=halved,
        halved_by=needs,
        why_not_halved=why_not,
    )


def index_of(
    values: Floats, tissue: Codes, center: Codes, groups: Codes, k: int
) -> tuple[float | None, Interval]:
    """The robustness index of embeddings and its interval, as a run takes them."""
    units = jackknife.units_of(groups, tissue, center)
    deep = k + min(k + 30, int(np.bincount(groups).max()))
    found = nearest(values, groups, min(deep, max(1, len(values) - 1)))
    by_anchor = ri.counts_by_anchor(ri.kinds_of(found, tissue, center), k)
    value = ri.robustness_index(by_anchor.sum(axis=0))
    if value is None:
        return None, Interval(None, None)
    counts = left_out.counts_without(found, tissue, center, units, k)
    without = jackknife.quotient(counts[:, SO], counts[:, SO] + counts[:, OS])
    telling = by_anchor[:, SO] + by_anchor[:, OS] > 0
    bearing = len(np.unique(groups[telling]))
    return value, jackknife.interval(value, without, units, "share", bearing)


class _Drawing:
    """Draws sets of any design, and carries them over to the index that the set has."""

    def __init__(
        self,
        own: float,
        design: Design,
        model: SlideModel,
        k: int,
        share: float,
        seed: int,
        sets: int,
        report: ProgressFn,
    ) -> None:
        self._own, self._model, self._share = own, model, share
        self._seed, self._sets, self._report = seed, sets, report
        self._k = max(1, round(k * share))
        self._as_it_is = self._drawn(design.thinned(share), self._k)
        self._factor = 1.0
        if share < 1:
            # Fewer tiles of a slide say less of it, about as much at any number of slides.
            whole = self._drawn(design, k).width
            if whole is not None and self._as_it_is.width:
                self._factor = whole / self._as_it_is.width

    def expected(self, design: Design) -> Expected:
        """The index and the width of its interval in sets of that design."""
        drawn = self._drawn(design.thinned(self._share), self._k)
        angle = np.arcsin(np.sqrt(self._own)) + drawn.angle - self._as_it_is.angle
        index = float(np.sin(np.clip(angle, 0, np.pi / 2)) ** 2)
        there, here = (
            min(max(each, AT_THE_END), 1 - AT_THE_END)
            for each in (float(drawn.values.mean()), index)
        )
        factor = self._factor * float(np.sqrt(here * (1 - here) / (there * (1 - there))))
        slides = len(design.units)
        if drawn.width is None:
            return Expected(slides, index, None, None, None)
        bounds = np.nanquantile(drawn.widths, [0.1, 0.5, 0.9]) * factor
        low, width, high = np.minimum(bounds, 1.0).tolist()
        return Expected(slides, index, width, low, high)

    def _drawn(self, design: Design, k: int) -> _Drawn:
        cell, unit = design.columns()
        tissue, center = (column[cell] for column in design.cells.T)
        values, widths = [], []
        stage = say("Drawing sets of {n_units} slides", n_units=len(design.units))
        sets = min(self._sets, max(FEWEST_SETS, MOST_AT_ONCE // len(cell)))
        for number in range(sets):
            self._report(Progress(stage, number, sets))
            rng = np.random.default_rng([self._seed, len(design.units), number])
            value, bounds = index_of(self._model.draw(design, rng), tissue, center, unit, k)
            if value is not None:
                values.append(value)
                wide = bounds.low is not None and bounds.high is not None
                widths.append(bounds.high - bounds.low if wide else np.nan)  # type: ignore[operator]
        self._report(Progress(stage, sets, sets))
        return _Drawn(np.array(values or [0.5]), np.array(widths or [np.nan]))


def _halved(
    expected: Sequence[Expected],
    design: Design,
    drawing: _Drawing,
    labels: TileLabels,
) -> tuple[int | None, list[MoreSlides], str]:
    """Raise the kinds of slides that are few until the interval is half as wide."""
    width = expected[0].width
    if width is None:
        return None, [], say("Most sets of so few slides have no interval at all.")
    target, sizes = width / 2, design.kinds()
    fewest, largest = min(sizes.values()), max(sizes.values())
    known = dict(zip(TIMES, expected, strict=True)) if fewest == largest else {}
    before, times = 1, 1
    while True:
        before, times = times, 2 * times
        if fewest * times > MOST_TIMES * largest:
            return (
                None,
                [],
                say("With {before} slides of each kind it is still wider.", before=before * fewest),
            )
        further = known.get(times) or drawing.expected(design.raised(fewest * times))
        if further.width is not None and further.width <= target:
            break
        width = further.width or width
    # Between the two last steps the width is taken to fall as a power of the number of slides.
    fallen = np.log(width / further.width)
    part = float(np.log(width / target) / fallen) if fallen > 0 else 1.0
    need = int(np.ceil(fewest * before * 2 ** min(part, 1.0)))
    raised = design.raised(need)
    tissues, centers = (np.unique(names) for names in (labels.tissue, labels.center))
    have, after = (
        np.bincount([cell for unit in each.units for cell in unit.cells]).tolist()
        for each in (design, raised)
    )
    needs = [
        MoreSlides(str(tissues[tissue]), str(centers[center]), now, then)
        for (tissue, center), now, then in zip(design.cells.tolist(), have, after, strict=True)
    ]
    return len(raised.units), needs, ""
