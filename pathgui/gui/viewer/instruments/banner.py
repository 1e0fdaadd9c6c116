"""A message inside the picture, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from pathgui.core.language.texts import say

_STYLE = """
QFrame#banner { background: rgba(70, 45, 10, 235); border: 1px solid #d5a04a; border-radius: 5px; }
QFrame#banner QLabel { color: #fff4e0; background: transparent; }
"""


class Banner(QFrame):
    """Says one thing at a time; stays until it is dealt with or put away."""

    retried = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setStyleSheet(_STYLE)
        self.label = QLabel(self)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.retry_button = QPushButton(say("Retry"), self)
        self.close_button = QToolButton(self)
        self.close_button.setText("×")
        self.close_button.setAccessibleName(say("Put the message away"))
        self.close_button.setAutoRaise(True)
        row = QHBoxLayout(self)
        row.addWidget(self.label, 1)
        row.addWidget(self.retry_button)
        row.addWidget(self.close_button)
        self.retry_button.clicked.connect(self.retried)
        self.close_button.clicked.connect(self.clear)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it says nothing."""
        return self.label.text() if not self.isHidden() else ""

    def say(self, text: str, *, retry: bool) -> None:
        """Say this, with a Retry button or without."""
        self.label.setText(text)
        self.setAccessibleName(text)
        self.retry_button.setVisible(retry)
        self.place()
        self.show()
        self.raise_()

    def clear(self) -> None:
        """Say nothing."""
        self.hide()

    def place(self) -> None:
        """Lie along the upper edge of the parent."""
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(parent.width() - 24, 760)
        self.resize(width, max(self.heightForWidth(width), self.sizeHint().height()))
        self.move((parent.width() - width) // 2, 12)
