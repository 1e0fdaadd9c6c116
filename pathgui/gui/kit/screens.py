"""The screen of a window, asked so that it survives the window.

``QWidget.screen`` and ``QWindow.screen`` must not be asked (PySide6 6.8 to 6.11 at least): Shiboken
takes what such a getter returns for a child of whoever was asked. Garbage that holds a dialog and
the wrapper of its screen then deletes the screen itself, and the next widget made, or the next
question of a screen reader, ends the process.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


def screen_of(window: QWidget) -> QScreen:
    """The screen of most of ``window``; before it is shown, that of the window it belongs to."""
    parent = window.parentWidget()
    if parent is not None and not window.isVisible():
        window = parent.window()
    middle = window.mapToGlobal(window.rect().center())
    return QGuiApplication.screenAt(middle) or QGuiApplication.primaryScreen()


def resize_on_screen(window: QWidget, wanted: QSize, beside: int = 60) -> None:
    """Give a window the size it wants, less where its screen has no room for that and a margin.

    ``beside``: logical pixels of the margin across; down it is 60.
    """
    window.resize(wanted.boundedTo(screen_of(window).availableSize() - QSize(beside, 60)))
