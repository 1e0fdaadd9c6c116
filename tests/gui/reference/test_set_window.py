"""The reference set in use, looked at: its tiles, what is changed of them, whether it is good."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from pathgui.cli.check_set import print_appraisal
from pathgui.core.appraisal.appraisal import appraise
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.set_editing import Edits, edit_reference
from pathgui.core.system.files import ANYTHING
from pathgui.gui.reference.set_tiles_page import menu_of
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference


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
    dialog.good.tiles_wanted.emit("Found by the check, 2 tiles", (0, 5))
    assert dialog.tabs.currentWidget() is dialog.tiles
    assert list(dialog.tiles.grid.tiles.keys) == [0, 5]
