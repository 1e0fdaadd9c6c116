"""Keys of the slide view, wherever in the window the focus is.

A key goes first to the widget that has the focus. Texts, lists and tables keep what they use: what
is typed, what moves in them, what opens or edits an entry. All else is the slide's. Shortcuts of
the window would not do: Qt takes them before a list sees its arrows, and knows no key that is held.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QMainWindow,
    QTreeView,
    QWidget,
)

from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.slide_view import SlideView

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_MOVING = (
    *_ARROWS, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown
)  # fmt: skip
_OF_TABLES = (
    QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut, QKeySequence.StandardKey.Paste,
    QKeySequence.StandardKey.SelectAll,
)  # fmt: skip
# They press and choose what has the focus; away from the slide they mean nothing else.
_OF_FOCUS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class KeysAnywhere(QObject):
    """Hands keys that the focused widget has no use for to the view that was last used.

    It looks at the widget with the focus, which Qt lets search a list for a letter or move the
    focus by an arrow, and at the window and its floating panels, where unused keys end up.
    """

    def __init__(self, window: QMainWindow, compare: CompareView) -> None:
        super().__init__(window)
        self._window = window
        self._compare = compare
        self._watched: QWidget | None = None
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    @Slot(QWidget, QWidget)
    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if self._watched is not None:
            for pane in self._compare.panes:
                pane.hand.lose_keyboard()  # of a key that is down, the release goes elsewhere
            self._watched.removeEventFilter(self)
            self._watched = None
        if now is None or isinstance(now, SlideView) or not self._has(now):
            return
        if now is not self._window:
            self._watched = now
            now.installEventFilter(self)
            now.destroyed.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self._watched = None

    def _has(self, widget: QWidget) -> bool:
        top = widget.window()
        if isinstance(top, QDockWidget) and top.parent() is self._window:
            top.installEventFilter(self)  # it floats: unused keys end there
            return True
        return top is self._window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() == QEvent.Type.ShortcutOverride:
            return False
        if QApplication.activePopupWidget() is not None:
            return False  # an open menu walks by the arrows; what it leaves over is not the slide's
        if isinstance(watched, QWidget) and not _is_for_slide(watched, event):
            return False
        hand = self._compare.current.hand
        if event.type() == QEvent.Type.KeyPress:
            done = hand.key_press(event)
        else:
            done = hand.key_release(event)
        if done:
            event.accept()
        return done


def _is_for_slide(watched: QWidget, event: QKeyEvent) -> bool:
    """Whether a key is handed on from ``watched`` without asking it."""
    key = Qt.Key(event.key())
    if key in _OF_FOCUS:
        return False
    if watched.isWindow():
        return True  # nobody before had a use for it
    is_command = bool(event.modifiers() & _COMMANDS)
    is_typed = bool(event.text()) and event.text().isprintable() and not is_command
    match watched:
        case QAbstractItemView() if is_command:
            return key not in _MOVING and not any(map(event.matches, _OF_TABLES))
        case QAbstractItemView():
            tree = isinstance(watched, QTreeView) and event.text() in "+-*"
            return is_typed and not tree and not _is_edited(watched)
        case QComboBox():
            sought = is_typed and _has_entry(watched, event.text())
            others = (is_typed or is_command) and key not in _MOVING
            return others and not sought and not watched.isEditable()
        case QAbstractSpinBox():
            words = f"{getattr(watched, 'suffix', str)()}{watched.specialValueText()}".lower()
            return is_typed and event.text().isalpha() and event.text().lower() not in words
        case QAbstractButton():
            return key in _ARROWS and watched.group() is None and not watched.autoExclusive()
    return False


def _has_entry(box: QComboBox, letter: str) -> bool:
    """Whether an entry of the box begins with this letter, by which it is then chosen."""
    return box.findText(letter, Qt.MatchFlag.MatchStartsWith) >= 0


def _is_edited(view: QAbstractItemView) -> bool:
    """Whether a letter begins to edit the cell, or goes on with it."""
    triggers = QAbstractItemView.EditTrigger
    if view.state() == QAbstractItemView.State.EditingState:
        return True
    editable = view.currentIndex().flags() & Qt.ItemFlag.ItemIsEditable
    return bool(editable and view.editTriggers() & triggers.AnyKeyPressed)
