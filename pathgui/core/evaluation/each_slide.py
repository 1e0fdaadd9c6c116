"""One slide of many, judged by encoders that have measured the reference set already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.embed import side_by_side
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.encoder_runs import EncoderRuns, OwnTilesFoundError
from pathgui.core.evaluation.encoder_steps import EncoderSteps
from pathgui.core.evaluation.encoder_work import EncoderWork
from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.evaluation.slide_ahead import ReadySlide
from pathgui.core.evaluation.slide_plan import SlidePlan
from pathgui.core.evaluation.slide_work import SlideWork
from pathgui.core.evaluation.tile_table import agreement_of, build_table
from pathgui.core.evaluation.worst_tiles import worst_pictures
from pathgui.core.explore.exploration import Exploration
from pathgui.core.explore.maps import MapFacts, TileMap
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.record import (
    EncoderAgreement,
    EncoderFailure,
    Evaluation,
    Run,
    SlideByEncoder,
    SlideFacts,
    SlideOfRun,
    TissueRight,
)
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.system.background import watched


@dataclass(frozen=True)
class SlideDone:
    """What came of a slide."""

    facts: SlideFacts
    encoders: list[SlideByEncoder]
    failures: list[EncoderFailure]
    agreement: list[EncoderAgreement]
    evaluation: Evaluation  # its tiles, thumbnail, maps and pictures

    def onto(self, slide: SlideOfRun) -> SlideOfRun:
        """The slide with what came of it."""
        return replace(
            slide,
            slide=self.facts,
            encoders=self.encoders,
            failures=self.failures,
            agreement=self.agreement,
        )


class EachSlide:
    """Evaluates one slide after the other. What is fitted on the reference set is shared by all
    slides that the same reference tiles may judge.
    """

    def __init__(
        self,
        request: EvaluationRequest,
        reference: ReferenceSet,
        works: Sequence[EncoderWork],
        runs: EncoderRuns,
        store: EmbeddingStore | None,
        exploration: Exploration,
        run: Run,
    ) -> None:
        self._request = request
        self._reference = reference
        self._works = works
        self._runs = runs
        self._store = store
        self._exploration = exploration
        self._run = run
        self._fits = _Fits()

    def evaluate(self, ready: ReadySlide, report: ProgressFn) -> SlideDone:
        """Embed and judge a slide.

        Raises
        ------
        PathguiError
            If no encoder could run on it.
        """
        for text in ready.notices:
            report(Notice(text))
        store = ready.imports.bind(None, ready.plan.tiles, self._store)
        report(ready.plan.event(self._reference))
        plan, done, failures = self._judged(ready, store, report)
        if not done:
            raise EncoderError(" ".join(f"{each.title}: {each.reason}" for each in failures))
        tiles = build_table(
            plan.grid,
            {
                work.spec.name: (work.judge, work.readable)
                for work in done
                if work.readable is not None
            },
        )
        maps = {
            work.spec.name: placed
            for work in done
            if (placed := self._place(work, report)) is not None
        }
        names = [work.spec.name for work in done]
        pictures = watched(
            lambda inner: worst_pictures(
                tiles, names, plan.tiles, plan.rows, ReferenceTiles(self._reference), inner
            ),
            report,
            Progress(say("Keeping pictures of tiles"), 0, len(names), part=Part.SAVING),
        )
        thumbnail = watched(
            lambda _: plan.slide.thumbnail(),
            report,
            Progress(say("Reading a picture of the slide"), 0, 1, part=Part.READING),
        )
        said = [self._said(work, ready, maps) for work in done]
        return SlideDone(
            facts=replace(
                plan.facts(ready.request, tiles),
                own_region_l0=ready.request.settings.region_l0,
            ),
            encoders=said,
            failures=failures,
            agreement=agreement_of(tiles),
            evaluation=Evaluation(
                self._run,
                tiles,
                thumbnail,
                maps={name: laid for name, (_, laid) in maps.items()},
                pictures=pictures,
            ),
        )

    def _judged(
        self, ready: ReadySlide, store: EmbeddingStore | None, report: ProgressFn
    ) -> tuple[SlidePlan, list[SlideWork], list[EncoderFailure]]:
        """The works on the slide, judged by no tile of its own; and what could not begin."""
        plan = ready.plan
        while True:
            begun = [self._begun(work, ready, plan, report) for work in self._works]
            works = [each for each in begun if isinstance(each, SlideWork)]
            failures = [each for each in begun if isinstance(each, EncoderFailure)]
            try:
                self._embed(works, plan, store, report)
            except OwnTilesFoundError as found:  # what was embedded is in the store
                plan = plan.without(found.slides, self._reference)
                report(
                    Notice(say("The slide is judged again. {sentence}", sentence=plan.own.sentence))
                )
                continue
            failures += [work.failure for work in works if work.failure is not None]
            return plan, [work for work in works if work.alive], failures

    def _begun(
        self, work: EncoderWork, ready: ReadySlide, plan: SlidePlan, report: ProgressFn
    ) -> SlideWork | EncoderFailure:
        steps = EncoderSteps(work.spec, work.precision, report)
        with steps.step(say("fit probes")):
            ready.imports.check(work.spec.name)
            fit = self._fits.get(work, plan.admissible, self._runs.device_names, steps)
        if steps.failure is not None:
            return steps.failure
        begun = SlideWork(ready.request, work.spec, work.precision, fit, plan, report)
        begun.seconds.update(steps.seconds)
        return begun

    def _embed(
        self,
        works: Sequence[SlideWork],
        plan: SlidePlan,
        store: EmbeddingStore | None,
        report: ProgressFn,
    ) -> None:
        models = self._runs.models
        if models is not None:
            self._runs.embed_slide(works, plan, models, store, report)
        else:
            by_name = {work.spec.name: work for work in works}
            specs = [work.spec for work in works]
            for group in side_by_side(plan.tiles, specs, self._runs.device_names):
                with Models() as own:
                    here = [by_name[spec.name] for spec in group]
                    self._runs.embed_slide(here, plan, own, store, report)
        self._runs.look_for_own_tiles(works, plan, report)

    def _place(self, work: SlideWork, report: ProgressFn) -> tuple[MapFacts, TileMap] | None:
        """The slide's tiles on the map of an encoder."""
        sample = work.sample
        if sample is None:
            return None
        with work.step("map"):
            return watched(
                lambda inner: self._exploration.place(work.spec.name, sample, inner),
                report,
                Progress(say("Placing the slide's tiles on the map"), 0, 1, part=Part.MAPS),
            )
        return None

    def _said(
        self, work: SlideWork, ready: ReadySlide, maps: Mapping[str, tuple[MapFacts, TileMap]]
    ) -> SlideByEncoder:
        assert work.slide is not None  # it is alive
        rate = work.rate
        return SlideByEncoder(
            encoder=work.spec.name,
            slide=work.slide,
            seconds=self._seconds(work),
            tiles_per_second=None if rate is None else round(rate, 2),
            batch_size=work.batch_size,
            map=maps[work.spec.name][0] if work.spec.name in maps else None,
            tissue_right=self._tissue_right(work, ready),
        )

    def _seconds(self, work: SlideWork) -> dict[str, float]:
        """Of this slide alone: what all slides share was loaded and fitted before."""
        shared = {"load"} if self._runs.models is not None else set()
        return {
            step: took for step, took in work.seconds.items() if step not in shared and took > 0
        }

    def _tissue_right(self, work: SlideWork, ready: ReadySlide) -> TissueRight | None:
        """How often the tissue probe is right, where the tissue is known."""
        assert work.readable is not None  # it is alive
        answers, truth = work.judge.tissue.astype(np.intp), ready.truth
        basis: Literal["regions", "slide"] = "regions"
        if truth is None:
            if ready.request.tissue is None:
                return None
            known = self._reference.tissues.index(ready.request.tissue)
            truth, basis = np.full(len(answers), known, np.intp), "slide"
        counts = work.readable & (truth >= 0)
        right = int((answers[counts] == truth[counts]).sum())
        return TissueRight(int(counts.sum()), right, basis)


class _Fits:
    """What was fitted, for the reference tiles that may judge.

    That of all tiles stays. Of the others the last does: slides of one patient follow each other.
    """

    def __init__(self) -> None:
        self._of_all: dict[str, ReferenceFit] = {}
        self._last: dict[str, tuple[bytes, ReferenceFit]] = {}

    def get(
        self,
        work: EncoderWork,
        admissible: NDArray[np.bool_],
        devices: Sequence[str],
        steps: EncoderSteps,
    ) -> ReferenceFit:
        """That of an encoder; fitted now if it is not there."""
        name, key = work.spec.name, np.packbits(admissible).tobytes()
        if admissible.all() and name in self._of_all:
            return self._of_all[name]
        if name in self._last and self._last[name][0] == key:
            return self._last[name][1]
        self._last.pop(name, None)  # before the next one takes its memory
        fit = steps.watched(
            lambda report: work.fitted(admissible, devices, report),
            say("Fitting probes on {spec_title}", spec_title=work.spec.title),
            "measure",
        )
        if admissible.all():
            self._of_all[name] = fit
        else:
            self._last[name] = (key, fit)
        return fit
