"""Ending the threads of a window before it goes, without keeping the user."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from pathgui.gui.jobs.jobs import JobRunner

PATIENCE_MS = 1_400


class Closing(QObject):
    """Closes a window once its jobs have ended; after ``PATIENCE_MS``, without them."""

    begun = Signal()  # the user closed the window: keep what is to be kept
    ended = Signal()  # no job reads slides any more: they can go

    def __init__(self, window: QMainWindow, runners: Callable[[], tuple[JobRunner, ...]]) -> None:
        super().__init__(window)
        self._window = window
        self._runners = runners
        self.has_begun = False
        self._has_ended = False

    def handle(self, event: QCloseEvent) -> None:
        """Accept the event if nothing runs any more; else close when it does not."""
        if self._has_ended:
            event.accept()
            return
        if not self.has_begun:
            self.has_begun = True
            self.begun.emit()
            for runner in self._runners():
                runner.close()
        if not self._busy:
            self._end()
            event.accept()
            return
        event.ignore()
        self._window.setEnabled(False)
        self._window.statusBar().showMessage("Finishing the batch at hand…")
        for runner in self._runners():
            runner.idle.connect(self._close_if_idle)
        QTimer.singleShot(PATIENCE_MS, self._close_anyway)

    @property
    def _busy(self) -> bool:
        return any(runner.busy for runner in self._runners())

    def _end(self) -> None:
        self._has_ended = True
        self.ended.emit()

    @Slot()
    def _close_if_idle(self) -> None:
        if not self._has_ended and not self._busy:
            self._end()
            self._window.close()

    @Slot()
    def _close_anyway(self) -> None:
        if self._has_ended:
            return
        for runner in self._runners():
            runner.abandon()
        self._end()
        self._window.close()
