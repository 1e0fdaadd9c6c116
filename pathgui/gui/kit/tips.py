"""Tooltips in lines that can be read.

Qt breaks the words of a tooltip only where it is wider than the screen, and takes back whatever a
style sheet says of that before it shows it (QTipLabel::updateSize). With the width that the style
sheet allows, the end of a line was cut off. Nothing tells that a tooltip is shown but a filter on
every event of the program, so one that is there is looked for.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QLabel

from pathgui.gui.kit.screens import screen_of

LOOK_MS = 100


def break_lines() -> None:
    """Give the tooltip that is shown as many lines as its words need."""
    for each in QApplication.topLevelWidgets():
        if isinstance(each, QLabel) and each.inherits("QTipLabel"):
            _break(each)


def _break(tip: QLabel) -> None:
    if not tip.isVisible() or tip.wordWrap():
        return
    lines = tip.text().split("\n")
    if max(map(tip.fontMetrics().horizontalAdvance, lines)) <= tip.contentsRect().width():
        return
    tip.setWordWrap(True)
    tip.resize(tip.sizeHint())
    room = screen_of(tip).geometry()
    below = tip.geometry().bottom() - room.bottom()  # it is higher than Qt found room for
    if below > 0:
        tip.move(tip.x(), max(room.top(), tip.y() - below))


class TipBreaker(QObject):
    """Breaks the lines of tooltips as long as it lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    @Slot()
    def _look(self) -> None:
        break_lines()
