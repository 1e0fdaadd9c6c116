"""The panels around the slide: slides and runs left, encoders right, the numbers below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QTabWidget,
    QWidget,
)

from pathgui.gui.cohort.cohort_panel import TITLE as COHORT
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.explore.explore_panel import TITLE as EXPLORE
from pathgui.gui.explore.explore_panel import ExplorePanel
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, scrolled, split
from pathgui.gui.kit.widgets import DockTitle, label, line
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.runs.runs_panel import RunsPanel
from pathgui.gui.slides.slide_panel import SlidePanel

LEFT, RIGHT, BELOW = 215, 330, 270  # logical pixels, at first


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
        column = _left(slide_panel, runs_panel)
        self.slides = self._dock("Slides", column, slide_panel.title, left)
        column = _right(evaluate, run_panel)
        self.encoders = self._dock("Evaluate", column, DockTitle("Evaluate"), right)
        self.summary = self._dock("Robustness summary", summary_panel, summary_panel.title, below)
        self.explore = self._dock(EXPLORE, explore_panel, explore_panel.title, below)
        self.cohort = self._dock(COHORT, cohort_panel, cohort_panel.title, below, "Slide table")
        self.explore.visibilityChanged.connect(explore_panel.set_in_front)
        window.setTabPosition(below, QTabWidget.TabPosition.North)
        window.setDocumentMode(True)
        self._tabify()

    def reset(self) -> None:
        """All panels back in their places."""
        for dock in (self.slides, self.encoders, self.summary, self.explore, self.cohort):
            dock.setFloating(False)
            dock.show()
        self._tabify()
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._window.resizeDocks([self.slides, self.encoders], [LEFT, RIGHT], across)
        self._window.resizeDocks([self.summary], [BELOW], down)

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


def _left(slide_panel: SlidePanel, runs_panel: RunsPanel) -> QWidget:
    runs = in_column(label("Runs", "section"), (runs_panel, 1), spacing=4, margins=(8, 8, 8, 8))
    slide_panel.setMinimumWidth(210)
    left = split(
        slide_panel,
        holder(runs),
        handle=1,
        stretch=(3, 2),
        orientation=Qt.Orientation.Vertical,
    )
    left.setObjectName("panel")
    return left


def _right(groups: Sequence[Sequence[QWidget]], run_panel: QWidget) -> QWidget:
    panels: list[QWidget] = []
    for group in groups:
        panels += [line(), *group] if panels else group
    inner = in_column(*panels, STRETCH, spacing=12, margins=(14, 12, 14, 12))
    scroll = scrolled(holder(inner, "panel-body"))
    right = holder(in_column((scroll, 1), line(), run_panel, spacing=0), "panel")
    right.setMinimumWidth(320)
    return right
