"""The work on the slides of a cohort in one run, whole or a shard of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import CohortError, EncoderError, PathguiError, RecordError
from pathgui.core.evaluation.cohort_progress import CohortProgress
from pathgui.core.evaluation.each_slide import EachSlide
from pathgui.core.evaluation.encoder_runs import EncoderRuns, outcome, threads_of
from pathgui.core.evaluation.encoder_work import EncoderWork, precision_of
from pathgui.core.evaluation.run_making import EventLog, make_run
from pathgui.core.evaluation.slide_ahead import SlidesAhead, kind_of, words_of
from pathgui.core.evaluation.slide_order import SlideRow, bytes_of, order_of, rows_of
from pathgui.core.evaluation.slides_together import SetSlides, slides_together
from pathgui.core.explore.exploration import Exploration
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import measurable
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.progress import (
    Cancelled,
    Event,
    Notice,
    Part,
    Progress,
    ProgressFn,
    SlideTurn,
)
from pathgui.core.reference.leakage import ONLY_NAMES
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import left_out_text
from pathgui.core.runs.criteria import criteria_ks
from pathgui.core.runs.private_names import CohortNames, named_for_keeping
from pathgui.core.runs.record import Evaluation, Run, RunEvent, ShardOfRun, SlideOfRun
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.same_request import differences
from pathgui.core.runs.shards import Shard, other_machine, rows_of_shard, said_of_shards
from pathgui.core.runs.slides_of_run import nearest_rows
from pathgui.core.runs.unfinished import UnfinishedRun
from pathgui.core.system.background import watched
from pathgui.core.system.devices import Device, resolve_devices, title_of
from pathgui.core.system.environment import environment
from pathgui.core.system.files import Replaceable
from pathgui.core.system.times import now

log = logging.getLogger(__name__)


class CohortJob:
    """What one process does of a run over slides: all of it, a shard, or the end.

    The reference set is measured by whoever comes first, and its measurement kept in the folder of
    the unfinished run, from which the others take it up.
    """

    def __init__(
        self,
        request: EvaluationRequest,
        reference: ReferenceSet,
        unfinished: UnfinishedRun,
        store: EmbeddingStore | None,
        rates: Rates | None,
        report: ProgressFn,
        *,
        shard: Shard | None = None,
        merging: bool = False,
    ) -> None:
        """``shard``: the slides to evaluate; all if None. ``merging``: all are evaluated."""
        self._request = request
        self._reference = reference
        self._unfinished = unfinished
        self._store = store
        self._rates = rates
        self._names = CohortNames(request, reference)
        self._shard = shard
        every = range(len(request.slides))
        own = every if shard is None else rows_of_shard(request.slides, shard)
        looked_at = frozenset(() if merging else own)  # a look at a file takes time on a network
        sizes = [
            bytes_of(each.file.path) if each.file and at in looked_at else 0
            for at, each in enumerate(request.slides)
        ]
        self._rows = rows_of(request.slides, self._names, sizes)
        self._own = [self._rows[at] for at in own]
        self._progress = CohortProgress(len(self._own), sum(row.size for row in self._own), report)
        self._log = EventLog(self._progress)
        self._devices: Sequence[Device] = ()
        if not merging:  # which no GPU has a part in
            self._devices = watched(
                lambda _: resolve_devices(request.settings.device),
                self._log,
                Progress(say("Looking for a GPU"), 0, 1, part=Part.READING),
            )
        self._over: dict[str, SlideOfRun] = {}  # by folder
        self._run: Run | None = None  # of the reference set, as it is kept
        self.agreement: dict[str, float] = {}  # with the machine that began, by encoder
        self._said: dict[str, int] = {}  # notices of slides, and how often each came

    def look_at_earlier(
        self, retry_failed: bool, begin_anew: bool, finished: Path | None = None
    ) -> None:
        """Take up what an earlier process has left of this very request.

        ``finished``: the run that is gone on with, where it was finished before.
        """
        before = self._unfinished.before
        if before is None:
            return
        found = differences(
            before.run,
            self._request,
            self._names,
            reference_sha256=self._reference.info.tiles_sha256,
            device=None if self._shard or not self._devices else title_of(self._devices),
        )
        if found and begin_anew:
            self._unfinished.discard()
            return
        if found:
            shown = "; ".join(found[:4]) + (say("; and more") if len(found) > 4 else "")
            name = self._unfinished.folder.name if finished is None else finished.name
            raise RecordError(
                say(
                    "{name} was begun by another request: {shown}. Ask for the "
                    "same again to go on, choose another name, or begin anew "
                    "with --overwrite.",
                    name=name,
                    shown=shown,
                )
            )
        again = {row.folder: retry_failed or row.asked.anyway for row in self._rows}
        if self._shard is not None and again.keys().isdisjoint(
            slide.folder for slide in before.run.slides
        ):
            raise RecordError(
                say(
                    "Another user, or a machine with other settings, began {name}: it calls the "
                    "slides by other pseudonyms. Let all machines have one home folder, or set "
                    "PATHGUI_HOME on each to one folder that all of them reach.",
                    name=self._unfinished.target.name,
                )
            )
        self._over = {
            slide.folder: slide
            for slide in before.run.slides
            if slide.folder in again
            and (slide.state == "done" or (slide.state == "failed" and not again[slide.folder]))
        }
        self._run = replace(before.run, slides=self._slides())
        self._unfinished.go_on(self._run)
        done = sum(slide.state == "done" for slide in self._over.values())
        self._log(
            Notice(
                say(
                    "The run goes on: {done:,} of {n_rows:,} slides were done before.",
                    done=done,
                    n_rows=len(self._rows),
                )
            )
        )

    def run(self) -> None:
        """The reference set, as far as it is not measured, and all slides that wait."""
        waiting = [row for row in self._own if row.folder not in self._over]
        for row in self._own:
            was = self._over.get(row.folder)
            self._log(
                SlideTurn(row.asked.slide_id, "waiting")
                if was is None
                else SlideTurn(row.asked.slide_id, was.state, was.reason)
            )
            if was is not None:
                self._progress.over(row.size, was.state == "failed", here=False)
        if self._run is not None and not waiting:
            return
        with self._ready_encoders() as (works, runs, imports, exploration):
            assert self._run is not None
            order = order_of([row.asked for row in waiting], [row.size for row in waiting])
            ordered = [waiting[at] for at in order]
            each = EachSlide(
                self._request, self._reference, works, runs, self._store, exploration, self._run
            )
            contents = {
                slide.slide.content_id: slide.slide_id
                for slide in self._over.values()
                if slide.slide is not None
            }
            if self._shard is not None:
                contents = {}  # twins may be in other shards: see settle_twins
            ahead = SlidesAhead(
                self._request, [row.asked for row in ordered], self._reference, imports
            )
            with ahead:
                for row in ordered:
                    self._take(row, ahead, each, contents)

    def _named(self, slide_id: str, event: Event) -> None:
        """Say of which slide a notice is, and no notice for each of thousands of slides.

        The record of each slide holds its own.
        """
        if not isinstance(event, Notice):
            self._progress(event)
            return
        self._said[event.text] = self._said.get(event.text, 0) + 1
        if self._said[event.text] == 1:
            self._progress(Notice(f"{slide_id}: {event.text}"))
        elif self._said[event.text] == 2:
            further = say("{slide_id}, and perhaps further slides: {text}", slide_id=slide_id,
                          text=event.text)  # fmt: skip
            self._progress(Notice(further))

    def _take(
        self, row: SlideRow, ahead: SlidesAhead, each: EachSlide, contents: dict[str, str]
    ) -> None:
        """One slide, to the end."""
        assert self._run is not None
        begun, asked = time.perf_counter(), row.asked
        self._progress.begin(asked.slide_id, row.size)
        self._log(SlideTurn(asked.slide_id, "running"))
        events = EventLog(partial(self._named, asked.slide_id))
        state: Literal["done", "failed"] = "done"
        reason, done = "", None
        failure: Literal["", "no_tissue", "other"] = ""
        try:
            opening = Progress(say("Opening the slide"), 0, 1, part=Part.READING)
            ready = ahead.take(self._log, opening)
            try:
                twin = contents.get(ready.plan.slide.content_id)
                if twin is not None:
                    raise CohortError(same_as(twin))
                done = each.evaluate(ready, events)
                if self._shard is None:
                    contents[ready.plan.slide.content_id] = asked.slide_id
            finally:
                ready.close()
        except Cancelled:
            raise
        except Exception as error:  # whatever is wrong with one slide ends it alone
            if self._progress.raised is not None:
                raise
            if not isinstance(error, PathguiError):
                log.exception("a slide could not be evaluated")
            state, reason, failure = "failed", words_of(error), kind_of(error)
        slide = replace(
            self._empty(row),
            slide_id=asked.slide_id,
            patient=asked.patient,
            state=state,
            reason=reason,
            failure=failure,
            seconds=round(time.perf_counter() - begun, 3),
            events=events.events,
        )
        file_name = "" if asked.file is None else asked.file.path.name
        if done is not None:
            slide = done.onto(slide)
        kept = self._names.kept(slide, file_name)
        self._unfinished.write_slide(self._run, kept, None if done is None else done.evaluation)
        self._over[row.folder] = brief_of(kept)
        self._progress.over(row.size, state == "failed")
        self._log(SlideTurn(asked.slide_id, kept.state, reason))

    @contextmanager
    def _ready_encoders(
        self,
    ) -> Iterator[tuple[list[EncoderWork], EncoderRuns, MatchedImports, Exploration]]:
        """The encoders with the reference set measured, ready to judge slides."""
        request, reference, settings = self._request, self._reference, self._request.settings
        imports = MatchedImports.read(request.specs, self._log)
        store = watched(
            lambda _: imports.bind(reference, None, self._store),
            self._log,
            Progress(say("Matching embeddings"), 0, 1, part=Part.READING),
        )
        exploration = Exploration(reference, seed=settings.seed, many_slides=True)
        earlier = self._unfinished.before if self._run is not None else None
        taking_part = request.specs
        if earlier is not None:
            names = {result.encoder.name for result in earlier.run.encoders}
            taking_part = tuple(spec for spec in request.specs if spec.name in names)
        works = [
            EncoderWork(
                request,
                reference,
                spec,
                precision_of(spec, settings.precision, self._devices[0].name),
                None,
                exploration,
                self._log,
            )
            for spec in taking_part
        ]
        asked = asked_k(settings.k, criteria_ks(request.criteria), request.k_origin)
        runs = EncoderRuns(
            request,
            reference,
            asked,
            self._devices,
            None,
            imports,
            store,
            self._rates,
            self._log,
            many_slides=True,
        )
        try:
            if earlier is None:
                self._measure(works, runs, exploration)
            else:
                runs.take_up(works, {each.encoder.name: each for each in earlier.run.encoders})
                self._compare_machines(earlier.run, works)
                for work in works:
                    if work.failure is not None:
                        raise EncoderError(
                            say(
                                "{spec_title} took part when the run was begun, "
                                "and cannot now: {reason}",
                                spec_title=work.spec.title,
                                reason=work.failure.reason,
                            )
                        )
            yield [work for work in works if work.alive], runs, imports, exploration
        finally:
            if runs.models is not None:
                runs.models.free()

    def _compare_machines(self, begun: Run, works: list[EncoderWork]) -> None:
        """See how far this machine agrees with another kind of machine, which began the run."""
        if self._shard is None or not other_machine(begun, title_of(self._devices), environment()):
            return
        for work in works:
            with work.step():
                found = work.agreement_here(self._devices[0].name, threads_of(self._request))
                if found is not None:
                    self.agreement[work.spec.name] = found

    def _measure(
        self, works: list[EncoderWork], runs: EncoderRuns, exploration: Exploration
    ) -> None:
        """The part of the reference set, kept as soon as it is known."""
        request, reference = self._request, self._reference
        started = now()
        if reference.left_out:
            self._log(Notice(left_out_text(reference)))
        can = measurable(
            reference.labels,
            edge_um=reference.info.edge_um,
            single_cells=request.settings.single_cells,
        )
        if can.obstacle is not None:
            self._log(Notice(can.obstacle.text))
        if all(spec.control for spec in request.specs):
            self._log(Notice(ONLY_NAMES))
        shared = runs.run(works)
        done, failures = outcome(works)
        run = make_run(
            request,
            reference,
            can,
            done,
            failures,
            devices=self._devices,
            shared=shared,
            started=started,
            events=list(self._log.events),
            report=self._log,
        )
        names = [work.spec.name for work in done]
        evaluation = named_for_keeping(
            Evaluation(run, None, known=exploration.known(names), maps=exploration.maps(names)),
            request,
            Opened(reference),
        )
        self._run = replace(evaluation.run, slides=self._slides())
        self._unfinished.begin(replace(evaluation, run=self._run))

    def _empty(self, row: SlideRow) -> SlideOfRun:
        """What the cohort says of a slide."""
        asked = row.asked
        return SlideOfRun(
            slide_id=self._names.slide_id(asked.slide_id),
            folder=row.folder,
            state="waiting",
            center=asked.center,
            tissue=asked.tissue,
            patient=self._names.patient(asked.patient),
            columns=dict(asked.columns),
        )

    @property
    def counts(self) -> tuple[int, int]:
        """How many slides of the shard are done, and how many failed."""
        states = [self._over[row.folder].state for row in self._own if row.folder in self._over]
        return states.count("done"), states.count("failed")

    @property
    def device(self) -> str:
        """What this process works on, in words."""
        return title_of(self._devices)

    @property
    def folders(self) -> list[str]:
        """Of the files of the slides to evaluate."""
        return [row.folder for row in self._own]

    @property
    def waiting(self) -> list[int]:
        """Rows of slides that were not over when this process last looked."""
        return [at for at, row in enumerate(self._rows) if row.folder not in self._over]

    def _slides(self) -> list[SlideOfRun]:
        return [self._over.get(row.folder) or self._empty(row) for row in self._rows]

    def finish(self, replacing: Replaceable, shards: Sequence[ShardOfRun] = ()) -> None:
        """Make it a run like any other; ``shards``: tries of those who evaluated its slides."""
        assert self._run is not None
        kept = load_evaluation(self._unfinished.folder).run
        events = [*kept.events]
        failed = sum(slide.state == "failed" for slide in kept.slides)
        if failed:
            text = say(
                "{failed:,} of {n_slides:,} slides could not be evaluated.",
                failed=failed,
                n_slides=len(kept.slides),
            )
            self._log(Notice(text))
            events.append(RunEvent(now(), text))
        names, facts = [each.encoder.name for each in kept.encoders], kept.reference
        together = watched(
            lambda _: slides_together(
                kept.slides,
                names,
                facts.centers,
                kept.settings.seed,
                facts.columns,
                [sum(tiles) for tiles in zip(*facts.tissue_by_center, strict=True)],
                SetSlides.of(self._reference.labels, facts.centers, self._names.slide_id),
                partial(nearest_rows, self._unfinished.folder),
            ),
            self._log,
            Progress(say("Comparing slides"), 0, 1, part=Part.MEASURING),
        )
        events += [RunEvent(now(), text) for text in said_of_shards(kept, shards)]
        run = replace(
            kept, finished=now(), events=events, over_slides=together, shards=list(shards)
        )
        self._unfinished.finish(run, replacing)


def same_as(twin: str) -> str:
    """Why a slide is left out that has the content of another."""
    return say("It is the same slide as {twin}: the same content.", twin=twin)


def brief_of(slide: SlideOfRun) -> SlideOfRun:
    """What has to be remembered of a slide whose record is on disk."""
    return replace(slide, slide=None, encoders=[], failures=[], agreement=[], events=[])
