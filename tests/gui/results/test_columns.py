"""The table of the summary: columns that the user chooses, encoders that stay in view."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from pathgui.core.results.summary import AT_FIRST, COLUMNS
from pathgui.gui.results.column_choice import ColumnChoice, StayingMenu
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.results.summary_tables import SummaryModel, Table
from tests.run_factory import make_evaluation


@pytest.fixture
def panel(qtbot):
    panel = SummaryPanel()
    qtbot.addWidget(panel)
    panel.resize(760, 320)
    panel.show_numbers()
    panel.show_run(make_evaluation(6, in_depth=True).run)
    panel.show()
    return panel


def keys(panel: SummaryPanel) -> set[str]:
    return {c.key for i, c in enumerate(COLUMNS) if not panel.table.isColumnHidden(i)}


def action(menu: QMenu, text: str):
    return next(each for each in menu.actions() if each.text() == text)


def test_a_column_is_hidden_at_its_header_and_shown_again_by_the_button(panel):
    assert keys(panel) == AT_FIRST - {"criteria"}
    at = [c.key for c in COLUMNS].index("k")
    action(panel.table.header_menu(at), "Hide this column").trigger()
    assert keys(panel) == AT_FIRST - {"criteria", "k"}
    assert "\tk\t" not in panel.table.tsv().splitlines()[0]
    menu = panel.choice.button.menu()
    menu.aboutToShow.emit()
    assert not action(menu, "k").isChecked()
    action(menu, "k").trigger()
    assert "k" in keys(panel)
    action(menu, "Show all").trigger()
    assert keys(panel) > AT_FIRST - {"criteria"}
    action(menu, "As at first").trigger()
    assert keys(panel) == AT_FIRST - {"criteria"}


def test_the_column_of_encoders_cannot_be_hidden(panel):
    texts = [each.text() for each in panel.table.header_menu(0).actions()]
    assert texts[0].startswith("What is “Encoder”")
    assert "Hide this column" not in texts
    panel.choice.show("encoder", False)
    assert "encoder" in keys(panel)


def test_a_right_click_on_a_header_still_explains_and_nothing_else_does(panel):
    asked = []
    panel.table.explain_requested.connect(asked.append)
    menu = panel.table.header_menu(2)
    (columns,) = (each.menu() for each in menu.actions() if each.menu() is not None)
    columns.actions()[0].trigger()
    assert asked == []
    menu.actions()[0].trigger()
    assert len(asked) == 1


def test_the_choice_outlives_the_window_and_a_kept_text_that_is_damaged_does_no_harm(panel):
    panel.choice.show("rate", False)
    panel.choice.show("enrichment", True)
    other = ColumnChoice()
    other.offer(panel.model.columns, panel.model.telling)
    other.restore(panel.choice.kept())
    assert other.shown == panel.choice.shown != AT_FIRST
    other.restore("{damaged")
    assert other.shown == AT_FIRST & panel.model.telling


@pytest.mark.qt_log_ignore("This plugin does not support")  # menus, offscreen
def test_the_menu_stays_open_while_columns_are_ticked(qtbot):
    menu = StayingMenu()
    qtbot.addWidget(menu)
    ticked = menu.addAction("k")
    ticked.setCheckable(True)
    menu.popup(QPoint(10, 10))
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(ticked).center())
    assert ticked.isChecked()
    assert menu.isVisible()


def test_encoders_stay_in_view_and_in_step_with_the_table(qtbot, panel):
    table, frozen = panel.table, panel.table.frozen
    panel.choice.show_all()
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() > 100)
    table.horizontalScrollBar().setValue(100)
    assert frozen.isVisible()
    assert frozen.mapTo(table, QPoint(0, 0)).x() == table.viewport().x()
    assert frozen.columnWidth(0) == frozen.width() == table.columnWidth(0)
    assert [c for c in range(len(COLUMNS)) if not frozen.isColumnHidden(c)] == [0]

    def names(view):
        return [view.indexAt(QPoint(5, y)).row() for y in tops]

    tops = [table.rowViewportPosition(row) + 3 for row in range(2)]
    assert names(frozen) == [0, 1]
    table.setRowHeight(0, 60)
    table.verticalScrollBar().setValue(1)
    assert frozen.rowHeight(0) == 60
    assert frozen.verticalScrollBar().value() == table.verticalScrollBar().value() == 1

    header = frozen.horizontalHeader()
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 8))
    assert table.horizontalHeader().sortIndicatorSection() == 0
    titles = [table.sorted.index(row, 0).data().lower() for row in range(table.sorted.rowCount())]
    assert titles in (sorted(titles), sorted(titles)[::-1])
    table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert header.sortIndicatorSection() == 2

    table.verticalScrollBar().setValue(0)
    chosen = []
    panel.encoder_chosen.connect(chosen.append)
    at = frozen.visualRect(table.sorted.index(1, 0)).center()
    qtbot.mouseClick(frozen.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [each.row() for each in table.selectionModel().selectedRows()] == [1]
    assert chosen == [
        panel.model.rows[table.sorted.mapToSource(table.currentIndex()).row()].encoder
    ]
    assert QGuiApplication.focusWindow() is None or table.hasFocus()

    table.setCurrentIndex(table.sorted.index(1, len(COLUMNS) - 1))
    for _ in COLUMNS:
        qtbot.keyClick(table, Qt.Key.Key_Left)
        current = table.currentIndex().column()
        seen = table.columnViewportPosition(current)
        assert current == 0 or seen >= frozen.width() or table.horizontalScrollBar().value() == 0


def test_a_table_does_not_hold_itself(qapp):
    """Else it would be collected on whatever thread, and its model destroyed there."""
    gc.collect()
    gc.disable()
    try:
        table = Table(SummaryModel(), "Encoders")
        assert table.frozen is not None
        there = weakref.ref(table)
        del table
        assert there() is None
    finally:
        gc.enable()


def test_a_first_column_as_wide_as_the_table_scrolls(panel):
    panel.table.resize(panel.table.columnWidth(0) + 20, 200)
    assert not panel.table.frozen.isVisible()
