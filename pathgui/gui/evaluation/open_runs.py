"""The runs that are open: the one in the summary, and the one of each slide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from pathgui.core.crossfit.results import Corrections
from pathgui.core.errors import PathguiError, RegionError
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ProgressFn
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.record import Evaluation, Run
from pathgui.core.runs.slide_since import change_of
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.region import Region
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.evaluation.layer_control import LayerControl
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.jobs.message_keys import SLIDE_CHANGED as CHANGED_KEY
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.slides.run_layers import layers_of
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.model.region_cut import NotCutYetError
from pathgui.gui.viewer.slide_view import SlideView


class OpenRuns(QObject):
    """Shows runs in the summary, and their tiles on the slide that they are of."""

    shown = Signal(object)  # Finished or None
    failed = Signal(Exception)  # a run could not be opened
    opened = Signal(object)  # Finished; the user asked for it, and it is in the summary
    kept = Signal(Path, object)  # a slide and the Finished that is its run now
    placed = Signal(object)  # RunSettings of a run that was opened and is of the slide shown

    def __init__(
        self,
        desk: Desk,
        summary: SummaryPanel,
        viewer: SlideView,
        slides: SlideControl,
        layers: LayerControl,
        running: Callable[[], Path | None],
        parent: QObject | None = None,
    ) -> None:
        """``running``: the slide that is being evaluated, whose layers are not replaced."""
        super().__init__(parent)
        self._desk = desk
        self._summary = summary
        self._viewer = viewer
        self._slides = slides
        self._layers = layers
        self._running = running
        self._of: dict[Path, Finished] = {}
        self.finished: Finished | None = None  # the run in the summary
        self._unplaced: Finished | None = None  # the same, where its slide was not shown

    @property
    def on_slide(self) -> bool:
        """Whether the run in the summary is the one whose tiles lie over the slide shown."""
        if self._slides.path is None or self.finished is None:
            return False
        there = self._of.get(self._slides.path)
        return there is not None and there.folder == self.finished.folder

    def keep(self, path: Path, finished: Finished) -> None:
        """This is the run of the slide at ``path`` now, and its layers are the slide's."""
        if finished.layers is not None:
            self._of[path] = finished
            self._layers.keep(path, finished.layers)
            self.kept.emit(path, finished)

    def forget(self, path: Path) -> None:
        """The slide at ``path`` is another one."""
        self._of.pop(path, None)

    def show_what_is_kept(self, path: Path) -> None:
        """After a stop or failure: the tiles of the slide's last run that came to its end."""
        former = self._of.get(path)
        layers = None if former is None else former.layers
        if layers is not None and self._layers.of(path) is not layers:
            self._layers.keep(path, layers)

    def show(self, finished: Finished | None) -> None:
        """Show a run in the summary."""
        self.finished, self._unplaced = finished, None
        if finished is None:
            self._summary.show_run(None)
        else:
            name = finished.folder.name.removesuffix(RUN_ENDING)
            evaluation = finished.evaluation
            self._summary.show_run(evaluation.run, name, evaluation.later)
        self.shown.emit(finished)

    def show_slide(self) -> None:
        """Another slide is in view: show its run."""
        path = self._slides.path
        if path in self._of:
            self.show(self._of[path])
        elif path is not None and self._unplaced is not None:
            # It may be the slide of the run that is in the summary: opened with it, or after it.
            self._open(self._unplaced.folder, asked=False)

    @Slot(Path)
    def open(self, folder: Path) -> None:
        """Open a run made before."""
        self._open(folder, asked=True)

    def _open(self, folder: Path, *, asked: bool) -> None:
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
                    own_name = services.names().name_of(facts.file_name)
                    if same or slide.path.name == own_name:
                        change = change_of(facts, slide)
            return Finished(evaluation, folder, layers_of(evaluation)), same, change

        self._desk.quick.run(work, partial(self._on_opened, path, asked), self.failed)

    @Slot(Path, object)
    def moved(self, folder: Path, target: Path | None) -> None:
        """A run was renamed, or deleted (``target`` None)."""
        for path, finished in list(self._of.items()):
            if finished.folder == folder:
                del self._of[path]
                if target is not None:
                    self._of[path] = replace(finished, folder=target)
        if self.finished is not None and self.finished.folder == folder:
            self.show(None if target is None else replace(self.finished, folder=target))

    @Slot(Path, object)
    def judged(self, folder: Path, later: tuple[JudgedCriteria, ...]) -> None:
        """A run was judged by criteria that were set when its results could be seen."""

        if self._note(folder, lambda evaluation: replace(evaluation, later=later)):
            self._summary.show_later(later)

    def corrected(
        self, folder: Path, found: Mapping[str, Corrections | NotAssessable]
    ) -> Run | None:
        """Corrections were tried on encoders of a run; the run, if it is the one in the summary."""

        def noted(evaluation: Evaluation) -> Evaluation:
            run = evaluation.run
            encoders = [
                replace(each, corrections=found.get(each.encoder.name, each.corrections))
                for each in run.encoders
            ]
            return replace(evaluation, run=replace(run, encoders=encoders))

        shown = self._note(folder, noted)
        return None if shown is None else shown.evaluation.run

    def _note(self, folder: Path, noted: Callable[[Evaluation], Evaluation]) -> Finished | None:
        """Change what is known of a run wherever it is open; it, if it is in the summary."""
        for path, finished in list(self._of.items()):
            if finished.folder == folder:
                self._of[path] = replace(finished, evaluation=noted(finished.evaluation))
        if self.finished is None or self.finished.folder != folder:
            return None
        self.finished = replace(self.finished, evaluation=noted(self.finished.evaluation))
        return self.finished

    def _show_region(self, region: Region) -> None:
        """Outline a run's region; regions that come to the same stay, with their classes."""
        try:
            drawn = self._viewer.evaluated_region()
        except NotCutYetError:  # once they are cut, and nothing else was drawn
            before = self._viewer.regions

            def again(_: object) -> None:
                if self._viewer.regions is before:
                    self._show_region(region)

            once = Qt.ConnectionType.SingleShotConnection
            self._viewer.regions_changed.connect(again, once)
            return
        except RegionError:
            drawn = ()
        if drawn != region:
            self._viewer.set_drawn(map(DrawnRegion, region), say("Region of a run"))

    def _on_opened(
        self, path: Path | None, asked: bool, result: tuple[Finished, bool, str]
    ) -> None:
        finished, same, change = result
        is_read_again = self._lay(path, asked, finished, same, change)
        if asked and not is_read_again:
            self.opened.emit(finished)

    def _lay(
        self, path: Path | None, asked: bool, finished: Finished, same: bool, change: str
    ) -> bool:
        """Show a run, and its tiles if its slide is shown. Returns whether it is read again."""
        self.show(finished)
        messages, run = self._desk.messages, finished.evaluation.run
        messages.clear(KEY)  # of the run that was shown before
        if change:
            messages.show_message("caution", change, key=CHANGED_KEY)
        else:
            messages.clear(CHANGED_KEY)
        if run.slide is None or finished.layers is None:
            return False
        if path is not None and same and path != self._running():
            self.keep(path, finished)
            if path == self._slides.path:
                if run.settings.region_l0:
                    self._show_region(run.settings.region_l0)
                self.placed.emit(run.settings)
            return False
        if path != self._slides.path is not None:  # it came while the run was read
            self._open(finished.folder, asked=asked)
            return True
        self._unplaced = finished
        messages.show_message(
            "info",
            say(
                "This run is of the slide {file_name}, which is not the one "
                "shown. Open that slide to see its tiles on it.",
                file_name=run.slide.file_name,
            ),
            key=KEY,
        )
        return False
