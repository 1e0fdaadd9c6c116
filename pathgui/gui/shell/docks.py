"""The panels around the slide: slides and runs left, encoders right, the numbers below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from pathgui.gui.explore.explore_panel import TITLE as EXPLORE
from pathgui.gui.kit.widgets import DockTitle, label, line

if TYPE_CHECKING:
    from pathgui.gui.shell.main_window import MainWindow


def build_docks(window: MainWindow) -> tuple[QDockWidget, QDockWidget, QDockWidget, QDockWidget]:
    """Place the panels of ``window``: slides, encoders, summary, neighbors and maps."""
    area = Qt.DockWidgetArea
    for corner, owner in (
        (Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea),
        (Qt.Corner.TopLeftCorner, area.LeftDockWidgetArea),
        (Qt.Corner.BottomRightCorner, area.RightDockWidgetArea),
        (Qt.Corner.TopRightCorner, area.RightDockWidgetArea),
    ):
        window.setCorner(corner, owner)
    slides = _dock(
        window, "Slides", _left(window), window.slide_panel.title, area.LeftDockWidgetArea
    )
    encoders = _dock(
        window, "Evaluate", _right(window), DockTitle("Evaluate"), area.RightDockWidgetArea
    )
    below = area.BottomDockWidgetArea
    summary = _dock(
        window, "Robustness summary", window.summary_panel, window.summary_panel.title, below
    )
    explore = _dock(window, EXPLORE, window.explore_panel, window.explore_panel.title, below)
    explore.visibilityChanged.connect(window.explore_panel.set_in_front)
    window.setTabPosition(below, QTabWidget.TabPosition.North)
    window.setDocumentMode(True)
    window.tabifyDockWidget(summary, explore)
    summary.raise_()
    return slides, encoders, summary, explore


def _left(window: MainWindow) -> QWidget:
    runs = QWidget()
    layout = QVBoxLayout(runs)
    layout.setContentsMargins(8, 8, 8, 8)
    layout.setSpacing(4)
    layout.addWidget(label("Runs", "section"))
    layout.addWidget(window.runs_panel, 1)
    window.slide_panel.setMinimumWidth(210)
    left = QSplitter(Qt.Orientation.Vertical)
    left.setObjectName("panel")
    left.setChildrenCollapsible(False)
    left.setHandleWidth(1)
    left.addWidget(window.slide_panel)
    left.addWidget(runs)
    left.setStretchFactor(0, 3)
    left.setStretchFactor(1, 2)
    return left


def _right(window: MainWindow) -> QWidget:
    body = QWidget()
    body.setObjectName("panel-body")
    inner = QVBoxLayout(body)
    inner.setContentsMargins(14, 12, 14, 12)
    inner.setSpacing(12)
    inner.addWidget(window.reference_panel)
    inner.addWidget(line())
    inner.addWidget(window.encoder_panel)
    inner.addWidget(line())
    inner.addWidget(window.settings_fold)
    inner.addWidget(window.use_panel)
    inner.addWidget(window.criteria_panel)
    inner.addStretch(1)
    scroll = QScrollArea()
    scroll.setObjectName("panel")
    scroll.setWidget(body)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    right = QWidget()
    right.setObjectName("panel")
    layout = QVBoxLayout(right)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(scroll, 1)
    layout.addWidget(line())
    layout.addWidget(window.run_panel)
    right.setMinimumWidth(320)
    return right


def _dock(
    window: MainWindow, title: str, content: QWidget, bar: QWidget, area: Qt.DockWidgetArea
) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title)
    dock.setTitleBarWidget(bar)
    dock.setWidget(content)
    window.addDockWidget(area, dock)
    return dock
