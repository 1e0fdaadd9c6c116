"""The tab *What if*: other colors and worse scans of the slide of the run, and their curves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal, SignalInstance, Slot
from PySide6.QtGui import QAction, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QToolButton, QWidget

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.summary import Column
from pathgui.core.results.what_if import (
    DEFINITION,
    FLIPPED,
    FOLLOWED,
    INTERVALS,
    MOVED,
    Answer,
    basis_sentences,
    center_rows,
    columns_in,
    curve_columns_in,
    curve_rows,
    sentence,
)
from pathgui.core.runs.record import Run
from pathgui.core.what_if.alterations import CURVES
from pathgui.core.what_if.results import WhatIf
from pathgui.gui.kit.boxes import ElidedCombo
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
from pathgui.gui.results.encoder_choice import EncoderChoice
from pathgui.gui.results.summary_tables import ColumnModel, Shown, Table

if TYPE_CHECKING:
    from pathgui.gui.results.what_if_chart import WhatIfChart

COLORS = "colors"  # an entry beside the names of curves: recoloring
# Kinds of layers, and what a tile shows in them.
LAYERS = {
    "what_if_flipped": say("How many of the {centers} flip the {tissue} answer"),
    "what_if_moved": say("How far the embedding moved"),
    "what_if_followed": say("How many of the {centers} the {center} answer follows"),
}
_COLORS, _CURVES, _CHART, _WORDS = _PAGES = "table", "curves", "chart", "words"
_EMPTY = len(_PAGES)
_LEAST_TABLE, _LEAST_CHART = 130, 210  # logical pixels
_ENCODER = Column("encoder", say("Encoder"), say("The model that is asked."), right=False)


class WhatIfModel(ColumnModel):
    """Rows of cells by column, with the encoder's title first."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.call(columns)
        super().__init__()

    def call(self, columns: tuple[Column, ...]) -> None:
        """Other words in the head."""
        self.columns = (_ENCODER, *columns)

    def shown(self, row: int, column: Column) -> Shown:
        title, cells = self.rows[row]
        return Shown(title if column.key == "encoder" else cells[column.key])


class CurvesPage(ChartPage):
    """The chart of one perturbation."""

    def __init__(self) -> None:
        super().__init__("", "", "WhatIfChart", "")
        self._wanted: tuple[Mapping[str, WhatIf], str, Answer] = ({}, CURVES[0].name, "flipped")

    def prepare(self) -> None:
        if self.chart is None:
            # pyqtgraph: not before it is needed
            from pathgui.gui.results.what_if_chart import WhatIfChart

            self.chart = WhatIfChart()
            self._layout.addWidget(self.chart)
        cast("WhatIfChart", self.chart).show_curve(*self._wanted)

    def show_curve(self, found: Mapping[str, WhatIf], kind: str, answer: Answer) -> None:
        """Show a perturbation now, or when the page comes into view."""
        self._wanted = (found, kind, answer)
        if self.isVisible():
            self.prepare()

    def showEvent(self, event: QShowEvent) -> None:
        self.prepare()
        super().showEvent(event)


class WhatIfPage(QWidget):
    """Says what is wanted, and shows what was found; computes nothing."""

    run_requested = Signal(list, list)  # names of encoders; COLORS and names of curves
    asked_changed = Signal()  # what a run would be of, so what it costs
    cancel_requested = Signal()
    layer_requested = Signal(str, str)  # encoder, kind of layer
    command_requested = Signal(list, list)  # as run_requested
    python_requested = Signal(list, list)
    explain_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._found: dict[str, WhatIf] = {}  # by name of the encoder
        self._lacks = say("No run is shown.")
        self._running = False
        self._short, self._shorter_by = False, 0  # of what says how many are ticked
        self._left_out: set[str] = set()  # of COLORS and the curves
        self._entries: dict[str, QAction] = {}  # of them, in the menu
        self._build_tools()
        self.colors, self.curves = (
            WhatIfModel(columns_in(USUAL)),
            WhatIfModel(curve_columns_in(USUAL)),
        )
        self.colors_table = Table(self.colors, "")
        self.curves_table = Table(self.curves, say("Perturbations of the slide"))
        for table in (self.colors_table, self.curves_table):
            table.setMinimumHeight(_LEAST_TABLE)
            table.explain_requested.connect(self.explain_requested)
        self.chart = CurvesPage()
        self.chart.setMinimumHeight(_LEAST_CHART)
        self.said = label("", wrap=True, selectable=True)
        self.empty = label("", "muted", wrap=True)
        self._pages = QStackedWidget()
        for part in (
            self.colors_table,
            self.curves_table,
            self.chart,
            scrolled(holder(in_column(self.said, STRETCH), "panel-body")),
            holder(in_column(self.empty, STRETCH)),
        ):
            self._pages.addWidget(part)
        inner = in_column(
            self.asked,
            self.note,
            self.progress,
            self.tools,
            (self._pages, 1),
            spacing=6,
            margins=(0, 4, 0, 0),
        )
        self.setLayout(in_column((Roomy(holder(inner)), 1)))
        self.show_run(None, {})

    def _build_tools(self) -> None:
        self.encoder = EncoderChoice(say("Encoder that embeds altered tiles"))
        self.encoder.activated.connect(self._on_asked)
        self.which = QToolButton()
        self.which.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.which.setToolTip(say("Choose what is done to the tiles"))
        menu = StayingMenu(self.which)
        menu.setToolTipsVisible(True)
        entries = [(COLORS, "", "")]
        entries += [(kind.name, kind.title, kind.means) for kind in CURVES]
        for key, title, tip in entries:
            action = menu.addAction(title)
            action.setToolTip(tip)
            action.setCheckable(True)
            action.setChecked(True)
            action.toggled.connect(partial(self._choose, key))
            self._entries[key] = action
        self.which.setMenu(menu)
        self.run_button = push_button(say("Try"), self._ask_run)
        self.run_button.setAccessibleName(say("Try other colors and worse scans"))
        self.cancel_button = push_button(
            say("Cancel"),
            self.cancel_requested,
            say("Stop. What is embedded is kept, and the next try goes on there."),
        )
        self.cancel_button.setAccessibleName(say("Cancel trying other colors"))
        self.note = label("", "muted", wrap=True)
        self.progress = ProgressLine(say("Progress of trying other colors"))
        self.bar, self.progress_text = self.progress.bar, self.progress.text
        self.view = Segments(
            (
                (_COLORS, say("Colors"), ""),
                (_CURVES, say("Scans"), say("One row a strength of each perturbation")),
                (_CHART, say("Curves"), say("One perturbation over its strength")),
                (_WORDS, say("Words"), say("What the numbers mean and rest on")),
            )
        )
        self.view.button(_WORDS).setAccessibleName(say("What if, in words"))
        self.view.choice.setAccessibleName(say("How what was found is shown"))
        self.view.chosen.connect(self._show_view)
        self.kind = ElidedCombo()
        self.kind.setAccessibleName(say("Perturbation in the picture"))
        self.kind.offer((kind.name, kind.title) for kind in CURVES)
        self.kind.activated.connect(self._show_curve)
        self.answer = ElidedCombo()
        self.answer.setAccessibleName(say("Number in the picture"))
        self.answer.activated.connect(self._show_curve)
        self.on_slide = worded_button("layers", say("On the slide"))
        self.on_slide.setAccessibleName(say("What other colors do, on the slide"))
        menu_under(self.on_slide).aboutToShow.connect(self._fill_layers)
        self.copy_button = tool_button("copy", say("Copy what is asked for, or the table"))
        self.copy_button.setAccessibleName(say("Copy What if, or its table"))
        copies = menu_under(self.copy_button)
        copies.addAction(say("Copy as command"), partial(self._ask, self.command_requested))
        copies.addAction(say("Copy as Python"), partial(self._ask, self.python_requested))
        self.copy_table = copies.addAction(say("Copy the table"), self.copy)
        copies.aboutToShow.connect(lambda: self.copy_table.setEnabled(bool(self._found)))
        asked = in_row(
            (self.encoder, 1),
            self.which,
            self.run_button,
            self.cancel_button,
            self.copy_button,
            spacing=6,
        )
        self.asked = YieldingRow(asked, Way(self._shorten, lambda: self._shorter_by))
        shown = in_row(self.view, STRETCH, self.kind, self.answer, self.on_slide, spacing=6)
        self.tools = YieldingRow(
            shown, without_words(self.on_slide), Way(self.view.narrow, self.view.narrower_by)
        )

    # What is shown

    def show_run(self, run: Run | None, found: Mapping[str, WhatIf]) -> None:
        """Show another run, and what was found of its encoders, by name."""
        self._run = run
        self._call(self._called)
        self.encoder.offer_of(run)
        self.show_found(found)

    @property
    def _called(self) -> RoleColumns:
        return USUAL if self._run is None else self._run.reference.columns

    def _call(self, columns: RoleColumns) -> None:
        """Say center and tissue by the names of the columns that play them."""
        self.colors.call(columns_in(columns))
        self.curves.call(curve_columns_in(columns))
        colored = columns.say(say("The slide in the colors of each {center}"))
        self.colors_table.setAccessibleName(colored)
        definition = columns.say(DEFINITION)
        self.empty.setText(definition)
        self.run_button.setToolTip(definition)
        self._entries[COLORS].setText(columns.say(say("Colors of the {centers}")))
        self._entries[COLORS].setToolTip(definition)
        row = columns.say(say("One row {a_center}, as which the slide is colored"))
        self.view.button(_COLORS).setToolTip(row)
        shown = self.answer.currentData()
        flipped = columns.say(say("{Tissue} flipped"))
        self.answer.offer((("flipped", flipped), ("moved", say("Embedding moved"))))
        self.answer.setCurrentIndex(max(0, self.answer.findData(shown)))
        self.on_slide.setToolTip(say("Show on the slide what other colors do to each tile"))

    def show_found(self, found: Mapping[str, WhatIf]) -> None:
        """What was found of encoders of the run."""
        self._found = dict(found)
        named = self._by_title
        self.colors.show_rows(
            [(title, row) for title, one in named.items() for row in center_rows(one, self._called)]
        )
        self.curves.show_rows(
            [(title, row) for title, one in named.items() for row in curve_rows(one)]
        )
        lines = []
        for title, one in named.items():
            said = (sentence(title, one, self._called), *basis_sentences(one, self._called))
            lines += [*filter(None, said), ""]
        means = map(self._called.say, (MOVED, FLIPPED, FOLLOWED, INTERVALS))
        self.said.setText("\n".join([*lines, *means]))
        self._show_curve()
        self._show_view()

    def show_lacks(self, lacks: str) -> None:
        """What is missing before anything can be tried; "" if nothing is."""
        self._lacks = lacks
        self.show_cost("")

    def show_cost(self, text: str) -> None:
        """What it would cost; "" where that is not known yet."""
        self.note.setText(self._lacks or text)
        self.note.setVisible(bool(self.note.text()) and not self._running)
        self._refresh()

    def show_progress(self, text: str, share: float | None) -> None:
        """Tiles are altered; ``share`` 0..1, None where nobody knows."""
        self._set_running(True)
        self.progress.tell(text, share)

    def show_stopping(self) -> None:
        """Cancel was pressed."""
        self.cancel_button.setEnabled(False)
        self.progress_text.setText(say("Stopping…"))

    def show_idle(self) -> None:
        """Nothing is tried any more."""
        self._set_running(False)

    def recolor(self) -> None:
        """Follow the theme."""
        self.chart.recolor()

    @property
    def shown_chart(self) -> ChartPage | None:
        """The chart in front; None where a table or a text is."""
        return self.chart if self._pages.currentIndex() == _PAGES.index(_CHART) else None

    @property
    def wanted_encoders(self) -> list[str]:
        """Names of the encoders that are chosen."""
        return self.encoder.wanted

    @property
    def wanted(self) -> list[str]:
        """What is to be done to the tiles: COLORS and names of curves."""
        every = [COLORS, *(kind.name for kind in CURVES)]
        return [each for each in every if each not in self._left_out]

    @property
    def _names(self) -> dict[str, str]:
        """Of the encoders that were tried, by title."""
        every = [] if self._run is None else [each.encoder for each in self._run.encoders]
        return {each.title: each.name for each in every if each.name in self._found}

    @property
    def _by_title(self) -> dict[str, WhatIf]:
        return {title: self._found[name] for title, name in self._names.items()}

    def _shorten(self, short: bool) -> None:
        """How many are ticked in fewer words."""
        self._short = short
        self._refresh()

    def _set_running(self, running: bool) -> None:
        self._running = running
        self.cancel_button.setEnabled(True)
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        self.run_button.setVisible(not running)
        self.note.setVisible(bool(self.note.text()) and not running)
        self._refresh()

    def _refresh(self) -> None:
        n, every = len(self.wanted), 1 + len(CURVES)
        words = say("{n} of {all} changes ▾", n=n, all=every)
        short = say("{n} of {all} ▾", n=n, all=every)
        self.which.setAccessibleName(words)
        self.which.setText(short if self._short else words)
        width = self.which.fontMetrics().horizontalAdvance
        self._shorter_by = width(words) - width(short)
        possible = not self._lacks and bool(self.wanted) and not self._running
        self.run_button.setEnabled(possible)
        for widget in (self.encoder, self.which):
            widget.setEnabled(not self._running)
        self._show_view()

    @Slot()
    def _show_view(self) -> None:
        there = bool(self._found)
        shown = self.view.current if there else ""
        self._pages.setCurrentIndex(_PAGES.index(shown) if shown in _PAGES else _EMPTY)
        self.progress.setVisible(self._running)
        self.cancel_button.setVisible(self._running)
        self.tools.setVisible(there)
        for combo in (self.kind, self.answer):
            combo.setVisible(shown == _CHART)
        self.on_slide.setVisible(shown == _COLORS and bool(self.colors.rows))

    @Slot()
    def _show_curve(self) -> None:
        kind, answer = self.kind.currentData(), cast("Answer", self.answer.currentData())
        self.chart.show_curve(self._by_title, kind or CURVES[0].name, answer or "flipped")

    # What is asked for

    def _choose(self, key: str, wanted: bool) -> None:
        self._left_out.discard(key) if wanted else self._left_out.add(key)
        self._on_asked()

    @Slot()
    def _on_asked(self) -> None:
        self._refresh()
        self.asked_changed.emit()

    @Slot()
    def _ask_run(self) -> None:
        self._ask(self.run_requested)

    def _ask(self, signal: SignalInstance) -> None:
        signal.emit(self.wanted_encoders, self.wanted)

    @Slot()
    def copy(self) -> None:
        """Put the table in front on the clipboard, tab-separated."""
        table = self.curves_table if self.view.current == _CURVES else self.colors_table
        QGuiApplication.clipboard().setText(table.tsv())

    @Slot()
    def _fill_layers(self) -> None:
        """The layers of each encoder that is chosen and was tried."""
        menu = self.on_slide.menu()
        menu.clear()
        chosen = {
            title: name
            for title, name in self._names.items()
            if name in self.wanted_encoders and self._found[name].tiles is not None
        }
        for title, name in chosen.items():
            of = menu if len(chosen) == 1 else menu.addMenu(title.replace("&", "&&"))
            for kind, words in LAYERS.items():
                act = partial(self.layer_requested.emit, name, kind)
                of.addAction(self._called.say(words), act)
