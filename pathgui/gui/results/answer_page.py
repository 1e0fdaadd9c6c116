"""What a run says to whoever has to decide: the first page of the robustness summary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from pathgui.core.language.texts import say
from pathgui.core.results.answers import (
    FOR_THE_RUN,
    HEADINGS,
    Answer,
    answers,
    as_text,
    not_known,
    opening,
)
from pathgui.core.runs.record import Run
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.widgets import label, line, push_button

MARKS = {"good": "✓", "caution": "▲", "bad": "✗", "muted": "○"}  # never color alone
_SHARES = (3, 4, 7, 6, 5)


class AnswerPage(QScrollArea):
    """A row an encoder: decision, why, what is missing, what to do next. Computes nothing."""

    numbers_wanted = Signal(str)  # the encoder whose numbers are to be looked at
    slides_wanted = Signal(str)  # the encoder whose slides of the cohort are to be looked at

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName(say("The summary in short"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: list[Answer] = []
        self._run: Run | None = None
        self.show_run(None)

    def show_run(self, run: Run | None) -> None:
        """Show what a run says; None: nothing yet."""
        self._run = run
        self.rows = [] if run is None else answers(run)
        parts: list[QWidget] = []
        if run is not None:
            self.copy_button = push_button(
                say("Copy as text"), self.copy, say("Copy this page as text"), picture=icon("copy")
            )
            parts += [_words(opening(run)), self._grid()]
            if missing := not_known(run):
                parts += [label(FOR_THE_RUN, "section"), _words(missing)]
            parts.append(holder(in_row(self.copy_button, STRETCH)))
        self.setWidget(
            holder(in_column(*parts, STRETCH, spacing=10, margins=(4, 4, 8, 8)), "panel-body")
        )

    @Slot()
    def copy(self) -> None:
        """Put the page on the clipboard as text."""
        if self._run is not None:
            QGuiApplication.clipboard().setText(as_text(self._run))

    def _ask(self, encoder: str) -> None:
        self.numbers_wanted.emit(encoder)

    def _ask_slides(self, encoder: str) -> None:
        self.slides_wanted.emit(encoder)

    def _grid(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for column, (heading, share) in enumerate(zip(HEADINGS, _SHARES, strict=True)):
            grid.addWidget(label(heading, "muted", wrap=True), 0, column)
            grid.setColumnStretch(column, share)
        top = Qt.AlignmentFlag.AlignTop
        for number, answer in enumerate(self.rows):
            row = 2 * number + 1
            grid.addWidget(line(), row, 0, 1, len(HEADINGS))
            numbers = push_button(
                say("Numbers…"),
                partial(self._ask, answer.encoder),
                say("Show the numbers of {answer_title}", answer_title=answer.title),
                name="link",
            )
            numbers.setAccessibleName(
                say("Show the numbers of {answer_title}", answer_title=answer.title)
            )
            name = label(answer.title, "section", wrap=True)
            title = in_column(name, numbers, STRETCH, spacing=2)
            decision = self._decision(answer)
            grid.addWidget(holder(title), row + 1, 0)
            grid.addWidget(holder(decision), row + 1, 1)
            for column, lines in enumerate((answer.why, answer.missing, answer.next), start=2):
                grid.addWidget(_words(lines or ("–",)), row + 1, column, top)
        return holder(grid)

    def _decision(self, answer: Answer) -> QVBoxLayout:
        text = label(f"{MARKS[answer.tone]} {answer.decision}.", answer.tone, wrap=True)
        if not answer.slides:
            return in_column(text, STRETCH)
        slides = push_button(say("Slides…"), partial(self._ask_slides, answer.encoder), name="link")
        tip = say(
            "Show where {answer_title} places the slides, and which lie outside",
            answer_title=answer.title,
        )
        slides.setToolTip(tip)
        slides.setAccessibleName(tip)
        return in_column(text, label(answer.slides, wrap=True), slides, STRETCH, spacing=2)


def _words(lines: Sequence[str]) -> QLabel:
    return label("\n".join(lines), wrap=True, selectable=True)
