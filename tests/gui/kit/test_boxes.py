"""Boxes under the wheel: whoever scrolls a panel changes nothing in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from pathgui.gui.kit.boxes import Combo, ElidedCombo, NumberField, WholeNumberField
from pathgui.gui.kit.layouts import holder, in_column, scrolled


def turn_the_wheel(widget, notches=-1):
    """Over a widget. What it ignores goes to what it lies in: Qt does so with real events alone."""
    at, turned = QPointF(widget.rect().center()), QPoint(0, 120 * notches)
    over = QPointF(widget.mapToGlobal(at.toPoint()))
    event = QWheelEvent(
        at, over, QPoint(), turned, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    if not event.isAccepted() and not widget.isWindow():
        turn_the_wheel(widget.parentWidget(), notches)


def combo(made):
    made.offer(((1, "one"), (2, "two"), (3, "three")))
    made.choose(2)
    return made, made.currentData


def number(made):
    made.setRange(0, 9)
    made.setValue(4)
    return made, made.value


BOXES = {
    "combo": lambda: combo(Combo()),
    "elided combo": lambda: combo(ElidedCombo()),
    "number": lambda: number(NumberField()),
    "whole number": lambda: number(WholeNumberField()),
}


@pytest.fixture
def area(qtbot):
    def make(box):
        tall = QWidget()
        tall.setFixedHeight(900)
        made = scrolled(holder(in_column(box, tall)))
        qtbot.addWidget(made)
        made.resize(200, 150)
        with qtbot.waitActive(made):
            made.show()
        qtbot.waitUntil(lambda: made.verticalScrollBar().maximum() > 0)
        return made

    return make


@pytest.mark.parametrize("kind", BOXES)
def test_the_wheel_over_a_box_without_focus_scrolls_the_panel_and_changes_nothing(kind, area):
    box, value = BOXES[kind]()
    before = value()
    panel = area(box)
    panel.setFocus()
    turn_the_wheel(box)
    assert value() == before
    assert panel.verticalScrollBar().value() > 0
    assert not box.hasFocus()


@pytest.mark.parametrize("kind", BOXES)
def test_the_wheel_changes_a_box_that_has_the_focus(kind, area):
    box, value = BOXES[kind]()
    before = value()
    panel = area(box)
    box.setFocus()
    turn_the_wheel(box)
    assert value() != before
    assert panel.verticalScrollBar().value() == 0
