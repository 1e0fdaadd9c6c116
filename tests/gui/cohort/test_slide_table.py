"""The tab with the slides of a study, as a user's hand meets it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from pathgui.core.cohort.opened import open_cohort
from pathgui.folders import drafts_dir, places_dir
from pathgui.gui.shell.main_window import MainWindow
from tests.core.cohort.making import slide
from tests.gui.conftest import click, idle, texts

STUDY = "study.pgcohort"


@pytest.fixture
def folder(tmp_path):
    """Two slides at North, one at South whose file says no scale."""
    slide(tmp_path / "scans" / "North" / "Größe 1.tif", 0)
    slide(tmp_path / "scans" / "North" / "B.tif", 1)
    slide(tmp_path / "scans" / "South" / "C.tif", 2, mpp=None)
    return tmp_path / "scans"


@pytest.fixture
def win(qtbot, window, folder) -> MainWindow:
    made: MainWindow = window()
    made.open_slides([folder])
    qtbot.waitUntil(lambda: len(made.cohort.book.content.files) == 3)
    qtbot.waitUntil(idle(made), timeout=10_000)
    return made


def spot(win: MainWindow, row: int, name: str):
    model = win.cohort_panel.model
    return model.index(row, model.column_of(name))


def select(win: MainWindow, *spots) -> None:
    grid = win.cohort_panel.grid
    grid.setFocus()
    chosen, flag = grid.selectionModel(), QItemSelectionModel.SelectionFlag
    chosen.setCurrentIndex(spot(win, *spots[0]), flag.ClearAndSelect)
    for each in spots[1:]:
        chosen.select(spot(win, *each), flag.Select)


def type_in(qtbot, win: MainWindow, text: str) -> None:
    """As a hand does: Enter, the text, Enter."""
    grid = win.cohort_panel.grid
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    editor = grid.findChild(QLineEdit)
    assert editor is not None
    editor.setText(text)  # QTest knows no keys for letters beyond ASCII
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not grid.findChildren(QLineEdit))


def column(win: MainWindow, name: str) -> list[str]:
    return win.cohort.book.content.slides.column(name)


def saved_as(qtbot, win: MainWindow, folder) -> None:
    win.cohort.control.save_as(folder)
    qtbot.waitUntil(lambda: win.cohort.is_on_disk, timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)


def on_disk(folder, name: str) -> list[str]:
    with open_cohort(folder, places_dir(), to_change=False) as found:
        return found.cohort.slides.column(name)


def test_a_folder_becomes_rows_that_are_filled_taken_back_saved_and_opened_again(
    qtbot, win, folder, tmp_path
):
    assert win.cohort_panel.isVisible()
    assert column(win, "slide_id") == ["B", "Größe 1", "C"]
    qtbot.waitUntil(lambda: len(win.cohort.look.faults) == 7, timeout=10_000)
    model, look = win.cohort_panel.model, win.cohort.look
    assert model.text_at(2, 1) == "center, tissue, mpp"
    look.look_again()
    win.cohort_panel.grid.touched.emit()
    assert look.runner.busy
    assert look.is_held  # sorting is not held up by pictures of slides
    qtbot.waitUntil(lambda: len(look.facts) == 3, timeout=10_000)
    select(win, (0, "center"), (1, "center"))
    type_in(qtbot, win, "Nørd")
    assert column(win, "center") == ["Nørd", "Nørd", ""]
    select(win, (2, "center"))
    type_in(qtbot, win, "Süd")
    qtbot.keyClick(win.cohort_panel.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert column(win, "center") == ["Nørd", "Nørd", ""]
    qtbot.keyClick(win.cohort_panel.grid, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert column(win, "center") == ["Nørd", "Nørd", "Süd"]

    study = tmp_path / STUDY
    saved_as(qtbot, win, study)
    assert on_disk(study, "center") == ["Nørd", "Nørd", "Süd"]
    assert all(on_disk(study, "content_id"))

    select(win, (2, "mpp"))
    type_in(qtbot, win, "0,5")
    qtbot.waitUntil(lambda: on_disk(study, "mpp") == ["", "", "0,5"], timeout=3000)
    win.cohort.control.close()
    qtbot.waitUntil(lambda: not win.cohort.is_on_disk)
    win.open_slides([study])
    qtbot.waitUntil(lambda: win.cohort.is_on_disk)
    assert column(win, "mpp") == ["", "", "0,5"]


def test_tab_goes_from_cell_to_cell_and_on_from_the_last_and_the_first(qtbot, win):
    win.docks.cohort.raise_()
    grid = win.cohort_panel.grid
    grid.setFocus()
    rows, columns = grid.slides.rowCount(), grid.slides.columnCount()
    grid.setCurrentIndex(grid.slides.index(0, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Tab)
    assert (grid.hasFocus(), grid.currentIndex().column() > 0) == (True, True)
    last = max(range(columns), key=lambda at: (not grid.isColumnHidden(at), at))
    grid.setCurrentIndex(grid.slides.index(rows - 1, last))
    qtbot.keyClick(grid, Qt.Key.Key_Tab)
    assert not grid.hasFocus()
    grid.setFocus()
    grid.setCurrentIndex(grid.slides.index(0, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert not grid.hasFocus()


def test_what_is_said_of_a_slide_in_the_table_and_beside_it_is_one(qtbot, win, reference):
    """Each window costs seconds, so that one is used for the double click and what follows."""
    click(qtbot, win.reference_panel.own_button)  # who has slides and no set is told the way
    assert "save the table as a cohort" in texts(win)
    assert any("Save as cohort…" in bar.buttons for bar in win.messages.bars)
    win.cohort.book.edit("say", {(2, "mpp"): "0.25", (2, "center"): "South"})
    win.cohort_panel.grid.doubleClicked.emit(spot(win, 2, "center"))
    qtbot.waitUntil(lambda: win.slides.path is not None and win.slides.path.name == "C.tif")
    qtbot.waitUntil(lambda: win.slides.mpp == 0.25)
    win.slides.give_scale(0.3)
    assert column(win, "mpp") == ["", "", "0.3"]

    # The panel follows the row: once a set offers what it says, and whatever changes it.
    north, south = reference.centers[:2]
    cells = {(2, "center"): north, (2, "tissue"): reference.tissues[0]}
    win.cohort.book.edit("say", cells)
    panel = win.reference_panel
    assert panel.center is None
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: panel.center == north, timeout=5000)
    assert panel.tissue == reference.tissues[0]
    assert not panel.own_button.isVisible()
    win.cohort.book.edit("say", {(2, "center"): south, (2, "tissue"): ""})
    assert (panel.center, panel.tissue) == (south, None)
    panel.tissue_box.setCurrentIndex(panel.tissue_box.findData(reference.tissues[1]))
    panel.tissue_box.activated.emit(panel.tissue_box.currentIndex())
    assert column(win, "tissue")[2] == reference.tissues[1]
    assert column(win, "center")[2] == south
    win.undo.undo()
    assert panel.tissue is None
    win.slides.open(win.cohort.book.content.files[0])
    qtbot.waitUntil(lambda: win.slides.path == win.cohort.book.content.files[0])
    win.cohort.book.edit("say", {(2, "center"): ""})  # while another slide is shown
    win.slides.open(win.cohort.book.content.files[2])
    qtbot.waitUntil(lambda: win.slides.path == win.cohort.book.content.files[2])
    qtbot.waitUntil(idle(win), timeout=5000)
    assert column(win, "center")[2] == ""
    assert panel.center is None

    ctrl = Qt.KeyboardModifier.ControlModifier
    grid = win.cohort_panel.grid
    QGuiApplication.clipboard().setText("North\tP1\nSouth\tP2\nWest\tP3\nEast\tP4")
    select(win, (0, "center"))
    qtbot.keyClick(grid, Qt.Key.Key_V, ctrl)
    assert column(win, "center") == ["North", "South", "West"]
    assert column(win, "patient_id") == ["P1", "P2", "P3"]
    assert "2 cells of what was pasted had no place" in texts(win)
    select(win, (0, "center"), (0, "patient_id"))
    qtbot.keyClick(grid, Qt.Key.Key_C, ctrl)
    assert QGuiApplication.clipboard().text() == "North\tP1"
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert column(win, "center") == ["", "South", "West"]
    assert "of what was pasted had no place" not in texts(win)  # which is over
    win.viewer.setFocus()
    qtbot.keyClick(win.viewer, Qt.Key.Key_C, ctrl)
    assert not QGuiApplication.clipboard().image().isNull()


def test_what_another_program_does_with_a_cohort_is_neither_hindered_nor_written_over(
    qtbot, win, tmp_path
):
    study = tmp_path / STUDY
    saved_as(qtbot, win, study)
    table = study / "slides.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("B,", "Bee,"), encoding="utf-8")
    win.cohort.book.edit("center", {(0, "center"): "North"})
    qtbot.waitUntil(lambda: "changed by another program" in texts(win, "error"), timeout=3000)
    bar = next(bar for bar in win.messages.bars if bar.level == "error")
    bar.buttons["Open it again"].click()
    qtbot.waitUntil(lambda: column(win, "slide_id")[0] == "Bee", timeout=5000)
    assert column(win, "center")[0] == ""

    win.cohort.control.close()
    qtbot.waitUntil(lambda: not win.cohort.is_on_disk)
    with open_cohort(study, places_dir()):
        win.open_slides([study])
        qtbot.waitUntil(lambda: win.cohort.is_on_disk)
        assert "read-only" in win.cohort_panel.notice.text()
        select(win, (0, "center"))
        win.cohort_panel.grid.fill("North")
        assert column(win, "center") == ["", "", ""]
        assert "Nothing was changed" in texts(win)


def test_the_last_cohort_is_whole_and_offered_and_slides_beside_it_are_not_taken_unasked(
    qtbot, win, window, tmp_path
):
    study, drafts = tmp_path / STUDY, drafts_dir()
    win.cohort.book.edit("scanner", {(0, "scanner"): "P250"})
    qtbot.waitUntil(lambda: len(list(drafts.glob("*.json"))) == 1, timeout=2000)
    win.undo.undo()  # nothing is left that anybody typed
    qtbot.waitUntil(lambda: not list(drafts.glob("*.json")), timeout=2000)
    win.undo.redo()
    saved_as(qtbot, win, study)
    qtbot.waitUntil(lambda: not list(drafts.glob("*.json")), timeout=2000)
    win.cohort.control.close()
    qtbot.waitUntil(lambda: not win.cohort.is_on_disk)
    win.cohort.book.edit("stain", {(2, "stain"): "Färbung"})  # of the slides, which are open still
    win.open_slides([study])
    bar = next(bar for bar in win.messages.bars if "Open study without it" in bar.buttons)
    bar.buttons["Open study without it"].click()
    qtbot.waitUntil(lambda: win.cohort.is_on_disk)
    win.cohort.book.edit("center", {(0, "center"): "North"})
    win.close()
    qtbot.waitUntil(lambda: not win.isVisible())
    assert on_disk(study, "center")[0] == "North"  # although it was typed a moment ago

    other = window()
    other.docks.show_slide_table()
    title = other.cohort_panel.title  # no button is in it, and nothing lies under it either
    qtbot.waitUntil(lambda: title.height() == 42)
    bottom = title.mapTo(other, title.rect().bottomLeft()).y()
    assert bottom < other.cohort_panel.mapTo(other, QPoint(0, 0)).y()
    assert not other.cohort.is_on_disk
    assert other.slide_panel.empty_cohort_button.text() == "Open study again"
    with qtbot.waitSignal(other.cohort.wanted):  # else nothing seems to happen
        other.slide_panel.empty_cohort_button.click()
    qtbot.waitUntil(lambda: other.cohort.is_on_disk)
    other.open_slides([slide(tmp_path / "D.tif", 5)])
    assert len(column(other, "slide_id")) == 3
    bar = next(bar for bar in other.messages.bars if "Add to the cohort" in bar.buttons)
    bar.buttons["Add to the cohort"].click()
    qtbot.waitUntil(lambda: column(other, "slide_id")[3:] == ["D"], timeout=5000)
    assert other.undo.undoText() == "add slides"
    bar = next(bar for bar in other.messages.bars if "Open the table" in bar.buttons)
    assert "A table of 3 slides was not saved as a cohort." in bar.text.text()
    bar.buttons["Open the table"].click()
    qtbot.waitUntil(lambda: column(other, "stain") == ["", "", "Färbung"], timeout=5000)
    assert not other.cohort.is_on_disk
    assert other.cohort_panel.isVisible()
    assert None not in other.cohort.book.content.files
    assert on_disk(study, "slide_id")[3:] == ["D"]
    other.cohort.take_out([0, 1, 2])
    qtbot.waitUntil(lambda: not list(drafts.glob("*.json")), timeout=2000)
