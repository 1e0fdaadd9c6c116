"""Typing what the encoders are to be used for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.core.runs.intended_use import (
    PARTS,
    IntendedUse,
    lines_of,
    load_intended_use,
    save_intended_use,
)
from pathgui.gui.kit.dialogs import accepting, with_suffix
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled
from pathgui.gui.kit.widgets import add_field, attempt, form, label, push_button, text_area
from pathgui.gui.runs.plan_fields import BEFORE_THAT, EVERY, months_field, triggers_field

INTRO = say(
    "Write down what the encoders are to be used for, before the results are "
    "seen. When the evaluation begins, it is fixed with the time and kept "
    "with the run. The report prints it as set before the run, by whom and "
    "when."
)
HINTS = {
    "use": say("What the encoders are meant for, and who reads the result"),
    "tissue": say("For instance: prostate, needle biopsy"),
    "stain": say("For instance: H&E"),
    "scanner": say("Maker and model, magnification"),
    "question": say("The decision that the report feeds"),
    "out_of_scope": say("What they must not be used for, one a line"),
}
_LONG = ("use", "question", "out_of_scope")
FILES = "TOML (*.toml)"


class IntendedUseDialog(Dialog):
    """A form; an empty one means that no intended use is set."""

    def __init__(
        self, use: IntendedUse | None, now: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        """``now`` gives the time at which the use is set, if it is changed here."""
        super().__init__(parent)
        self.setWindowTitle(say("Intended use"))
        self._now = now
        self._before = use or IntendedUse()
        self.fields: dict[str, QLineEdit | QPlainTextEdit] = {}
        rows = form(12, 9)
        for name, title in PARTS:
            field = text_area("") if name in _LONG else QLineEdit()
            field.setPlaceholderText(HINTS[name])
            self._add(rows, name, title, field)
        who = QLineEdit()
        who.setPlaceholderText(say("Name of the person who sets it"))
        self._add(rows, "who", say("Set by"), who)
        self.months = months_field()
        add_field(rows, EVERY, self.months)
        self._add(rows, "triggers", BEFORE_THAT, triggers_field())
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()

        self.open_button = push_button(
            say("Open a file…"),
            self._choose_file,
            say("A TOML file, as the terminal takes with --intended-use"),
            picture=icon("folder"),
        )
        self.save_button = push_button(
            say("Save as a file…"),
            self._choose_target,
            say("For the next study, or for the terminal"),
        )
        self.clear_button = push_button(say("Clear"), self.clear, say("Set no intended use"))
        self.buttons, self.accept_button = accepting(self, say("Set intended use"))
        self.setLayout(
            in_column(
                label(INTRO, "muted", wrap=True),
                (scrolled(holder(in_column(rows, STRETCH))), 1),
                self.problem,
                in_row(
                    self.open_button, self.save_button, self.clear_button, STRETCH, self.buttons
                ),
                spacing=12,
                margins=(18, 16, 18, 14),
            )
        )
        self.resize(QSize(700, 500))
        self.show_use(self._before)
        self._changed()
        for field in self.fields.values():
            field.textChanged.connect(self._changed)
        self.months.valueChanged.connect(self._changed)

    @property
    def use(self) -> IntendedUse | None:
        """As it stands, set now if it was changed here; None where nothing is said."""
        texts: dict[str, Any] = {name: _words(field) for name, field in self.fields.items()}
        items, triggers = (lines_of(texts.pop(name)) for name in ("out_of_scope", "triggers"))
        months = self.months.value() or None
        planned = replace(self._before, every_months=months, triggers=triggers)
        after = replace(planned, out_of_scope=items, **texts)
        if not after.stated:
            return None
        return after if after == self._before else replace(after, set_at=self._now())

    def show_use(self, use: IntendedUse) -> None:
        """Show this in the place of what is there."""
        self.months.setValue(use.every_months or 0)
        for name, field in self.fields.items():
            value = getattr(use, name)
            text = value if isinstance(value, str) else "\n".join(value)
            if isinstance(field, QLineEdit):
                field.setText(text)
            else:
                field.setPlainText(text)

    def load_file(self, path: Path) -> None:
        """Show the intended use in a TOML file."""
        attempt(self.problem, lambda: self.show_use(load_intended_use(path, set_at="")))

    def save_file(self, path: Path) -> None:
        """Write what is there as a TOML file."""
        use = self.use
        if use is not None:
            attempt(self.problem, lambda: save_intended_use(use, path))

    @Slot()
    def clear(self) -> None:
        """Empty the form."""
        self.show_use(IntendedUse())

    def _add(
        self, rows: QFormLayout, name: str, title: str, field: QLineEdit | QPlainTextEdit
    ) -> None:
        field.setAccessibleName(title)
        add_field(rows, title, field, height=QLineEdit().sizeHint().height())
        self.fields[name] = field

    @Slot()
    def _changed(self) -> None:
        there = self.use is not None
        self.save_button.setEnabled(there)
        self.clear_button.setEnabled(there)

    @Slot()
    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, say("Open an intended use"), "", FILES)
        if name:
            self.load_file(Path(name))

    @Slot()
    def _choose_target(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, say("Save"), "intended-use.toml", FILES)
        if name:
            self.save_file(with_suffix(Path(name), ".toml"))


def _words(field: QLineEdit | QPlainTextEdit) -> str:
    return (field.text() if isinstance(field, QLineEdit) else field.toPlainText()).strip()
