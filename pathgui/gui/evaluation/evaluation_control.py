"""Turns what the user asks for into jobs, and their results into what is shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import RecordError, SlideError
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, TileAnswers, TilePlan
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.results.tile_layers import joined
from pathgui.core.runs.criteria import Criterion, criteria_ks
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import without_slide
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.core.system.times import duration
from pathgui.gui.evaluation.asking import Asking, Panels
from pathgui.gui.evaluation.cost_control import Asked, CostControl
from pathgui.gui.evaluation.layer_control import LayerControl
from pathgui.gui.evaluation.open_runs import OpenRuns
from pathgui.gui.evaluation.run_naming import command_line, new_folder
from pathgui.gui.evaluation.run_panel import RunPanel
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.evaluation.tissue_control import TissueControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.jobs.message_keys import REPORT as REPORT_KEY
from pathgui.gui.jobs.message_keys import SLIDE_CHANGED as CHANGED_KEY
from pathgui.gui.jobs.run_clock import RunClock
from pathgui.gui.jobs.run_parts import RunParts
from pathgui.gui.kit.focus import focus_goes_to
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.slides.run_layers import RunLayers, layers_of
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.settings import Settings

ASK_AFTER = 60.0  # seconds of work after which Esc asks before it stops


class EvaluationController(QObject):
    """Starts and stops evaluations. Knows panels, jobs and core at once."""

    busy_changed = Signal(bool)
    run_shown = Signal(object)  # Finished or None
    run_saved = Signal(Path)
    asked_changed = Signal()  # what Evaluate would be asked now

    def __init__(
        self,
        desk: Desk,
        panels: Panels,
        slides: SlideControl,
        references: ReferenceControl,
        settings: Callable[[], Settings],
        tissue: TissueControl,
        parent: QObject | None = None,
        *,
        criteria: Callable[[], tuple[Criterion, ...]] = tuple,
        intended_use: Callable[[], IntendedUse | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._criteria = criteria
        self._panels = panels
        self._slides = slides
        self._references = references
        self._settings = settings
        self._tissue = tissue
        self.asking = Asking(
            desk, panels, slides, references, settings, tissue, criteria, intended_use
        )
        self.wanted_tiles = self.asking.wanted_tiles
        self._settings_now = self.asking.settings_now
        self._job: Job | None = None
        self._started = 0.0
        self._clock: RunClock | None = None
        self._parts: RunParts | None = None
        self._counted: dict[Part, str] = {}  # what the numbers of a part count
        self._running_path: Path | None = None
        self.layers = LayerControl(panels.compare, panels.overlay, slides, self)
        self.runs = OpenRuns(
            desk,
            panels.summary,
            panels.viewer,
            slides,
            self.layers,
            lambda: self._running_path,
            self,
        )
        self.runs.shown.connect(self.run_shown)
        self.runs.failed.connect(self._on_failed)
        self._at_work: tuple[str, ...] = ()  # encoders that embed now
        self._named: list[tuple[str, str]] = []  # encoders of the evaluation that runs
        self.last_command = ""

        panels.run.evaluate_requested.connect(self.evaluate)
        panels.run.cancel_requested.connect(self.cancel)
        panels.run.pause_requested.connect(self.pause)
        panels.run.tissue_mask_requested.connect(tissue.show_mask)
        panels.summary.encoder_chosen.connect(self._show_encoder)
        panels.viewer.regions_changed.connect(self.refresh)
        panels.encoders.ticked_changed.connect(self.refresh)
        slides.replaced.connect(self._on_replaced)
        slides.shown.connect(self._on_slide)
        references.changed.connect(self.refresh)
        references.busy_changed.connect(self._on_preparing)
        self._costs = CostControl(desk, panels.run, self._asked_now, self)
        panels.settings.changed.connect(self._costs.refresh)
        tissue.changed.connect(self.refresh)
        self.runs.placed.connect(tissue.follow)
        self.refresh()

    @property
    def run_panel(self) -> RunPanel:
        """Where progress is shown."""
        return self._panels.run

    @property
    def summary(self) -> SummaryPanel:
        """Where runs are shown."""
        return self._panels.summary

    @property
    def slides(self) -> SlideControl:
        """Which slide is shown."""
        return self._slides

    @property
    def store(self) -> EmbeddingStore:
        """Where embeddings are kept, as the settings say."""
        return self._desk.services.store(self._settings().store_limit_gb)

    @property
    def busy(self) -> bool:
        """Whether an evaluation runs."""
        return self._job is not None

    @property
    def if_closed(self) -> str:
        """What the program would stop, and what of it is kept; "" where nothing runs."""
        if self._job is None or self._job.stopping:
            return ""
        worked = duration(time.monotonic() - self._started)
        return say(
            "An evaluation runs, for {worked} so far. Closing pathgui stops "
            "it. What is embedded is kept, so it can go on from there; of a "
            "cohort, the slides that are done are kept.",
            worked=worked,
        )

    @property
    def ready(self) -> bool:
        """Whether an evaluation can be started now."""
        return not self.busy and not self.asking.problem()

    @property
    def can_measure(self) -> bool:
        """Whether encoders and a reference set with a scale are chosen, whatever slide is shown."""
        return not self.busy and self.asking.can_measure

    @Slot()
    def refresh(self) -> None:
        """Say whether Evaluate is possible, and if not, what is missing."""
        reference = self._references.reference
        self._slides.expect_tiles(None if reference is None else reference.info.edge_um)
        problem = self.asking.problem()
        hint = ""
        if not problem and self._slides.path is None:
            hint = say("No slide is open: the reference set alone is measured.")
        self._panels.run.set_ready(problem, hint)
        self._panels.run.show_slide(self._slides.path is not None)
        self._costs.refresh()
        self.asked_changed.emit()

    def _asked_now(self) -> Asked | None:
        return None if self.busy else self.asking.asked()

    # Evaluate

    @Slot()
    def evaluate(self) -> None:
        """Evaluate the ticked encoders on the reference set and the slide shown."""
        reference = self._references.reference
        if self.busy or reference is None or self.asking.problem():
            return
        self.start(self.asking.request(reference), reference)

    def start(self, request: EvaluationRequest, reference: ReferenceSet) -> None:
        """Carry out a request, which names ``reference``; nothing, while an evaluation runs."""
        if self.busy:
            return
        panels, services = self._panels, self._desk.services
        settings = self._settings()
        encoders, path = request.encoders, None if request.slide is None else request.slide.path
        try:
            subject = path.stem if path and request.settings.keep_names else reference.info.name
            folder = new_folder(services.runs(), subject)
        except RecordError as error:
            self._on_failed(error)
            return
        if path is None:  # what is said of a slide says nothing where there is none
            alone = without_slide(request.settings)
            request = replace(request, settings=alone, center=None, tissue=None)
        request = replace(request, command=command_line(request, folder, settings.weights))
        self.last_command = request.command
        store = self.store

        def work(report: ProgressFn) -> Finished:
            if path is not None and self._slides.has_changed(path):
                raise SlideError(
                    say(
                        "{path_name} has changed on the disk since it was opened "
                        "here. Open it again, so that you see what is evaluated.",
                        path_name=path.name,
                    )
                )
            # The slide gets a handle of its own: the viewer's stays as it is, and may be closed.
            asked = replace(request, pseudonym_key=services.pseudonym_key())
            evaluation = services.evaluate(
                asked, at_hand=Opened(reference), store=store, report=report
            )
            report(Progress(say("Saving the run"), 0, 1, part=Part.SAVING))
            services.save_evaluation(evaluation, folder, replacing=None)
            if path is not None and evaluation.run.slide is not None:
                services.names().remember(evaluation.run.slide.file_name, path.name)
            return Finished(evaluation, folder, layers_of(evaluation))

        expected = self._costs.stop()
        self._parts = RunParts(encoders, len(reference), expected, with_slide=path is not None)
        self._counted = {
            Part.REFERENCE_SET: say("tiles of {info_name}", info_name=reference.info.name),
            Part.SLIDE: say("tiles of {path_name}", path_name=path.name)
            if path is not None
            else "",
        }
        self._clock = RunClock(
            encoders,
            len(reference),
            expected=expected,
            sets_first=request.settings.k == "auto" and not criteria_ks(request.criteria),
        )
        self._started = time.monotonic()
        self._running_path = path
        self.layers.follow()
        self._named = [(spec.name, spec.title) for spec in request.specs]
        panels.encoders.clear_results(encoders)
        self._desk.messages.clear(KEY)
        self._desk.messages.clear(REPORT_KEY)  # of the former run
        job = Job(work, background=True)
        job.reported.connect(self._on_events)
        job.succeeded.connect(self._on_finished)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)
        job.ended.connect(self._on_ended)
        self._job = job
        self._set_busy(True)
        self._desk.runner.start(job)

    def occupy(self, job: Job) -> None:
        """Run a job in the place of an evaluation: stop, pause and Esc act on it."""
        self._clock, self._running_path = None, None
        self._started = time.monotonic()
        self._desk.messages.clear(KEY)
        job.cancelled.connect(self._on_cancelled)
        job.ended.connect(self._on_ended)
        self._costs.stop()
        self._job = job
        self._set_busy(True)
        self._desk.runner.start(job)

    @Slot(bool)
    def pause(self, paused: bool) -> None:
        """Hold the evaluation where it is, or go on with it."""
        if self._job is not None:
            self._job.pause(paused)
            if self._clock is not None:
                self._clock.pause(paused)

    @Slot()
    def cancel(self) -> None:
        """Stop the evaluation at the next batch."""
        if self._job is not None:
            self._desk.messages.clear(KEY)
            with focus_goes_to(lambda: self._panels.viewer):
                self._panels.run.show_stopping()
            self._job.cancel()

    @Slot()
    def ask_cancel(self) -> None:
        """Stop; after a minute of work, ask first."""
        if self._job is None or self._job.stopping:
            return
        worked = time.monotonic() - self._started
        if worked < ASK_AFTER:
            self.cancel()
            return
        self._desk.messages.show_message(
            "caution",
            say(
                "Stop the evaluation after {duration}? What is embedded is kept, "
                "so it can go on from there.",
                duration=duration(worked),
            ),
            key=KEY,
            offers=(Offer(say("Stop"), self.cancel), Offer(say("Go on"))),
            closable=False,
        )

    def _set_busy(self, busy: bool) -> None:
        panels, run = self._panels, self._panels.run
        ahead = run.cancel_button if busy else run.evaluate_button
        with focus_goes_to(lambda: ahead, lambda: panels.viewer):
            run.set_busy(busy)
            panels.encoders.set_busy(busy)
            panels.reference.set_busy(busy)
            panels.settings.setDisabled(busy)
            panels.viewer.set_busy(busy)
            self.busy_changed.emit(busy)

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        # Together, however many batches there were: the window must not be held for long.
        progress = [event for event in events if isinstance(event, Progress)]
        answers: dict[str, list[TileAnswers]] = {}
        for event in events:
            match event:
                case TilePlan():
                    self._on_plan(event)
                case TileAnswers():
                    answers.setdefault(event.encoder, []).append(event)
                case Notice():
                    self._desk.messages.show_message("info", event.text)
        for each in answers.values():
            if self._running_path is not None:
                self.layers.take(self._running_path, joined(each), self._at_work)
        if progress:
            self._on_progress(progress)

    def _on_progress(self, events: list[Progress]) -> None:
        assert self._clock is not None
        assert self._parts is not None
        for event in events:
            self._clock.update(event)
            self._parts.update(event, self._clock.seconds_left)
        event = events[-1]
        self._at_work = event.encoders
        # Of one encoder: the set has so many tiles, however many encoders embed it side by side.
        beside = max(1, len(event.encoders))
        self._panels.run.show_progress(
            event.stage, event.done // beside, event.total // beside, self._clock.seconds_left,
            self._parts.shares, counted=self._counted.get(event.part or Part.READING, ""),
        )  # fmt: skip
        if event.part is Part.SLIDE and event.total and self._slides.path == self._running_path:
            self._panels.viewer.set_busy(True, event.done / event.total)

    def _on_plan(self, plan: TilePlan) -> None:
        path = self._running_path
        if path is None:
            return
        assert self._clock is not None
        self._clock.plan_slide(len(plan.cells))
        if self._parts is not None:
            self._parts.plan_slide(len(plan.cells))
        self.layers.keep(path, RunLayers(plan, self._named, self._slides.mpp or 1.0))

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if self._running_path is not None:
            self.runs.keep(self._running_path, finished)
        self.show_run(finished)
        self.run_saved.emit(finished.folder)
        for failure in finished.evaluation.failures:
            self._panels.encoders.set_failed(failure.name, retold(failure.reason))
            self._desk.messages.show_message(
                "error",
                say(
                    "{failure_title} could not run: {reason}",
                    failure_title=failure.title,
                    reason=retold(failure.reason),
                ),
            )

    def offers(self, error: Exception) -> tuple[Offer, ...]:
        """What can be done about an error at once."""
        return self._tissue.offers(error, self.evaluate)

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._desk.show_failure(error, KEY, self.offers(error))

    @Slot()
    def _on_cancelled(self) -> None:
        self._desk.messages.show_message(
            "info",
            say("Stopped. What was embedded is kept: the same button goes on from there."),
            key=KEY,
        )

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
        path, self._running_path = self._running_path, None
        self._set_busy(False)
        if path is not None:
            self.runs.show_what_is_kept(path)
        self._costs.refresh(anew=True)
        self.refresh()

    # Show

    @property
    def finished(self) -> Finished | None:
        """The run in the summary."""
        return self.runs.finished

    @property
    def on_slide(self) -> bool:
        """Whether its tiles lie over the slide shown."""
        return self.runs.on_slide

    def run_over_slide(self) -> Finished | None:
        """The run whose tiles lie over the slide; None of a slide of a cohort."""
        finished = self.finished
        if finished is None or not self.on_slide or finished.evaluation.run.cohort is not None:
            return None
        return finished

    def has_run_of(self, path: Path) -> bool:
        """Whether the tiles of a run are known for the slide at ``path``."""
        return self.layers.of(path) is not None

    def take_run_of(self, path: Path, finished: Finished) -> None:
        """This is the run of the slide at ``path``."""
        self.runs.keep(path, finished)
        if path == self._slides.path:
            self.layers.show_slide()
            if not self.busy:
                self.runs.show_slide()

    def show_run(self, finished: Finished | None) -> None:
        """Show a run in the summary."""
        self.runs.show(finished)

    @Slot(Path)
    def open_run(self, folder: Path) -> None:
        """Open a run made before."""
        self.runs.open(folder)

    @Slot(Path)
    def _on_replaced(self, path: Path) -> None:
        """The file at ``path`` is another one: nothing that is known of tiles is of this one."""
        if path == self._running_path:
            self._running_path = None  # it evaluates the former file
        if not self.layers.forget(path):
            return
        self.runs.forget(path)
        self._desk.messages.show_message(
            "caution",
            say(
                "{path_name} has changed on the disk since its tiles were shown "
                "here. That run is of the former file, and its tiles are not "
                "shown: evaluate this one, or open a run of it.",
                path_name=path.name,
            ),
            key=CHANGED_KEY,
        )

    @Slot()
    def _on_slide(self) -> None:
        """Another slide is shown: with it what is known of its tiles."""
        self.layers.show_slide()
        if not self.busy:
            self.runs.show_slide()
        self.refresh()

    @Slot(str)
    def _show_encoder(self, encoder: str) -> None:
        """A row of the summary was clicked: look through its encoder, on the slide too."""
        if self.on_slide:
            self.layers.show_encoder(encoder)
        else:
            self.layers.encoder.choose(encoder)

    @Slot(bool)
    def _on_preparing(self, preparing: bool) -> None:
        self.asking.preparing = preparing
        self.refresh()
