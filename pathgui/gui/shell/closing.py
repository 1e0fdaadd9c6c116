"""Ending the threads of a window before it goes, without keeping the user.

An evaluation is asked about once: a window is closed by a slip of the hand, too.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from pathgui.core.language.texts import say
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import MessageArea, Offer
from pathgui.gui.jobs.message_keys import CLOSING as KEY

PATIENCE_MS = 1_400


class Closing(QObject):
    """Closes a window once its jobs have ended; after ``PATIENCE_MS``, without them.

    ``question`` says what would be stopped, and what is kept of it; "" if nothing would. Whoever
    closes the window again while it asks, or sets ``sure``, is not asked.
    """

    begun = Signal()  # the user closed the window: keep what is to be kept
    ended = Signal()  # no job reads slides any more: they can go

    def __init__(
        self,
        window: QMainWindow,
        runners: Callable[[], tuple[JobRunner, ...]],
        messages: MessageArea,
        question: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._runners = runners
        self._messages = messages
        self._question = question
        self.sure = False
        self.has_begun = False
        self._has_ended = False

    def handle(self, event: QCloseEvent) -> None:
        """Accept the event if nothing runs any more; else close when it does not."""
        if self._has_ended:
            event.accept()
            return
        asked = self.has_begun or self.sure or self._messages.bar(KEY) is not None
        if not asked and (question := self._question()):
            event.ignore()
            self._ask(question)
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
        self._window.statusBar().showMessage(say("Finishing the batch at hand…"))
        for runner in self._runners():
            runner.idle.connect(self._close_if_idle)
        QTimer.singleShot(PATIENCE_MS, self._close_anyway)

    def _ask(self, question: str) -> None:
        self._messages.show_message(
            "caution",
            question,
            key=KEY,
            offers=(Offer(say("Stop and close"), self._close_surely), Offer(say("Stay"))),
            closable=False,
        )

    @Slot()
    def _close_surely(self) -> None:
        self.sure = True
        self._window.close()

    @Slot(bool)
    def on_busy(self, busy: bool) -> None:
        """An evaluation ended: there is nothing to ask about any more."""
        if not busy:
            self._messages.clear(KEY)

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
