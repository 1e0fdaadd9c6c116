"""Windows and dialogs inside the screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pathgui.gui.kit.inside import (
    USUAL_FRAME,
    Dialog,
    bring_inside,
    fit_dialog,
    fit_words,
    room_of,
)
from pathgui.gui.kit.room import Roomy


@pytest.mark.parametrize(
    "geometry",
    [(-300, -200, 400, 300), (5_000, 5_000, 400, 300), (10, 10, 9_000, 9_000), (10, 10, 300, 200)],
)
def test_a_window_is_brought_inside_its_screen(qtbot, geometry):
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(QRect(*geometry))
    bring_inside(window)
    outer = QRect(window.pos(), window.size())
    assert room_of(window).contains(outer)
    if geometry == (10, 10, 300, 200):
        assert window.geometry() == QRect(*geometry)


@pytest.mark.parametrize(("title", "line"), [("Rename the run " * 4, "a"), ("A", "biopsies " * 6)])
def test_a_dialog_shows_its_title_and_the_line_that_it_asks_to_change(qtbot, title, line):
    dialog = QInputDialog()
    qtbot.addWidget(dialog)
    dialog.setWindowTitle(title)
    dialog.setTextValue(line)
    dialog.resize(120, 80)
    fit_words(dialog)
    assert dialog.width() > dialog.fontMetrics().horizontalAdvance(max(title, line, key=len)) + 40


def dialog_of(qtbot, lines: int) -> QDialog:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    column = QVBoxLayout(dialog)
    for number in range(lines):
        column.addWidget(QLabel(f"line {number}"))
    dialog.last = QPushButton("OK")
    column.addWidget(dialog.last)
    return dialog


def test_a_dialog_that_is_higher_than_the_screen_scrolls(qtbot):
    dialog = dialog_of(qtbot, 90)
    fit_dialog(dialog, QSize(500, 400))
    dialog.resize(QSize(500, 400) - USUAL_FRAME)
    dialog.show()
    assert dialog.size() == QSize(500, 400) - USUAL_FRAME
    area = dialog.findChild(Roomy)
    assert area.verticalScrollBar().maximum() > 0
    area.ensureWidgetVisible(dialog.last)
    assert not dialog.last.visibleRegion().isEmpty()


def test_a_dialog_that_has_room_is_left_as_it_is(qtbot):
    dialog = dialog_of(qtbot, 3)
    fit_dialog(dialog, QSize(500, 400))
    assert dialog.findChild(Roomy) is None


def test_enter_presses_the_button_that_has_the_focus_and_from_a_field_the_default_one(qtbot):
    dialog, done = Dialog(), []
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    field, default, other = QLineEdit(), QPushButton("Search"), QPushButton("Close")
    for each in (field, default, other):
        layout.addWidget(each)
    default.setDefault(True)
    other.setAutoDefault(False)  # as where a field has the focus first
    for each in (default, other):
        each.clicked.connect(lambda _=False, each=each: done.append(each.text()))
    dialog.open()
    qtbot.waitExposed(dialog)
    for each in (field, other, default):
        each.setFocus()
        qtbot.keyClick(each, Qt.Key.Key_Return)
    assert done == ["Search", "Close", "Search"]
