"""What is set before a run, as the window shows it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.widgets import ElidedLabel, label, push_button


class BeforeRunPanel(QWidget):
    """What was set for the next run in one line, and a button to set or change it."""

    edit_requested = Signal()

    def __init__(self, title: str, tip: str) -> None:
        super().__init__()
        self.edit_button = push_button(say("Set…"), self.edit_requested, tip)
        self.edit_button.setAccessibleName(say("{title}: set or change", title=title))
        self.said = ElidedLabel("", "muted")
        head = in_row(label(title, "section"), STRETCH, self.edit_button)
        self.setLayout(in_column(head, self.said, spacing=2))

    def say(self, texts: Sequence[str], none: str, tips: Sequence[str]) -> None:
        """Say the texts in a line, ``none`` where there are none; the tooltip has the tips."""
        self.said.setText("; ".join(texts) or none)
        self.said.setToolTip("\n".join(tips))
        self.edit_button.setText(say("Change…") if texts else say("Set…"))

    def set_busy(self, busy: bool) -> None:
        """It is fixed while a run goes on."""
        self.edit_button.setDisabled(busy)
