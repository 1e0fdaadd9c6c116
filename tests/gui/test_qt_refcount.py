"""PySide6 6.12.0 loses a reference to None with every void call, and the process aborts in time."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from pathgui.gui.viewer.actions import VIEWER_ACTIONS
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.slide_view import SlideView

CALLS = 1000

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="None and True are immortal from Python 3.12 on"
)


def lost(call, of: object) -> int:
    call()
    before = sys.getrefcount(of)
    for _ in range(CALLS):
        call()
    return before - sys.getrefcount(of)


class Sender(QObject):
    said = Signal(bool)


def test_void_calls_keep_their_references_to_none(qapp):
    timer, image, sender = QTimer(), QImage(64, 64, QImage.Format.Format_RGB32), Sender()
    painter = QPainter(image)
    rect = QRect(0, 0, 9, 9)
    calls = {
        "QTimer.setInterval": lambda: timer.setInterval(5),
        "QPainter.fillRect": lambda: painter.fillRect(rect, 0xFF00FF00),
        "QPainter.drawImage": lambda: painter.drawImage(rect, QImage()),
        "QPainter.save and restore": lambda: (painter.save(), painter.restore()),
        "Signal.emit": lambda: sender.said.emit(True),
        "processEvents": qapp.processEvents,
    }
    falls = {name: lost(call, None) for name, call in calls.items()}
    trues = lost(lambda: sender.said.emit(True), True)
    painter.end()
    assert all(fall < CALLS / 2 for fall in falls.values()), falls
    assert trues < CALLS / 2


def test_repaints_of_the_viewer_keep_their_references_to_none(qtbot):
    view = SlideView(KeyTable(VIEWER_ACTIONS))
    qtbot.addWidget(view)
    view.resize(200, 150)
    view.show()
    assert lost(view.repaint, None) < CALLS / 2
    view.shutdown()
