"""Your own classifier: its file, what was recognized in it, and where it errs at which center."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QSizePolicy,
    QTextBrowser,
    QWidget,
)

from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.evaluation.classifying_run import ClassifierAsked, Recognized, listed
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.results.classifier import TableOfWords, sentences, tables
from pathgui.core.runs.record import Run
from pathgui.gui.kit.boxes import Combo, ElidedCombo
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.progress_line import ShareBar
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import ElidedLabel, add_field, form, label, push_button

INTRO = say(
    "Choose a table of what your classifier answers for tiles or slides of the reference set. A "
    "linear classifier over an encoder of the run (.safetensors, .onnx) will do, too. Take a set "
    "that it was not trained on."
)
FILES = say(
    "Tables and linear classifiers (*.csv *.tsv *.txt *.xlsx *.parquet *.safetensors *.onnx)"
)
ALL_FILES = say("All files (*)")


class ClassifierDialog(Dialog):
    """Says what is wanted, and shows what was found; computes nothing."""

    look_requested = Signal()  # at the file, as it is to be read
    judge_requested = Signal()
    cancel_requested = Signal()
    copy_requested = Signal()

    def __init__(self, name: str, run: Run, parent: QWidget | None = None) -> None:
        """``name``: of the run, as its list calls it."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Your own classifier on {name}", name=name))
        self._titles = {each.encoder.name: each.encoder.title for each in run.encoders}
        self._path: Path | None = None
        self._found: Recognized | None = None
        self._kept: list[AssessedClassifier] = []
        self._running = False
        self._build_asked()
        self._build_shown()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.setLayout(
            in_column(
                label(INTRO, "muted", wrap=True),
                in_row(self.choose_button, (self.file, 1), spacing=10),
                self.fields,
                self.recognized,
                self.problem,
                in_row(self.judge_button, self.cancel_button, (self.bar, 9), STRETCH, spacing=8),
                self.state,
                self.kept,
                (self.text, 1),
                in_row(self.copy_button, STRETCH, buttons),
                spacing=9,
                margins=(18, 16, 18, 14),
            )
        )
        resize_on_screen(self, QSize(980, 720))
        self._refresh()
        self._show_kept()

    def _build_asked(self) -> None:
        self.choose_button = push_button(
            say("Choose a file…"), self._choose_file, picture=icon("folder")
        )
        self.file = ElidedLabel(say("No file is chosen."), "muted", mode=Qt.TextElideMode.ElideLeft)
        self.column = Combo()
        self.column.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.column.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.column.setToolTip(
            say(
                "The column of classes; or columns of probabilities with semicolons between, as "
                "p1=tumor; p2=stroma. The terminal takes them with --column."
            )
        )
        self.column.activated.connect(self._on_typed)
        typed = self.column_text = QLineEdit()
        self.column.setLineEdit(typed)
        typed.setAccessibleName(say("Column of the table"))
        typed.setPlaceholderText(say("Usual names are looked for"))
        typed.editingFinished.connect(self._on_typed)
        self.classes = QLineEdit()
        self.classes.setPlaceholderText(
            say("Where they are called otherwise: positive=tumor; debris=")
        )
        self.classes.setToolTip(
            say(
                "Which tissue of the reference set a class is; nothing after = means none, so each "
                "such answer is an error. The terminal takes them with --class."
            )
        )
        self.classes.editingFinished.connect(self._on_typed)
        self._typed = ("", "")
        self.encoder = ElidedCombo()
        self.encoder.setToolTip(
            say(
                "That a linear classifier is for; of a table, the one whose neighbors of wrong "
                "answers are looked at"
            )
        )
        self.fields = form(12, 7)
        add_field(self.fields, say("Column"), self.column)
        add_field(self.fields, say("Classes"), self.classes)
        add_field(self.fields, say("Encoder"), self.encoder)
        self.recognized = label("", wrap=True, selectable=True)
        self.problem = label("", "bad", wrap=True, selectable=True)
        self.judge_button = push_button(say("Judge"), self._judge, name="primary")
        self.judge_button.setDefault(True)  # else Enter in a field asks for a file
        self.judge_button.setAccessibleName(say("Judge the classifier"))
        self.cancel_button = push_button(
            say("Cancel"), self.cancel_requested, say("Stop. Nothing is kept.")
        )
        self.cancel_button.setAccessibleName(say("Cancel judging"))
        self.bar = ShareBar(say("Progress of judging"))
        self.copy_button = push_button(
            say("Copy as command"), self.copy_requested, say("The same in the terminal"),
            picture=icon("copy"),
        )  # fmt: skip

    def _build_shown(self) -> None:
        self.state = label("", "muted", wrap=True)
        self.kept = ElidedCombo()
        self.kept.setAccessibleName(say("Classifiers judged on this run"))
        self.kept.activated.connect(self._show_kept)
        self.text = QTextBrowser()
        self.text.setAccessibleName(say("Where the classifier errs"))
        self.text.setPlaceholderText(say("What is found will stand here."))
        self.text.setMinimumHeight(140)
        self.text.document().setDocumentMargin(10)

    # What is wanted

    @property
    def asked(self) -> ClassifierAsked | None:
        """As it is chosen; None without a file."""
        if self._path is None:
            return None
        columns = () if self._found is None else self._found.columns
        return ClassifierAsked(
            self._path,
            () if self.is_linear else listed(self.column.currentText(), columns),
            self.encoder.currentData() or "",
            listed(self.classes.text()),
        )

    @property
    def is_linear(self) -> bool:
        """Whether the file was recognized as a linear classifier."""
        return self._found is not None and self._found.linear

    def choose(self, path: Path) -> None:
        """Take a file; what is in it is looked at once."""
        self._path, self._found = path, None
        self.file.say(str(path))
        self.column.clear()
        self.column.clearEditText()
        self.encoder.clear()
        self._typed = self._now_typed
        self.look_requested.emit()

    @property
    def _now_typed(self) -> tuple[str, str]:
        return self.column.currentText(), self.classes.text()

    @Slot()
    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, say("Choose your classifier"), "", f"{FILES};;{ALL_FILES}"
        )
        if name:
            self.choose(Path(name))

    @Slot()
    def _on_typed(self) -> None:
        if self._path is not None and self._typed != self._now_typed:
            self._typed = self._now_typed
            self.look_requested.emit()

    @Slot()
    def _judge(self) -> None:
        self.judge_requested.emit()

    # What is shown

    def show_looking(self) -> None:
        """The file is being read."""
        self.recognized.setText(say("Reading the file…"))
        self.problem.clear()
        self._found = None
        self._refresh(looking=True)

    def show_recognized(self, found: Recognized) -> None:
        """What is in the file, and what there is to choose."""
        column, encoder = self.column.currentText(), self.encoder.currentData()
        self._found = found
        self.column.clear()
        self.column.addItems(found.columns)
        self.column.setEditText(column)
        choices: list[tuple[str, str]] = [(e, self._titles.get(e, e)) for e in found.encoders]
        if not found.linear:
            choices.insert(0, ("", say("All encoders of the run")))
        self.encoder.offer(choices)
        self.encoder.choose(encoder if encoder in dict(choices) else choices[0][0])
        self._typed = self._now_typed
        self.recognized.setText(found.said)
        self.problem.setText(found.problem)
        self._refresh()
        if self.choose_button.hasFocus() and self.judge_button.isEnabled():
            self.judge_button.setFocus()  # what comes next: Enter there asks for a file again

    def show_problem(self, text: str) -> None:
        """Why it cannot be read or judged."""
        self.problem.setText(text)
        if self._found is None:
            self.recognized.clear()
        self._refresh()

    def show_progress(self, text: str, share: float | None) -> None:
        """It is being judged; ``share`` 0..1 of what is done now, None where nobody knows."""
        self._running = True
        self.bar.show_share(share)
        self.state.setText(text)
        self._refresh()

    def show_stopping(self) -> None:
        """Cancel was pressed."""
        self.cancel_button.setEnabled(False)
        self.state.setText(say("Stopping…"))

    def show_idle(self, text: str = "") -> None:
        """It is judged no more."""
        self._running = False
        self.state.setText(text)
        self._refresh()

    def show_copied(self, text: str) -> None:
        """Say where the command is."""
        self.state.setText(text)
        self._refresh()

    def show_kept(self, found: Sequence[AssessedClassifier]) -> None:
        """What is kept with the run, the last one in front."""
        self._kept = list(found)
        self.kept.offer((place, _name_of(each)) for place, each in enumerate(self._kept))
        self.kept.setCurrentIndex(len(self._kept) - 1)
        self._show_kept()

    @Slot()
    def _show_kept(self) -> None:
        place = self.kept.currentIndex()
        self.kept.setVisible(len(self._kept) > 1)
        self.text.setHtml(found_html(self._kept[place]) if place >= 0 else "")

    def _refresh(self, *, looking: bool = False) -> None:
        understood = self._found is not None and not self._found.problem
        free = not (self._running or looking)
        for each in (self.choose_button, self.classes):
            each.setEnabled(not self._running)
        self.column.setEnabled(not self._running and not self.is_linear)
        self.encoder.setEnabled(free and self.encoder.count() > 0)
        self.judge_button.setEnabled(understood and free)
        self.copy_button.setEnabled(self._found is not None)
        self.cancel_button.setEnabled(self._running)
        self.bar.setVisible(self._running)
        for said in (self.recognized, self.problem, self.state):
            said.setVisible(bool(said.text()))


def _name_of(found: AssessedClassifier) -> str:
    return ", ".join(each for each in (found.name, *found.columns, found.encoder) if each)


def found_html(found: AssessedClassifier) -> str:
    """Sentences and tables of what was found, as a text with tables."""
    said = "".join(f"<p>{escape(retold(each))}</p>" for each in sentences(found))
    title = f"<h3>{escape(_name_of(found))}</h3>"
    return title + said + "".join(_table_html(each) for each in tables(found))


def _table_html(table: TableOfWords) -> str:
    headings = "".join(f'<th align="left">{escape(each)}</th>' for each in table.headings)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(retold(cell))}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    note = f"<p><i>{escape(retold(table.note))}</i></p>" if table.note else ""
    return (
        f"<h4>{escape(table.title)}</h4>"
        f'<table border="1" cellspacing="0" cellpadding="4" width="100%">'
        f"<tr>{headings}</tr>{rows}</table>{note}"
    )
