"""The slides of a run on a cohort: where an encoder places them, and those that lie outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QWidget

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.measurement.over_slides import OverSlides
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.center_matrix import (
    NOT_KNOWN,
    CenterMatrix,
    MatrixRow,
    SeenSlide,
    cell_sentence,
    center_matrix,
    outside_text,
    place_text,
    seen_slides,
)
from pathgui.core.results.cohort_summary import (
    own_center_meaning,
    own_center_sentence,
    slides_sentence,
    state_text,
)
from pathgui.core.results.summary import Column
from pathgui.core.results.unlike_slides import (
    unlike_sentence,
    unlike_slides,
    why_by_encoder,
    why_unlike,
)
from pathgui.core.runs.record import Run
from pathgui.core.runs.tile_columns import FAR_MEANS, NO_KNOWN_CENTER_MEANS
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.layouts import holder, in_column, in_row
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import ElidedLabel, Segments, label, push_button
from pathgui.gui.results.summary_tables import ColumnModel, Index, Shown, Table
from pathgui.gui.results.text_table import TextRow, TextTable

ANYWAY = say("Evaluate here anyway")
_ANCHOR = "slides-of-a-cohort-together-over_slides"
_OUTSIDE = "a-slide-against-the-reference-set"
_MATRIX = say("Slides by what the cohort says and where the encoder places them")
_KNOWN, _ALL = "known", "all"
_SHADE = 0.55  # opacity of a cell that holds all slides of its row
_ROWS_MEASURED = 60  # of the list, for the widths of its columns; 2,000 took half a second
_NAMED = 8  # slides in a tooltip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

_LIST = (
    Column("slide", say("Slide"), say("The slide; a double click opens it."), right=False),
    Column("known", say("Known {center}"), say("The {center} that the cohort says."), right=False),
    Column(
        "place", say("Placed at"),
        say("The {center} that most of its tiles’ nearest reference tiles are of."),
        right=False, anchor=_ANCHOR,
    ),
    Column(
        "far", say("Outside"),
        say("The share of its tiles that are {FAR_MEANS}.", FAR_MEANS=retold(FAR_MEANS)),
        anchor=_OUTSIDE,
    ),
    Column(
        "state", say("Run"),
        say("Whether the slide was evaluated, and why not. Of no known "
            "{{center}}: {NO_KNOWN_CENTER_MEANS}.",
            NO_KNOWN_CENTER_MEANS=retold(NO_KNOWN_CENTER_MEANS)),
        right=False, anchor=_OUTSIDE,
    ),
)  # fmt: skip


class MatrixModel(ColumnModel):
    """One row a known center, one column a center of the reference set, slides counted."""

    rows: list[MatrixRow]

    def __init__(self) -> None:
        super().__init__()
        self.matrix: CenterMatrix | None = None
        self._called = USUAL

    def show_matrix(self, matrix: CenterMatrix | None, called: RoleColumns) -> None:
        """Show another; ``called``: the columns that play tissue and center."""
        self.matrix, self._called = matrix, called
        columns = () if matrix is None else matrix.columns
        means = own_center_meaning(called)
        self.columns = (
            Column(
                _KNOWN, say("Known {center}"), say("The {center} that the cohort says."),
                right=False,
                anchor=_ANCHOR,
            ).called(called),
            *(Column(str(i), name, say("Slides placed at {name}. {means}.", name=name,
                means=means), anchor=_ANCHOR)
              for i, name in enumerate(columns)),
            Column(_ALL, say("Slides"), say("All slides of the known {center}."), anchor=_ANCHOR)
            .called(called),
        )  # fmt: skip
        self.show_rows([] if matrix is None else matrix.rows)

    def slides_at(self, row: int, column: int) -> tuple[tuple[SeenSlide, ...], str]:
        """The slides of a cell, and what it counts."""
        assert self.matrix is not None
        line, at = self.rows[row], self._at(column)
        slides = line.slides if at is None else line.cells[at]
        return slides, cell_sentence(self.matrix, line, at, self._called)

    def _at(self, column: int) -> int | None:
        key = self.columns[column].key
        return int(key) if key.isdecimal() else None

    def shown(self, row: int, column: Column) -> Shown:
        line = self.rows[row]
        at = self.columns.index(column)
        slides, said = self.slides_at(row, at)
        if column.key == _KNOWN:
            text = line.center or NOT_KNOWN
            missing = "" if line.in_set or not line.center else say(" (not in the set)")
            return Shown(text + missing, said)
        named = [each.slide.slide_id for each in slides]
        more = (
            say(" and {n_named:,} more", n_named=len(named) - _NAMED) if len(named) > _NAMED else ""
        )
        which = f":\n{', '.join(named[:_NAMED])}{more}" if named else "."
        return Shown(fmt.count(len(slides)), said + which, len(slides))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        at = self._at(index.column())
        line = self.rows[index.row()]
        assert self.matrix is not None
        if role == Qt.ItemDataRole.BackgroundRole and at is not None and line.cells[at]:
            shade = QColor(current().accent)
            shade.setAlphaF(_SHADE * len(line.cells[at]) / len(line.slides))
            return shade
        if role == Qt.ItemDataRole.FontRole and at is not None:
            font = QFont()
            font.setBold(self.matrix.columns[at] == line.center)
            return font
        return super().data(index, role)


class MatrixTable(Table):
    """Cells are chosen one by one, by click or Enter."""

    def __init__(self, model: MatrixModel) -> None:
        super().__init__(model, _MATRIX)
        self._lines = model
        self.setSortingEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.verticalHeader().setDefaultSectionSize(28)
        model.modelReset.connect(self._on_reset)

    @Slot()
    def _on_reset(self) -> None:
        self._columns = self._lines.columns

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())  # some platforms leave it to a double click
            return
        super().keyPressEvent(event)


class SlidesPage(QWidget):
    """Says which slides are wanted; computes nothing."""

    slides_chosen = Signal(list)  # slide_ids of the run: those of the cell that was chosen
    slide_wanted = Signal(str)  # slide_id of the run: it is to be opened
    table_wanted = Signal(list)  # slide_ids of the run: they are to be seen in the slide table
    retry_wanted = Signal()
    anyway_wanted = Signal()  # slides without tissue are to be evaluated all the same
    explain_requested = Signal(str)  # section of docs/measurements.md

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._listed: list[SeenSlide] = []
        self.encoder = ElidedCombo()
        self.encoder.setAccessibleName(say("Encoder that places the slides"))
        self.encoder.activated.connect(self._on_encoder)
        self.view = Segments(
            [
                (
                    "matrix",
                    say("Table"),
                    say("Slides by what the cohort says and where the encoder places them"),
                ),
                ("slides", say("Slides"), say("All slides of the run, one a row")),
                ("outside", say("Outside"), say("Slides that lie outside the reference set")),
            ]
        )
        self.view.chosen.connect(self._on_view)
        self.said = label("", "muted", wrap=True, selectable=True)
        self.matrix = MatrixModel()
        self.table = MatrixTable(self.matrix)
        self.table.explain_requested.connect(self.explain_requested)
        self.table.clicked.connect(self._on_cell)
        self.table.activated.connect(self._on_cell)
        self.heading = ElidedLabel("", "muted")
        self.find_button = push_button(
            say("Show in the table"), self._ask_table, say("Select these slides in the tab Slides"),
            name="link",
        )  # fmt: skip
        self.retry_button = push_button(
            say("Try the failed ones again"), self.retry_wanted, name="link"
        )
        self.anyway_button = push_button(
            ANYWAY,
            self.anyway_wanted,
            say(
                "Where no tissue was found: the labeled regions of the slide, or "
                "all that was scanned, are its tissue mask"
            ),
            name="link",
        )
        self.list = TextTable(_list_columns(USUAL), say("Slides"))
        self.list.explain_requested.connect(self.explain_requested)
        self.list.horizontalHeader().setResizeContentsPrecision(_ROWS_MEASURED)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.doubleClicked.connect(self._on_slide)
        self.list.activated.connect(self._on_slide)
        below = in_row(
            (self.heading, 1), self.anyway_button, self.retry_button, self.find_button, spacing=8
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(holder(in_column(below, (self.list, 1), spacing=4)))
        top = in_row((self.encoder, 1), self.view, spacing=8)
        self.setLayout(in_column(top, self.said, (self._stack, 1), spacing=6, margins=(0, 4, 0, 0)))

    def show_run(self, run: Run | None) -> None:
        """Show the slides of another run on a cohort."""
        former = self.encoder.currentData()
        self._run = run
        encoders = () if run is None else run.encoders
        self.encoder.offer((each.encoder.name, each.encoder.title) for each in encoders)
        known = [each.encoder.name for each in encoders]
        if former in known:
            self.encoder.choose(former)
        elif known:
            self.encoder.setCurrentIndex(0)
        self._refresh()

    def show_encoder(self, encoder: str) -> None:
        """Show the slides as one encoder sees them."""
        self.encoder.choose(encoder)
        self._refresh()

    @property
    def _n_failed(self) -> int:
        return 0 if self._run is None else [s.state for s in self._run.slides].count("failed")

    @property
    def listed(self) -> list[str]:
        """slide_ids of the slides in the list, in the order of the run."""
        return [each.slide.slide_id for each in self._listed]

    def _refresh(self) -> None:
        run, encoder = self._run, self.encoder.currentData()
        if run is None or encoder is None or run.cohort is None:
            self.matrix.show_matrix(None, USUAL)
            self._list([], "")
            return
        matrix = center_matrix(run, encoder)
        called = run.reference.columns
        self.matrix.show_matrix(matrix, called)
        self.list.lines.columns = _list_columns(called)
        found = next((each for each in run.over_slides if each.encoder == encoder), None)
        self.said.setText(_said_of(run, matrix, found))
        self.said.setToolTip(f"{own_center_meaning(called)}.")
        self._on_view(self.view.current)

    @Slot(int)
    def _on_encoder(self, _: int) -> None:
        self._refresh()

    @Slot(str)
    def _on_view(self, view: str) -> None:
        self._show(view)
        run = self._run
        if run is None or view == "matrix":
            return
        every = seen_slides(run, self.encoder.currentData())
        if view == "slides":
            self._list(every, slides_sentence(run))
            self.retry_button.setVisible(self._n_failed > 0)
            self.anyway_button.setVisible(any(s.failure == "no_tissue" for s in run.slides))
        else:
            titles = {each.encoder.name: each.encoder.title for each in run.encoders}
            called = run.reference.columns
            finders = {
                slide.slide_id: why_by_encoder(slide, titles, called)
                for slide, _ in unlike_slides(run)
            }
            outside = [each for each in every if each.slide.slide_id in finders]
            self._list(outside, unlike_sentence(run), finders)

    @Slot(QModelIndex)
    def _on_cell(self, index: QModelIndex) -> None:
        at = self.table.sorted.mapToSource(index)
        slides, said = self.matrix.slides_at(at.row(), at.column())
        if slides:
            self.view.choose("slides")
            self._show("slides")
            self._list(slides, f"{said}.")
            self.list.setFocus()
            self.slides_chosen.emit(self.listed)

    def _show(self, view: str) -> None:
        self._stack.setCurrentIndex(0 if view == "matrix" else 1)
        self.said.setVisible(view == "matrix")  # the panel is low, and a list has its own heading

    def _list(
        self,
        slides: Sequence[SeenSlide],
        heading: str,
        finders: Mapping[str, str] | None = None,
    ) -> None:
        """``finders``: why encoders find a slide unlike the set, by its slide_id."""
        self._listed = list(slides)
        self.retry_button.hide()
        self.heading.say(heading)
        self.find_button.setEnabled(bool(slides))
        called = USUAL if self._run is None else self._run.reference.columns
        self.list.show_rows([_row(each, called, finders or {}) for each in slides])

    @Slot(QModelIndex)
    def _on_slide(self, index: QModelIndex) -> None:
        about = self.list.row_of(index).about
        if isinstance(about, str):
            self.slide_wanted.emit(about)

    @Slot()
    def _ask_table(self) -> None:
        self.table_wanted.emit(self.listed)


def _said_of(run: Run, matrix: CenterMatrix, found: OverSlides | None) -> str:
    parts = [slides_sentence(run)]
    if found is not None:
        parts = [f"{matrix.title} {own_center_sentence(found, run.reference.columns)}"]
    if matrix.nowhere:
        parts.append(
            say("{slides} could not be placed.", slides=fmt.plural(len(matrix.nowhere), "slide"))
        )
    return " ".join(parts)


def _list_columns(called: RoleColumns) -> tuple[Column, ...]:
    return tuple(each.called(called) for each in _LIST)


def _row(each: SeenSlide, called: RoleColumns, finders: Mapping[str, str]) -> TextRow:
    slide, said = each.slide, each.said
    state = state_text(slide.state, slide.reason)
    own = "" if said is None else why_unlike(said.far_share, said.no_known_center, called)
    if unlike := finders.get(slide.slide_id, own):
        state = unlike
    elif said is None and slide.state == "done":
        state = say("the encoder could not run")
    name = slide.slide_id
    cells = {
        "slide": name,
        "known": slide.center or NOT_KNOWN,
        "place": "" if said is None else place_text(said),
        "far": "" if said is None else outside_text(said),
        "state": state,
    }
    return TextRow(
        cells,
        tip="\n".join(text for text in (name, state) if text),
        sort={"far": None if said is None else said.far_share},
        about=slide.slide_id,
    )
