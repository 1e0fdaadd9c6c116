"""The main job: embed the reference set and the slide, measure, predict, record.

Nothing here knows a formula: those are in ``metrics``. This module knows the order of
the steps, and that no tile may ever be judged by its own slide or patient.
"""

from __future__ import annotations

from collections.abc import Sequence

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.correcting import chosen_corrections
from pathgui.core.evaluation.encoder_runs import EncoderRuns, OwnTilesFoundError, outcome
from pathgui.core.evaluation.encoder_work import EncoderWork, precision_of
from pathgui.core.evaluation.run_making import EventLog, make_run
from pathgui.core.evaluation.slide_plan import SlidePlan, plan_slide
from pathgui.core.evaluation.tile_table import agreement_of, build_table
from pathgui.core.evaluation.worst_tiles import worst_pictures
from pathgui.core.explore.exploration import Exploration
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import in_english, say
from pathgui.core.measurement.measurable import measurable
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.leakage import ONLY_NAMES
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.reference.role_columns import left_out_text
from pathgui.core.results.judging import check_criteria
from pathgui.core.runs.criteria import criteria_ks
from pathgui.core.runs.private_names import named_for_keeping
from pathgui.core.runs.record import Evaluation, TileTable
from pathgui.core.runs.request import EvaluationRequest, Opened, opening
from pathgui.core.system.background import watched
from pathgui.core.system.devices import resolve_devices
from pathgui.core.system.times import now

__all__ = ["EvaluationRequest", "Opened", "evaluate"]


@in_english()
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
        raise EncoderError(say("No encoder is chosen. Tick at least one."))
    chosen_corrections(request.settings.corrections)  # whose names may be wrong
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
    log = EventLog(report)
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
        Progress(say("Looking for a GPU"), 0, 1, part=Part.READING),
    )
    imports = MatchedImports.read(specs, log)
    plan = plan_slide(request, opened, imports, log)
    if plan is not None and all(spec.control for spec in specs):
        log(Notice(ONLY_NAMES))
    store = watched(
        lambda _: imports.bind(reference, None if plan is None else plan.tiles, store),
        log,
        Progress(say("Matching embeddings"), 0, 1, part=Part.READING),
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
            log(Notice(say("The slide is judged again. {sentence}", sentence=plan.own.sentence)))
    done, failures = outcome(works)
    tiles = None if plan is None else _table(plan, done)
    run = make_run(
        request,
        reference,
        can,
        done,
        failures,
        devices=devices,
        shared=shared,
        started=started,
        events=log.events,
        slide=None if plan is None else plan.facts(request, tiles),
        agreement=agreement_of(tiles),
        report=log,
    )
    thumbnail = None
    if (slide := opened.slide) is not None:
        looking = Progress(say("Reading a picture of the slide"), 0, 1, part=Part.READING)
        thumbnail = watched(lambda _: slide.thumbnail(), log, looking)
    finished = [result.encoder.name for result in run.encoders]
    pictures: tuple[TilePicture, ...] = ()
    if plan is not None and tiles is not None:
        pictures = pictures_of(plan, tiles, finished, reference, log)
    evaluation = Evaluation(
        run,
        tiles,
        thumbnail,
        known=exploration.known(finished),
        maps=exploration.maps(finished),
        pictures=pictures,
    )
    return named_for_keeping(evaluation, request, opened)


def pictures_of(
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
        Progress(say("Keeping pictures of tiles"), 0, len(encoders), part=Part.SAVING),
    )


def _table(plan: SlidePlan, works: Sequence[EncoderWork]) -> TileTable:
    judged = {
        work.spec.name: (work.on_slide.judge, work.on_slide.readable)
        for work in works
        if work.on_slide is not None and work.on_slide.readable is not None
    }
    return build_table(plan.grid, judged)
