"""The main job: embed the reference set and the slide, measure, predict, record.

Nothing here knows a formula: those are in ``metrics``, ``probe`` and ``neighbors``. This module
knows the order of the steps, and that no tile may ever be judged by its own slide or patient.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cost.estimate import likely_seconds
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.embed import (
    Embeddings,
    embed_many,
    fit_together,
    input_px,
    side_by_side,
    titles,
)
from pathgui.core.embedding.encoder_pass import OnEncoderBatch
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.encoders import chosen_encoders
from pathgui.core.errors import EncoderError, PathguiError
from pathgui.core.evaluation.encoder_work import EncoderWork, precision_of
from pathgui.core.evaluation.slide_plan import SlidePlan, plan_slide
from pathgui.core.evaluation.tile_table import agreement_of, build_table
from pathgui.core.evaluation.worst_tiles import worst_pictures
from pathgui.core.explore.exploration import Exploration
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.measurement.comparison import compare
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.metrics.neighbors.shared_k import AskedK, SharedK, asked_k, share_k
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.progress import Event, Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.leakage import MOST_LOOKED_AT, ONLY_NAMES, slides_with_equal_pixels
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.results.judging import check_criteria, judge
from pathgui.core.runs.criteria import criteria_ks
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.private_names import named_for_keeping
from pathgui.core.runs.record import (
    Evaluation,
    ReferenceFacts,
    Run,
    RunEvent,
    TileTable,
)
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.run_files import FORMAT
from pathgui.core.system.background import watched
from pathgui.core.system.devices import Device, resolve_devices, title_of, usable_cores
from pathgui.core.system.environment import environment
from pathgui.core.system.times import now
from pathgui.version import __version__

__all__ = ["EvaluationRequest", "evaluate"]

FEWEST_TO_RECORD = 32  # tiles: the rate of fewer says little of the next run
HELD_BYTES = 1_500_000_000  # of embeddings and neighbors kept while other encoders vote on k


def evaluate(
    request: EvaluationRequest,
    *,
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
    With a ``store``, embeddings made before are used again; ``rates`` learns how fast the encoders
    were.

    Raises
    ------
    EncoderError
        If no encoder could run.
    ReferenceSetError, ScaleError, NoTissueError, DeviceError, CriteriaError, EmbeddingsError
        If the request cannot be carried out at all.
    Cancelled
        If ``report`` raised it; what was embedded stays in the store.
    """
    if not request.encoders:
        raise EncoderError("No encoder is chosen. Tick at least one.")
    specs = chosen_encoders(request.encoders)
    names = [spec.name for spec in specs]
    check_criteria(request.criteria, names, slide=request.slide is not None)
    settings = request.settings
    asked = asked_k(settings.k, criteria_ks(request.criteria), request.k_origin)
    log = _EventLog(report)
    started = now()
    labels, edge_um = request.reference.labels, request.reference.info.edge_um
    can = measurable(labels, edge_um=edge_um, single_cells=settings.single_cells)
    if can.obstacle is not None:
        log(Notice(can.obstacle.text))
    devices = watched(
        lambda _: resolve_devices(settings.device), log, Progress("Looking for a GPU", 0, 1)
    )
    imports = MatchedImports.read(specs, log)
    plan = None if request.slide is None else plan_slide(request, request.slide, imports, log)
    if plan is not None and all(spec.control for spec in specs):
        log(Notice(ONLY_NAMES))
    store = watched(
        lambda _: imports.bind(request.reference, None if plan is None else plan.tiles, store),
        log,
        Progress("Matching embeddings", 0, 1),
    )
    while True:
        exploration = Exploration(request.reference, seed=settings.seed)
        works = [
            EncoderWork(
                request,
                spec,
                precision_of(spec, settings.precision, devices[0].name),
                plan,
                exploration,
                log,
            )
            for spec in specs
        ]
        try:
            shared = _Runner(request, asked, devices, plan, imports, store, rates, log).run(works)
            break
        except _OwnTilesFound as found:  # what was embedded is in the store
            assert plan is not None
            plan = plan.without(found.slides, request.reference)
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
    comparing = Progress("Comparing encoders", 0, 1)
    run = Run(
        format=FORMAT,
        id=str(uuid.uuid4()),
        pathgui=__version__,
        started=started,
        finished=now(),
        command=request.command,
        settings=replace(settings, device=title_of(devices)),
        reference=_reference_facts(request.reference, can),
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
    if (slide := request.slide) is not None:
        looking = Progress("Reading a picture of the slide", 0, 1)
        thumbnail = watched(lambda _: slide.thumbnail(), log, looking)
    finished = [result.encoder.name for result in results]
    pictures: tuple[TilePicture, ...] = ()
    if plan is not None and tiles is not None:
        pictures = _pictures(plan, tiles, finished, request.reference, log)
    evaluation = Evaluation(
        run,
        tiles,
        thumbnail,
        known=exploration.known(finished),
        maps=exploration.maps(finished),
        pictures=pictures,
    )
    return named_for_keeping(evaluation, request)


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
        Progress("Keeping pictures of tiles", 0, len(encoders)),
    )


def threads_of(request: EvaluationRequest) -> int:
    """Threads of torch. One core is left to the reader and the window.

    With every core asked for and one taken by other work, threads wait for each other at each
    step, and several are slower than one.
    """
    return request.threads or max(1, usable_cores() - 1)


class _Runner:
    """Takes encoders, some at a time, through all steps.

    Where k is given, each is in memory once, and then gone. Where the encoders choose it, those
    that do not fit into memory together are loaded once for the reference set and once for the
    slide.
    """

    def __init__(
        self,
        request: EvaluationRequest,
        asked: AskedK,
        devices: Sequence[Device],
        plan: SlidePlan | None,
        imports: MatchedImports,
        store: EmbeddingStore | None,
        rates: Rates | None,
        report: ProgressFn,
    ) -> None:
        self._request = request
        self._asked = asked
        self._devices = devices
        self._names = [device.name for device in devices]
        self._plan = plan
        self._imports = imports
        self._store = store
        self._rates = rates
        self._report = report
        self._reference = ReferenceTiles(request.reference)

    def run(self, works: Sequence[EncoderWork]) -> SharedK | None:
        """Embed, measure and judge. What fails says so in its ``failure``.

        Returns the k of all encoders; None if all failed before it was known.
        """
        for work in works:
            with work.step():
                work.look()
                self._imports.check(work.spec.name)
        by_name = {work.spec.name: work for work in works if work.alive}
        ordered = sorted(by_name.values(), key=self._cost)
        grouped = side_by_side(self._reference, [work.spec for work in ordered], self._names)
        groups = [[by_name[spec.name] for spec in group] for group in grouped]
        shared = self._asked.shared
        if shared is not None:
            for group in groups:
                with Models() as models:
                    self._embed_reference(group, models)
                    self._measure_group(group, shared, models)
            return shared
        return self._run_with_votes(groups)

    def _run_with_votes(self, groups: Sequence[list[EncoderWork]]) -> SharedK | None:
        """All reference embeddings first: they say at which k everything is measured."""
        every = [work.spec for group in groups for work in group]
        stay = self._plan is not None and fit_together(every, self._names)
        votes = []
        with ExitStack() as stack:
            held = [stack.enter_context(Models()) for _ in groups]
            for group, models in zip(groups, held, strict=True):
                self._embed_reference(group, models)
                if not stay and len(groups) > 1:
                    models.free()
                for work in _alive(group):
                    with work.step("choose k"):
                        votes.append(work.vote(self._names))
                    self._keep_within(_alive(each for other in groups for each in other), work)
            if not votes:
                return None
            order = {spec.name: number for number, spec in enumerate(every)}
            shared = share_k(sorted(votes, key=lambda vote: order[vote.encoder]))
            for group, models in zip(groups, held, strict=True):
                self._embed_reference(
                    [work for work in _alive(group) if not work.holds_values], models, again=True
                )
                self._measure_group(group, shared, models)
                models.free()
        return shared

    def _keep_within(self, works: Sequence[EncoderWork], newest: EncoderWork) -> None:
        """Let go of what the newest has brought if all together hold too much memory."""
        for let_go in (
            newest.let_go_of_neighbors,
            lambda: newest.let_go_of_values(self._store),
        ):
            if sum(work.held_bytes for work in works) > HELD_BYTES:
                let_go()

    def _cost(self, work: EncoderWork) -> float:
        """Seconds a tile, as far as that is known."""
        return likely_seconds(
            work.spec, self._reference, self._devices[0], work.precision, self._rates
        )

    def _measure_group(self, group: Sequence[EncoderWork], shared: SharedK, models: Models) -> None:
        for work in _alive(group):
            with work.step("measure"):
                work.measure(shared, self._names)
        for work in _alive(group):
            with work.step("fit probes"):
                work.fit(self._names)
        if self._plan is not None:
            self._embed_slide(_alive(group), self._plan, models)
            self._look_for_own_tiles(_alive(group), self._plan)
        for work in _alive(group):
            self._record(work)
            if self._request.settings.maps:
                with work.step("map"):
                    work.map()
            if self._rates is not None and work.alive:
                work.record_steps(self._rates, self._devices[0].title)
            work.finish()

    def _embed_reference(
        self, group: Sequence[EncoderWork], models: Models, *, again: bool = False
    ) -> None:
        take = EncoderWork.take_values if again else EncoderWork.take_reference
        self._embed(self._reference, group, models, Part.REFERENCE_SET, take)
        if again:
            return
        for work in _alive(group):
            with work.step("check precision" if work.differs_from_exact else ""):
                work.check_precision(self._names[0], self._store, threads_of(self._request))

    def _embed_slide(self, group: Sequence[EncoderWork], plan: SlidePlan, models: Models) -> None:
        by_name = {work.spec.name: work for work in group}
        place = np.full(len(plan.tiles), -1, np.intp)
        place[plan.rows] = np.arange(len(plan.rows))

        def on_batch(name: str, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
            self._report(by_name[name].answer(place[rows], values))

        self._embed(
            plan.tiles,
            group,
            models,
            Part.SLIDE,
            EncoderWork.take_slide,
            rows=None if len(plan.rows) == len(plan.tiles) else plan.rows,
            on_batch=on_batch,
            keep_values=False,  # their answers are what is kept
        )

    def _look_for_own_tiles(self, group: Sequence[EncoderWork], plan: SlidePlan) -> None:
        """Compare the pixels of tiles that encoders find nearest to the reference set.

        Not those of controls, to which all tiles of one color are near.
        """
        names = self._request.reference.labels.slide
        for work in group:
            if work.judge is None or work.spec.control:
                continue
            pairs = [
                (int(plan.rows[own]), other)
                for own, other in work.judge.nearest_pairs(MOST_LOOKED_AT)
            ]
            found = watched(
                lambda _, pairs=pairs: slides_with_equal_pixels(  # type: ignore[misc]
                    pairs, plan.tiles, self._reference, names
                ),
                self._report,
                Progress("Comparing nearest tiles with the slide", 0, 1),
            )
            if found:
                raise _OwnTilesFound(found)

    def _embed(
        self,
        source: TileSource,
        group: Sequence[EncoderWork],
        models: Models,
        part: Part,
        take: Callable[[EncoderWork, Embeddings, Models], None],
        *,
        rows: NDArray[np.intp] | None = None,
        on_batch: OnEncoderBatch | None = None,
        keep_values: bool = True,
    ) -> None:
        if not group:
            return
        try:
            found = embed_many(
                source,
                [work.spec for work in group],
                device=self._names,
                precision={work.spec.name: work.precision for work in group},
                store=self._store,
                rows=rows,
                preparation=self._request.settings.preparation,
                on_batch=on_batch,
                threads=threads_of(self._request),
                report=self._report,
                stage=f"Embedding {part.value} with {titles([work.spec for work in group])}",
                part=part,
                models=models,
                keep_values=keep_values,
            )
        except PathguiError as error:  # of the tiles: none of these encoders can go on
            for work in group:
                work.fail(error)
            return
        for work in group:
            result = found[work.spec.name]
            with work.step():
                if isinstance(result, PathguiError):
                    raise result
                take(work, result, models)

    def _record(self, work: EncoderWork) -> None:
        """Remember how fast it was, for the next estimate."""
        rate = work.rate
        if self._rates is None or rate is None or work.embedded < FEWEST_TO_RECORD:
            return
        px = input_px(work.spec, self._reference)
        self._rates.record(work.spec, px, self._devices[0].title, work.precision, rate)


def _alive(works: Iterable[EncoderWork]) -> list[EncoderWork]:
    return [work for work in works if work.alive]


def _table(plan: SlidePlan, works: Sequence[EncoderWork]) -> TileTable:
    judged = {
        work.spec.name: (work.judge, work.readable)
        for work in works
        if work.judge is not None and work.readable is not None
    }
    return build_table(plan.grid, judged)


class _OwnTilesFound(Exception):
    """Slides of the reference set turned out to be the one that is judged."""

    def __init__(self, slides: Sequence[str]) -> None:
        super().__init__(", ".join(slides))
        self.slides = slides


class _EventLog:
    """Passes events on and keeps the notices for the record."""

    def __init__(self, report: ProgressFn) -> None:
        self._report = report
        self.events: list[RunEvent] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.events.append(RunEvent(now(), event.text))
        self._report(event)


def _reference_facts(reference: ReferenceSet, can: Measurable) -> ReferenceFacts:
    info, labels = reference.info, reference.labels
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
    )
