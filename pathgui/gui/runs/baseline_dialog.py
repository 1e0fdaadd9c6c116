"""Filing a run as a baseline: how far its numbers may move, and when it is checked again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from pathgui.core.baselines.baseline import filing_cautions
from pathgui.core.baselines.tolerance import (
    Tolerance,
    parse_tolerances,
    proposed_tolerances,
    read_tolerance_text,
    tolerance_text,
)
from pathgui.core.language.texts import say
from pathgui.core.runs.intended_use import lines_of
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.record import Run
from pathgui.gui.kit.dialogs import accepting
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.widgets import add_field, attempt, form, label, push_button
from pathgui.gui.runs.plan_fields import BEFORE_THAT, EVERY, months_field, triggers_field

INTRO = say(
    "A baseline is frozen: pathgui neither replaces nor deletes the run, and "
    "a change of its files is found out. Later runs are held against it, "
    "each number with its tolerance."
)
FILES = "TOML (*.toml)"


class BaselineDialog(Dialog):
    """Asks for tolerances and plan; what it holds can be filed once it is accepted."""

    copy_wanted = Signal()  # of the command that files the run; what is there makes sense

    def __init__(self, name: str, run: Run, parent: QWidget | None = None) -> None:
        """``name``: of the run, as its list calls it."""
        super().__init__(parent)
        self.setWindowTitle(say("File as a baseline"))
        self._run = run
        self.tolerances: tuple[Tolerance, ...] = ()
        self.own_plan = own = (
            MonitoringPlan() if run.intended_use is None else run.intended_use.plan
        )
        rows = form(12, 9)
        self.who = QLineEdit()
        self.who.setPlaceholderText(say("Name of the person who files it"))
        add_field(rows, say("Filed by"), self.who)
        self.months = months_field()
        self.months.setValue(own.every_months or 0)
        add_field(rows, EVERY, self.months)
        self.triggers = triggers_field()
        self.triggers.setPlainText("\n".join(own.triggers))
        add_field(rows, BEFORE_THAT, self.triggers, QLineEdit().sizeHint().height())
        self._proposed = tolerance_text(run, proposed_tolerances(run), name)
        self.text = QPlainTextEdit(self._proposed)
        self.text.setAccessibleName(say("Tolerances"))
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        self.open_button = push_button(
            say("Open a file…"),
            self._choose_file,
            say("A TOML file, as the terminal takes with --tolerance"),
            picture=icon("folder"),
        )
        self.copy_button = push_button(
            say("Copy as command"), self._copy, say("The same in the terminal"),
            picture=icon("copy"),
        )  # fmt: skip
        self.state = label("", "muted", wrap=True)
        self.state.hide()
        self.buttons, self.accept_button = accepting(self, say("File"))
        self.setLayout(
            in_column(
                label(INTRO, "muted", wrap=True),
                *(label(f"▲ {each}", "caution", wrap=True) for each in filing_cautions(run)),
                rows,
                (self.text, 1),
                self.problem,
                self.state,
                in_row(self.open_button, self.copy_button, STRETCH, self.buttons),
                spacing=12,
                margins=(18, 16, 18, 14),
            )
        )
        self.resize(QSize(700, 600))

    @property
    def plan(self) -> MonitoringPlan:
        """As it stands."""
        return MonitoringPlan(self.months.value() or None, lines_of(self.triggers.toPlainText()))

    @property
    def changed_text(self) -> str:
        """The tolerances as they were typed; "" where they are those that are proposed."""
        text = self.text.toPlainText()
        return "" if text == self._proposed else text

    def say_copied(self, text: str) -> None:
        """Say where the command is."""
        self.state.setText(text)
        self.state.show()

    @Slot()
    def _copy(self) -> None:
        attempt(self.problem, self._ask_copy)

    def _ask_copy(self) -> None:
        parse_tolerances(self.text.toPlainText(), self._run)
        self.copy_wanted.emit()

    @Slot()
    def accept(self) -> None:
        """Close, unless the tolerances make no sense; then say where."""
        attempt(self.problem, self._take)

    def _take(self) -> None:
        self.tolerances = parse_tolerances(self.text.toPlainText(), self._run)
        super().accept()

    def load_file(self, path: Path) -> None:
        """Show the tolerances in a TOML file."""
        attempt(self.problem, lambda: self._show(path))

    def _show(self, path: Path) -> None:
        text = read_tolerance_text(path)
        parse_tolerances(text, self._run, str(path))
        self.text.setPlainText(text)

    @Slot()
    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, say("Open tolerances"), "", FILES)
        if name:
            self.load_file(Path(name))
