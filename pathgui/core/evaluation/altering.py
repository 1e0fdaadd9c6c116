"""Altered tiles of a slide embedded and answered: what if it had been stained or scanned otherwise.

What is asked for is planned first: which tiles, as which centers, and from which colors to which.
The plan says what it costs, and is carried out with the embeddings that the store has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cost.estimate import Cost, estimate, likely_seconds
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.embed import embed_many
from pathgui.core.embedding.encoder_pass import Embeddings, OnEncoderBatch
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision
from pathgui.core.errors import CorrectionError, EncoderError, PathguiError
from pathgui.core.evaluation.altered_answers import Answerer, LiveAnswers, answerer
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.evaluation.reference_export import embed_reference
from pathgui.core.evaluation.slide_plan import require_edge
from pathgui.core.evaluation.tile_request import TileRequest
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Part, Progress, ProgressFn, during, ignore_progress
from pathgui.core.reference.given import known_spelling
from pathgui.core.reference.leakage import OwnTiles, own_tiles
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.kept_what_if import add_what_if
from pathgui.core.runs.options import RunSettings, new_settings
from pathgui.core.runs.record import Run
from pathgui.core.runs.targets import why_not_kept
from pathgui.core.slides.scale_doubts import sure_mpp
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid, rows_in, sample_tiles
from pathgui.core.system.background import watched
from pathgui.core.system.devices import resolve_devices
from pathgui.core.system.times import now
from pathgui.core.what_if.alterations import CURVES, STAIN, Alteration, curve_kind
from pathgui.core.what_if.altered_tiles import AlteredTiles
from pathgui.core.what_if.recoloring import (
    Recoloring,
    colors_of,
    recoloring,
    spread_over_slides,
)
from pathgui.core.what_if.results import TriedWhatIf, WhatIf
from pathgui.version import __version__

TILES = 200  # of a slide, by default
CENTERS = 8  # as which it is colored, by default
MOST_TILES = 2000
ALL_CURVES = tuple(kind.name for kind in CURVES)


@dataclass(frozen=True)
class AlteringRequest:
    """What altered tiles are asked for."""

    n_tiles: int = TILES
    n_centers: int = CENTERS  # drawn of those of the set where it has more
    centers: tuple[str, ...] = ()  # as which the slide is colored; (): drawn
    curves: tuple[str, ...] = ALL_CURVES
    settings: RunSettings = field(default_factory=new_settings)  # as of an evaluation
    precision: Mapping[str, Precision] = field(default_factory=dict)  # by encoder, as in a run
    own_center: str = ""  # of the slide, where it is known


@dataclass(frozen=True)
class AlteringPlan:
    """Which tiles, altered how, answered by which reference tiles."""

    request: AlteringRequest
    reference: ReferenceSet
    specs: tuple[EncoderSpec, ...]
    tiles: SlideTiles  # all of the slide, as they are
    rows: NDArray[np.intp]  # (n,) rising: those that are altered
    grid: TileGrid  # these n
    altered: AlteredTiles
    own: OwnTiles  # of the reference set: of this slide or its patient; they answer nothing
    recolorings: Mapping[str, Recoloring]

    @property
    def looks(self) -> dict[str, tuple[float, ...]]:
        """Of the slide, by "", and of each center: six numbers each."""
        found = {center: each.target for center, each in self.recolorings.items()}
        for each in self.recolorings.values():
            found[""] = each.source
        return {name: tuple(look.numbers.tolist()) for name, look in found.items()}

    @property
    def device(self) -> str:
        """As it was asked for."""
        return self.request.settings.device

    def precision(self, first: str) -> dict[str, Precision]:
        """Of each encoder, on the device ``first``."""
        asked, known = self.request.settings.precision, self.request.precision
        return {
            spec.name: known.get(spec.name, precision_of(spec, asked, first)) for spec in self.specs
        }


def request_of_run(
    run: Run, asked: AlteringRequest, *, device: str, offline: bool = False
) -> AlteringRequest:
    """What is asked for, of the slide of a run: with its tiles, columns, seed and precision.

    Columns that ``asked`` names stay. ValueError: the run is of no slide.
    """
    if run.slide is None:
        raise ValueError("a run without a slide has no tiles")
    given = asked.settings
    settings = replace(
        run.settings,
        center_columns=given.center_columns or run.settings.center_columns,
        tissue_column=given.tissue_column or run.settings.tissue_column,
        seed=given.seed or run.settings.seed,
        device=device,
        offline=offline,
    )
    return replace(
        asked,
        settings=settings,
        precision={
            each.encoder.name: cast("Precision", each.encoder.precision) for each in run.encoders
        },
        own_center=run.slide.given_center or "",
    )


def keep_for_run(folder: Path, run: Run, found: Mapping[str, object]) -> str:
    """Keep what was found for encoders of a run beside it; why not, or "" if it is kept.

    Raises RecordError if the folder cannot be written.
    """
    done = {name: each for name, each in found.items() if isinstance(each, WhatIf)}
    if done and (why := why_not_kept(folder)):
        return why
    of_run = {each.encoder.name for each in run.encoders}
    for name, each in done.items():
        if name in of_run:
            add_what_if(folder, run, TriedWhatIf(name, now(), __version__, each))
    return ""


def rough_seconds(
    request: AlteringRequest,
    reference: ReferenceSet,
    specs: Sequence[EncoderSpec],
    n_centers: int,
    rates: Rates | None,
) -> float:
    """What embedding altered tiles takes with these encoders, before anything is looked at.

    As fast as they were on this machine before, or else guessed from their size.
    """
    levels = sum(len(curve_kind(name).strengths) for name in request.curves)
    n = request.n_tiles * (levels + min(request.n_centers, n_centers))
    first = resolve_devices(request.settings.device)[0]
    source = ReferenceTiles(reference)
    return n * sum(
        likely_seconds(
            spec,
            source,
            first,
            request.precision.get(
                spec.name, precision_of(spec, request.settings.precision, first.name)
            ),
            rates,
        )
        for spec in specs
    )


def plan_altering(
    request: AlteringRequest,
    reference: ReferenceSet,
    slide: Slide,
    specs: Sequence[EncoderSpec],
    *,
    slide_id: str = "",
    patient: str = "",
    report: ProgressFn = ignore_progress,
) -> AlteringPlan:
    """Choose tiles and centers, and look at the colors of both.

    ``slide_id`` and ``patient`` of the slide, where they are known: tiles of either answer nothing.

    Raises
    ------
    CorrectionError
        If nothing is asked for, a center or perturbation is unknown, or colors cannot be read.
    EncoderError
        If an encoder is made of imported embeddings: of altered tiles there are none.
    ScaleError, NoTissueError
        What an evaluation of this slide raises.
    """
    settings = request.settings
    _require_pixels(specs)
    kinds = [curve_kind(name) for name in dict.fromkeys(request.curves)]
    edge_um = require_edge(reference)
    sure_mpp(slide, edge_um)
    asked = TileRequest(edge_um, tuple(specs), settings)
    whole = asked.whole(slide, MatchedImports.read(specs, report), report).grid
    within = asked.choose(whole, slide.path.name).within
    grid = sample_tiles(within, request.n_tiles, settings.seed)
    tiles, rows = SlideTiles(slide, whole, edge_um), rows_in(grid, whole)
    own = own_tiles(reference, slide, slide_id, patient)
    centers = _centers(request, reference, own)
    recolorings = _recolorings(centers, reference, own, tiles, rows, settings.seed, report)
    alterations = [Alteration(STAIN, center=center) for center in recolorings]
    alterations += [Alteration(kind.name, each) for kind in kinds for each in kind.strengths]
    if not alterations:
        raise CorrectionError(
            say("Nothing is to be altered. Name at least one center or one perturbation.")
        )
    altered = AlteredTiles(tiles, rows, alterations, recolorings)
    return AlteringPlan(
        request, reference, tuple(specs), tiles, rows, grid, altered, own, recolorings
    )


def altering_cost(
    plan: AlteringPlan,
    store: EmbeddingStore | None,
    rates: Rates | None,
    *,
    warm_up: bool = True,
    report: ProgressFn = ignore_progress,
) -> Cost:
    """What it costs to carry the plan out, the reference set included; see :func:`.estimate`."""
    first = resolve_devices(plan.device)[0]
    found = estimate(
        [ReferenceTiles(plan.reference), plan.tiles, plan.altered],
        plan.specs,
        device=first,
        precision=plan.precision(first.name),
        preparation=plan.request.settings.preparation,
        store=store,
        rates=rates,
        warm_up=warm_up,
        rows=[None, plan.rows, None],
        report=report,
    )
    n_slide = len(plan.rows) + len(plan.altered)
    return Cost(found.encoders, len(plan.reference), n_slide)


@in_english()
def carry_out(
    plan: AlteringPlan,
    store: EmbeddingStore | None,
    report: ProgressFn = ignore_progress,
) -> dict[str, WhatIf | NotAssessable | PathguiError]:
    """What the alterations do, by encoder; an encoder that fails gives its error.

    ``report`` is told of progress, and now and then of a
    :class:`~pathgui.core.progress.PartialResult` with a :class:`.WhatIfSoFar`.

    Raises
    ------
    Cancelled
        If ``report`` raised it. What was embedded is in the store, so that the same goes on there.
    """
    settings = plan.request.settings
    devices = [each.name for each in resolve_devices(settings.device)]
    precision = plan.precision(devices[0])
    found: dict[str, WhatIf | NotAssessable | PathguiError] = {}
    answers: dict[str, Answerer] = {}
    for spec in plan.specs:
        fitted = _answerer(plan, spec, store, precision[spec.name], report)
        if isinstance(fitted, Answerer):
            answers[spec.name] = fitted
        else:
            found[spec.name] = fitted
    live: dict[str, LiveAnswers] = {}

    def so_far(name: str, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        live[name].take(rows, values)

    with Models() as models:

        def embedded(
            source: SlideTiles | AlteredTiles,
            rows: NDArray[np.intp] | None,
            stage: str,
            on_batch: OnEncoderBatch | None = None,
        ) -> dict[str, Embeddings]:
            specs = [spec for spec in plan.specs if spec.name not in found]
            if not specs:
                return {}
            results = embed_many(
                source,
                specs,
                device=devices,
                precision=precision,
                preparation=settings.preparation,
                store=store,
                rows=rows,
                on_batch=on_batch,
                models=models,
                report=report,
                part=Part.SLIDE,
                stage=stage,
            )
            found.update({n: one for n, one in results.items() if isinstance(one, PathguiError)})
            return {n: one for n, one in results.items() if isinstance(one, Embeddings)}

        before = embedded(plan.tiles, plan.rows, say("Embedding the tiles as they are"))
        for name, of in before.items():
            live[name] = _live(plan, name, answers[name], of.values, report)
        after = embedded(plan.altered, None, say("Embedding altered tiles"), so_far)
    for name in [spec.name for spec in plan.specs if spec.name not in found]:
        altered = after[name].values.reshape(len(plan.rows), len(plan.altered.alterations), -1)
        found[name] = answers[name].answered(
            before[name].values,
            {each: altered[:, n] for n, each in enumerate(plan.altered.alterations)},
            plan.grid.cells,
            own_center=plan.request.own_center,
            looks=plan.looks,
            seed=settings.seed,
        )
    return {spec.name: found[spec.name] for spec in plan.specs}


def _answerer(
    plan: AlteringPlan,
    spec: EncoderSpec,
    store: EmbeddingStore | None,
    precision: Precision,
    report: ProgressFn,
) -> Answerer | NotAssessable | EncoderError:
    """What answers for one encoder; the error where it cannot embed the reference set."""
    settings = plan.request.settings
    try:
        known = embed_reference(
            plan.reference,
            spec,
            store,
            stage=say("Embedding reference set with {spec_title}", spec_title=spec.title),
            precision=precision,
            preparation=settings.preparation,
            device=settings.device,
            report=report,
        )
    except EncoderError as error:
        return error
    return watched(
        lambda inner: answerer(known, plan.reference.labels, plan.own, settings.seed, inner),
        during(Part.MEASURING, report),
        Progress(say("Reading answers of {title}", title=spec.title), 0, 1),
    )


def _live(
    plan: AlteringPlan,
    name: str,
    answers: Answerer,
    before: NDArray[np.float32],
    report: ProgressFn,
) -> LiveAnswers:
    return LiveAnswers(
        name,
        answers,
        before,
        plan.altered.alterations,
        plan.grid.cells,
        plan.request.own_center,
        plan.looks,
        plan.request.settings.seed,
        report,
    )


def _require_pixels(specs: Sequence[EncoderSpec]) -> None:
    for spec in specs:
        if spec.embeddings:
            raise EncoderError(
                say(
                    "{title} is made of imported embeddings, and of altered tiles there are none. "
                    "Choose encoders that pathgui runs itself.",
                    title=spec.title,
                )
            )


def _centers(request: AlteringRequest, reference: ReferenceSet, own: OwnTiles) -> tuple[str, ...]:
    """As which centers the slide is colored, sorted."""
    there = sorted({str(name) for name in reference.labels.center[~own.rows]})
    if request.centers:
        named = {known_spelling(name, there) or name for name in request.centers}
        if unknown := sorted(named - set(there)):
            raise CorrectionError(
                say(
                    'The reference set has no center "{name}" beside this slide. It has: {names}.',
                    name=unknown[0],
                    names=", ".join(there),
                )
            )
        return tuple(sorted(named))
    if len(there) <= request.n_centers:
        return tuple(there)
    drawn = np.random.default_rng(request.settings.seed).permutation(len(there))
    return tuple(sorted(there[number] for number in drawn[: request.n_centers]))


def _recolorings(
    centers: Sequence[str],
    reference: ReferenceSet,
    own: OwnTiles,
    tiles: SlideTiles,
    rows: NDArray[np.intp],
    seed: int,
    report: ProgressFn,
) -> dict[str, Recoloring]:
    """From the colors of the slide, its chosen tiles pooled, to those of each center."""
    if not centers:
        return {}
    pictures = ReferenceTiles(reference)
    chosen = {}
    for center in centers:
        here = np.flatnonzero((reference.labels.center == center) & ~own.rows)
        chosen[center] = here[spread_over_slides(reference.labels.slide[here], seed=seed)]
    total, done = len(rows) + sum(map(len, chosen.values())), 0
    stage = say("Looking at the colors of slide and centers")

    def beat(here: int) -> None:
        report(Progress(stage, done + here, total, part=Part.READING))

    source = colors_of(tiles.read, rows.tolist(), beat)
    done += len(rows)
    if source is None:
        raise CorrectionError(
            say(
                "Hardly a pixel of the slide's tiles is stained, or none can be read, so they "
                "cannot be recolored. Ask for perturbations alone."
            )
        )
    found = {}
    for center, of_center in chosen.items():
        target = colors_of(pictures.read, of_center.tolist(), beat)
        done += len(of_center)
        if target is None:
            raise CorrectionError(
                say(
                    "Hardly a pixel of the tiles of {center} is stained, or none can be read, so "
                    "nothing can be colored as there. Choose other centers.",
                    center=center,
                )
            )
        found[center] = recoloring(source, target)
    return found
