"""The encoders of an evaluation, taken through all steps: some at a time, all at one k."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cost.estimate import likely_seconds
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.device_check import DeviceChecks
from pathgui.core.embedding.embed import embed_many, fit_together, side_by_side, titles
from pathgui.core.embedding.encoder_pass import Embeddings, OnEncoderBatch, input_px
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.errors import EncoderError, PathguiError
from pathgui.core.evaluation.encoder_steps import EncoderSteps
from pathgui.core.evaluation.encoder_work import EncoderWork
from pathgui.core.evaluation.slide_plan import SlidePlan
from pathgui.core.evaluation.slide_work import SlideWork
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.shared_k import AskedK, SharedK, share_k
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.reference.leakage import MOST_LOOKED_AT, slides_with_equal_pixels
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.record import EncoderFailure, EncoderResult
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.system.background import watched
from pathgui.core.system.devices import Device, usable_cores

FEWEST_TO_RECORD = 32  # tiles: the rate of fewer says little of the next run
W = TypeVar("W", bound=EncoderSteps)

HELD_BYTES = 1_500_000_000  # of embeddings and neighbors kept while other encoders vote on k


class OwnTilesFoundError(Exception):
    """Slides of the reference set turned out to be the one that is judged."""

    def __init__(self, slides: Sequence[str]) -> None:
        super().__init__(", ".join(slides))
        self.slides = slides


def threads_of(request: EvaluationRequest) -> int:
    """Threads of torch. One core is left to the reader and the window.

    With every core asked for and one taken by other work, threads wait for each other at each
    step, and several are slower than one.
    """
    return request.threads or max(1, usable_cores() - 1)


class EncoderRuns:
    """Takes encoders, some at a time, through all steps.

    Where k is given, each is in memory once, and then gone. Where the encoders choose it, those
    that do not fit into memory together are loaded once for the reference set and once for the
    slide.
    """

    def __init__(
        self,
        request: EvaluationRequest,
        reference: ReferenceSet,
        asked: AskedK,
        devices: Sequence[Device],
        plan: SlidePlan | None,
        imports: MatchedImports,
        store: EmbeddingStore | None,
        rates: Rates | None,
        report: ProgressFn,
        *,
        many_slides: bool = False,
    ) -> None:
        """``many_slides``: encoders keep what judging slides takes, and stay in memory if they can.

        Then :attr:`models` holds them.
        """
        self.models: Models | None = None
        self._many_slides = many_slides
        self._request = request
        self._asked = asked
        self._devices = devices
        self._names = [device.name for device in devices]
        self._plan = plan
        self._imports = imports
        self._store = store
        self._checks = DeviceChecks.beside(store)
        self._rates = rates
        self._report = report
        self._slide_names = reference.labels.slide
        self._reference = ReferenceTiles(reference)

    @property
    def device_names(self) -> list[str]:
        """The devices that share the work, as torch calls them."""
        return self._names

    def run(self, works: Sequence[EncoderWork]) -> SharedK | None:
        """Embed, measure and judge. What fails says so in its ``failure``.

        Returns the k of all encoders; None if all failed before it was known.
        """
        for work in works:
            with work.step():
                work.look()
                self._imports.check(work.spec.name)
        groups = self._groups(works)
        shared = self._asked.shared
        if shared is not None:
            for group in groups:
                with self._loading() as models:
                    self._embed_reference(group, models)
                    self._measure_group(group, shared, models)
            return shared
        return self._run_with_votes(groups)

    def take_up(self, works: Sequence[EncoderWork], measured: Mapping[str, EncoderResult]) -> None:
        """Get ready to judge slides, where an earlier process has measured the reference set."""
        for work in works:
            with work.step():
                work.look()
                self._imports.check(work.spec.name)
        for group in self._groups(works):
            with self._loading() as models:
                self._embed_reference(group, models, again=True)
            for work in _alive(group):
                with work.step():
                    work.take_up(measured[work.spec.name])
                    work.fit(self._names)
                    if self._request.settings.maps:
                        work.map()

    def _groups(self, works: Sequence[EncoderWork]) -> list[list[EncoderWork]]:
        """Those that go side by side; those that are done soonest first."""
        by_name = {work.spec.name: work for work in works if work.alive}
        specs = [work.spec for work in sorted(by_name.values(), key=self._cost)]
        if self._many_slides and fit_together(specs, self._names):
            self.models = Models()
        groups = side_by_side(self._reference, specs, self._names)
        return [[by_name[spec.name] for spec in group] for group in groups]

    @contextmanager
    def _loading(self) -> Iterator[Models]:
        """Encoders in memory: to the end if all have their place there, else for a while."""
        if self.models is not None:
            yield self.models
            return
        with Models() as models:
            yield models

    def _run_with_votes(self, groups: Sequence[list[EncoderWork]]) -> SharedK | None:
        """All reference embeddings first: they say at which k everything is measured."""
        every = [work.spec for group in groups for work in group]
        stay = self.models is not None or (
            self._plan is not None and fit_together(every, self._names)
        )
        votes = []
        with ExitStack() as stack:
            held = [stack.enter_context(self._loading()) for _ in groups]
            for group, models in zip(groups, held, strict=True):
                self._embed_reference(group, models)
                if not stay and len(groups) > 1:
                    models.free()
                for work in _alive(group):
                    with work.step(say("choose k")):
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
                if self.models is None:
                    models.free()
        return shared

    def _keep_within(self, works: Sequence[EncoderWork], newest: EncoderWork) -> None:
        """Let go of what the newest has brought if all together hold too much memory."""
        for let_go in (newest.let_go_of_neighbors, lambda: newest.let_go_of_values(self._store)):
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
        if self._request.settings.corrections:
            for work in _alive(group):
                with work.step("try corrections"):
                    work.correct(self._devices, models, self._store, self._rates)
        for work in _alive(group):
            with work.step(say("fit probes")):
                work.fit(self._names)
        if self._plan is not None:
            on_slide = [work.on_slide for work in _alive(group) if work.on_slide is not None]
            self.embed_slide(on_slide, self._plan, models, self._store, self._report)
            for work in group:
                work.take_slide()
            self.look_for_own_tiles(on_slide, self._plan, self._report)
        for work in _alive(group):
            self._record(work)
            if self._request.settings.maps:
                with work.step("map"):
                    work.map()
            if self._rates is not None and work.alive:
                work.record_steps(self._rates, self._devices[0].title)
            if not self._many_slides:
                work.finish()

    def _embed_reference(
        self, group: Sequence[EncoderWork], models: Models, *, again: bool = False
    ) -> None:
        take = EncoderWork.take_values if again else EncoderWork.take_reference
        self._embed(
            self._reference, group, models, Part.REFERENCE_SET, take, self._store, self._report
        )
        for device in self._devices:
            for work in _alive(group) if device.kind != "cpu" else ():
                with work.step(say("compare with the CPU")):
                    work.check_device(self._checks, device, threads_of(self._request))
        if again:
            return
        for work in _alive(group):
            with work.step(say("check precision") if work.differs_from_exact else ""):
                work.check_precision(self._names[0], self._store, threads_of(self._request))

    def embed_slide(
        self,
        works: Sequence[SlideWork],
        plan: SlidePlan,
        models: Models,
        store: EmbeddingStore | None,
        report: ProgressFn,
    ) -> None:
        """Embed a slide with some encoders, each of which judges its tiles as they come."""
        by_name = {work.spec.name: work for work in works}
        place = np.full(len(plan.tiles), -1, np.intp)
        place[plan.rows] = np.arange(len(plan.rows))

        def on_batch(name: str, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
            for answers in by_name[name].answer(place[rows], values):
                report(answers)

        self._embed(
            plan.tiles,
            works,
            models,
            Part.SLIDE,
            SlideWork.take_slide,
            store,
            report,
            rows=None if len(plan.rows) == len(plan.tiles) else plan.rows,
            on_batch=on_batch,
            keep_values=False,  # their answers are what is kept
        )

    def look_for_own_tiles(
        self, works: Sequence[SlideWork], plan: SlidePlan, report: ProgressFn
    ) -> None:
        """Compare the pixels of tiles that encoders find nearest to the reference set.

        Not those of controls, to which all tiles of one color are near. Raises OwnTilesFoundError.
        """
        for work in works:
            if not work.alive or work.spec.control:
                continue
            pairs = [
                (int(plan.rows[own]), other)
                for own, other in work.judge.nearest_pairs(MOST_LOOKED_AT)
            ]
            found = watched(
                lambda _, pairs=pairs: slides_with_equal_pixels(  # type: ignore[misc]
                    pairs, plan.tiles, self._reference, self._slide_names
                ),
                report,
                Progress(say("Comparing nearest tiles with the slide"), 0, 1, part=Part.MEASURING),
            )
            if found:
                raise OwnTilesFoundError(found)

    def _embed(
        self,
        source: TileSource,
        group: Sequence[W],
        models: Models,
        part: Part,
        take: Callable[[W, Embeddings, Models], None],
        store: EmbeddingStore | None,
        report: ProgressFn,
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
                store=store,
                rows=rows,
                preparation=self._request.settings.preparation,
                on_batch=on_batch,
                threads=threads_of(self._request),
                report=report,
                stage=say(
                    "Embedding {value} with {titles}",
                    value=part.value,
                    titles=titles([work.spec for work in group]),
                ),
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


def outcome(works: Iterable[EncoderWork]) -> tuple[list[EncoderWork], list[EncoderFailure]]:
    """Those that did their work, and why the others could not. Raises EncoderError if none did."""
    works = list(works)
    failures = [work.failure for work in works if work.failure is not None]
    done = _alive(works)
    if not done:
        why = " ".join(f"{failure.title}: {failure.reason}" for failure in failures)
        raise EncoderError(say("No encoder could run. {why}", why=why))
    return done, failures
