"""Does the program work on this machine? What is tried for the run shown, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from pathgui.core.language.texts import say
from pathgui.core.results.qualification import HEADINGS, TRIED, outcome_rows, outcome_sentence
from pathgui.core.results.summary import Column
from pathgui.core.runs.qualification import Qualification
from pathgui.gui.kit.focus import focus_goes_to
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.progress_line import ProgressLine
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import label, push_button, restyle
from pathgui.gui.results.text_table import TextRow, TextTable

COLUMNS = tuple(Column(each, each, TRIED, right=False) for each in HEADINGS)


class QualifyDialog(Dialog):
    """Says what is wanted, and shows what was found; computes nothing."""

    try_requested = Signal()
    cancel_requested = Signal()
    copy_requested = Signal()  # of the command that does the same

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name``: of the run, as its list calls it."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Qualify the installation, for {name}", name=name))
        self.try_button = push_button(say("Try everything"), self.try_requested, name="primary")
        self.try_button.setDefault(True)
        self.cancel_button = push_button(
            say("Cancel"), self.cancel_requested, say("Stop. Nothing is kept.")
        )
        self.cancel_button.setAccessibleName(say("Cancel trying"))
        self.progress = ProgressLine(say("Progress of trying the program"))
        self.said = label("", wrap=True, selectable=True)
        self.table = TextTable(COLUMNS, say("What was tried, and what came out"))
        self.table_button = push_button(say("Copy table"), self.copy, picture=icon("copy"))
        self.copy_button = push_button(
            say("Copy as command"), self.copy_requested, say("The same in the terminal"),
            picture=icon("copy"),
        )  # fmt: skip
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        kept = say(
            "It takes about a minute. What is found is kept with the run, in the place of what was "
            "found before, and its report has a section on it."
        )
        self.setLayout(
            in_column(
                label(f"{TRIED} {kept}", "muted", wrap=True),
                in_row(self.try_button, self.cancel_button, STRETCH, spacing=8),
                self.progress,
                self.said,
                (self.table, 1),
                in_row(self.table_button, self.copy_button, STRETCH, buttons),
                spacing=10,
                margins=(18, 16, 18, 14),
            )
        )
        resize_on_screen(self, QSize(820, 620))
        self.show_found(None)
        self.show_idle()

    def show_found(self, found: Qualification | None) -> None:
        """What is kept with the run; None: nothing was tried yet."""
        rows = [] if found is None else outcome_rows(found)
        self.table.show_rows([TextRow(dict(zip(HEADINGS, row.cells, strict=True))) for row in rows])
        if found is None:
            self.show_said(say("Nobody tried the program on this machine for this run."))
        else:
            self.show_said(outcome_sentence(found), "" if found.passed else "caution")
        self.table_button.setEnabled(bool(rows))

    def show_said(self, text: str, name: str = "") -> None:
        """A sentence above the table; ``name``: its tone."""
        self.said.setText(text)
        restyle(self.said, name)

    def show_progress(self, text: str, share: float | None) -> None:
        """It is being tried; ``share`` 0..1, None where nobody knows."""
        self._set_running(True)
        self.progress.tell(text, share)

    def show_stopping(self) -> None:
        """Cancel was pressed."""
        self.cancel_button.setEnabled(False)
        self.progress.text.setText(say("Stopping…"))

    def show_idle(self) -> None:
        """Nothing is tried any more."""
        self._set_running(False)

    def _set_running(self, running: bool) -> None:
        ahead = self.cancel_button if running else self.try_button
        with focus_goes_to(lambda: ahead, within=self):
            self.try_button.setVisible(not running)
            self.cancel_button.setVisible(running)
        if not running:
            self.cancel_button.setEnabled(True)
        self.progress.setVisible(running)

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.table.tsv())
