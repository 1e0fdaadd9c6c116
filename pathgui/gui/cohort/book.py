"""The one table of slides in the window, and the way back from every change of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from pathgui.gui.cohort.content import Cells, Content


class SlideBook(QObject):
    """Holds the content; whoever changes it does so here, so that it can be taken back."""

    left = Signal()  # another table comes; the content is still the former one
    changed = Signal()  # another content
    stepped = Signal()  # back or forth, to another content
    refused = Signal(str)  # a change, and why

    def __init__(self, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._undo = undo
        self.content = Content()
        self.why_read_only = ""  # a sentence; "" if it may be changed
        self._first_time = False  # a change is done for the first time, not again

    def show(self, content: Content, why_read_only: str = "") -> None:
        """Another table: there is no way back to the one before."""
        self.left.emit()
        self._undo.clear()
        self.why_read_only = why_read_only
        self._set(content)

    def extend(self, content: Content) -> None:
        """The same with further rows at its end, which no step back takes away."""
        self._set(content)

    def change(self, what: str, content: Content) -> bool:
        """Another content, which can be taken back; ``what`` says in a menu what was done."""
        if self.why_read_only:
            self.refused.emit(self.why_read_only)
            return False
        if content != self.content:
            self._first_time = True
            self._undo.push(_Change(what, self.content, content, self._current, self._step))
            self._first_time = False
        return True

    def edit(self, what: str, cells: Cells) -> bool:
        """Other texts in some cells."""
        return self.change(what, self.content.with_cells(cells)) if cells else False

    def _current(self) -> Content:
        return self.content

    def _step(self, content: Content) -> None:
        self._set(content)
        if not self._first_time:
            self.stepped.emit()

    def _set(self, content: Content) -> None:
        self.content = content
        self.changed.emit()


class _Change(QUndoCommand):
    """From one content to another. Rows that were added at the end meanwhile stay."""

    def __init__(
        self,
        what: str,
        before: Content,
        after: Content,
        current: Callable[[], Content],
        show: Callable[[Content], None],
    ) -> None:
        super().__init__(what)
        self._before = before
        self._after = after
        self._current = current
        self._show = show

    def redo(self) -> None:
        """Also called when it is done for the first time."""
        self._show(self._after.followed_by(self._current(), len(self._before.files)))

    def undo(self) -> None:
        self._show(self._before.followed_by(self._current(), len(self._after.files)))
