"""F1: the manual, at the page about what has the focus, in the window and in its dialogs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.sample_dialog import SampleDialog
from pathgui.gui.criteria.criteria_control import CriteriaPanel
from pathgui.gui.criteria.criteria_dialog import CriteriaDialog
from pathgui.gui.criteria.intended_use_control import IntendedUsePanel
from pathgui.gui.criteria.intended_use_dialog import IntendedUseDialog
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.encoders.own_dialog import OwnEncoderDialog
from pathgui.gui.evaluation.run_panel import RunPanel, RunSettingsPanel
from pathgui.gui.explore.explore_panel import ExplorePanel
from pathgui.gui.reference.public_sets_dialog import PublicSetsDialog
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.reference.set_dialog import SetDialog
from pathgui.gui.report.report_dialog import ReportDialog
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.results.summary_tables import Table
from pathgui.gui.runs.run_diff_dialog import RunDiffDialog
from pathgui.gui.runs.runs_panel import RunsPanel
from pathgui.gui.shell.manual import Manual
from pathgui.gui.slides.archive_dialog import ArchiveDialog
from pathgui.gui.slides.slide_panel import SlidePanel
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.dialogs import KeySheet

PAGES: Mapping[type[QWidget], str] = {
    ArchiveDialog: "archives.md",
    CohortPanel: "cohort.md",
    CompareView: "viewer.md",
    CriteriaDialog: "limits.md",
    CriteriaPanel: "limits.md",
    EncoderPanel: "encoders.md",
    ExplorePanel: "exploring.md",
    IntendedUseDialog: "intended-use.md",
    IntendedUsePanel: "intended-use.md",
    KeySheet: "viewer.md",
    OwnEncoderDialog: "own-encoder.md",
    PublicSetsDialog: "public-sets.md",
    ReferencePanel: "reference-set.md",
    ReportDialog: "report-pages.md",
    RunDiffDialog: "repeat.md",
    RunPanel: "time.md",
    RunSettingsPanel: "options.md",
    RunsPanel: "repeat.md",
    SampleDialog: "reference-set.md",
    SetDialog: "reference-set.md",
    SlidePanel: "slide-formats.md",
    SummaryPanel: "reporting.md",
}


class HelpKey(QObject):
    """Opens the manual. A dialog that is in front of the window gets a key of its own for it."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)

    def page_of(self, widget: QWidget | None) -> str:
        """The page about a widget, or about what it is a part of; "" where there is none."""
        while widget is not None:
            page = PAGES.get(type(widget))
            if page:
                return page
            widget = widget.parentWidget()
        return ""

    @Slot()
    def open_where_focus_is(self) -> None:
        """Open the manual at the page about what has the focus."""
        focus = QApplication.focusWidget()
        if isinstance(focus, Table) and focus.currentIndex().isValid():
            key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
            focus.keyPressEvent(key)  # it explains the very column
            return
        self.open(self.page_of(focus))

    def open(self, page: str = "") -> Manual:
        """Open the manual, or the one that is open, at a page."""
        front = QApplication.activeModalWidget() or self._window
        manual = next((each for each in front.findChildren(Manual) if each.isVisible()), None)
        if manual is None:
            manual = Manual(front, page)
        elif page:
            manual.show_page(page)
        manual.show()
        manual.activateWindow()
        return manual

    @Slot(QWidget, QWidget)
    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """Keys of the window do not reach a dialog in front of it."""
        top = None if now is None else now.window()
        if (
            isinstance(top, QDialog)
            and not isinstance(top, Manual)
            and top.parent() is not None
            and not top.property("has help key")
        ):
            top.setProperty("has help key", True)
            shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents), top)
            shortcut.activated.connect(self.open_where_focus_is)
