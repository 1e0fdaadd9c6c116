"""What came of a check against a baseline, number by number."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from pathgui.core.baselines.check import BaselineCheck
from pathgui.core.baselines.check_words import HEADINGS, INTERVALS, check_rows, check_sentences
from pathgui.core.language.texts import say
from pathgui.core.results.summary import Column
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import label, push_button
from pathgui.gui.results.text_table import TextRow, TextTable

_RIGHT = {"Filed", "Now", "Change", "Tolerance"}
# The outcome comes first: on a small screen the last column lies beyond the edge.
_ORDER = (HEADINGS[-1], *HEADINGS[:-1])
COLUMNS = tuple(Column(each, each, INTERVALS, right=each in _RIGHT) for each in _ORDER)


class CheckDialog(Dialog):
    """Stays open beside the window; its table can be copied."""

    def __init__(self, found: BaselineCheck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Checked against the baseline"))
        tone = "" if found.outcome == "within" else "caution"
        self.said = label(" ".join(check_sentences(found)), tone, wrap=True)
        self.table = TextTable(COLUMNS, say("Numbers of the check"))
        self.table.show_rows(
            [TextRow(dict(zip(HEADINGS, row.cells, strict=True))) for row in check_rows(found)]
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = push_button(say("Copy table"), self.copy, picture=icon("copy"))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.setLayout(
            in_column(
                self.said,
                *(label(f"▲ {each}", "caution", wrap=True) for each in found.cautions),
                (self.table, 1),
                label(INTERVALS, "muted", wrap=True),
                buttons,
                spacing=10,
                margins=(18, 16, 18, 14),
            )
        )
        resize_on_screen(self, QSize(1180, 640))

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.table.tsv())
