"""When freed memory goes back to the system."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QCursor

from pathgui.gui.jobs.giving_back import GivingBack


class Runner:
    busy = False

    def __init__(self) -> None:
        self.given: list[object] = []

    def run(self, work: Any) -> None:
        self.given.append(work(lambda event: None))


def test_memory_is_given_back_on_a_thread_while_the_hand_rests(qapp):
    parent, runner = QObject(), Runner()
    QCursor.setPos(QPoint(30, 30))
    giving = GivingBack(runner, parent)  # type: ignore[arg-type]  # asks no more of it
    giving.look()
    assert len(runner.given) == 1
    QCursor.setPos(QPoint(60, 60))
    giving.look()
    assert len(runner.given) == 1  # a hand that moves is not kept waiting
    giving.look()
    assert len(runner.given) == 2
    runner.busy = True
    giving.look()
    assert len(runner.given) == 2
