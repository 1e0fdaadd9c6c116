"""What is set before a run, as the window shows it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pathgui.gui.kit.widgets import ElidedLabel, label


class BeforeRunPanel(QWidget):
    """What was set for the next run in one line, and a button to set or change it."""

    edit_requested = Signal()

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit_button = QPushButton("Set…")
        self.edit_button.setToolTip(tip)
        self.edit_button.clicked.connect(self.edit_requested)
        self.said = ElidedLabel()
        self.said.setObjectName("muted")
        head = QHBoxLayout()
        head.addWidget(label(title, "section"))
        head.addStretch(1)
        head.addWidget(self.edit_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.said)

    def say(self, texts: Sequence[str], none: str, tips: Sequence[str]) -> None:
        """Say the texts in a line, ``none`` where there are none; the tooltip has the tips."""
        self.said.setText("; ".join(texts) or none)
        self.said.setToolTip("\n".join(tips))
        self.edit_button.setText("Change…" if texts else "Set…")

    def set_busy(self, busy: bool) -> None:
        """It is fixed while a run goes on."""
        self.edit_button.setDisabled(busy)
