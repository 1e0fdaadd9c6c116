"""Garbage is collected on the GUI thread alone.

By itself Python collects it on whatever thread has just made the object too many. Garbage may hold
widgets, timers and jobs; taken apart on the thread of a job, while Qt uses them on its own, they
end the process. The same rule as Python's own is therefore followed here, from a timer.
"""

from __future__ import annotations

import gc
import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QGuiApplication

from pathgui.core.system import garbage

TURN_MS = 50  # so little is made in between that the youngest are gone through in a few ms
SHORT_S = 0.008  # a quarter of the time in which the window has to answer: nobody notices
MOST_SHARE = 0.01  # of the time goes into collecting a generation
MOST_WAIT_S = 30.0  # for a hand that rests
PATIENCE_S = 1.0  # of a job that asked for a collection: the window may be waiting for the job


def due(counts: tuple[int, int, int], thresholds: tuple[int, int, int]) -> int:
    """The oldest generation that Python's rule would collect now, -1 for none.

    ``counts`` and ``thresholds`` as of ``gc.get_count`` and ``gc.get_threshold``. A generation is
    collected with all younger ones, and only if the youngest is due.
    """
    if not thresholds[0] or counts[0] <= thresholds[0]:
        return -1
    if counts[1] <= thresholds[1]:
        return 0
    return 1 if counts[2] <= thresholds[2] else 2


class GarbageCollector(QObject):
    """Collects garbage in turns of the GUI thread, instead of Python.

    The older generations are left alone while the user's hand moves, if they took longer than
    ``SHORT_S`` the last time, and take no more than ``MOST_SHARE`` of the time.
    """

    _wanted = Signal(object)  # a threading.Event, to be set when all has been collected

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = True
        self._took = [0.0, 0.0, 0.0]  # seconds, the last time
        self._ended = [0.0, 0.0, 0.0]  # when, by time.monotonic
        self._pointer = QCursor.pos()
        self._thread = threading.get_ident()
        self._timer = QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._turn)
        self._wanted.connect(self._collect_for, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Collect from now on, and nobody else."""
        self._was_enabled = gc.isenabled()
        gc.disable()
        garbage.leave_to(self.collect)
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again. The window is gone."""
        self._timer.stop()
        garbage.leave_to(None)
        if self._was_enabled:
            gc.enable()

    def collect(self) -> None:
        """Collect all garbage. For any thread: another one than the GUI's waits, but not long."""
        if threading.get_ident() == self._thread:
            self._collect(2)
            return
        done = threading.Event()
        self._wanted.emit(done)
        done.wait(PATIENCE_S)

    @Slot(object)
    def _collect_for(self, done: threading.Event) -> None:
        self._collect(2)
        done.set()

    @Slot()
    def _turn(self) -> None:
        at_rest = self._hand_rests()
        generation = due(gc.get_count(), gc.get_threshold())
        while generation > 0 and not self._may(generation, at_rest):
            generation -= 1
        if generation >= 0:
            self._collect(generation)

    def _hand_rests(self) -> bool:
        pointer, before = QCursor.pos(), self._pointer
        self._pointer = pointer
        return pointer == before and not QGuiApplication.mouseButtons()

    def _may(self, generation: int, at_rest: bool) -> bool:
        took, since = self._took[generation], time.monotonic() - self._ended[generation]
        if took <= SHORT_S:
            return True
        return since >= took / MOST_SHARE and (at_rest or since >= MOST_WAIT_S)

    def _collect(self, generation: int) -> None:
        begun = time.monotonic()
        gc.collect(generation)
        self._ended[generation] = time.monotonic()
        self._took[generation] = self._ended[generation] - begun
