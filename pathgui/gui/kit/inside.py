"""Windows and dialogs inside the screen: no larger than it, and in it with all their sides.

Dialogs see to it themselves when they open. The style of the application could do it for all, but
a style in Python is asked about every part of every window, half built ones among them.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QInputDialog, QPushButton, QWidget

from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.room import Roomy
from pathgui.gui.kit.screens import screen_of

USUAL_FRAME = QSize(4, 40)  # logical pixels around a window, where they are not known yet
_TITLE_BUTTONS = 110  # logical pixels of a title bar, its icon and its three buttons
_AROUND_LINE = 60  # logical pixels: margins of a dialog, frame and cursor of its field


class Dialog(QDialog):
    """A dialog that opens no larger than the screen: what has no room in it scrolls."""

    def showEvent(self, event: QShowEvent) -> None:
        fit_words(self)
        fit_dialog(self, room_of(self).size())
        bring_inside(self)
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus; anywhere else, the default one."""
        button = self.focusWidget()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(button, QPushButton) and button.isEnabled():
            button.click()
            return
        super().keyPressEvent(event)


def ask_line(window: QWidget, title: str, question: str, line: str = "") -> tuple[str, bool]:
    """Ask for a line of text, ``line`` to begin with; the answer, and whether it was given."""
    dialog = QInputDialog(window)
    dialog.setWindowTitle(title)
    dialog.setLabelText(question)
    dialog.setTextValue(line)
    fit_words(dialog)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.textValue(), accepted


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
