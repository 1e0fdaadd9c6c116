"""Core functions run off the GUI thread. The only module that knows of threads."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, QThread, QTimer, Signal, SignalInstance, Slot

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Cancelled, Progress, ProgressFn

log = logging.getLogger(__name__)

PAUSED_S = 0.05  # how often a job that waits looks whether it may go on
BACKGROUND_NICE = 5  # of 19: the window's own threads come first, others' programs still share
DRAIN_MS = 200  # events reach the window at most 5 times a second

# Threads that would not stop when the window closed. Qt aborts the program if a running QThread
# is destroyed, so they are kept here until they end.
stragglers: list[Job] = []


class Job(QThread):
    """One call of a core function, whose only argument is a progress callback.

    What the function reports is gathered and emitted as ``reported``, a list of events, at most
    five times a second; of several ``Progress`` in a row only the last is kept. When the
    function ends, the rest is emitted, then exactly one of ``succeeded``, ``failed`` and
    ``cancelled``, then ``ended``. All are emitted on the GUI thread.
    """

    reported = Signal(list)  # events, oldest first
    succeeded = Signal(object)  # what the function returned
    failed = Signal(Exception)  # what it raised
    cancelled = Signal()
    ended = Signal()

    _returned = Signal(str, object)  # from the thread

    def __init__(self, work: Callable[[ProgressFn], object], *, background: bool = False) -> None:
        """``background``: it takes minutes of all cores, and must not hold up the window."""
        super().__init__()
        self._work = work
        self._what, self._thread = _name_of(work), 0  # for the log
        self._background = background
        self._muted = False
        self._stopping = False  # Qt forgets what is asked of a thread that does not run yet
        self._events: deque[object] = deque()
        self._lock = threading.Lock()
        self._paused = False
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)
        self._returned.connect(self._on_returned)
        self.started.connect(self._timer.start)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopping

    def cancel(self) -> None:
        """Stop at the next progress report. Returns at once."""
        self._stopping = True

    @property
    def paused(self) -> bool:
        """Whether it waits, or will at its next report, until it may go on."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Wait at the next progress report, or go on. Returns at once."""
        self._paused = paused

    def mute(self) -> None:
        """Emit nothing any more: those who listen are about to go."""
        self._muted = True

    def where(self) -> str:
        """What it does, and where in the program it is: for the log, if it does not end."""
        frame = sys._current_frames().get(self._thread)
        return f"{self._what}\n{''.join(traceback.format_stack(frame)) if frame else ''}"

    def run(self) -> None:  # called by Qt, on the new thread
        outcome: Literal["succeeded", "failed", "cancelled"] = "succeeded"
        result: object = None
        self._thread = threading.get_ident()
        if self._background:
            stand_back()
        try:
            if self._stopping:
                raise Cancelled
            result = self._work(self._report)
        except Cancelled:
            outcome = "cancelled"
        except Exception as error:
            log.info("job failed", exc_info=True)
            outcome, result = "failed", error
        self._returned.emit(outcome, result)

    def _report(self, event: object) -> None:
        if self._stopping:
            raise Cancelled
        with self._lock:
            if (
                isinstance(event, Progress)
                and self._events
                and isinstance(self._events[-1], Progress)
            ):
                self._events.pop()
            self._events.append(event)
        while self._paused:
            if self._stopping:
                raise Cancelled
            time.sleep(PAUSED_S)

    @Slot()
    def _drain(self) -> None:
        with self._lock:
            events = list(self._events)
            self._events.clear()
        if events and not self._muted:
            self.reported.emit(events)

    @Slot(str, object)
    def _on_returned(self, outcome: str, result: object) -> None:
        # What it holds (slides, arrays) must not live as long as the job, and is dropped here, not
        # on the job's own thread: it may be the last that holds a part of the window.
        self._work = _nothing
        self._timer.stop()
        self._drain()
        if self._muted:
            return
        if outcome == "succeeded":
            self.succeeded.emit(result)
        elif outcome == "failed":
            self.failed.emit(result)
        else:
            self.cancelled.emit()
        self.ended.emit()


def stage_text(progress: Progress) -> str:
    """What is worked on, and how far it is; "" where nobody knows how much there is."""
    if not progress.total:
        return ""
    return say(
        "{stage}: {done:,} of {total:,}",
        stage=retold(progress.stage),
        done=progress.done,
        total=progress.total,
    )


def stand_back() -> None:
    """This thread, and all that it starts, get a core after the window's own threads.

    Only Linux knows priorities of single threads that anyone may lower.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            nice = os.getpriority(os.PRIO_PROCESS, thread) + BACKGROUND_NICE
            os.setpriority(os.PRIO_PROCESS, thread, min(nice, 19))


def _name_of(work: Callable[..., object]) -> str:
    while isinstance(work, partial):
        work = work.func
    return f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', type(work).__name__)}"


def _nothing(report: ProgressFn) -> object:
    return None


_ending: dict[int, Job] = {}  # until Qt has deleted them


def _delete(job: Job) -> None:
    """Let Qt delete a job.

    Python holds on to it until that is done. Else garbage that is collected by another thread, and
    has it in a circle, takes it apart while Qt does, which ends the process.
    """
    _ending[id(job)] = job
    job.destroyed.connect(partial(_ending.pop, id(job), None))
    job.deleteLater()


class JobRunner(QObject):
    """Starts jobs one at a time, in the order given, and keeps each alive until it ends."""

    idle = Signal()  # nothing runs and nothing waits

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self._running is not None

    def start(self, job: Job) -> None:
        """Run ``job`` now, or after those given before it. After ``close``, never."""
        if self._closed:
            return
        # Qt owns it from here: Python may collect garbage on any thread, and a QObject must not
        # be destroyed on another thread than its own.
        job.setParent(self)
        self._waiting.append(job)
        if not self.busy:
            self._start_next()

    def run(
        self,
        work: Callable[[ProgressFn], object],
        then: Callable[..., object] | None = None,
        failed: Callable[..., object] | SignalInstance | None = None,
        *,
        background: bool = False,
    ) -> Job:
        """Start a job: ``then`` is called with what it returns, ``failed`` with what it raised.

        ``background`` as of :class:`Job`, which is returned for whoever wants to hear more of it.
        """
        job = Job(work, background=background)
        if then is not None:
            job.succeeded.connect(then)
        if failed is not None:
            job.failed.connect(failed)
        self.start(job)
        return job

    def cancel(self) -> None:
        """Drop what waits and stop what runs."""
        for job in self._waiting:
            _delete(job)
        self._waiting.clear()
        if self._running:
            self._running.cancel()

    def close(self) -> None:
        """Accept no more, and cancel. ``idle`` follows when the last job has ended."""
        self._closed = True
        self.cancel()

    def abandon(self) -> None:
        """After ``close``: keep a job that will not stop alive, cut off from the window."""
        if self._running:
            self._running.mute()
            self._running.setParent(None)  # the window, which owns us, goes
            stragglers.append(self._running)
            self._running = None

    def shutdown(self) -> None:
        """Close, and wait until the thread is gone. Blocks: for the end of the program."""
        self.close()
        if self._running:
            self._running.wait()

    @Slot()
    def _start_next(self) -> None:
        if self._running:
            self._running.wait()  # "finished" comes a moment before the thread is gone
            _delete(self._running)
        self._running = self._waiting.popleft() if self._waiting else None
        if self._running:
            self._running.finished.connect(self._start_next)
            self._running.start()
        else:
            self.idle.emit()
