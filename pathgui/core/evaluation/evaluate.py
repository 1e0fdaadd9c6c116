"""The main job: embed the reference set and the slide, measure, predict, record.

Nothing here knows a formula: those are in ``metrics``. This module knows the order of
the steps, and that no tile may ever be judged by its own slide or patient.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.encoder_runs import EncoderRuns, OwnTilesFoundError
from pathgui.core.evaluation.encoder_work import EncoderWork, precision_of
from pathgui.core.evaluation.slide_plan import SlidePlan, plan_slide
from pathgui.core.evaluation.tile_table import agreement_of, build_table
from pathgui.core.evaluation.worst_tiles import worst_pictures
from pathgui.core.explore.exploration import Exploration
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.measurement.comparison import compare
from pathgui.core.measurement.confounders import associations
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.progress import Event, Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.leakage import ONLY_NAMES
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.reference.role_columns import further_centers, left_out_text
from pathgui.core.results.judging import check_criteria, judge
from pathgui.core.runs.criteria import criteria_ks
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.private_names import named_for_keeping
from pathgui.core.runs.record import (
    ConfounderFacts,
    Evaluation,
    ReferenceFacts,
    Run,
    RunEvent,
    TileTable,
)
from pathgui.core.runs.request import EvaluationRequest, Opened, opening
from pathgui.core.runs.run_files import FORMAT
from pathgui.core.system.background import watched
from pathgui.core.system.devices import resolve_devices, title_of
from pathgui.core.system.environment import environment
from pathgui.core.system.times import now
from pathgui.version import __version__

__all__ = ["EvaluationRequest", "Opened", "evaluate"]


def evaluate(
    request: EvaluationRequest,
    *,
    at_hand: Opened | None = None,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    report: ProgressFn = ignore_progress,
) -> Evaluation:
    """Run every requested encoder over the reference set and, where given, the slide.

    Encoders that see tiles at the same size, and fit into memory together, go side by side and
    share each tile that is read; those that are done soonest come first. All are measured at one
    k: where none is given, every encoder embeds the reference set before the first is measured. An
    encoder that cannot run is recorded as failed and the others go on. Reports :class:`Progress`,
    :class:`Notice`, one :class:`TilePlan`, then :class:`TileAnswers` while the slide is embedded.
    Opens what the request names and is not ``at_hand``. With a ``store``, embeddings made
    before are used again; ``rates`` learns how fast the encoders were.

    Raises
    ------
    EncoderError
        If no encoder could run.
    ReferenceSetError, ScaleError, NoTissueError, DeviceError, CriteriaError, EmbeddingsError
        If the request cannot be carried out at all.
    Cancelled
        If ``report`` raised it; what was embedded stays in the store.
    """
    if not request.specs:
        raise EncoderError("No encoder is chosen. Tick at least one.")
    check_criteria(request.criteria, request.encoders, slide=request.slide is not None)
    with opening(request, at_hand, report) as opened:
        return _evaluate(request, opened, store, rates, report)


def _evaluate(
    request: EvaluationRequest,
    opened: Opened,
    store: EmbeddingStore | None,
    rates: Rates | None,
    report: ProgressFn,
) -> Evaluation:
    specs, reference, settings = request.specs, opened.reference, request.settings
    asked = asked_k(settings.k, criteria_ks(request.criteria), request.k_origin)
    log = _EventLog(report)
    started = now()
    if reference.left_out:
        log(Notice(left_out_text(reference)))
    can = measurable(
        reference.labels, edge_um=reference.info.edge_um, single_cells=settings.single_cells
    )
    if can.obstacle is not None:
        log(Notice(can.obstacle.text))
    devices = watched(
        lambda _: resolve_devices(settings.device),
        log,
        Progress("Looking for a GPU", 0, 1, part=Part.READING),
    )
    imports = MatchedImports.read(specs, log)
    plan = plan_slide(request, opened, imports, log)
    if plan is not None and all(spec.control for spec in specs):
        log(Notice(ONLY_NAMES))
    store = watched(
        lambda _: imports.bind(reference, None if plan is None else plan.tiles, store),
        log,
        Progress("Matching embeddings", 0, 1, part=Part.READING),
    )
    while True:
        exploration = Exploration(reference, seed=settings.seed)
        works = [
            EncoderWork(
                request,
                reference,
                spec,
                precision_of(spec, settings.precision, devices[0].name),
                plan,
                exploration,
                log,
            )
            for spec in specs
        ]
        try:
            shared = EncoderRuns(
                request, reference, asked, devices, plan, imports, store, rates, log
            ).run(works)
            break
        except OwnTilesFoundError as found:  # what was embedded is in the store
            assert plan is not None
            plan = plan.without(found.slides, reference)
            log(Notice(f"The slide is judged again. {plan.own.sentence}"))
    done = [work for work in works if work.alive]
    failures = [work.failure for work in works if work.failure is not None]
    if not done:
        raise EncoderError(
            "No encoder could run. "
            + " ".join(f"{failure.title}: {failure.reason}" for failure in failures)
        )
    tiles = None if plan is None else _table(plan, done)
    results = [work.result(title_of(devices)) for work in done]
    comparing = Progress("Comparing encoders", 0, 1, part=Part.MEASURING)
    run = Run(
        format=FORMAT,
        id=str(uuid.uuid4()),
        pathgui=__version__,
        started=started,
        finished=now(),
        command=request.command,
        settings=replace(settings, device=title_of(devices)),
        reference=_reference_facts(reference, can, settings.center_columns),
        slide=None if plan is None else plan.facts(request, tiles),
        encoders=results,
        failures=failures,
        events=log.events,
        environment=environment(),
        comparison=watched(
            lambda _: compare({result.encoder.name: result.reference for result in results}),
            log,
            comparing,
        ),
        agreement=agreement_of(tiles),
        criteria=judge(request.criteria, results, failures, frozen_at=started),
        intended_use=_frozen(request.intended_use, started),
        k=shared,
    )
    thumbnail = None
    if (slide := opened.slide) is not None:
        looking = Progress("Reading a picture of the slide", 0, 1, part=Part.READING)
        thumbnail = watched(lambda _: slide.thumbnail(), log, looking)
    finished = [result.encoder.name for result in results]
    pictures: tuple[TilePicture, ...] = ()
    if plan is not None and tiles is not None:
        pictures = _pictures(plan, tiles, finished, reference, log)
    evaluation = Evaluation(
        run,
        tiles,
        thumbnail,
        known=exploration.known(finished),
        maps=exploration.maps(finished),
        pictures=pictures,
    )
    return named_for_keeping(evaluation, request, opened)


def _frozen(use: IntendedUse | None, started: str) -> IntendedUse | None:
    return None if use is None or not use.stated else replace(use, frozen_at=started)


def _pictures(
    plan: SlidePlan,
    tiles: TileTable,
    encoders: Sequence[str],
    reference: ReferenceSet,
    report: ProgressFn,
) -> tuple[TilePicture, ...]:
    """The tiles that speak most against each encoder: a hundred reads, which may be slow."""
    return watched(
        lambda inner: worst_pictures(
            tiles, encoders, plan.tiles, plan.rows, ReferenceTiles(reference), inner
        ),
        report,
        Progress("Keeping pictures of tiles", 0, len(encoders), part=Part.SAVING),
    )


def _table(plan: SlidePlan, works: Sequence[EncoderWork]) -> TileTable:
    judged = {
        work.spec.name: (work.on_slide.judge, work.on_slide.readable)
        for work in works
        if work.on_slide is not None and work.on_slide.readable is not None
    }
    return build_table(plan.grid, judged)


class _EventLog:
    """Passes events on and keeps the notices for the record."""

    def __init__(self, report: ProgressFn) -> None:
        self._report = report
        self.events: list[RunEvent] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.events.append(RunEvent(now(), event.text))
        self._report(event)


def _reference_facts(
    reference: ReferenceSet, can: Measurable, centers: Sequence[str]
) -> ReferenceFacts:
    info, labels = reference.info, reference.labels
    further = further_centers(reference, centers)
    return ReferenceFacts(
        name=info.name,
        version=info.version,
        description=info.description,
        licence=info.licence,
        citation=info.citation,
        sha256=info.tiles_sha256,
        n_tiles=len(reference),
        n_slides=len(np.unique(labels.slide)),
        n_patients=None if labels.patient is None else len(set(labels.patient) - {""}),
        tissues=reference.tissues,
        centers=reference.centers,
        tissue_by_center=reference.table().tolist(),
        slides_by_cell=reference.slide_table().tolist(),
        edge_um=info.edge_um,
        refused=info.refused,
        measurable=can,
        columns=reference.columns,
        left_out=reference.left_out,
        confounders=[_confounder(labels, *each) for each in further.items()],
        associations=associations(labels, further),
    )


def _confounder(labels: TileLabels, column: str, values: TextArray) -> ConfounderFacts:
    named = replace(labels, center=values)
    names = np.unique(values)
    said = np.flatnonzero(names != "")  # of other tiles the column says nothing
    return ConfounderFacts(
        column,
        names[said].tolist(),
        named.tiles_by_cell()[:, said].tolist(),
        named.slides_by_cell()[:, said].tolist(),
    )
