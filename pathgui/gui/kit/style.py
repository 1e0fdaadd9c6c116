"""What the style of the program adds to Qt's: tooltips of short lines, dialogs inside the screen.

Qt asks the style of the application to polish each widget once, before it is shown first. That is
where tooltips and dialogs are met, whoever makes them.
"""

from __future__ import annotations

import textwrap

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QDialog, QInputDialog, QLabel, QProxyStyle, QWidget

from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.room import Roomy
from pathgui.gui.kit.screens import screen_of

TIP_LETTERS = 60  # of a line of a tooltip: longer ones are hard to read
USUAL_FRAME = QSize(4, 40)  # logical pixels around a window, where they are not known yet
_TITLE_BUTTONS = 110  # logical pixels of a title bar, its icon and its three buttons
_AROUND_LINE = 60  # logical pixels: margins of a dialog, frame and cursor of its field
_BELOW_CURSOR = QPoint(2, 18)


class Style(QProxyStyle):
    """Fusion, which wraps tooltips and keeps dialogs inside the screen."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self._tips = _ShortLines()
        self._dialogs = _Inside()

    def polish(self, what: object) -> object:  # type: ignore[override]  # widgets, palettes, app
        if isinstance(what, QDialog):
            what.installEventFilter(self._dialogs)
        elif isinstance(what, QLabel) and what.inherits("QTipLabel"):
            what.installEventFilter(self._tips)
        return super().polish(what)  # type: ignore[call-overload]


def in_short_lines(text: str) -> str:
    """A plain text of a tooltip in lines of at most :data:`TIP_LETTERS`; its own lines stay.

    >>> in_short_lines("One word after another, and more of them than a reader follows in a line")
    'One word after another, and more of them than a reader\\nfollows in a line'
    """
    return "\n".join(
        part
        for line in text.split("\n")
        for part in textwrap.wrap(
            line, TIP_LETTERS, subsequent_indent=line[: len(line) - len(line.lstrip())]
        )
        or [""]
    )


class _ShortLines(QObject):
    """Breaks the lines of a tooltip when it opens. The tooltip of its widget stays as it is."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            assert isinstance(watched, QLabel)
            text = watched.text()
            rich = text.lstrip().startswith("<")  # which Qt wraps itself
            if not rich and (short := in_short_lines(text)) != text:
                watched.setWordWrap(False)  # which it is where the text is wider than the screen
                watched.setText(short)
                watched.resize(watched.sizeHint())
                if event.type() == QEvent.Type.Show:  # Qt has placed the long one
                    _place(watched, QRect(QCursor.pos() + _BELOW_CURSOR, watched.size()))
        return False


class _Inside(QObject):
    """Makes a dialog that opens no larger than the screen: what has no room in it scrolls."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QDialog):
            fit_words(watched)
            fit_dialog(watched, room_of(watched).size())
            bring_inside(watched)
        return False


def fit_words(dialog: QDialog) -> None:
    """Make a dialog wide enough for its title, and for the line that it asks to change."""
    letters = dialog.fontMetrics()
    wide = letters.horizontalAdvance(dialog.windowTitle()) + _TITLE_BUTTONS
    if isinstance(dialog, QInputDialog):
        wide = max(wide, letters.horizontalAdvance(dialog.textValue()) + _AROUND_LINE)
    if wide > dialog.width():
        dialog.resize(wide, dialog.height())


def fit_dialog(dialog: QDialog, room: QSize) -> None:
    """Let a dialog scroll if it cannot be made as small as ``room``, its frame included."""
    room = room - _frame(dialog)
    dialog.setMinimumSize(dialog.minimumSize().boundedTo(room))
    layout = dialog.layout()
    if layout is None:
        return
    needed = layout.totalMinimumSize()
    if needed.width() <= room.width() and needed.height() <= room.height():
        return
    inner = QWidget()
    inner.setLayout(layout)  # which takes the widgets along
    dialog.setLayout(in_column((Roomy(inner), 1), spacing=0))
    dialog.resize(dialog.size().boundedTo(room))


def room_of(window: QWidget) -> QRect:
    """The part of its screen that a window may take: without task bars."""
    screen = QGuiApplication.screenAt(window.geometry().center()) or screen_of(window)
    return screen.availableGeometry()


def bring_inside(window: QWidget) -> None:
    """Make a window no larger than its screen, and move it until all of it is seen."""
    if window.isMaximized() or window.isFullScreen():
        return
    around, room = _frame(window), room_of(window)
    size = window.size().boundedTo(room.size() - around)
    if size != window.size():
        window.resize(size)
    outer = QRect(window.pos(), size + around)
    if not room.contains(outer):
        _place(window, outer)


def _frame(window: QWidget) -> QSize:
    around = window.frameGeometry().size() - window.geometry().size()
    return around if around.height() > 0 else USUAL_FRAME


def _place(window: QWidget, outer: QRect) -> None:
    """Move a window to ``outer``, or as near to it as the screen allows."""
    room = (QGuiApplication.screenAt(outer.topLeft()) or screen_of(window)).availableGeometry()
    x = max(room.left(), min(outer.left(), room.right() + 1 - outer.width()))
    y = max(room.top(), min(outer.top(), room.bottom() + 1 - outer.height()))
    window.move(x, y)
