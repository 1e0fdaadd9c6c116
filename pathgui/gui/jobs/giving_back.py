"""Memory that was freed goes back to the system while the user's hand rests."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QTimer, Slot
from PySide6.QtGui import QCursor, QGuiApplication

from pathgui.core.system.heap import give_back
from pathgui.gui.jobs.jobs import JobRunner

EVERY_MS = 30_000


class GivingBack(QObject):
    """Asks for it on a thread, since threads that need memory meanwhile wait a little."""

    def __init__(self, runner: JobRunner, parent: QObject) -> None:
        """``runner``: one that nothing waits for."""
        super().__init__(parent)
        self._runner = runner
        self._pointer = QPoint(QCursor.pos())
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Give memory back, unless the pointer has moved since the last look."""
        pointer, before = QCursor.pos(), self._pointer
        self._pointer = pointer
        rests = pointer == before and not QGuiApplication.mouseButtons()
        if rests and not self._runner.busy:
            self._runner.run(lambda report: give_back())
