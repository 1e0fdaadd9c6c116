"""Turns what the user asks for into jobs, and their results into what is shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.core.errors import PathguiError, RecordError, SlideError
from pathgui.core.evaluation.evaluate import EvaluationRequest
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.pictures.layer_export import Measurements, Remarks
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, TileAnswers, TilePlan
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.results.tile_layers import joined
from pathgui.core.runs.criteria import Criterion, JudgedCriteria, criteria_ks
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import without_slide
from pathgui.core.runs.slide_since import change_of
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.evaluation.cost_control import Asked, CostControl
from pathgui.gui.evaluation.run_naming import command_line, new_folder
from pathgui.gui.evaluation.run_panel import RunPanel, RunSettingsPanel
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.jobs.message_keys import REPORT as REPORT_KEY
from pathgui.gui.jobs.message_keys import SLIDE_CHANGED as CHANGED_KEY
from pathgui.gui.jobs.run_clock import RunClock
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.slides.overlay_panel import NO_LAYER, OverlayPanel
from pathgui.gui.slides.run_layers import RunLayers, layers_of
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.gui.viewer.slide_view import SlideView
from pathgui.settings import Settings

ASK_AFTER = 60.0  # seconds of work after which Esc asks before it stops


@dataclass(frozen=True)
class Panels:
    """What the controller speaks to."""

    viewer: SlideView
    overlay: OverlayPanel
    encoders: EncoderPanel
    reference: ReferencePanel
    settings: RunSettingsPanel
    run: RunPanel
    summary: SummaryPanel


class EvaluationController(QObject):
    """Evaluate, cancel, show, export. Knows panels, jobs and core at once."""

    busy_changed = Signal(bool)
    run_shown = Signal(object)  # Finished or None
    run_saved = Signal(Path)

    def __init__(
        self,
        desk: Desk,
        panels: Panels,
        slides: SlideControl,
        references: ReferenceControl,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
        *,
        criteria: Callable[[], tuple[Criterion, ...]] = tuple,
        intended_use: Callable[[], IntendedUse | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._criteria = criteria
        self._intended_use = intended_use
        self._panels = panels
        self._slides = slides
        self._references = references
        self._settings = settings
        self._job: Job | None = None
        self._started = 0.0
        self._clock: RunClock | None = None
        self._running_path: Path | None = None
        self._follow = True  # show the layer of an encoder that is working
        self._at_work: tuple[str, ...] = ()  # encoders that embed now
        self._layers: dict[Path, RunLayers] = {}  # of each slide, the newest
        self._finished: dict[Path, Finished] = {}
        self.finished: Finished | None = None  # the run in the summary
        self._unplaced: Finished | None = None  # the same, where its slide was not shown
        self._preparing = False
        self._named: list[tuple[str, str]] = []  # encoders of the evaluation that runs
        self.last_command = ""

        panels.run.evaluate_requested.connect(self.evaluate)
        panels.run.cancel_requested.connect(self.cancel)
        panels.run.pause_requested.connect(self.pause)
        panels.summary.encoder_chosen.connect(self._show_encoder)
        panels.overlay.layer_wanted.connect(self._on_layer_wanted)
        panels.overlay.opacity_wanted.connect(panels.viewer.set_opacity)
        panels.viewer.layer_changed.connect(self._on_layer_shown)
        panels.viewer.regions_changed.connect(self.refresh)
        panels.viewer.look_changed.connect(lambda look: panels.overlay.set_opacity(look.opacity))
        panels.encoders.ticked_changed.connect(self.refresh)
        slides.replaced.connect(self._on_replaced)
        slides.shown.connect(self._on_slide)
        references.changed.connect(self.refresh)
        references.busy_changed.connect(self._on_preparing)
        self._costs = CostControl(desk, panels.run, self._asked, self)
        panels.settings.changed.connect(self._costs.refresh)
        self.refresh()

    @property
    def busy(self) -> bool:
        """Whether an evaluation runs."""
        return self._job is not None

    @property
    def on_slide(self) -> bool:
        """Whether the run in the summary is the one whose tiles lie over the slide shown."""
        if self._slides.path is None or self.finished is None:
            return False
        there = self._finished.get(self._slides.path)
        return there is not None and there.folder == self.finished.folder

    @property
    def ready(self) -> bool:
        """Whether an evaluation can be started now."""
        return not self.busy and not self._problem()

    @Slot()
    def refresh(self) -> None:
        """Say whether Evaluate is possible, and if not, what is missing."""
        problem = self._problem()
        hint = ""
        if not problem and self._slides.path is None:
            hint = "No slide is open: the reference set alone is measured."
        self._panels.run.set_ready(problem, hint)
        self._costs.refresh()

    def _problem(self) -> str:
        if self._preparing:
            return "Wait until the reference set is ready."
        if self._references.reference is None:
            return "Choose a reference set first."
        if not self._panels.encoders.ticked:
            return "Tick at least one encoder."
        try:
            asked_k(self._settings().run.k, criteria_ks(self._criteria()))
        except PathguiError as error:
            return str(error)
        if self._slides.wanted is not None and self._slides.path is None:
            return "The slide is being opened."
        if self._slides.path is not None:
            if not self._slides.mpp:
                return "Give the µm per pixel of the slide, above it."
            if self._references.reference.info.edge_um is None:
                return "This reference set has no scale; close the slide to measure it alone."
        return ""

    # Evaluate

    def _request(self, reference: ReferenceSet) -> EvaluationRequest:
        """What is asked for now."""
        panels, settings = self._panels, self._settings().run
        path, slides = self._slides.path, self._slides
        regions = () if path is None else panels.viewer.regions
        return EvaluationRequest(
            reference=reference.place,
            specs=panels.encoders.chosen,
            slide=None if path is None else self._desk.slide_file(path, slides.given_mpp),
            settings=replace(settings, region_l0=regions),
            center=panels.reference.center,
            new_center=panels.reference.new_center,
            tissue=panels.reference.tissue,
            criteria=self._criteria(),
            intended_use=self._intended_use(),
        )

    def _asked(self) -> Asked | None:
        reference = self._references.reference
        if self.busy or reference is None or self._problem():
            return None
        return Asked(self._request(reference), self._settings().store_limit_gb)

    @Slot()
    def evaluate(self) -> None:
        """Evaluate the ticked encoders on the reference set and the slide shown."""
        reference = self._references.reference
        if self.busy or reference is None or self._problem():
            return
        self.start(self._request(reference), reference)

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
        store = services.store(settings.store_limit_gb)

        def work(report: ProgressFn) -> Finished:
            if path is not None and self._slides.has_changed(path):
                raise SlideError(
                    f"{path.name} has changed on the disk since it was opened here. Open it "
                    "again, so that you see what is evaluated."
                )
            # The slide gets a handle of its own: the viewer's stays as it is, and may be closed.
            asked = replace(request, pseudonym_key=services.pseudonym_key())
            evaluation = services.evaluate(asked, store=store, report=report)
            report(Progress("Saving the run", 0, 1))
            services.save_evaluation(evaluation, folder, replacing=None)
            if path is not None and evaluation.run.slide is not None:
                services.names().remember(evaluation.run.slide.file_name, path.name)
            return Finished(evaluation, folder, layers_of(evaluation))

        self._clock = RunClock(
            encoders,
            len(reference),
            expected=self._costs.stop(),
            sets_first=request.settings.k == "auto" and not criteria_ks(request.criteria),
        )
        self._started = time.monotonic()
        self._running_path = path
        self._follow = True
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

    @Slot(bool)
    def pause(self, paused: bool) -> None:
        """Hold the evaluation where it is, or go on with it."""
        if self._job is not None and self._clock is not None:
            self._job.pause(paused)
            self._clock.pause(paused)

    @Slot()
    def cancel(self) -> None:
        """Stop the evaluation at the next batch."""
        if self._job is not None:
            self._desk.messages.clear(KEY)
            self._panels.run.show_stopping()
            self._job.cancel()

    @Slot()
    def ask_cancel(self) -> None:
        """Stop; after a minute of work, ask first."""
        if self._job is None or self._job.stopping:
            return
        minutes = (time.monotonic() - self._started) / 60
        if 60 * minutes < ASK_AFTER:
            self.cancel()
            return
        self._desk.messages.show_message(
            "caution",
            f"Stop the evaluation after {minutes:.0f} min? What is embedded is kept, so it can "
            "go on from there.",
            key=KEY,
            offers=(Offer("Stop", self.cancel), Offer("Go on", _nothing)),
            closable=False,
        )

    def _set_busy(self, busy: bool) -> None:
        panels = self._panels
        panels.run.set_busy(busy)
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
            self._on_answers(joined(each))
        if progress:
            self._on_progress(progress)

    def _on_progress(self, events: list[Progress]) -> None:
        assert self._clock is not None
        seconds = None
        for event in events:
            seconds = self._clock.update(event)
        event = events[-1]
        self._at_work = event.encoders
        self._panels.run.show_progress(event.stage, event.done, event.total, seconds)
        if event.part is Part.SLIDE and event.total and self._slides.path == self._running_path:
            self._panels.viewer.set_busy(True, event.done / event.total)

    def _on_plan(self, plan: TilePlan) -> None:
        path = self._running_path
        if path is None:
            return
        assert self._clock is not None
        self._clock.plan_slide(len(plan.cells))
        self._layers[path] = RunLayers(plan, self._named, self._slides.mpp or 1.0)
        if self._slides.path == path:
            self._show_layers(self._layers[path])

    def _on_answers(self, answers: TileAnswers) -> None:
        path = self._running_path
        layers = self._layers.get(path) if path else None
        if layers is None:
            return
        changed = layers.take(answers)
        if self._slides.path != path:
            return
        viewer = self._panels.viewer
        cells = layers.plan.cells[answers.rows]
        for layer in changed:
            viewer.fill_layer(layer, cells)
        shown = viewer.layer
        at_work = {answers.encoder, *self._at_work}
        if self._follow and shown is not None and shown.encoder not in at_work:
            following = layers.layer(answers.encoder, shown.kind)
            if following is not None:
                viewer.show_layer(following.title)
                self._follow = True  # showing it is no choice of the user's

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        path = self._running_path
        layers = finished.layers
        if path is not None and layers is not None:
            self._layers[path] = layers
            self._finished[path] = finished
            if self._slides.path == path:
                self._show_layers(layers)
        self.show_run(finished)
        self.run_saved.emit(finished.folder)
        for failure in finished.evaluation.failures:
            self._panels.encoders.set_failed(failure.name, failure.reason)
            self._desk.messages.show_message(
                "error", f"{failure.title} could not run: {failure.reason}"
            )

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._desk.show_failure(error, KEY)

    @Slot()
    def _on_cancelled(self) -> None:
        self._desk.messages.show_message(
            "info",
            "Stopped. What was embedded is kept: Evaluate goes on from there.",
            key=KEY,
        )

    def _show_what_is_kept(self, path: Path) -> None:
        """After a stop or failure: the tiles of the slide's last run that came to its end."""
        former = self._finished.get(path)
        if former is None or former.layers is None or self._layers.get(path) is former.layers:
            return
        self._layers[path] = former.layers
        if self._slides.path == path:
            self._show_layers(former.layers)

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
        path, self._running_path = self._running_path, None
        self._set_busy(False)
        if path is not None:
            self._show_what_is_kept(path)
        self._costs.refresh(anew=True)
        self.refresh()

    # Show

    def show_run(self, finished: Finished | None) -> None:
        """Show a run in the summary."""
        self.finished, self._unplaced = finished, None
        if finished is None:
            self._panels.summary.show_run(None)
        else:
            name = finished.folder.name.removesuffix(RUN_ENDING)
            evaluation = finished.evaluation
            self._panels.summary.show_run(evaluation.run, name, evaluation.later)
        self.run_shown.emit(finished)

    @Slot(Path)
    def open_run(self, folder: Path) -> None:
        """Open a run made before."""
        services, path = self._desk.services, self._slides.path

        def work(report: ProgressFn) -> tuple[Finished, bool, str]:
            evaluation = services.load_evaluation(folder)
            facts = evaluation.run.slide
            same, change = False, ""
            if facts is not None and path is not None:
                # By content: a file of the same name may be another slide, and the other way.
                with suppress(PathguiError), self._desk.open_slide(path) as slide:  # it may be gone
                    same = slide.content_id == facts.content_id
                    same = same and not self._slides.has_changed(path)  # than what is in view
                    own_name = self._desk.services.names().name_of(facts.file_name)
                    if same or slide.path.name == own_name:
                        change = change_of(facts, slide)
            return Finished(evaluation, folder, layers_of(evaluation)), same, change

        job = Job(work)
        job.succeeded.connect(partial(self._on_opened_run, path))
        job.failed.connect(self._on_failed)
        self._desk.quick.start(job)

    @Slot(Path, object)
    def run_moved(self, folder: Path, target: Path | None) -> None:
        """A run was renamed, or deleted (``target`` None)."""
        for path, finished in list(self._finished.items()):
            if finished.folder == folder:
                del self._finished[path]
                if target is not None:
                    self._finished[path] = replace(finished, folder=target)
        if self.finished is not None and self.finished.folder == folder:
            self.show_run(None if target is None else replace(self.finished, folder=target))

    @Slot(Path, object)
    def run_judged(self, folder: Path, later: tuple[JudgedCriteria, ...]) -> None:
        """A run was judged by criteria that were set when its results could be seen."""

        def noted(finished: Finished) -> Finished:
            return replace(finished, evaluation=replace(finished.evaluation, later=later))

        for path, finished in list(self._finished.items()):
            if finished.folder == folder:
                self._finished[path] = noted(finished)
        if self.finished is not None and self.finished.folder == folder:
            self.finished = noted(self.finished)
            self._panels.summary.show_later(later)

    def _on_opened_run(self, path: Path | None, result: tuple[Finished, bool, str]) -> None:
        finished, same, change = result
        self.show_run(finished)
        self._desk.messages.clear(KEY)  # of the run that was shown before
        facts = finished.evaluation.run.slide
        layers = finished.layers
        if change:
            self._desk.messages.show_message("caution", change, key=CHANGED_KEY)
        else:
            self._desk.messages.clear(CHANGED_KEY)
        if facts is None or layers is None:
            return
        if path is not None and same and path != self._running_path:
            self._layers[path], self._finished[path] = layers, finished
            if path == self._slides.path:
                self._show_layers(layers)
                if finished.evaluation.run.settings.region_l0:
                    self._panels.viewer.set_regions(finished.evaluation.run.settings.region_l0)
            return
        if path != self._slides.path is not None:  # it came while the run was read
            self.open_run(finished.folder)
            return
        self._unplaced = finished
        self._desk.messages.show_message(
            "info",
            f"This run is of the slide {facts.file_name}, which is not the one shown. Open that "
            "slide to see its tiles on it.",
            key=KEY,
        )

    def tile_facts(self, encoder: str) -> tuple[Measurements, Remarks]:
        """What an encoder says of each tile of the slide shown, in numbers and in words."""
        path = self._slides.path
        layers = self._layers.get(path) if path else None
        return (
            ({}, {}) if layers is None else (layers.measurements(encoder), layers.remarks(encoder))
        )

    def _show_layers(self, layers: RunLayers) -> None:
        viewer, overlay = self._panels.viewer, self._panels.overlay
        shown = viewer.layer
        overlay.set_encoders(layers.encoders, layers.with_kinds)
        viewer.set_tile_grid(layers.grid)
        follow = self._follow
        title = None
        if shown is not None and layers.layer(shown.encoder, shown.kind) is not None:
            title = layers.layer(shown.encoder, shown.kind).title  # type: ignore[union-attr]
        elif layers.layers:
            title = layers.layers[0].title
        viewer.card_of = layers.card  # before the layers, which panes take it with
        viewer.set_layers(layers.layers, title)
        self._follow = follow

    @Slot(Path)
    def _on_replaced(self, path: Path) -> None:
        """The file at ``path`` is another one: nothing that is known of tiles is of this one."""
        if path == self._running_path:
            self._running_path = None  # it evaluates the former file
        if path not in self._layers:
            return
        del self._layers[path]
        self._finished.pop(path, None)
        self._desk.messages.show_message(
            "caution",
            f"{path.name} has changed on the disk since its tiles were shown here. That run is of "
            "the former file, and its tiles are not shown: evaluate this one, or open a run of it.",
            key=CHANGED_KEY,
        )

    @Slot()
    def _on_slide(self) -> None:
        """Another slide is shown: with it what is known of its tiles."""
        path = self._slides.path
        layers = self._layers.get(path) if path else None
        if layers is None:
            self._panels.overlay.set_encoders(())
            self._panels.overlay.show_state("", NO_LAYER)
            self._panels.viewer.card_of = None
        elif not self._panels.viewer.layers:
            self._show_layers(layers)
        if path in self._finished and not self.busy:
            self.show_run(self._finished[path])
        elif path is not None and self._unplaced is not None and not self.busy:
            # It may be the slide of the run that is in the summary: opened with it, or after it.
            self.open_run(self._unplaced.folder)
        self.refresh()

    @Slot(str, str)
    def _on_layer_wanted(self, encoder: str, kind: str) -> None:
        path = self._slides.path
        layers = self._layers.get(path) if path else None
        if kind == NO_LAYER or layers is None:
            self._panels.viewer.set_overlay_visible(False)
            return
        viewer = self._panels.viewer
        if kind == "disagreement":
            self._follow = False
            viewer.choose(viewer.overlay.show_kind(kind))
            viewer.set_overlay_visible(True)
            return
        layer = layers.layer(encoder, kind)
        if layer is not None:
            self._follow = False
            viewer.show_layer(layer.title)
            viewer.set_overlay_visible(True)

    @Slot(object)
    def _on_layer_shown(self, layer: OverlayLayer | None) -> None:
        if layer is not None:
            self._panels.overlay.show_state(layer.encoder, layer.kind)

    @Slot(str)
    def _show_encoder(self, encoder: str) -> None:
        """A row of the summary was clicked: its encoder's layer on the slide."""
        if not self.on_slide:
            return
        shown = self._panels.viewer.layer
        self._on_layer_wanted(encoder, shown.kind if shown else "tissue")

    @Slot(bool)
    def _on_preparing(self, preparing: bool) -> None:
        self._preparing = preparing
        self.refresh()


def _nothing() -> None:
    """The bar goes; that is all."""
