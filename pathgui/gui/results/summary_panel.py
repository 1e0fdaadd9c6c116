"""The robustness summary: a table of the encoders, a sentence on each, and charts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QScrollArea,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.confounders import (
    association_rows,
    association_sentences,
    has_confounders,
)
from pathgui.core.results.findings import NOTHING_STOOD_OUT, Finding, findings
from pathgui.core.results.judging import OUTCOME_MARKS, OUTCOME_WORDS, outcome_sentence
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.record import Evaluation, Run
from pathgui.core.system.files import write_file
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.kit.fitting_tabs import FittingTabs
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, split, stack
from pathgui.gui.kit.widgets import (
    DockTitle,
    ElidedButton,
    Segments,
    label,
    menu_under,
    push_button,
    restyle,
    tool_button,
)
from pathgui.gui.results.answer_page import AnswerPage
from pathgui.gui.results.chart_page import ChartPage, chart_pages
from pathgui.gui.results.column_choice import ColumnChoice
from pathgui.gui.results.correct_page import CorrectPage
from pathgui.gui.results.encoder_compare import EncoderComparePanel
from pathgui.gui.results.run_lines import run_lines
from pathgui.gui.results.slides_page import SlidesPage
from pathgui.gui.results.summary_help import SummaryHelp
from pathgui.gui.results.summary_tables import (
    ConfounderModel,
    CriteriaModel,
    PartModel,
    SummaryModel,
    Table,
)
from pathgui.gui.results.what_if_page import WhatIfPage

if TYPE_CHECKING:
    from pathgui.gui.results.charts import Chart

_NUMBERS = "numbers"
_SHORT_PAGE = 2
_VIEWS = (
    ("short", say("In short"), say("What may be relied on, why, what is missing, what to do next")),
    (_NUMBERS, say("Numbers"), say("The table of all numbers, and the charts")),
)
CHART_FILES = say("Vector graphics (*.svg);;Pictures (*.png)")
TABLE_FILES = "CSV (*.csv);;Parquet (*.parquet)"


class SummaryPanel(QWidget):
    """Shows what a run found. Computes nothing."""

    export_requested = Signal()
    table_wanted = Signal(Path)  # every number of the run, into this file
    judge_requested = Signal()  # by criteria set now
    again_requested = Signal()  # measure the run shown again
    folder_requested = Signal()  # show the run's folder
    encoder_chosen = Signal(str)  # a row was clicked
    problem = Signal(str)  # a chart could not be written

    def __init__(self) -> None:
        super().__init__()
        self._busy = False  # an evaluation runs
        self.setObjectName("panel")
        self._run: Run | None = None
        self._build_title()
        self.model = SummaryModel()
        self.table = Table(self.model, say("Robustness summary"))
        self.table.clicked.connect(self._on_click)
        self.table.explain_requested.connect(self.explain)
        self.outcome = push_button("", self._show_criteria, say("Show each criterion"), name="link")
        self.first = ElidedButton()
        self.first.clicked.connect(self._show_findings)
        self.findings, self._findings_page = _scrolled_words(say("Findings"))
        self.sentences, scroll = _scrolled_words(say("The run in sentences"))
        self.choice = ColumnChoice(self)
        self.choice.changed.connect(self._show_columns)
        self.table.choice = self.choice
        above = in_column(
            (self.outcome, Qt.AlignmentFlag.AlignLeft),
            in_row((self.first, 1), self.choice.button, spacing=8),
            (self.table, 1),
            spacing=4,
        )
        left = split(
            holder(above),
            scroll,
            handle=7,
            stretch=(1, 0),
            sizes=(190, 70),
            orientation=Qt.Orientation.Vertical,
        )

        self.parts = PartModel()
        self.parts_table = Table(self.parts, "")
        self.parts_table.explain_requested.connect(self.explain)
        self.confounders = ConfounderModel()
        self.confounders_table = Table(self.confounders, say("Several columns side by side"))
        self.confounders_table.explain_requested.connect(self.explain)
        self.associations = label("", "muted", wrap=True, selectable=True)
        self._side_by_side = holder(
            in_column((self.confounders_table, 1), self.associations, spacing=4)
        )
        self.criteria = CriteriaModel()
        self.criteria_table = Table(self.criteria, say("Acceptance criteria"))
        self._views = FittingTabs()
        self.tabs = self._views.tabs
        self.pages = chart_pages()
        self.pair = EncoderComparePanel()
        self.pair.explain_requested.connect(self.explain)
        self.correct = CorrectPage()
        self.correct.explain_requested.connect(self.explain)
        self.what_if = WhatIfPage()
        self.what_if.explain_requested.connect(self.explain)
        self.slides_page = SlidesPage()
        self.slides_page.explain_requested.connect(self.explain)
        for page, title in (
            *((each, each.title) for each in self.pages),
            (self._findings_page, say("Findings")),
            (self.slides_page, say("Slides")),
            (self.parts_table, say("Parts")),
            (self._side_by_side, say("Columns")),
            (self.pair, say("Compare")),
            (self.correct, say("Correct")),
            (self.what_if, say("What if")),
            (self.criteria_table, say("Criteria")),
        ):
            self.tabs.addTab(page, title)
        self._views.setMinimumWidth(250)
        both = split(left, self._views, handle=9, stretch=(3, 2), sizes=(620, 400))

        empty = in_column(
            label(
                say(
                    "After an evaluation the encoders stand side by side here: "
                    "how far each follows tissue, and how far center."
                ),
                "muted",
                wrap=True,
            ),
            STRETCH,
            margins=(16, 14, 16, 14),
        )
        full = in_row(both, margins=(10, 8, 10, 10))
        self.answers = AnswerPage()
        self.answers.numbers_wanted.connect(self._show_numbers_of)
        self.answers.slides_wanted.connect(self._show_slides_of)
        short = in_row(self.answers, margins=(10, 8, 10, 10))
        self._stack = stack(self, holder(empty), holder(full), holder(short))
        self.show_run(None)
        self.show_pairs(None)
        self.show_slides(None)

    def _call(self, columns: RoleColumns) -> None:
        """Say tissue and center by the names of the columns that play them."""
        parts = columns.say(say("Robustness index by {tissue} and {center}"))
        self.parts_table.setAccessibleName(parts)
        tips = {page: page.tip(columns) for page in self.pages} | {
            self._findings_page: say("What stands out, worst first"),
            self.slides_page: say("Where encoders place the slides of the cohort"),
            self.parts_table: columns.say(say("The index by {tissue} and by {center}")),
            self._side_by_side: say("Several columns in the center's place, side by side"),
            self.pair: say("Two encoders against each other"),
            self.correct: say("What corrections would do to new slides"),
            self.what_if: say("The slide in other colors, or scanned worse"),
            self.criteria_table: say("Acceptance criteria and what came out"),
        }
        for page, tip in tips.items():
            self.tabs.setTabToolTip(self.tabs.indexOf(page), tip)

    def _build_title(self) -> None:
        self.export_button = push_button(
            say("Export PDF…"),
            self.export_requested,
            say("Look at the report of this run, and write it"),
            picture=icon("export"),
        )
        self.help_button = tool_button("help", say("What these numbers mean"), self.show_help)
        self.copy_button = tool_button(
            "copy", say("Copy the table, or the page in short"), self.copy
        )
        self.save_button = tool_button("save", say("Save the chart or the numbers"))
        menu = menu_under(self.save_button)
        self.chart_action = menu.addAction(say("Save the chart…"), self._choose_chart_file)
        menu.addAction(say("Save every number…"), self._choose_table_file)
        menu.addSeparator()
        menu.addAction(say("Judge this run by criteria…"), self.judge_requested.emit)
        self.again_action = menu.addAction(say("Measure this run again"), self.again_requested.emit)
        self.again_action.setToolTip(
            say("The same encoders and settings, measured by the methods of this version")
        )
        menu.addSeparator()
        menu.addAction(say("Show the folder of the run"), self.folder_requested.emit)
        menu.aboutToShow.connect(
            lambda: self.chart_action.setEnabled(self.shown_chart() is not None)
        )
        self.views = Segments(_VIEWS)
        self.views.chosen.connect(self._show_view)
        self.title = DockTitle(
            say("Robustness summary"),
            self.views,
            self.help_button,
            self.copy_button,
            self.save_button,
            self.export_button,
        )

    @property
    def _columns(self) -> RoleColumns:
        return USUAL if self._run is None else self._run.reference.columns

    def sizeHint(self) -> QSize:
        return QSize(760, 270)

    def show_run(
        self, run: Run | None, name: str = "", later: Sequence[JudgedCriteria] = ()
    ) -> None:
        """Show a run, and criteria set when its results could be seen; None: none yet."""
        self._run = run
        self._call(self._columns)
        self.title.subtitle.say(name)
        self.views.setVisible(run is not None)
        self._show_view()
        for button in (self.copy_button, self.save_button):
            button.setVisible(run is not None)
        self.set_busy(self._busy)
        self.answers.show_run(run)
        self.model.show_run(run)
        self.choice.offer(self.model.columns, self.model.telling)
        self._show_columns()
        self.parts.show_run(run)
        self._show_confounders(run)
        self.show_later(later)
        self.correct.show_run(run)
        if run is None:
            return
        self._say(findings(run))
        self.sentences.setText("\n".join(run_lines(run, self.model.rows)))
        for page in self.pages:
            page.show_run(run)

    def show_numbers(self) -> None:
        """Bring the table and the charts to the front."""
        self.views.choose(_NUMBERS)
        self._show_view()

    @Slot()
    def _show_columns(self) -> None:
        self.table.show_only(self.choice.shown)

    @Slot()
    def _show_view(self) -> None:
        page = 0 if self._run is None else 1 if self.views.current == _NUMBERS else _SHORT_PAGE
        self._stack.setCurrentIndex(page)

    @Slot(str)
    def _show_numbers_of(self, encoder: str) -> None:
        self.show_numbers()
        row = next(i for i, each in enumerate(self.model.rows) if each.encoder == encoder)
        self.table.selectRow(self.table.sorted.mapFromSource(self.model.index(row, 0)).row())
        self.table.setFocus()
        self.encoder_chosen.emit(encoder)

    @Slot(str)
    def _show_slides_of(self, encoder: str) -> None:
        self.show_numbers()
        self.tabs.setCurrentWidget(self.slides_page)
        self.slides_page.show_encoder(encoder)

    def _show_confounders(self, run: Run | None) -> None:
        self.confounders.show_run(run)
        there = run is not None and has_confounders(run)
        self.tabs.setTabVisible(self.tabs.indexOf(self._side_by_side), there)
        if run is not None:
            lines = [f"{pair}: {text}." for pair, text in association_rows(run)]
            self.associations.setText("\n".join([*association_sentences(run), *lines]))

    def _say(self, found: list[Finding]) -> None:
        """The findings of the report's summary, and those behind them."""
        restyle(self.first, "outcome-caution" if found else "outcome-muted")
        count = say(" (1 of {n_found})", n_found=len(found)) if len(found) > 1 else ""
        self.first.setText(f"▲{count} {found[0].text}" if found else f"{NOTHING_STOOD_OUT}.")
        lines = [f"{number}. {each.text}" for number, each in enumerate(found, start=1)]
        self.findings.setText("\n".join(lines or [f"{NOTHING_STOOD_OUT}."]))

    @Slot(bool)
    def set_busy(self, busy: bool) -> None:
        """No report of this run while an evaluation makes the next."""
        self._busy = busy
        self.export_button.setEnabled(self._run is not None and not busy)
        self.again_action.setEnabled(not busy)

    def show_pairs(self, evaluation: Evaluation | None) -> None:
        """What two encoders of the run shown can be compared by."""
        self.pair.show_evaluation(evaluation)
        self.tabs.setTabVisible(self.tabs.indexOf(self.pair), self.pair.possible)
        self._views.fit()

    def show_slides(self, run: Run | None) -> None:
        """The slides of a run on a cohort; they stay while one of them is looked at."""
        self.slides_page.show_run(run)
        self.tabs.setTabVisible(self.tabs.indexOf(self.slides_page), run is not None)
        self._views.fit()
        if (
            run is not None
            and self._run is not None
            and run.id == self._run.id
            and self._run.slides
        ):
            self.answers.show_run(run)  # with the names of slides that the user knows

    def show_later(self, later: Sequence[JudgedCriteria]) -> None:
        """Show criteria that were set when the results of the run could be seen."""
        before = None if self._run is None else self._run.criteria
        self.criteria.show(before, later)
        self.tabs.setTabVisible(self.tabs.indexOf(self.criteria_table), bool(before or later))
        self._views.fit()
        self.outcome.setVisible(bool(before or later))
        if before is not None:
            style = {"pass": "good", "fail": "bad", "not assessable": "caution"}[before.outcome]
            mark, word = OUTCOME_MARKS[before.outcome], OUTCOME_WORDS[before.outcome]
            text = say(
                "{mark} Acceptance criteria {word}: {outcome_sentence}",
                mark=mark,
                word=word,
                outcome_sentence=outcome_sentence(before),
            )
        elif later:
            style = "muted"
            text = say(
                "Criteria set after results were seen: {outcome_sentence}",
                outcome_sentence=outcome_sentence(later[-1]),
            )
        else:
            return
        restyle(self.outcome, f"outcome-{style}")
        self.outcome.setText(text)

    def shown_chart(self) -> Chart | None:
        """The chart in front; None where a table is."""
        page = self._chart_page()
        return None if page is None else page.chart

    def _chart_page(self) -> ChartPage | None:
        front = self.tabs.currentWidget()
        if front is self.correct or front is self.what_if:
            return front.shown_chart
        return front if isinstance(front, ChartPage) else None

    def save_chart(self, path: Path) -> None:
        """Write the chart in front as SVG or PNG, by the ending of ``path``."""
        chart = self.shown_chart()
        if chart is None:
            return
        png = path.suffix.lower() == ".png"
        try:
            write_file(path, chart.png() if png else chart.svg())
        except OSError as error:
            self.problem.emit(
                say(
                    "{path} cannot be written: {strerror}.",
                    path=path,
                    strerror=error.strerror or error,
                )
            )

    def recolor(self) -> None:
        """Follow the theme."""
        for page in self.pages:
            page.recolor()
        self.correct.recolor()
        self.what_if.recolor()

    @Slot()
    def copy(self) -> None:
        """Put what is in front on the clipboard: a table tab-separated, in the order shown."""
        if self._stack.currentIndex() == _SHORT_PAGE:
            self.answers.copy()
            return
        front = next(
            (
                each
                for each in (
                    self.parts_table,
                    self.confounders_table,
                    self.criteria_table,
                    self.pair.numbers,
                    self.correct.table,
                    self.what_if.colors_table,
                    self.what_if.curves_table,
                    self.slides_page.table,
                    self.slides_page.list,
                )
                if each.hasFocus()
            ),
            self.table,
        )
        QGuiApplication.clipboard().setText(front.tsv())

    @Slot()
    def show_help(self) -> None:
        """What each number means; a chart in front opens its own entry."""
        page = self._chart_page()
        self.explain(page.anchor if page is not None else "")

    @Slot(str)
    def explain(self, anchor: str) -> None:
        """Open the documentation at an entry."""
        SummaryHelp(self.window(), anchor, self._columns).open()

    @Slot()
    def _show_criteria(self) -> None:
        self.tabs.setCurrentWidget(self.criteria_table)

    @Slot()
    def _show_findings(self) -> None:
        self.tabs.setCurrentWidget(self._findings_page)

    @Slot()
    def _choose_chart_file(self) -> None:
        name, chosen = QFileDialog.getSaveFileName(self, say("Save the chart"), "", CHART_FILES)
        if name:
            kind = ".png" if "png" in chosen else ".svg"
            self.save_chart(with_suffix(Path(name), kind, ".png", ".svg"))

    @Slot()
    def _choose_table_file(self) -> None:
        name, chosen = QFileDialog.getSaveFileName(self, say("Save every number"), "", TABLE_FILES)
        if name:
            kind = ".parquet" if "parquet" in chosen else ".csv"
            self.table_wanted.emit(with_suffix(Path(name), kind, ".parquet", ".csv"))

    @Slot(QModelIndex)
    def _on_click(self, index: QModelIndex) -> None:
        row = self.table.sorted.mapToSource(index).row()
        self.encoder_chosen.emit(self.model.rows[row].encoder)


def _scrolled_words(name: str) -> tuple[QLabel, QScrollArea]:
    """A label of lines that can be selected, and what it scrolls in."""
    words = label(wrap=True, selectable=True)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    scroll = QScrollArea()
    scroll.setWidget(words)
    scroll.setAccessibleName(name)
    scroll.setWidgetResizable(True)
    return words, scroll
