"""The fields of a plan of checks, wherever one is made."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

from pathgui.core.language.texts import say
from pathgui.core.runs.monitoring import MOST_MONTHS
from pathgui.gui.kit.boxes import WholeNumberField
from pathgui.gui.kit.widgets import text_area

EVERY = say("Check again every")
BEFORE_THAT = say("And before that, at")


def months_field() -> WholeNumberField:
    """Months from one check to the next; 0 shows that none are set."""
    field = WholeNumberField()
    field.setRange(0, MOST_MONTHS)
    field.setSpecialValueText(say("not set"))
    field.setSuffix(say(" months"))
    return field


def triggers_field() -> QPlainTextEdit:
    """Events that ask for a check, one a line."""
    field = text_area("")
    field.setPlaceholderText(say("Events that ask for a check before that, one a line"))
    return field
