"""Boxes under the wheel: whoever scrolls a panel changes nothing in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from pathgui import gui
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


def test_a_box_that_shows_all_of_a_name_where_there_is_room_gives_way_where_there_is_none(qtbot):
    cut, whole = ElidedCombo(6), ElidedCombo(6, whole=True)
    for each in (cut, whole):
        qtbot.addWidget(each)
        each.offer([("a", "An encoder with a long name"), ("b", "Short")])
    words = whole.fontMetrics().horizontalAdvance("An encoder with a long name")
    assert whole.sizeHint().width() > words > cut.sizeHint().width()
    assert whole.minimumSizeHint() == cut.minimumSizeHint()


def typed(qtbot, box, text, locale):
    qtbot.addWidget(box)
    box.setLocale(QLocale(locale))
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    return box.value()


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "fr_FR", "de_CH"])
@pytest.mark.parametrize("text", ["0.25", "0,25"])
def test_a_point_and_a_comma_mean_the_same_in_every_locale(qtbot, text, locale):
    box = NumberField()
    box.setDecimals(4)
    box.setSuffix(" µm/px")
    assert typed(qtbot, box, text, locale) == 0.25
    shown = QLocale(locale).toString(0.25, "f", 4)
    assert box.text() == f"{shown} µm/px"


@pytest.mark.parametrize("locale", ["de_DE", "en_US"])
@pytest.mark.parametrize(
    ("text", "value"), [("1024", 1024), ("1,024", 1024), ("1.024", 1024), ("0,5", 0), ("2.5", 2)]
)
@pytest.mark.parametrize("kind", [NumberField, WholeNumberField])
def test_a_whole_number_has_groups_and_is_never_ten_times_a_fraction(
    qtbot, kind, text, value, locale
):
    box = kind()
    if kind is NumberField:
        box.setDecimals(0)
    box.setRange(0, 9999)
    box.setGroupSeparatorShown(True)
    box.setValue(7)
    assert typed(qtbot, box, text, locale) == value


def test_no_field_for_numbers_goes_past_these():
    named = [
        path.name
        for path in Path(gui.__file__).parent.rglob("*.py")
        if re.search(r"(?<!class )\bQ(Double)?SpinBox\(|QDoubleValidator", path.read_text("utf-8"))
    ]
    assert named == []
