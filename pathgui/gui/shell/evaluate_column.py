"""The panels on the right: reference set, encoders, options; below them, always seen, Evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabBar, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.kit.layouts import holder, in_column
from pathgui.gui.kit.room import Column
from pathgui.gui.kit.widgets import FoldBox, line

TITLES = (say("Reference set"), say("Encoders"), say("Options"))
LOW = 46  # lines of text: in a column that is lower, the groups take turns
NARROWEST = 320  # logical pixels


class EvaluateColumn(QWidget):
    """Groups of panels below each other; as tabs where the window is too low for that.

    A panel whose size policy has a vertical stretch takes the room that is left.
    """

    def __init__(self, groups: Sequence[Sequence[QWidget]], run_panel: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.tabs = QTabBar()
        self.tabs.setObjectName("groups")
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(say("What is shown of what Evaluate needs"))
        for title in TITLES:
            self.tabs.addTab(title)
        self.tabs.currentChanged.connect(self._show_groups)
        self.tabs.hide()
        self._lines: list[QWidget] = []
        self._groups: list[QWidget] = []
        inner = in_column(spacing=12, margins=(14, 12, 14, 12))
        for panels in groups:
            grows = any(panel.sizePolicy().verticalStretch() for panel in panels)
            group = holder(in_column(*panels, spacing=12), "panel-body")
            if self._groups:
                self._lines.append(line())
                inner.addWidget(self._lines[-1])
            inner.addWidget(group, 10_000 if grows else 0)
            self._groups.append(group)
        inner.addStretch(1)
        self._column = Column(holder(inner, "panel-body"))
        for place, panels in enumerate(groups):
            for panel in panels:
                if isinstance(panel, FoldBox):
                    panel.folded.connect(partial(self._on_folded, place, panel))
        self.setLayout(in_column(self.tabs, (self._column, 1), line(), run_panel, spacing=0))

    @property
    def in_turn(self) -> bool:
        """Whether one group is seen at a time."""
        return not self.tabs.isHidden()

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(NARROWEST, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < LOW * self.fontMetrics().lineSpacing()
        if low != self.in_turn:
            self.tabs.setVisible(low)
            self._show_groups()

    def show_group(self, place: int) -> None:
        """Bring a group to the front, if they take turns."""
        self.tabs.setCurrentIndex(place)

    @Slot()
    def _show_groups(self) -> None:
        for place, group in enumerate(self._groups):
            group.setVisible(not self.in_turn or place == self.tabs.currentIndex())
        for each in self._lines:
            each.setVisible(not self.in_turn)

    def _on_folded(self, place: int, fold: FoldBox, folded: bool) -> None:
        """Scroll to what was opened, once it is laid out."""
        if not folded:
            self.show_group(place)
            QTimer.singleShot(0, fold, lambda: self._column.reveal(fold))
