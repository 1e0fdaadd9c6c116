"""Evaluating all slides of the cohort in one run: started, watched, gone on with, and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.core.cohort.opened import OpenCohort
from pathgui.core.errors import PathguiError, RecordError, plural
from pathgui.core.evaluation.cohort_slides import of_cohort
from pathgui.core.evaluation.measure_again import request_to_go_on, set_of_run
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Progress, ProgressFn, SlideTurn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.unfinished import target_of, unfinished_folder
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.evaluation.cohort_columns import state_column
from pathgui.gui.evaluation.cohort_results import CohortResults, CohortRun
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.run_naming import new_folder
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.jobs.message_keys import SLIDE_OF_RUN
from pathgui.gui.results.slides_page import ANYWAY

LOOK_S = 5.0  # at least, between two looks at the slides that are done so far


class CohortRunControl(QObject):
    """Asks core for one run over all slides, and shows in the table what has come of each."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        cohort: CohortTab,
        references_known: Callable[[], Sequence[Path]],
        slides_known: Callable[[], Sequence[Path]],
    ) -> None:
        """``references_known``: folders in which the reference set of an opened run may be.

        Its cohort is sought there, and beside ``slides_known``.
        """
        super().__init__(controller)
        self._desk = desk
        self._controller = controller
        self._cohort = cohort
        self._references_known = references_known
        self._run_panel = controller.run_panel
        self._states: dict[str, tuple[str, str]] = {}
        self._asked: tuple[str, ...] = ()
        self._target: Path | None = None  # of the run that goes on, or went on last
        self._looked = 0.0
        self._looking = False
        self.results = CohortResults(
            desk, controller, cohort, lambda: (*slides_known(), *references_known()), self
        )
        self.results.opened.connect(self._on_opened)
        cohort.control.shown.connect(self._on_cohort)
        controller.summary.slides_page.retry_wanted.connect(self.retry)
        controller.summary.slides_page.anyway_wanted.connect(self.anyway)
        self._run_panel.all_requested.connect(lambda: self.evaluate_all())
        for changed in (controller.asked_changed, controller.busy_changed, cohort.book.changed):
            changed.connect(self._say_ready)
        cohort.control.shown.connect(self._say_ready)
        self._say_ready()

    @property
    def ready(self) -> bool:
        """Whether all slides can be evaluated now."""
        return self._cohort.is_on_disk and self._cohort.has_slides and self._controller.can_measure

    @property
    def has_failed(self) -> bool:
        """Whether slides of the run in the table failed, and can be tried again now."""
        on_disk = self._cohort.is_on_disk and self._cohort.has_slides
        failed = any(state == "failed" for state, _ in self._states.values())
        return failed and on_disk and not self._controller.busy

    @Slot()
    def _say_ready(self) -> None:
        """Where all slides can be evaluated with one click, and what is missing for it."""
        there = self._cohort.is_on_disk and self._cohort.has_slides
        problem = self._controller.asking.problem_of_all()
        if self._controller.busy:
            problem = say("Wait until the evaluation that runs is over.")
        self._cohort.panel.allow_all(problem)
        self._run_panel.show_all(there, problem)

    # Starting

    def evaluate_all(self, *, anew: bool = False) -> None:
        """Evaluate all slides; a run that was stopped or killed goes on.

        ``anew``: in a run of its own.
        """
        reference = self._controller.asking.reference
        if not self.ready or reference is None:
            return

        def where(opened: OpenCohort, asked: EvaluationRequest) -> Path:
            keeps = asked.settings.keep_names
            return self._where(opened.folder.stem if keeps else reference.info.name, anew)

        self._as_now(reference, where, retry=False)

    @Slot()
    def retry(self) -> None:
        """Try the slides of the run in the table again that failed, as the run was asked for."""
        self._go_on(frozenset())

    @Slot()
    def anyway(self) -> None:
        """Evaluate the slides of the run in the table on which no tissue was found."""
        rows = self.results.of_rows().items()
        wanted = frozenset(name for name, each in rows if each.failure == "no_tissue")
        if wanted:
            self._go_on(wanted)

    def _go_on(self, anyway: frozenset[str]) -> None:
        """Go on with the run in the table: with these slides, whose tissue mask is not sought; or,
        without any, with all that failed.
        """
        retry = not anyway
        shown, target = self.results.shown, self._target
        asking = self._controller.asking
        chosen, options = asking.reference, asking.settings.run
        if target is None or not self.has_failed:
            return
        if shown is None:  # it ended before anything of it could be read: as it was started
            if chosen is not None:
                self._as_now(chosen, lambda opened, asked: target, retry=True)
            return
        run, folders = shown.evaluation.run, tuple(self._references_known())

        def prepare(
            opened: OpenCohort, report: ProgressFn
        ) -> tuple[EvaluationRequest, Path, ReferenceSet]:
            reference = set_of_run(run, chosen, folders)
            known = self._desk.services.known
            asked = request_to_go_on(
                run, reference, known, device=options.device, offline=options.offline
            )
            request = self._of_slides(asked, opened, reference, target)
            slides = [replace(each, anyway=each.slide_id in anyway) for each in request.slides]
            return replace(request, slides=tuple(slides)), target, reference

        self._prepare(prepare, retry)

    def _as_now(
        self,
        reference: ReferenceSet,
        where: Callable[[OpenCohort, EvaluationRequest], Path],
        *,
        retry: bool,
    ) -> None:
        """Evaluate all slides as the panels ask for it now, in the run that ``where`` names."""
        asked = self._controller.asking.request_of_cohort(reference)

        def prepare(
            opened: OpenCohort, report: ProgressFn
        ) -> tuple[EvaluationRequest, Path, ReferenceSet]:
            target = where(opened, asked)
            return self._of_slides(asked, opened, reference, target), target, reference

        self._prepare(prepare, retry)

    def _prepare(
        self,
        prepare: Callable[[OpenCohort, ProgressFn], tuple[EvaluationRequest, Path, ReferenceSet]],
        retry: bool,
    ) -> None:
        def then(prepared: tuple[EvaluationRequest, Path, ReferenceSet]) -> None:
            self._start(*prepared, retry)

        self._cohort.control.on_disk(say("Looking for the files of the slides"), prepare, then)

    def _of_slides(
        self, asked: EvaluationRequest, opened: OpenCohort, reference: ReferenceSet, target: Path
    ) -> EvaluationRequest:
        """The request with all slides of the cohort; their names are noted."""
        weights = self._controller.asking.settings.weights
        files = {name: Path(file).name for name, file in weights.items() if file}
        named = replace(asked, pseudonym_key=self._desk.services.pseudonym_key())
        request = of_cohort(named, opened, reference, AskedAs(out=target.name, weights=files))
        names = CohortNames(request, reference).true_names(request.slides)
        self._desk.services.names().remember_all(names)
        return request

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
        self.results.expect(target, self._asked)

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

    def _where(self, subject: str, anew: bool) -> Path:
        """Where the run goes: to the one that was begun before, if there is one."""
        runs = self._desk.services.runs()
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
                    of_one = event.text.partition(": ")[0] in self._states
                    self._desk.messages.show_message(
                        "info", event.text, key=SLIDE_OF_RUN if of_one else ""
                    )
        if turned:
            self._show_states()
            if time.monotonic() - self._looked > LOOK_S:
                self._look()

    def _show_progress(self, event: Progress) -> None:
        run = event.run
        if run is None:
            self._run_panel.show_progress(event.stage, event.done, event.total, None)
            return
        failed = say(", {failed:,} failed", failed=run.failed) if run.failed else ""
        where = say(
            "{over:,} of {total:,} slides{failed}", over=run.over, total=run.total, failed=failed
        )
        stage = f"{run.slide}: {retold(event.stage)}" if run.slide else event.stage
        self._run_panel.show_progress(stage, round(1000 * run.share), 1000, run.seconds_left)
        self._run_panel.count.setText(where)

    def _show_states(self) -> None:
        """States as they are now, beside what encoders said of slides so far."""
        columns = [state_column(self._states)]
        if self.results.is_of(self._target):
            columns += self.results.columns()[1:]
        self._cohort.panel.model.show_results(columns)

    @Slot()
    def _look(self) -> None:
        """Show what encoders said of the slides that are done."""
        target = self._target
        if target is None or self._looking:
            return
        folder = target if target.exists() else unfinished_folder(target)
        self._looked, self._looking = time.monotonic(), True

        def work(report: ProgressFn) -> CohortRun | None:
            try:
                return self.results.read(target, self._desk.services.load_evaluation(folder))
            except PathguiError:  # the reference set is not measured yet
                return None

        def then(found: CohortRun | None) -> None:
            if found is not None and self._target == target:
                self.results.shown = found
                self._show_states()

        def ended() -> None:
            self._looking = False

        self._desk.quick.run(work, then, self._desk.show_error).ended.connect(ended)

    def _on_finished(self, target: Path, evaluation: Evaluation) -> None:
        self._controller.show_run(Finished(evaluation, target))
        self._controller.run_saved.emit(target)
        states = [each.state for each in evaluation.run.slides]
        failed = states.count("failed")
        text = say(
            "{done:,} of {n_states:,} slides were evaluated.",
            done=states.count("done"),
            n_states=len(states),
        )
        offers: tuple[Offer, ...] = ()
        if failed:
            text = say(
                "{text} {failed:,} failed: the column Run says why.", text=text, failed=failed
            )
            offers = (Offer(say("Try the failed ones again"), self.retry),)
        bare = sum(each.failure == "no_tissue" for each in evaluation.run.slides)
        if bare:
            text = say(
                "{text} On {slides} no tissue was found.", text=text, slides=plural(bare, "slide")
            )
            offers = (Offer(ANYWAY, self.anyway), *offers)
        self._desk.messages.show_message(
            "caution" if failed else "info", text, key=KEY, offers=offers
        )

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
                offers=(Offer(say("Begin another run"), lambda: self.evaluate_all(anew=True)),),
            )
        else:
            self._desk.show_failure(error, KEY)

    # What is shown

    @Slot()
    def _on_opened(self) -> None:
        """The run in the table is another one: it can be gone on with."""
        shown = self.results.shown
        if shown is not None:
            self._target = target_of(shown.folder)
            slides = self.results.of_rows()
            self._states = {name: (each.state, each.reason) for name, each in slides.items()}
            self._cohort.panel.model.show_results(self.results.columns())

    @Slot()
    def _on_cohort(self) -> None:
        """Another cohort: what was found of the former one is not of it."""
        self.results.shown, self._states, self._asked, self._target = None, {}, (), None
        self._cohort.panel.model.show_results([])
        self._controller.asking.tissue.offer_cohort(self._cohort.control.opened is not None)
        self.results.adopt()
