"""The tab *Correct*: what corrections would do to the encoders of the run, and the way home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal, SignalInstance, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QStackedWidget, QToolButton, QWidget

from pathgui.core.corrections.registry import (
    CORRECTIONS,
    TILE_CORRECTIONS,
    Correction,
    TileCorrection,
)
from pathgui.core.crossfit.halves import LEAST_SLIDES
from pathgui.core.crossfit.outlook import Outlook, offered, suggested
from pathgui.core.crossfit.results import Corrections
from pathgui.core.encoders.corrected import variant_name
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.correction_charts import measure_titles
from pathgui.core.results.correction_columns import ANCHOR
from pathgui.core.results.corrections import (
    DEFINITION,
    CorrectionRow,
    basis_sentences,
    must_know,
    rows,
    tissue_warning,
    title_of,
)
from pathgui.core.runs.record import EncoderResult, Run
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.focus import focus_goes_to
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled
from pathgui.gui.kit.progress_line import ProgressLine
from pathgui.gui.kit.room import Roomy, Way, YieldingRow
from pathgui.gui.kit.widgets import (
    Segments,
    label,
    menu_under,
    push_button,
    tool_button,
    without_words,
    worded_button,
)
from pathgui.gui.results.chart_page import ChartPage
from pathgui.gui.results.column_choice import StayingMenu
from pathgui.gui.results.correction_table import CorrectionModel, CorrectionTable
from pathgui.gui.results.encoder_choice import EncoderChoice

TO_FILE, TO_LIST = "file", "list"  # ways home
_TABLE, _WORDS, _CHANGES, _KEPT = _PAGES = "table", "words", "changes", "kept"
_EMPTY = len(_PAGES)
_LEAST_CHART = 210
_BAR_HEIGHT, _AROUND_BARS = 19, 70  # a line of text; the axis and three lines below


class ChangesPage(ChartPage):
    """A measure before and after each correction."""

    def __init__(self) -> None:
        super().__init__("", "", "ChangeChart", ANCHOR)
        self._measure = "index"

    def prepare(self) -> None:
        super().prepare()
        self.show_measure(self._measure)

    def show_measure(self, measure: str) -> None:
        """Show another of the measures of core/results/correction_charts.py."""
        self._measure = measure
        show = getattr(self.chart, "show_measure", None)  # pyqtgraph: not before it is needed
        if show is not None:
            show(measure)


class CorrectPage(QWidget):
    """Says what is wanted, and shows what was found; computes nothing."""

    run_requested = Signal(list, list)  # names of encoders and of corrections
    cancel_requested = Signal()
    home_requested = Signal(str, str, str)  # encoder, correction, way home
    command_requested = Signal(list, list)  # as run_requested
    python_requested = Signal(list, list)
    reference_requested = Signal()  # the set of the run is to be found
    explain_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._outlook: Outlook | NotAssessable | None = None  # None: the set is not at hand
        self._running = False
        self._chosen: set[str] | None = None  # names of corrections; None: those suggested
        self._short, self._shorter_by = False, 0  # of what says how many are ticked
        self._build_tools()
        self.model = CorrectionModel()
        self.table = CorrectionTable(self.model)
        self.table.row_menu_wanted.connect(self._fill_row_menu)
        self.table.explain_requested.connect(self.explain_requested)
        self.table.selectionModel().currentRowChanged.connect(self._say)
        self.model.modelReset.connect(self._say)
        self.said = label("", wrap=True, selectable=True)
        self.changes = ChangesPage()
        self.kept = ChartPage("", "", "KeptChart", ANCHOR)
        self.empty = label("", "muted", wrap=True)
        self.find_button = push_button(
            say("Find the reference set…"), self.reference_requested, name="link"
        )
        self._pages = QStackedWidget()
        for part in (
            self.table,
            scrolled(holder(in_column(self.said, STRETCH), "panel-body")),
            self.changes,
            self.kept,
            holder(in_column(self.empty, in_row(self.find_button, STRETCH), STRETCH, spacing=6)),
        ):
            self._pages.addWidget(part)
        self.kept.setMinimumHeight(_LEAST_CHART)
        inner = in_column(
            self.asked,
            self.progress,
            self.warning,
            self.tools,
            (self._pages, 1),
            spacing=6,
            margins=(0, 4, 0, 0),
        )
        self.setLayout(in_column((Roomy(holder(inner)), 1)))
        self.show_run(None)

    def _build_tools(self) -> None:
        self.encoder = EncoderChoice(say("Encoder whose embeddings are corrected"))
        self.encoder.activated.connect(self._show_found)
        self.which = QToolButton()
        self.which.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = StayingMenu(self.which)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill_which)
        self.which.setMenu(menu)
        self.which.setToolTip(say("Choose the corrections to try"))
        self.run_button = push_button(say("Try"), self._ask_run)
        self.run_button.setAccessibleName(say("Try the corrections"))
        self.cancel_button = push_button(
            say("Cancel"), self.cancel_requested,
            say("Stop. What the halvings before have found stays."),
        )  # fmt: skip
        self.cancel_button.setAccessibleName(say("Cancel trying corrections"))
        self.asked = YieldingRow(
            in_row((self.encoder, 1), self.which, self.run_button, self.cancel_button, spacing=6),
            Way(self._shorten, lambda: self._shorter_by),
        )
        self.progress = ProgressLine(say("Progress of trying corrections"))
        self.bar, self.progress_text = self.progress.bar, self.progress.text
        self.warning = label("", "caution", wrap=True)
        self.view = Segments(
            (
                (_TABLE, say("Table"), say("One row a correction, before and after")),
                (_WORDS, say("Words"), say("What may be said of each, and what it rests on")),
                (_CHANGES, say("Before → after"), say("One measure, correction by correction")),
                (_KEPT, say("Trade"), ""),
            )
        )
        self.view.button(_TABLE).setAccessibleName(say("Table of corrections"))
        self.view.choice.setAccessibleName(say("How corrections are shown"))
        self.view.chosen.connect(self._show_view)
        self.home_button = worded_button("export", say("Take it home…"))
        self.home_button.setToolTip(
            say("Fit a correction on all slides, and keep it as a file or as an encoder")
        )
        menu_under(self.home_button).aboutToShow.connect(self._fill_home)
        self.copy_button = tool_button("copy", say("Copy what is asked for, or the table"))
        copies = menu_under(self.copy_button)
        copies.addAction(say("Copy as command"), partial(self._ask, self.command_requested))
        copies.addAction(say("Copy as Python"), partial(self._ask, self.python_requested))
        copies.addAction(say("Copy the table"), self.copy)
        self.measure = ElidedCombo(4)
        self.measure.setAccessibleName(say("Measure in the picture"))
        self.measure.activated.connect(self._show_measure)
        shown = in_row(
            self.view, self.measure, STRETCH, self.home_button, self.copy_button, spacing=6
        )
        self.tools = YieldingRow(
            shown, without_words(self.home_button), Way(self.view.narrow, self.view.narrower_by)
        )

    # What is shown

    def show_run(self, run: Run | None) -> None:
        """Show another run, whose reference set nobody looked at yet."""
        self._run, self._outlook, self._chosen = run, None, None
        self._call(self._called)
        self.encoder.offer_of(run)
        self._refresh()
        self._show_found()

    @property
    def _called(self) -> RoleColumns:
        return USUAL if self._run is None else self._run.reference.columns

    def _call(self, columns: RoleColumns) -> None:
        """Say center and tissue by the names of the columns that play them."""
        self.model.call(columns)
        self.run_button.setToolTip(columns.say(DEFINITION))
        kept = columns.say(say("{Tissue} kept against {center} removed"))
        self.view.button(_KEPT).setToolTip(kept)
        shown = self.measure.currentData()
        self.measure.offer(measure_titles(columns).items())
        self.measure.setCurrentIndex(max(0, self.measure.findData(shown)))

    def show_corrected(self, run: Run) -> None:
        """Show the same run with what was found meanwhile."""
        self._run = run
        self._show_found()

    def show_outlook(self, outlook: Outlook | NotAssessable | None) -> None:
        """What the labels of the run's set say; None: the set is not at hand."""
        self._outlook = outlook
        self._refresh()
        self._show_found()

    def show_progress(self, text: str, share: float | None) -> None:
        """Corrections are tried; ``share`` 0..1, None where nobody knows."""
        self._set_running(True)
        self.progress.tell(text, share)

    def show_idle(self) -> None:
        """Nothing is tried any more."""
        self._set_running(False)

    def show_stopping(self) -> None:
        """Cancel was pressed."""
        self.cancel_button.setEnabled(False)
        self.progress_text.setText(say("Stopping…"))

    def recolor(self) -> None:
        """Follow the theme."""
        self.changes.recolor()
        self.kept.recolor()

    @property
    def shown_chart(self) -> ChartPage | None:
        """The chart in front; None where a table or a text is."""
        shown = self._pages.currentIndex()
        return {2: self.changes, 3: self.kept}.get(shown)

    @property
    def wanted_encoders(self) -> list[str]:
        """Names of the encoders that are chosen."""
        return self.encoder.wanted

    @property
    def wanted_corrections(self) -> list[str]:
        """Names of the corrections that are ticked, in the order in which they are offered."""
        return [each.name for each in self._offered if self._is_chosen(each)]

    @property
    def _v(self) -> float | None:
        return self._outlook.cramers_v if isinstance(self._outlook, Outlook) else None

    @property
    def _offered(self) -> Sequence[Correction | TileCorrection]:
        return offered(self._v)

    def _is_chosen(self, each: Correction | TileCorrection) -> bool:
        if self._chosen is None:
            return each in suggested(CORRECTIONS, self._v)
        return each.name in self._chosen

    def choose(self, name: str, chosen: bool) -> None:
        """Tick a correction, or do not."""
        names = set(self.wanted_corrections)
        self._chosen = names | {name} if chosen else names - {name}
        self._refresh()

    def _shorten(self, short: bool) -> None:
        """How many are ticked in fewer words."""
        self._short = short
        self._refresh()

    def _set_running(self, running: bool) -> None:
        if running != self._running:
            self._running = running
            self.cancel_button.setEnabled(True)
            ahead = self.cancel_button if running else self.run_button
            with focus_goes_to(lambda: ahead, within=self):
                self._refresh()

    def _refresh(self) -> None:
        """What can be asked for now."""
        n = len(self.wanted_corrections)
        words = say("{n} of {all} corrections ▾", n=n, all=len(self._offered))
        short = say("{n} of {all} ▾", n=n, all=len(self._offered))
        self.which.setAccessibleName(words)
        self.which.setText(short if self._short else words)
        width = self.which.fontMetrics().horizontalAdvance
        self._shorter_by = width(words) - width(short)
        possible = isinstance(self._outlook, Outlook)
        self.run_button.setVisible(not self._running)
        self.run_button.setEnabled(possible and n > 0)
        self.cancel_button.setVisible(self._running)
        self.progress.setVisible(self._running)
        for box in (self.encoder, self.which):
            box.setDisabled(self._running)
        self.warning.setText(tissue_warning(self._v, self._called))
        self.warning.setVisible(bool(self.warning.text()))

    @Slot()
    def _show_found(self) -> None:
        """The rows and pictures of the encoders that are chosen."""
        wanted = self.wanted_encoders
        results = [] if self._run is None else self._run.encoders
        results = [each for each in results if each.encoder.name in wanted]
        found = [each for each in results if isinstance(each.corrections, Corrections)]
        current = self.table.currentIndex().row()
        self.model.show_rows(
            [(each, row) for each in found if isinstance(each.corrections, Corrections)
             for row in rows(each.corrections, self._called)]
        )  # fmt: skip
        if 0 <= current < len(self.model.rows):
            self.table.selectRow(current)
        self.table.setColumnHidden(0, len(wanted) < 2)
        self.table.updateGeometries()
        self.changes.setMinimumHeight(_AROUND_BARS + _BAR_HEIGHT * max(4, len(self.model.rows)))
        if self._run is not None:
            shown = replace(self._run, encoders=found)
            self.changes.show_run(shown)
            self.kept.show_run(shown)
        self.tools.setVisible(bool(found))
        self.empty.setText(self._why_empty(results))
        self.find_button.setVisible(self._run is not None and self._outlook is None)
        self._show_view()

    def _why_empty(self, results: Sequence[EncoderResult]) -> str:
        """What to do next, where nothing was found yet."""
        if self._run is None:
            return say(
                "Evaluate encoders, or open a run. Then corrections of their embeddings can be "
                "tried here."
            )
        if self._outlook is None:
            return say(
                "Corrections are tried on the reference set of the run, {name}, version "
                "{version}. It is not open. Open it, and try them.",
                name=self._run.reference.name, version=self._run.reference.version,
            )  # fmt: skip
        if isinstance(self._outlook, NotAssessable):
            return say(
                "{reason} Take a reference set with {least} slides or more from each of two "
                "{centers}, and evaluate again.",
                **self._called.words, reason=self._outlook.reason, least=LEAST_SLIDES,
            )  # fmt: skip
        refused = [
            say(
                "{encoder}: {reason}",
                encoder=each.encoder.title,
                reason=retold(each.corrections.reason),
            )
            for each in results
            if isinstance(each.corrections, NotAssessable)
        ]
        if refused:
            return "\n".join(refused)
        return say(
            "Choose corrections and press Try. The first rows come after one halving of the "
            "slides. {definition}",
            definition=self._called.say(DEFINITION),
        )

    @Slot()
    def _show_view(self) -> None:
        page = _PAGES.index(self.view.current)
        self.measure.setVisible(self.view.current == _CHANGES)
        self._pages.setCurrentIndex(page if self.model.rows else _EMPTY)

    @Slot()
    def _show_measure(self) -> None:
        self.changes.show_measure(self.measure.currentData())

    @Slot()
    def _say(self) -> None:
        """The sentences of the row that is chosen, or of all, and what they rest on."""
        lines = self.model.rows
        current = self.table.currentIndex()
        if current.isValid():
            lines = [lines[self.table.sorted.mapToSource(current).row()]]
        several = len({id(result) for result, _ in self.model.rows}) > 1
        texts = [
            say("{encoder}: {sentence}", encoder=result.encoder.title, sentence=row.sentence)
            if several
            else row.sentence
            for result, row in lines
        ]
        for result in {id(result): result for result, _ in lines}.values():
            found = result.corrections
            assert isinstance(found, Corrections)
            basis = [*basis_sentences(found, self._called), *map(retold, found.notices)]
            texts.append(
                say("{encoder}: {basis}", encoder=result.encoder.title, basis=" ".join(basis))
                if several
                else " ".join(basis)
            )
        self.said.setText("\n".join(texts))

    # What is asked for

    @Slot()
    def _ask_run(self) -> None:
        self._ask(self.run_requested)

    def _ask(self, signal: SignalInstance) -> None:
        signal.emit(self.wanted_encoders, self.wanted_corrections)

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.table.tsv())

    @Slot()
    def _fill_which(self) -> None:
        menu = self.which.menu()
        menu.clear()
        for each in self._offered:
            action = menu.addAction(title_of(each.name, self._called))
            action.setCheckable(True)
            action.setChecked(self._is_chosen(each))
            action.setToolTip(must_know(each, self._called))
            action.toggled.connect(partial(self.choose, each.name))

    @Slot()
    def _fill_home(self) -> None:
        """The row that is chosen, or each of them."""
        menu = self.home_button.menu()
        menu.clear()
        if self.table.currentIndex().isValid():
            self._fill_row_menu(menu)
            return
        several = len(self.wanted_encoders) > 1
        for result, row in self.model.rows:
            name = f"{result.encoder.title}: {row.title}" if several else row.title
            self._fill(menu.addMenu(name.replace("&", "&&")), result, row)

    @Slot(QMenu)
    def _fill_row_menu(self, menu: QMenu) -> None:
        at = self.table.sorted.mapToSource(self.table.currentIndex()).row()
        self._fill(menu, *self.model.rows[at])

    def _fill(self, menu: QMenu, result: EncoderResult, row: CorrectionRow) -> None:
        name, method = result.encoder.name, row.name
        menu.setToolTipsVisible(True)
        to_file = menu.addAction(
            say("Write {title} to a file…", title=row.title),
            partial(self.home_requested.emit, name, method, TO_FILE),
        )
        to_list = menu.addAction(
            say("Into the list of encoders, as {name}", name=variant_name(name, method)),
            partial(self.home_requested.emit, name, method, TO_LIST),
        )
        every: tuple[Correction | TileCorrection, ...] = (*CORRECTIONS, *TILE_CORRECTIONS)
        known = next((each for each in every if each.name == method), None)
        why_not = "" if known is None else known.why_no_encoder
        to_list.setToolTip(why_not)
        ready = isinstance(self._outlook, Outlook) and known is not None and not self._running
        to_file.setEnabled(ready)
        to_list.setEnabled(ready and not why_not)
