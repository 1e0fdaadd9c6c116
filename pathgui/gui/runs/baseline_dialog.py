"""Filing a run as a baseline: how far its numbers may move, and when it is checked again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from pathgui.core.baselines.baseline import filing_cautions
from pathgui.core.baselines.tolerance import (
    Tolerance,
    parse_tolerances,
    proposed_tolerances,
    read_tolerances,
    tolerance_text,
)
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.runs.intended_use import lines_of
from pathgui.core.runs.monitoring import MOST_MONTHS, MonitoringPlan
from pathgui.core.runs.record import Run
from pathgui.gui.kit.boxes import WholeNumberField
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.widgets import add_field, form, label, push_button, text_area

INTRO = say(
    "A baseline is frozen: pathgui neither replaces nor deletes the run, and "
    "a change of its files is found out. Later runs are held against it, "
    "each number with its tolerance."
)
FILES = "TOML (*.toml)"


class BaselineDialog(QDialog):
    """Asks for tolerances and plan; what it holds can be filed once it is accepted."""

    def __init__(self, name: str, run: Run, parent: QWidget | None = None) -> None:
        """``name``: of the run, as its list calls it."""
        super().__init__(parent)
        self.setWindowTitle(say("File as a baseline"))
        self._run = run
        self.tolerances: tuple[Tolerance, ...] = ()
        own = MonitoringPlan() if run.intended_use is None else run.intended_use.plan
        rows = form(12, 9)
        self.who = QLineEdit()
        self.who.setPlaceholderText(say("Name of the person who files it"))
        add_field(rows, say("Filed by"), self.who)
        self.months = WholeNumberField()
        self.months.setRange(0, MOST_MONTHS)
        self.months.setSpecialValueText(say("not set"))
        self.months.setSuffix(say(" months"))
        self.months.setValue(own.every_months or 0)
        add_field(rows, say("Check again every"), self.months)
        self.triggers = text_area("\n".join(own.triggers))
        self.triggers.setPlaceholderText(say("Events that ask for a check before that, one a line"))
        add_field(rows, say("And before that, at"), self.triggers, QLineEdit().sizeHint().height())
        self.text = QPlainTextEdit(tolerance_text(run, proposed_tolerances(run), name))
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
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = QPushButton(say("File"))
        self.accept_button.setObjectName("primary")
        self.buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.setLayout(
            in_column(
                label(INTRO, "muted", wrap=True),
                *(label(f"▲ {each}", "caution", wrap=True) for each in filing_cautions(run)),
                rows,
                (self.text, 1),
                self.problem,
                in_row(self.open_button, STRETCH, self.buttons),
                spacing=12,
                margins=(18, 16, 18, 14),
            )
        )
        self.resize(QSize(700, 600))

    @property
    def plan(self) -> MonitoringPlan:
        """As it stands."""
        return MonitoringPlan(self.months.value() or None, lines_of(self.triggers.toPlainText()))

    @Slot()
    def accept(self) -> None:
        """Close, unless the tolerances make no sense; then say where."""
        try:
            self.tolerances = parse_tolerances(self.text.toPlainText(), self._run)
        except PathguiError as error:
            self._say(str(error))
            return
        super().accept()

    def load_file(self, path: Path) -> None:
        """Show the tolerances in a TOML file."""
        try:
            read_tolerances(path, self._run)
            self.text.setPlainText(path.read_text(encoding="utf-8-sig"))
        except (PathguiError, OSError) as error:
            self._say(str(error))
        else:
            self._say("")

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    @Slot()
    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, say("Open tolerances"), "", FILES)
        if name:
            self.load_file(Path(name))
