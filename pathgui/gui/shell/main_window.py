"""The window: places the panels, owns the menus, closes cleanly."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent, QUndoStack
from PySide6.QtWidgets import QMainWindow

from pathgui.core.errors import PathguiError
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.folders import config_dir, drafts_dir, log_dir, places_dir, settings_file
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.cohort_read import Surroundings
from pathgui.gui.cohort.cohort_regions import CohortRegions
from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.criteria.criteria_control import CriteriaControl, CriteriaPanel
from pathgui.gui.criteria.intended_use_control import IntendedUseControl, IntendedUsePanel
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.encoders.weights_control import WeightsControl
from pathgui.gui.evaluation.asking import Panels
from pathgui.gui.evaluation.check_control import CheckControl
from pathgui.gui.evaluation.cohort_run import CohortRunControl
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.region_control import RegionControl
from pathgui.gui.evaluation.reopening import Reopening
from pathgui.gui.evaluation.run_panel import RunPanel, RunSettingsPanel
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.evaluation.summary_controls import SummaryControls
from pathgui.gui.evaluation.tissue_control import TissueControl
from pathgui.gui.explore.explore_control import ExploreControl
from pathgui.gui.explore.explore_panel import ExplorePanel
from pathgui.gui.explore.explore_pictures import PictureLoader
from pathgui.gui.explore.explore_slide import ExploreSlide
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.giving_back import GivingBack
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.jobs.recent import Recent
from pathgui.gui.jobs.services import Services
from pathgui.gui.kit.dialogs import TITLE, BugDialog
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import bring_inside
from pathgui.gui.kit.layouts import holder, in_column, in_row
from pathgui.gui.kit.room import Capped
from pathgui.gui.kit.theme import undressed
from pathgui.gui.kit.widgets import FoldBox
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.reference.slide_facts import SlideFacts
from pathgui.gui.report.export_control import ExportControl
from pathgui.gui.report.report_control import ReportControl
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.runs.runs_control import RunsControl
from pathgui.gui.runs.runs_panel import RunsPanel
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.shell.choosers import Choosers
from pathgui.gui.shell.closing import Closing
from pathgui.gui.shell.copying import CopyControl
from pathgui.gui.shell.docks import Docks
from pathgui.gui.shell.help_key import HelpKey
from pathgui.gui.shell.kept_settings import KeptSettings
from pathgui.gui.shell.keys_anywhere import KeysAnywhere
from pathgui.gui.shell.menus import Menus
from pathgui.gui.shell.parts import Parts
from pathgui.gui.shell.start_page import StartPage
from pathgui.gui.shell.status_line import StatusLine
from pathgui.gui.shell.tool_strip import ToolStrip
from pathgui.gui.shell.viewer_control import ViewerControl
from pathgui.gui.shell.warm_up import WarmUp, device_words
from pathgui.gui.shell.window_memory import changed_keys, keep_keys, keep_layout, restore_layout
from pathgui.gui.slides.overlay_panel import OverlayPanel
from pathgui.gui.slides.region_book import RegionBook
from pathgui.gui.slides.region_panel import MarkupPanels
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.slides.slide_panel import SlidePanel
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.model.memory import SlideMemory
from pathgui.settings import Settings

if TYPE_CHECKING:
    from pathgui.core.phantom.demo_to_evaluate import DemoMaterial
    from pathgui.core.system.devices import Device

log = logging.getLogger(__name__)

MOST_MESSAGES = 9  # lines of text that the messages above the slide take; more is scrolled


class MainWindow(QMainWindow):
    """Slides left, the slide in the middle, encoders right, the summary below."""

    def __init__(self, services: Services | None = None) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setWindowIcon(icon("pathgui"))
        self.setAcceptDrops(True)
        self.services = services or Services()
        self.settings_file = settings_file()
        self.memory = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)
        self.recent = Recent(self.memory)
        self._painted = False
        self.undo = QUndoStack(self)  # of all that can be taken back, in one order
        self.runner = JobRunner(self)  # evaluation, import, report: one after the other
        self.quick = JobRunner(self)  # opening and looking things up; never waits for the other
        self.estimates = JobRunner(self)  # of what an evaluation will cost
        self.aside = JobRunner(self)  # pictures and tissue: slow, and nothing waits for them
        with undressed(self):  # so no part may be made before
            self._build_panels()
        self._build_controllers()
        self._build_menus()
        self.kept.load()
        self._show_opacity()
        self.reference_panel.set_known(self.recent.references)
        restore_layout(self, self.docks, self.memory)
        self._placed = self.size()
        self.docks.put_in_reading_order()

    # Building

    def _build_panels(self) -> None:
        self.messages = MessageArea()
        self.closing = Closing(
            self, lambda: self._runners, self.messages, lambda: self.controller.if_closed
        )
        self.closing.begun.connect(self._remember)
        self.closing.ended.connect(self._let_go)
        self.keys = KeyTable(ACTIONS, changed_keys(self.memory))
        self.keeping = JobRunner(self)  # what is remembered of slides goes to the disk
        GivingBack(self.keeping, self)
        self.overlay_panel = OverlayPanel(self.keys)
        self.slide_memory = SlideMemory(
            config_dir() / "slides",
            lambda write: self.keeping.run(lambda report: write()),
        )
        self.compare = CompareView(keys=self.keys, memory=self.slide_memory)
        self.viewer = self.compare.main
        self.tool_strip = ToolStrip(self.compare)
        views = in_row(self.tool_strip, (self.compare, 1), spacing=0)
        said = Capped(self.messages, lambda: MOST_MESSAGES * self.fontMetrics().lineSpacing())
        middle = in_column(self.overlay_panel, said, (views, 1), spacing=0)
        self.setCentralWidget(holder(middle))

        self.slide_panel = SlidePanel()
        self.runs_panel = RunsPanel()
        self.reference_panel = ReferencePanel()
        self.encoder_panel = EncoderPanel(self.services.known.encoders())
        self.run_settings = RunSettingsPanel()
        self.settings_fold = FoldBox(say("Settings"), self.run_settings)
        self.criteria_panel = CriteriaPanel()
        self.use_panel = IntendedUsePanel()
        self.markup = MarkupPanels(self.keys)
        self.run_panel = RunPanel()
        self.summary_panel = SummaryPanel()
        self.explore_panel = ExplorePanel()
        self.cohort_panel = CohortPanel()
        self.status = StatusLine(self.statusBar())
        self.device = self.status.device
        self.kept = KeptSettings(
            self.settings_file, self.encoder_panel, self.run_settings, self.messages, self
        )
        self.overlay_panel.opacity_wanted.connect(self.kept.keep_opacity)
        evaluate = (
            (self.reference_panel,),
            (self.encoder_panel,),
            (*self.markup.folds, self.settings_fold, self.use_panel, self.criteria_panel),
        )
        self.docks = Docks(
            self, self.slide_panel, self.runs_panel, evaluate, self.run_panel, self.summary_panel,
            self.explore_panel, self.cohort_panel,
        )  # fmt: skip

    def _build_controllers(self) -> None:
        desk = self.desk = Desk(
            self.services, self.messages, self.runner, self.quick, self.estimates, self.show_error,
            settings=lambda: self.settings.run,
        )  # fmt: skip
        self.warm_up = WarmUp(desk, self)
        self.warm_up.device_found.connect(self._on_device)
        self.slides = SlideControl(desk, self.slide_panel, self.viewer, self)
        SlideFacts(self.slides, self.reference_panel, self.undo, self)
        self.references = ReferenceControl(desk, self.reference_panel, self.undo, self)
        around = Surroundings(self.slides, self.slide_panel, self.recent, places_dir, drafts_dir)
        self.cohort = CohortTab(
            desk, self.cohort_panel, around, self.reference_panel, self.references, self.undo
        )
        self.cohort.wanted.connect(self.docks.show_slide_table)
        panels = Panels(
            self.compare, self.overlay_panel, self.encoder_panel, self.reference_panel,
            self.run_settings, self.run_panel, self.summary_panel,
        )  # fmt: skip
        self.tissue = TissueControl(
            desk, self.viewer, self.markup.tissue, self.aside, self.undo, self
        )
        self.tissue.wanted.connect(self.markup.show_tissue)
        self.controller = EvaluationController(
            desk, panels, self.slides, self.references, lambda: self.settings, self.tissue, self,
            criteria=lambda: self.criteria.criteria, intended_use=lambda: self.intended_use.use,
        )  # fmt: skip
        self.cohort_runs = CohortRunControl(
            desk, self.controller, self.cohort, self._references_known, self._slides_known
        )
        self.intended_use = IntendedUseControl(
            desk, self.use_panel, config_dir(), self, undo=self.undo
        )
        self.criteria = CriteriaControl(
            desk, self.criteria_panel, self.summary_panel, self._ticked_titles,
            lambda: self.controller.finished, config_dir(), self, undo=self.undo,
        )  # fmt: skip
        self.summary_panel.judge_requested.connect(self.criteria.judge_shown)
        self.criteria.judged.connect(self.controller.runs.judged)
        self.on_summary = SummaryControls(
            desk, self.controller, self.references, self.compare, lambda: self.settings, self
        )
        self.choosers = Choosers(self, self.recent, desk)
        self.choosers.slides_chosen.connect(self.slides.add)
        self.choosers.run_chosen.connect(self.controller.open_run)
        self.choosers.serve(self.references, self.cohort)
        self.reopening = Reopening(
            desk, self.controller, self.slides, self.references, self.aside,
            config_dir() / "slide-places.json",
            self._slides_known, self._references_known, self,
        )  # fmt: skip
        self.choosers.slide_of_run_chosen.connect(self.reopening.take)
        self.reopening.find_slide_wanted.connect(self.choosers.slide_of_run)
        for wanted in (
            self.reopening.find_reference_wanted, self.summary_panel.correct.reference_requested,
        ):  # fmt: skip
            wanted.connect(self.choosers.reference)
        self.reports = ReportControl(desk, self.controller, self.summary_panel, config_dir(), self)
        self.runs = RunsControl(desk, self.runs_panel, self)
        self.checks = CheckControl(
            desk, self.controller, self.runs_panel,
            lambda: [*self._references_known(), *self._slides_known(), *self.recent.cohorts], self,
        )  # fmt: skip
        on_slide = ExploreSlide(
            desk, self.compare, self.slides,
            lambda: [*self.slide_panel.paths, *self.recent.slides], self,
        )  # fmt: skip
        self.explore = ExploreControl(
            self.explore_panel, on_slide, PictureLoader(desk, self._references_known, self),
            PictureLoader(desk, self._references_known, self), self.choosers.reference,
            lambda: self.references.reference, self.controller.layers.encoder, self,
        )  # fmt: skip
        self.explore.wanted.connect(self.docks.show_explorer)
        self.controller.run_shown.connect(self.explore.show_run)
        self.references.changed.connect(self.explore.on_reference)
        self.weights = WeightsControl(desk, self.encoder_panel, lambda: self.settings, self)
        self.weights.looked.connect(self._on_encoders)
        self.on_summary.correct.fitted.connect(self.weights.listing.take)
        self.weights.weights_chosen.connect(self.kept.keep_weights)
        self.runs_panel.open_requested.connect(self.controller.open_run)
        self.runs.moved.connect(self.controller.runs.moved)
        self.runs.explain_requested.connect(self.summary_panel.explain)
        self.controller.run_saved.connect(self.runs.refresh)
        self.slide_panel.open_requested.connect(self.choosers.slides)
        self.slide_panel.demo_requested.connect(self.references.make_demo)
        self.reference_panel.open_requested.connect(self.choosers.reference)
        self.reference_panel.import_requested.connect(self.choosers.manifest)
        self.references.changed.connect(self._on_reference)
        self.references.demo_ready.connect(self._on_demo)
        self.slides.shown.connect(self._on_slide)
        self.slides.opened.connect(self.recent.add_slide)
        self.controller.run_saved.connect(self.recent.add_run)
        self.controller.run_shown.connect(self._on_run_shown)
        self.controller.busy_changed.connect(self.closing.on_busy)
        for panel in (self.criteria_panel, self.use_panel, self.summary_panel):
            self.controller.busy_changed.connect(panel.set_busy)
        self.run_settings.changed.connect(self.controller.refresh)  # once they are kept
        self.criteria.changed.connect(self.controller.refresh)
        self.exports = ExportControl(
            desk, self.compare, self.aside, self.choosers.save,
            self.controller.layers.tile_facts, self, run_shown=self.controller.run_over_slide,
        )  # fmt: skip
        self.region_book = RegionBook(self.undo, self.compare, self)
        self.regions = RegionControl(
            desk, self.viewer, self.run_panel, self.aside, self.controller.wanted_tiles,
            self.region_book, self.markup.regions, self.controller.offers, self,
        )  # fmt: skip
        self.controller.asked_changed.connect(self.regions.refresh)
        self.cohort_regions = CohortRegions(
            desk, self.cohort.control, self.cohort.book, self.slides, self.viewer,
            self.region_book, self,
        )  # fmt: skip
        self.closing.begun.connect(self.cohort_regions.flush)
        self.choosers.regions_chosen.connect(self.regions.open)
        self.viewers = ViewerControl(
            desk, self.compare, self.slides, self.slide_panel, self.overlay_panel,
            self.status.place, self,
        )  # fmt: skip

    def _build_menus(self) -> None:
        self.help = HelpKey(self)
        copies = CopyControl(self.desk, self.controller, self.cohort, self.viewer, self)
        self.start = StartPage(self.compare, self.recent)
        self.start.serve(self.references, self.choosers, self.slides, self.controller)
        self.parts = Parts(
            self, self.undo, self.tissue, self.keys, self.compare, self.viewers, self.choosers,
            self.docks, self.controller, self.on_summary, self.references,
            self.reports, self.exports, self.explore, self.intended_use, self.criteria,
            self.run_settings, self.settings_fold, self.summary_panel, self.cohort,
            self.cohort_runs, self.help, copies, self.start,
        )  # fmt: skip
        self.cohort_panel.action_wanted.connect(self._act)
        self.compare.action_requested.connect(self._act)
        self.menus = Menus(self.parts, self.recent)
        copies.offer_on(
            self.run_panel.evaluate_button,
            *(self.menus.by_id[each] for each in ("copy_command", "copy_python", "copy_all")),
        )
        KeysAnywhere(self, self.compare)
        self.menus.path_wanted.connect(self.open_path)
        self.menus.called.connect(self.tool_strip.rekey)
        self.menus.say_keys_on(
            open=self.slide_panel.open_button, evaluate=self.run_panel.evaluate_button,
            cancel=self.run_panel.cancel_button, export=self.summary_panel.export_button,
        )  # fmt: skip
        self.compare.keys_changed.connect(lambda: keep_keys(self.keys, self.memory))
        panels = self.tool_strip, self.overlay_panel, self.markup.tissue
        for keyed in (self.menus, *panels, self.slides, self.regions):
            self.compare.keys_changed.connect(keyed.rekey)

    # What the user asks for

    def open_slides(self, paths: list[Path]) -> None:
        """Open whatever they are. Of slides only the last one is read, which is shown."""
        self.choosers.choose(paths)

    @Slot(Path)
    def open_path(self, path: Path) -> None:
        """Open whatever it is: a slide, a reference set, a run, a manifest."""
        self.choosers.choose([path])

    @Slot()
    def open_demo(self) -> None:
        """Make the demo, if need be, and open it."""
        self.references.make_demo()

    @Slot(str)
    def _act(self, action: str) -> None:
        self.keys[action].act(self.parts, self.compare.current.instruments.tell)

    def show_error(self, error: BaseException) -> None:
        """A PathguiError in a bar; anything else is a bug and gets a dialog."""
        if isinstance(error, PathguiError):
            self.messages.show_message("error", str(error))
            return
        log.error("bug", exc_info=error)
        BugDialog(error, log_dir() / "pathgui.log", self).open()

    def _ticked_titles(self) -> list[tuple[str, str]]:
        rows = self.encoder_panel.rows
        return [(name, rows[name].spec.title) for name in self.encoder_panel.ticked]

    def _references_known(self) -> list[Path]:
        """Folders in which the reference set of a run may be."""
        now = self.references.reference
        return [*([] if now is None else [now.folder]), *self.recent.references]

    def _slides_known(self) -> list[Path]:
        return [*self.slide_panel.paths, *self.recent.slides]

    # What happened

    @Slot(object)
    def _on_demo(self, material: DemoMaterial) -> None:
        self.slides.open(material.slide)
        self.reference_panel.give_center(material.center)
        from pathgui.core.phantom.demo_to_evaluate import (
            DEMO_ENCODERS,  # loaded by now: the demo was made with it
        )

        self.kept.tick(DEMO_ENCODERS)

    @Slot()
    def _on_reference(self) -> None:
        reference = self.references.reference
        if reference is not None:
            self.recent.add_reference(reference.folder)
            self.region_book.offer(reference.tissues)
            self.reference_panel.set_known(self.recent.references)
        self._on_slide()

    @Slot()
    def _on_slide(self) -> None:
        """The title says what is compared with what."""
        path, reference = self.slides.path, self.references.reference
        names = [path.name] if path else []
        names += [reference.info.name] if reference else []
        self.setWindowTitle(f"{' · '.join(names)} – {TITLE}" if names else TITLE)

    @Slot(object)
    def _on_run_shown(self, finished: Finished | None) -> None:
        self.summary_panel.show_pairs(None if finished is None else finished.evaluation)
        if finished is not None:
            self.docks.summary.show()

    # After the first paint

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._after_first_paint)

    @Slot()
    def _after_first_paint(self) -> None:
        """Look at encoders and devices, and import what is heavy, off the GUI thread."""
        if self.closing.has_begun:
            return
        if self.size() == self._placed:  # as it was before the desktop gave it a frame
            bring_inside(self)
        self.weights.look()
        self.runs.refresh()
        self.cohort.drafts.look()
        self.warm_up.start()

    @Slot()
    def _on_encoders(self) -> None:
        """The list is whole: tick what was ticked when the window was closed."""
        self.kept.tick_again()
        self.controller.refresh()

    @Slot(object)
    def _on_device(self, device: Device) -> None:
        self.device.setText(device.title)
        self.device.setToolTip(retold(device.reason))
        self.run_settings.show_device(device_words(device))
        self.summary_panel.pages[0].prepare()

    # Settings and layout

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self.kept.now

    def _show_opacity(self) -> None:
        self.overlay_panel.set_opacity(self.settings.overlay_opacity)
        self.viewer.set_opacity(self.settings.overlay_opacity)

    def recolor(self) -> None:
        """Follow the theme where a style sheet does not."""
        self.messages.recolor()
        self.encoder_panel.recolor()
        self.summary_panel.recolor()
        self.explore_panel.recolor()
        self.cohort_panel.recolor()

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        self.open_slides([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])

    # Closing

    @property
    def _runners(self) -> tuple[JobRunner, ...]:
        own = (self.runner, self.quick, self.estimates, self.aside, self.keeping,
               *self.references.sets.runners, *self.on_summary.runners)  # fmt: skip
        return *own, *self.slides.runners, *self.weights.runners, *self.cohort.runners

    @property
    def working(self) -> bool:
        """Whether a thread of this window still runs."""
        return any(runner.busy for runner in self._runners if runner is not self.estimates)

    def close_surely(self) -> None:
        """Close without a question: whoever pressed Ctrl-C in the terminal meant it."""
        self.closing.sure = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.handle(event)

    @Slot()
    def _let_go(self) -> None:
        """The slides last: nothing reads them any more."""
        self.slide_memory.flush()  # what its job was not given time for
        self.cohort.let_go()
        self.compare.shutdown()

    @Slot()
    def _remember(self) -> None:
        keep_layout(self, self.docks, self.memory)
        self.recent.keep_open(self.slide_panel.paths)
        self.kept.save()
