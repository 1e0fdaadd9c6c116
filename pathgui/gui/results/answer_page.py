"""What a run says to whoever has to decide: the first page of the robustness summary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from pathgui.core.results.answers import Answer, answers, not_known
from pathgui.core.results.cohort_summary import slides_sentence
from pathgui.core.results.findings import in_short
from pathgui.core.results.slide_verdict import slide_in_short
from pathgui.core.runs.record import Run
from pathgui.gui.kit.layouts import STRETCH, holder, in_column
from pathgui.gui.kit.widgets import label, line, push_button

MARKS = {"good": "✓", "caution": "▲", "bad": "✗", "muted": "○"}  # never color alone
_HEADINGS = ("Encoder", "May its answer be relied on?", "Why", "What is missing", "What to do next")
_SHARES = (3, 4, 7, 6, 5)


class AnswerPage(QScrollArea):
    """A row an encoder: decision, why, what is missing, what to do next. Computes nothing."""

    numbers_wanted = Signal(str)  # the encoder whose numbers are to be looked at

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName("The summary in short")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: list[Answer] = []
        self.show_run(None)

    def show_run(self, run: Run | None) -> None:
        """Show what a run says; None: nothing yet."""
        self.rows = [] if run is None else answers(run)
        parts: list[QWidget] = []
        if run is not None:
            above = [*in_short(run), slide_in_short(run)]
            if run.slides:
                above.append(slides_sentence(run))
            parts += [_words([text for text in above if text]), self._grid()]
            if missing := not_known(run):
                parts += [label("What is missing for the whole run", "section"), _words(missing)]
        self.setWidget(
            holder(in_column(*parts, STRETCH, spacing=10, margins=(4, 4, 8, 8)), "panel-body")
        )

    def _ask(self, encoder: str) -> None:
        self.numbers_wanted.emit(encoder)

    def _grid(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for column, (heading, share) in enumerate(zip(_HEADINGS, _SHARES, strict=True)):
            grid.addWidget(label(heading, "muted", wrap=True), 0, column)
            grid.setColumnStretch(column, share)
        top = Qt.AlignmentFlag.AlignTop
        for number, answer in enumerate(self.rows):
            row = 2 * number + 1
            grid.addWidget(line(), row, 0, 1, len(_HEADINGS))
            numbers = push_button(
                "Numbers…",
                partial(self._ask, answer.encoder),
                f"Show the numbers of {answer.title}",
                name="link",
            )
            numbers.setAccessibleName(f"Show the numbers of {answer.title}")
            name = label(answer.title, "section", wrap=True)
            title = in_column(name, numbers, STRETCH, spacing=2)
            decision = label(f"{MARKS[answer.tone]} {answer.decision}.", answer.tone, wrap=True)
            grid.addLayout(title, row + 1, 0)
            grid.addWidget(decision, row + 1, 1, top)
            for column, lines in enumerate((answer.why, answer.missing, answer.next), start=2):
                grid.addWidget(_words(lines or ("–",)), row + 1, column, top)
        return holder(grid)


def _words(lines: Sequence[str]) -> QLabel:
    return label("\n".join(lines), wrap=True, selectable=True)
