"""The reference set in use, looked at: its tiles, what is changed of them, whether it is good."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel

from pathgui.cli.check_set import print_appraisal
from pathgui.core.appraisal.appraisal import appraise
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.set_draft import SetDraft
from pathgui.core.reference.set_editing import Edits, edit_reference, new_labels, tiles_named
from pathgui.core.system.files import ANYTHING
from pathgui.gui.reference.set_tiles_page import SetTilesPage, menu_of
from pathgui.gui.reference.tile_grid import TileCard, TileGrid
from tests.core.report.test_copied import parsed
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference
from tests.published import write_slide_vectors


@pytest.fixture
def win(qtbot, window, tmp_path):
    """With a small set of its own in use."""
    reference = make_reference(tmp_path / "Größe 1", slides=2, tiles=2)
    made = window()
    made.open_path(reference.folder)
    qtbot.waitUntil(lambda: made.references.reference is not None)
    return made


@pytest.fixture
def dialog(qtbot, win):
    click(qtbot, win.reference_panel.look_button)
    made = win.references.sets.dialog
    qtbot.waitExposed(made)
    yield made
    made.close()


def choose(page, *rows):
    """Select tiles, by their place in the grid."""
    grid = page.grid
    grid.clearSelection()
    flag = grid.selectionModel().SelectionFlag.Select
    for row in rows:
        grid.selectionModel().select(grid.tiles.index(row), flag)


def test_a_click_on_the_table_shows_its_tiles_as_pictures_and_a_word_finds_them(qtbot, dialog):
    page = dialog.tiles
    assert page.table.item(0, 1).text() == "4 (2)"
    assert len(page.grid.tiles.keys) == 16
    page.table.setCurrentCell(0, 1)
    assert page.shown.text() == "stroma at Northfield: 4 tiles."
    read = page.grid.tiles.picture
    qtbot.waitUntil(lambda: all(read(row) is not None for row in page.grid.tiles.keys))
    assert read(page.grid.tiles.keys[0]).width() == 64
    page.search.setText("field-1")
    qtbot.waitUntil(lambda: len(page.grid.tiles.keys) == 2)
    qtbot.keyClick(page.search, Qt.Key.Key_Return)  # presses no button
    assert (len(page.grid.tiles.keys), page.search.text()) == (2, "field-1")
    page.search.setText("no such thing")
    qtbot.waitUntil(lambda: page.empty.isVisible())
    assert "Look among all tiles" in page.empty.text()
    click(qtbot, page.all_button)
    assert len(page.grid.tiles.keys) == 16
    page.table.horizontalHeader().sectionClicked.emit(0)
    assert page.shown.text() == "Lakeside: 8 tiles."


def test_tiles_are_thrown_out_and_relabeled_step_by_step_back_and_saved_as_in_the_terminal(
    qtbot, win, dialog, tmp_path
):
    page, sets, first = dialog.tiles, win.references.sets, win.references.reference
    choose(page, 0, 1)
    click(qtbot, page.drop_button)
    choose(page, 4)
    menu = menu_of(page.center_button)
    next(each for each in menu.actions() if each.text() == "Northfield").trigger()
    assert "2 tiles thrown out and 4 tiles relabeled, not saved yet" in dialog.state.text()
    assert page.table.item(0, 1).text() == "6 (3)"  # a slide of Lakeside is of Northfield now
    wanted = Edits(sets.draft.edits.dropped, sets.draft.edits.relabeled)
    dialog.undo_wanted.emit()
    dialog.undo_wanted.emit()
    assert not sets.draft.is_changed
    assert not dialog.save_button.isEnabled()
    dialog.redo_wanted.emit()
    win.undo.redo()  # the same stack, from the menu of the window
    assert sets.draft.edits == wanted
    page.grid.clearSelection()
    choose(page, 0)
    page.grid.setFocus()
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)  # puts it back: it was out
    assert len(sets.draft.edits.dropped) == 1
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    QGuiApplication.clipboard().clear()
    click(qtbot, dialog.copy_button)
    qtbot.waitUntil(lambda: bool(QGuiApplication.clipboard().text()), timeout=10_000)
    asked = parsed(QGuiApplication.clipboard().text())
    assert asked["reference"] == first.folder
    assert tiles_named(first, asked["drop"]) == wanted.dropped
    assert new_labels(first, asked["relabel"][0]) == wanted.relabeled
    sets.save(first.folder)  # which holds a set, and nobody was asked
    qtbot.waitUntil(lambda: "Not saved. " in dialog.state.text(), timeout=10_000)
    assert sets.draft.edits == wanted
    sets.save(tmp_path / "window.pgref")
    qtbot.waitUntil(lambda: win.references.reference.folder == tmp_path / "window.pgref")
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert "Version 2 is in use" in texts(win)
    edit_reference(first, wanted, tmp_path / "terminal.pgref", replacing=ANYTHING)
    for name in ("tiles.parquet", "images/000003.png"):
        window, terminal = (
            (tmp_path / each / name).read_bytes() for each in ("window.pgref", "terminal.pgref")
        )
        assert window == terminal
    assert not sets.draft.is_changed
    assert not win.undo.canUndo()  # what is saved is not taken back
    assert load_reference(first.folder).info.version == "1"


def test_what_was_not_saved_is_here_again_in_another_window_and_can_be_forgotten(
    qtbot, win, dialog, window
):
    win.references.sets.drop([2, 3])
    qtbot.waitUntil(idle(win), timeout=10_000)
    dialog.close()
    win.undo.undo()
    win.undo.redo()  # whoever takes a step sees it
    assert dialog.isVisible()
    qtbot.waitUntil(idle(win), timeout=10_000)
    other = window()
    other.open_path(win.references.reference.folder)
    qtbot.waitUntil(lambda: "2 tiles thrown out" in texts(other), timeout=10_000)
    sets = other.references.sets
    assert sets.draft.edits == win.references.sets.draft.edits
    (offer,) = [bar.buttons["Forget it"] for bar in other.messages.bars if bar.buttons]
    click(qtbot, offer)
    assert not sets.draft.is_changed
    qtbot.waitUntil(idle(other), timeout=10_000)
    sets.dialog.close()


def test_the_page_says_what_the_terminal_says_and_leads_to_the_tiles(qtbot, win, dialog, capsys):
    click(qtbot, win.reference_panel.judge_button)
    page = dialog.good
    qtbot.waitUntil(lambda: page.verdict.isVisible(), timeout=10_000)
    print_appraisal(appraise(win.references.reference))
    lines = [line.lstrip("-! ") for line in capsys.readouterr().out.splitlines()]
    shown = [each.text() for each in page.area.widget().findChildren(QLabel)]
    spoken = [text for text in shown if len(text) > 1]
    assert len(spoken) > 10
    assert [text for text in spoken if not any(text.lstrip("→ ") in line for line in lines)] == []
    assert page.verdict.text() in lines
    assert "Too few for" in page.table.item(0, 0).toolTip()
    dialog.good.tiles_wanted.emit((0, 5))
    assert dialog.tabs.currentWidget() is dialog.tiles
    assert list(dialog.tiles.grid.tiles.keys) == [0, 5]


def test_a_set_of_embeddings_alone_says_so_and_shows_its_table_and_names(qtbot, tmp_path):
    write_slide_vectors(tmp_path / "titan", tmp_path / "labels.csv", 24)
    tiles, where = read_tiles([tmp_path / "titan", tmp_path / "labels.csv"])
    reference = import_tiles(tiles, where, tmp_path / "a.pgref").reference
    page = SetTilesPage(lambda row: QImage())
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.show()
    page.show_draft(SetDraft(reference))
    page.table.setColumnWidth(1, 300)
    page.resize(800, 500)
    assert page.table.horizontalScrollBar().maximum() == 0
    assert page.table.width() > 340  # of its own, it takes what all centers need
    page.table.setColumnWidth(1, 2000)
    page.resize(900, 500)
    assert page.table.width() <= 500
    assert "holds embeddings of titan and no pictures" in page.note.text()
    assert not page.note.isHidden()
    assert page.table.rowCount() == len(reference.tissues)
    assert len(page.grid.tiles.keys) == 24
    choose(page, 3)
    with qtbot.waitSignal(page.drop_wanted) as dropped:
        click(qtbot, page.drop_button)
    assert dropped.args == [[3]]
    page.show_draft(None)
    assert page.note.isHidden()
    assert not page.grid.tiles.keys


def test_20_000_tiles_ask_for_the_pictures_in_sight_alone(qtbot):
    grid = TileGrid("tiles", lambda key: TileCard((str(key),), str(key)), lambda key: None)
    qtbot.addWidget(grid)
    asked = []
    grid.in_sight.connect(asked.append)
    grid.show_keys(range(20_000))
    grid.resize(700, 500)
    grid.show()
    qtbot.waitUntil(lambda: bool(asked))
    assert asked[-1][0] == 0
    assert len(asked[-1]) < 60
    asked.clear()
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    qtbot.waitUntil(lambda: bool(asked))
    assert 9_900 < asked[-1][0] < 10_100
    seen = grid.indexAt(QPoint(20, 100))
    assert grid.visualRect(seen).contains(20, 100)
    assert seen.row() in asked[-1]
    grid.selectAll()
    assert len(grid.selected) == 20_000
