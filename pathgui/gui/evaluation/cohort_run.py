"""Evaluating all slides of the cohort in one run: started, watched, gone on with, and looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.core.cohort.opened import OpenCohort
from pathgui.core.errors import PathguiError, RecordError
from pathgui.core.evaluation.cohort_slides import of_cohort
from pathgui.core.progress import Notice, Progress, ProgressFn, SlideTurn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.slides_of_run import evaluation_of
from pathgui.core.runs.unfinished import unfinished_folder
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.cohort.slide_model import ResultColumn
from pathgui.gui.evaluation.cohort_columns import result_columns, slides_by_row, state_column
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.run_naming import new_folder
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.slides.run_layers import layers_of

LOOK_S = 5.0  # at least, between two looks at the slides that are done so far


@dataclass(frozen=True)
class _Shown:
    """The run whose results stand in the table."""

    evaluation: Evaluation
    folder: Path
    asked: tuple[str, ...] = ()  # slide_ids, in the order of the run; () where not known


class CohortRunControl(QObject):
    """Asks core for one run over all slides, and shows in the table what has come of each."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        cohort: CohortTab,
    ) -> None:
        super().__init__(controller)
        self._desk = desk
        self._controller = controller
        self._cohort = cohort
        self._run_panel, self._slides = controller.run_panel, controller.slides
        self._states: dict[str, tuple[str, str]] = {}
        self._asked: tuple[str, ...] = ()
        self._target: Path | None = None  # of the run that goes on, or went on last
        self._looked = 0.0
        self._looking = False
        self._shown: _Shown | None = None
        controller.run_shown.connect(self._on_run_shown)
        cohort.control.shown.connect(self._on_cohort)
        self._slides.shown.connect(self._on_slide)

    @property
    def ready(self) -> bool:
        """Whether all slides can be evaluated now."""
        return self._cohort.is_on_disk and self._cohort.has_slides and self._controller.can_measure

    @property
    def has_failed(self) -> bool:
        """Whether slides of the last run failed."""
        return self.ready and any(state == "failed" for state, _ in self._states.values())

    # Starting

    def evaluate_all(self, *, retry: bool = False, anew: bool = False) -> None:
        """Evaluate all slides; a run that was stopped or killed goes on.

        ``retry``: slides that failed are tried again. ``anew``: in a run of its own.
        """
        reference = self._controller.asking.reference
        if not self.ready or reference is None:
            return
        asked = self._controller.asking.request_of_cohort(reference)
        settings = self._controller.asking.settings

        def prepare(opened: OpenCohort, report: ProgressFn) -> tuple[EvaluationRequest, Path]:
            keeps = asked.settings.keep_names
            target = self._where(opened.folder.stem if keeps else reference.info.name, retry, anew)
            weights = {name: Path(file).name for name, file in settings.weights.items() if file}
            words = AskedAs(out=target.name, weights=weights)
            named = replace(asked, pseudonym_key=self._desk.services.pseudonym_key())
            request = of_cohort(named, opened, reference, words)
            names = CohortNames(request, reference).true_names(request.slides)
            self._desk.services.names().remember_all(names)
            return request, target

        def then(prepared: tuple[EvaluationRequest, Path]) -> None:
            self._start(*prepared, reference, retry)

        self._cohort.control.on_disk("Looking for the files of the slides", prepare, then)

    def _start(
        self, request: EvaluationRequest, target: Path, reference: ReferenceSet, retry: bool
    ) -> None:
        if self._controller.busy:
            return
        services = self._desk.services
        limit_gb = self._controller.asking.settings.store_limit_gb
        store = services.store(limit_gb)
        self._asked = tuple(each.slide_id for each in request.slides)
        self._states = dict.fromkeys(self._asked, ("waiting", ""))
        self._target, self._looked = target, time.monotonic()

        def work(report: ProgressFn) -> Evaluation:
            return services.evaluate_slides(
                request, target, reference=reference, retry_failed=retry, store=store, report=report
            )

        job = Job(work, background=True)
        job.reported.connect(self._on_events)
        job.succeeded.connect(partial(self._on_finished, target))
        job.failed.connect(self._on_failed)
        job.ended.connect(self._on_ended)
        self._show_states()
        self._cohort.wanted.emit()
        self._controller.occupy(job)

    def _where(self, subject: str, retry: bool, anew: bool) -> Path:
        """Where the run goes: to the one that was begun before, if there is one."""
        runs = self._desk.services.runs()
        if retry and self._target is not None:
            return self._target
        if not anew and self._target is not None and unfinished_folder(self._target).exists():
            return self._target
        target = new_folder(runs, f"{subject} slides")
        if anew:
            return target
        start = target.name.rpartition(" ")[0].rpartition(" ")[0]  # without day and time
        begun = sorted(
            runs.glob(f"{start} *.unfinished{RUN_ENDING}"), key=lambda f: f.stat().st_mtime
        )
        if begun:
            name = begun[-1].name.removesuffix(f".unfinished{RUN_ENDING}")
            return runs / f"{name}{RUN_ENDING}"
        return target

    # While it runs

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        turned = False
        for event in events:
            match event:
                case SlideTurn():
                    self._states[event.slide_id] = (event.state, event.reason)
                    turned = True
                case Progress():
                    self._show_progress(event)
                case Notice():
                    self._desk.messages.show_message("info", event.text)
        if turned:
            self._show_states()
            if time.monotonic() - self._looked > LOOK_S:
                self._look()

    def _show_progress(self, event: Progress) -> None:
        run = event.run
        if run is None:
            self._run_panel.show_progress(event.stage, event.done, event.total, None)
            return
        failed = f", {run.failed:,} failed" if run.failed else ""
        where = f"{run.over:,} of {run.total:,} slides{failed}"
        stage = f"{where} · {run.slide}: {event.stage}" if run.slide else f"{where} · {event.stage}"
        self._run_panel.show_progress(stage, round(1000 * run.share), 1000, run.seconds_left)
        self._run_panel.count.setText(where)

    def _show_states(self) -> None:
        """States as they are now, beside what encoders said of slides so far."""
        columns = [state_column(self._states)]
        if self._shown is not None and self._shown.folder == self._target:
            columns += self._columns(self._shown)[1:]
        self._cohort.panel.model.show_results(columns)

    @Slot()
    def _look(self) -> None:
        """Show what encoders said of the slides that are done."""
        target = self._target
        if target is None or self._looking:
            return
        folder = target if target.exists() else unfinished_folder(target)
        self._looked, self._looking = time.monotonic(), True

        def work(report: ProgressFn) -> Evaluation | None:
            try:
                return self._desk.services.load_evaluation(folder)
            except PathguiError:  # the reference set is not measured yet
                return None

        def then(found: Evaluation | None) -> None:
            if found is not None:
                self._shown = _Shown(found, target, self._asked)
                self._show_states()

        def ended() -> None:
            self._looking = False

        self._desk.quick.run(work, then, self._desk.show_error).ended.connect(ended)

    def _on_finished(self, target: Path, evaluation: Evaluation) -> None:
        self._shown = _Shown(evaluation, target, self._asked)
        self._controller.show_run(Finished(evaluation, target))
        self._controller.run_saved.emit(target)
        states = [each.state for each in evaluation.run.slides]
        failed = states.count("failed")
        done = f"{states.count('done'):,} of {len(states):,} slides were evaluated."
        self._desk.messages.show_message(
            "info" if not failed else "caution",
            f"{done} {failed:,} failed: the column Run says why." if failed else done,
            key=KEY,
            offers=(Offer("Try the failed ones again", self.retry),) if failed else (),
        )

    def retry(self) -> None:
        """Try slides that failed again."""
        self.evaluate_all(retry=True)

    @Slot()
    def _on_ended(self) -> None:
        """After a stop, the slide that was worked on waits like those behind it."""
        for name, (state, _) in self._states.items():
            if state == "running":
                self._states[name] = ("waiting", "")
        self._show_states()
        self._look()

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        """A run that was begun with other settings stays; another can be begun beside it."""
        if isinstance(error, RecordError):
            self._desk.messages.show_message(
                "error",
                str(error),
                key=KEY,
                offers=(Offer("Begin another run", lambda: self.evaluate_all(anew=True)),),
            )
        else:
            self._desk.show_failure(error, KEY)

    # What is shown

    def _columns(self, shown: _Shown) -> list[ResultColumn]:
        run = shown.evaluation.run
        return result_columns(run, slides_by_row(run, self._cohort.book.content, shown.asked))

    @Slot(object)
    def _on_run_shown(self, finished: Finished | None) -> None:
        """A run over this cohort that is opened says in the table what it says of its slides."""
        opened = self._cohort.control.opened
        run = None if finished is None else finished.evaluation.run
        if finished is None or run is None or run.cohort is None or opened is None:
            return
        if run.cohort.id == opened.cohort.info.id and not self._controller.busy:
            known = self._asked if finished.folder == self._target else ()
            self._shown = _Shown(finished.evaluation, finished.folder, known)
            self._states = {}
            self._cohort.panel.model.show_results(self._columns(self._shown))

    @Slot()
    def _on_cohort(self) -> None:
        """Another cohort: what was found of the former one is not of it."""
        self._shown, self._states, self._asked, self._target = None, {}, (), None
        self._cohort.panel.model.show_results([])
        self._controller.asking.tissue.offer_cohort(self._cohort.control.opened is not None)

    @Slot()
    def _on_slide(self) -> None:
        """The slide that is shown gets the layers of the run in the table."""
        path, shown = self._slides.path, self._shown
        row = None if path is None else self._cohort.book.content.row_of.get(path)
        if path is None or row is None or shown is None or self._controller.has_run_of(path):
            return
        content = self._cohort.book.content
        name = content.slides.slide_ids[row]
        slide = slides_by_row(shown.evaluation.run, content, shown.asked).get(name)
        if slide is None or slide.state != "done" or slide.slide is None:
            return
        slide_id, content_id = slide.slide_id, slide.slide.content_id
        mpp, folder = content.given_mpp(row), shown.folder
        place = folder if folder.exists() else unfinished_folder(folder)

        def work(report: ProgressFn) -> Finished | None:
            with self._desk.open_slide(path, mpp) as there:
                if there.content_id != content_id:
                    return None  # the file is another one by now
            found = evaluation_of(place, shown.evaluation, slide_id)
            return Finished(found, place, layers_of(found))

        def then(finished: Finished | None) -> None:
            if finished is not None:
                self._controller.take_run_of(path, finished)

        self._desk.quick.run(work, then, partial(self._desk.show_failure, key=KEY))
