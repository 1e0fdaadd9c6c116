"""The panels around the slide: slides and runs left, encoders right, the numbers below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QSplitter,
    QTabWidget,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.gui.cohort.cohort_panel import TITLE as COHORT
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.explore.explore_panel import TITLE as EXPLORE
from pathgui.gui.explore.explore_panel import ExplorePanel
from pathgui.gui.kit.focus import in_reading_order
from pathgui.gui.kit.layouts import holder, in_column, split
from pathgui.gui.kit.room import Column, Roomy
from pathgui.gui.kit.widgets import DockTitle, label
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.runs.runs_panel import RunsPanel
from pathgui.gui.shell.evaluate_column import EvaluateColumn
from pathgui.gui.slides.slide_panel import SlidePanel

LEFT, RIGHT, BELOW = 215, 330, 310  # logical pixels, at first
LEAST_LEFT = 150
SLIDES_TO_RUNS = (1, 1)  # heights of the two lists
MOST_BELOW = 0.47  # share of the window's height that the panels below take at first


class Docks:
    """Four docks, in whose places the user may put others; ``reset`` puts all back."""

    def __init__(
        self,
        window: QMainWindow,
        slide_panel: SlidePanel,
        runs_panel: RunsPanel,
        evaluate: Sequence[Sequence[QWidget]],
        run_panel: QWidget,
        summary_panel: SummaryPanel,
        explore_panel: ExplorePanel,
        cohort_panel: CohortPanel,
    ) -> None:
        """``evaluate``: the panels on the right, with a line between the groups."""
        self._window = window
        area = Qt.DockWidgetArea
        for corner, owner in (
            (Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea),
            (Qt.Corner.TopLeftCorner, area.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, area.RightDockWidgetArea),
            (Qt.Corner.TopRightCorner, area.RightDockWidgetArea),
        ):
            window.setCorner(corner, owner)
        left, right, below = (
            area.LeftDockWidgetArea, area.RightDockWidgetArea, area.BottomDockWidgetArea
        )  # fmt: skip
        self._lists = _left(slide_panel, runs_panel)
        self.slides = self._dock(say("Slides"), Roomy(self._lists), slide_panel.title, left)
        column = EvaluateColumn(evaluate, run_panel)
        self.encoders = self._dock(say("Evaluate"), column, DockTitle(say("Evaluate")), right)
        self.summary = self._dock(
            say("Robustness summary"), Roomy(summary_panel), summary_panel.title, below
        )
        self.columns = summary_panel.choice
        self.explore = self._dock(EXPLORE, Roomy(explore_panel), explore_panel.title, below)
        self.cohort = self._dock(
            COHORT, Roomy(cohort_panel), cohort_panel.title, below, say("Slide table")
        )
        self.explore.visibilityChanged.connect(explore_panel.set_in_front)
        window.setTabPosition(below, QTabWidget.TabPosition.North)
        window.setDocumentMode(True)
        self._tabify()

    @property
    def all(self) -> tuple[QDockWidget, ...]:
        """All of them."""
        return self.slides, self.encoders, self.summary, self.explore, self.cohort

    def put_in_reading_order(self) -> None:
        """Have Tab go through the window: left, the middle, right, below."""
        docks = (self.slides, None, self.encoders, self.summary, self.explore, self.cohort)
        parts = [
            part
            for dock in docks
            for part in (
                (self._window.centralWidget(),)
                if dock is None
                else (dock.titleBarWidget(), dock.widget())
            )
        ]
        in_reading_order(*parts)

    def reset(self) -> None:
        """All panels back in their places."""
        for dock in self.all:
            dock.setFloating(False)
            dock.show()
        self._tabify()
        layout = self._window.layout()
        assert layout is not None
        layout.activate()  # only docks that have been laid out can be given a size
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._window.resizeDocks([self.slides, self.encoders], [LEFT, RIGHT], across)
        self._lists.setSizes([share * self._lists.height() for share in SLIDES_TO_RUNS])
        below = min(BELOW, round(MOST_BELOW * self._window.height()))
        self._window.resizeDocks([self.summary], [below], down)

    def show_explorer(self) -> None:
        """Bring neighbors and maps to the front."""
        self.explore.show()
        self.explore.raise_()

    def show_slide_table(self) -> None:
        """Bring the slides of the study to the front."""
        self.cohort.show()
        self.cohort.raise_()

    def _tabify(self) -> None:
        """What lies below as tabs, the summary in front."""
        self._window.tabifyDockWidget(self.summary, self.explore)
        self._window.tabifyDockWidget(self.explore, self.cohort)
        self.summary.raise_()

    def _dock(
        self, title: str, content: QWidget, bar: QWidget, area: Qt.DockWidgetArea, name: str = ""
    ) -> QDockWidget:
        """``name``: by which the window remembers it, if another panel has that title."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name or title)
        dock.setTitleBarWidget(bar)
        dock.setWidget(content)
        self._window.addDockWidget(area, dock)
        return dock


def _left(slide_panel: SlidePanel, runs_panel: RunsPanel) -> QSplitter:
    title = label(say("Runs"), "panel-title")
    title.setContentsMargins(4, 0, 0, 0)  # below the title of the slides
    runs = in_column(title, (runs_panel, 1), spacing=4, margins=(8, 8, 8, 8))
    slide_panel.setMinimumWidth(LEAST_LEFT)
    left = split(
        slide_panel,
        Column(holder(runs, "panel-body")),
        handle=1,
        stretch=SLIDES_TO_RUNS,
        sizes=SLIDES_TO_RUNS,  # from the first: a list of runs asks for no more than it must have
        orientation=Qt.Orientation.Vertical,
    )
    left.setObjectName("panel")
    return left
