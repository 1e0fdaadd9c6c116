"""Where parts of a list stand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QWidget,
)

from pathgui.gui.kit.focus import in_reading_order
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled, stack
from pathgui.gui.kit.widgets import add_field, form
from tests.gui.conftest import places_known


@pytest.fixture
def shown(qtbot):
    """Shows a layout, 400 × 300, and keeps its widget for the length of the test."""
    kept = []

    def show(layout):
        widget = holder(layout)
        qtbot.addWidget(widget)
        widget.resize(400, 300)
        widget.show()
        kept.append(widget)
        return widget

    return show


def block(width=20, height=20):
    widget = QWidget()
    widget.setMinimumSize(width, height)
    return widget


def test_parts_of_a_row_share_the_room_that_is_left(shown):
    small, large, fixed = block(), block(), QLabel("a")
    shown(in_row((small, 1), (large, 3), fixed, spacing=0))
    assert fixed.width() == fixed.sizeHint().width()
    assert abs(large.width() - 3 * small.width()) <= 3
    assert small.width() + large.width() + fixed.width() == 400


def test_a_gap_has_its_size_and_a_stretch_takes_all_that_is_left(shown):
    first, second, last = block(), block(), block()
    for each in (first, second, last):
        each.setFixedSize(20, 20)
    column = in_column(first, 30, second, STRETCH, last, spacing=0, margins=(0, 5, 0, 7))
    shown(column)
    assert [each.y() for each in (first, second, last)] == [5, 55, 300 - 7 - 20]


def test_a_part_with_a_side_keeps_its_own_width_there(shown):
    part = QLabel("a")
    shown(in_column((part, Qt.AlignmentFlag.AlignRight)))
    assert part.geometry().right() == 399
    assert part.width() == part.sizeHint().width()


def test_rows_in_columns_belong_to_the_widget_that_holds_them(shown):
    part = QLabel("a")
    widget = shown(in_column(in_row(in_column(part))))
    assert part.parentWidget() is widget
    assert part.geometry().topLeft() == widget.rect().topLeft()


def test_pages_of_a_stack_open_no_window_of_their_own(qtbot):
    before = set(QApplication.topLevelWidgets())
    owner, first, second = QWidget(), QLabel("first"), QLabel("second")
    qtbot.addWidget(owner)
    pages = stack(owner, first, second)
    opened = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    assert set(opened) <= before
    owner.show()
    assert first.isVisible()
    pages.setCurrentIndex(1)
    assert second.isVisible()
    assert not first.isVisible()


def test_a_field_of_a_form_has_its_caption_as_a_name(shown):
    rows, field = form(10, 6), QLineEdit()
    add_field(rows, "Operator", field)
    shown(rows)
    caption = rows.labelForField(field)
    assert caption.text() == "Operator"
    assert caption.buddy() is field
    assert caption.height() >= field.sizeHint().height()


def test_the_first_field_of_a_scrolled_form_has_the_focus_not_the_form(qtbot):
    field, dialog = QLineEdit(), QDialog()
    qtbot.addWidget(dialog)
    dialog.setLayout(in_column(scrolled(holder(in_column(field)))))
    dialog.show()
    qtbot.waitUntil(lambda: dialog.focusWidget() is field)


def test_python_keeps_no_object_for_the_places_of_a_layout(shown):
    before = places_known()
    rows = form(8, 4)
    add_field(rows, "Batch", in_row(QLineEdit(), QLabel("tiles"), STRETCH))
    last = QLineEdit()
    first = in_row(QLineEdit(), STRETCH, in_column(last))
    widget = shown(in_column(first, rows))
    in_reading_order(widget)
    assert places_known() == before
    fields = widget.findChildren(QLineEdit)
    assert fields[0].nextInFocusChain() is last  # what is beside comes before what is below
    assert last.nextInFocusChain() is not fields[0]
