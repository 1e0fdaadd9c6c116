"""The application, which hears what the desktop wants opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """macOS names what is to be opened by events, not by words behind the program's name."""

    opened = Signal(list)  # paths

    def event(self, event: QEvent) -> bool:
        """Tell of what is named; all else is Qt's."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.opened.emit([Path(event.file())])
            return True
        return super().event(event)
