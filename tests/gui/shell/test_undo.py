"""What was done is taken back, in one order, whichever panel it was done in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoCommand


class Noted(QUndoCommand):
    """Adds a word, and takes it away."""

    def __init__(self, words, word):
        super().__init__(word)
        self.words, self.word = words, word

    def redo(self):
        self.words.append(self.word)

    def undo(self):
        self.words.remove(self.word)


def test_undo_and_redo_have_keys_and_are_off_where_there_is_nothing(qtbot, window):
    win, words = window(), []
    entry = win.menus.by_id
    assert not entry["undo"].isEnabled()
    win.undo.push(Noted(words, "one"))
    win.undo.push(Noted(words, "two"))
    qtbot.waitUntil(entry["undo"].isEnabled)
    qtbot.keyClick(win, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert words == ["one"]
    qtbot.waitUntil(entry["redo"].isEnabled)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(win, Qt.Key.Key_Z, both)
    assert words == ["one", "two"]
    win.menus.refresh()
    assert entry["undo"].text() == "&Undo: two"
    win.criteria.edit()
    win.criteria.dialog.add()
    win.criteria.dialog.accept()
    assert len(win.criteria.criteria) == 1
    win.undo.undo()
    assert win.criteria.criteria == ()
    win.undo.redo()
    assert len(win.criteria.criteria) == 1
