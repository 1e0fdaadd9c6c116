"""The tables of the robustness summary, as Qt models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from pathgui.core.language.texts import localized, say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.charts import IndexBar, PartRow, index_bars, part_rows
from pathgui.core.results.confounders import COLUMNS as CONFOUNDER_COLUMNS
from pathgui.core.results.confounders import ConfounderRow, confounder_rows
from pathgui.core.results.formatting import NOT_ASSESSABLE, number
from pathgui.core.results.judging import (
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    criterion_text,
    judgement_text,
)
from pathgui.core.results.summary import (
    COLUMNS,
    Column,
    SummaryRow,
    columns_in,
    columns_of,
    summary_rows,
)
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.record import Run
from pathgui.gui.kit.icons import icon
from pathgui.gui.results.column_choice import ALWAYS, ColumnChoice
from pathgui.gui.results.frozen_column import FrozenColumn
from pathgui.gui.results.index_delegate import BAR_ROLE, IndexDelegate

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = int(Qt.ItemDataRole.UserRole)
NONE = QModelIndex()
_OF_CELLS = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, SORT_ROLE, BAR_ROLE)

_PARTS, _CRITERIA = "parts-by_tissue-by_center-by_cell", "acceptance-criteria-criteria"
_ENCODER = "the-encoder-encoder"
_PARTS_IN_ROLES = (
    Column(
        "encoder",
        say("Encoder"),
        say("The model that turns a tile into an embedding."),
        right=False,
        anchor=_ENCODER,
    ),
    Column(
        "kind",
        say("Of"),
        say("Whether the line is of {a_tissue} or of {a_center}."),
        right=False,
        anchor=_PARTS,
    ),
    Column(
        "name",
        say("{Tissue} or {center}"),
        say("The {tissue} or {center} whose tiles are measured."),
        right=False,
        anchor=_PARTS,
    ),
    Column(
        "tiles", say("Tiles"), say("Number of tiles whose neighbors are counted."), anchor=_PARTS
    ),
    Column(
        "slides",
        say("Slides"),
        say("Number of slides that these tiles come from. The interval rests on them."),
        anchor=_PARTS,
    ),
    Column(
        "index",
        say("Robustness index [95 % interval]"),
        say("Robustness index of these tiles alone."),
        anchor=_PARTS,
    ),
    Column(
        "null",
        say("Chance value"),
        say("The index that neighbors of these tiles, drawn at random, would give."),
        anchor="its-chance-value-null",
    ),
    Column(
        "support",
        say("Support"),
        say(
            "Share of these tiles with at least one neighbor that shares "
            "{tissue} or {center}, but not both."
        ),
        anchor="support-support-undefined",
    ),
)


def part_columns(columns: RoleColumns) -> tuple[Column, ...]:
    """Of the table of parts, in the words of the columns that play tissue and center."""
    return tuple(each.called(columns) for each in _PARTS_IN_ROLES)


PART_COLUMNS = part_columns(USUAL)
CRITERIA_COLUMNS = (
    Column(
        "criterion",
        say("Criterion"),
        say("The limit that was set, and why."),
        right=False,
        anchor=_CRITERIA,
    ),
    Column(
        "encoder", say("Encoder"), say("The model that is judged."), right=False, anchor=_ENCODER
    ),
    Column(
        "result",
        say("Result"),
        say("The measured value, with its interval where there is one."),
        right=False,
        anchor=_CRITERIA,
    ),
    Column(
        "outcome",
        say("Outcome"),
        say("Whether the criterion is met, not met, or not assessable."),
        right=False,
        anchor=_CRITERIA,
    ),
    Column(
        "set",
        say("Set"),
        say("When the criterion was set, and by whom. After results: they could be seen then."),
        right=False,
        anchor=_CRITERIA,
    ),
)


@dataclass(frozen=True)
class Shown:
    """What a cell shows; ``sort`` None: it is sorted by its text, in whatever case."""

    text: str
    tip: str = ""  # else what the column means
    sort: Any = None
    bar: IndexBar | None = None


class ColumnModel(QAbstractTableModel):
    """A table of columns that say what they mean; ``shown`` says what its cells do."""

    columns: tuple[Column, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Any] = []  # what is shown, in the order given

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                more = say("\nRight-click: what is this?") if column.anchor else ""
                return column.help + more
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column)
        return None

    def shown(self, row: int, column: Column) -> Shown:
        """What a cell of row ``row`` shows."""
        raise NotImplementedError

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column)
        if role not in _OF_CELLS:
            return None
        cell = self.shown(index.row(), column)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.tip or column.help
        if role == SORT_ROLE:
            return cell.text.lower() if cell.sort is None else cell.sort
        return cell.bar


class SummaryModel(ColumnModel):
    """The rows of ``core.summary``: one an encoder."""

    columns = COLUMNS
    rows: list[SummaryRow]

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[IndexBar] = []
        self.telling: frozenset[str] = frozenset()  # keys of the columns that say something

    def show_run(self, run: Run | None) -> None:
        """Show another run."""
        self._bars = [] if run is None else index_bars(run)
        self.telling = frozenset(() if run is None else (c.key for c in columns_of(run)))
        self.columns = COLUMNS if run is None else columns_in(run.reference.columns)
        self.show_rows(() if run is None else summary_rows(run))

    def shown(self, row: int, column: Column) -> Shown:
        cell = self.rows[row].cells[column.key]
        bar = self._bars[row] if column.key == "index" else None
        return Shown(cell.text, cell.note, cell.sort if column.right else None, bar)


class PartModel(ColumnModel):
    """The index by tissue and by center."""

    columns = PART_COLUMNS
    rows: list[PartRow]

    def show_run(self, run: Run | None) -> None:
        """Show another run."""
        self.columns = part_columns(USUAL if run is None else run.reference.columns)
        self.show_rows([] if run is None else part_rows(run))

    def shown(self, row: int, column: Column) -> Shown:
        part, key = self.rows[row], column.key
        bar = part.bar if key == "index" else None
        return Shown(part_text(part, key), sort=_part_sort(part, key), bar=bar)


class ConfounderModel(ColumnModel):
    """Several columns in the center's role, encoder by encoder."""

    columns = CONFOUNDER_COLUMNS
    rows: list[ConfounderRow]

    def show_run(self, run: Run | None) -> None:
        """Show another run."""
        self.show_rows([] if run is None else confounder_rows(run))

    def shown(self, row: int, column: Column) -> Shown:
        cell = self.rows[row].cells[column.key]
        return Shown(cell.text, cell.note, cell.sort if column.right else None)


@dataclass(frozen=True)
class _Judged:
    """A line of the table of criteria."""

    cells: dict[str, str]
    why: str


class CriteriaModel(ColumnModel):
    """Acceptance criteria, encoder by encoder; those set before the run first."""

    columns = CRITERIA_COLUMNS
    rows: list[_Judged]

    def show(self, before: JudgedCriteria | None, later: Sequence[JudgedCriteria]) -> None:
        """Show what was judged."""
        every = ([before] if before else []) + [*later]
        self.show_rows([row for judged in every for row in _judged(judged)])

    def shown(self, row: int, column: Column) -> Shown:
        return Shown(self.rows[row].cells[column.key], self.rows[row].why)


def _judged(judged: JudgedCriteria) -> list[_Judged]:
    rows = []
    for item in judged.items:
        each = item.criterion
        when = say("after results") if judged.after_results else say("before the run")
        for found in item.judgements:
            cells = {
                "criterion": criterion_text(each),
                "encoder": found.title,
                "result": judgement_text(each, found),
                "outcome": f"{OUTCOME_MARKS[found.outcome]} {OUTCOME_WORDS[found.outcome]}",
                "set": f"{when}, {each.who}" if each.who else when,
            }
            rows.append(
                _Judged(cells, say("Reason: {reason}", reason=each.reason) if each.reason else "")
            )
    return rows


def part_text(row: PartRow, key: str) -> str:
    """One cell of the parts table in words."""
    bar = row.bar
    match key:
        case "encoder" | "name":
            return str(getattr(row, key))
        case "kind":
            return row.noun or row.kind
        case "tiles" | "slides":
            return localized(getattr(row, key), ",")
        case "support":
            return localized(row.support, ".0%")
        case "null":
            return "–" if bar.null is None else number(bar.null, 3)
    if bar.value is None:
        return NOT_ASSESSABLE
    if bar.low is None or bar.high is None:
        return say("{value} [no interval]", value=number(bar.value, 3))
    return f"{number(bar.value, 3)} [{number(bar.low, 3)}, {number(bar.high, 3)}]"


def _part_sort(row: PartRow, key: str) -> Any:
    match key:
        case "encoder" | "kind" | "name":
            return None  # by its words
        case "tiles" | "slides" | "support":
            return getattr(row, key)
    value = row.bar.null if key == "null" else row.bar.value
    return float("-inf") if value is None else value


def alignment(column: Column) -> int:
    """Numbers flush right, words flush left."""
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class Table(QTableView):
    """A sortable table; a third click on a header brings the order of the run back."""

    explain_requested = Signal(str)  # section of docs/measurements.md
    frozen: FrozenColumn | None = None  # Qt lays out the table before it is whole

    def __init__(self, model: ColumnModel, name: str) -> None:
        super().__init__()
        self.sorted = QSortFilterProxyModel()
        self.sorted.setSourceModel(model)
        self.sorted.setSortRole(SORT_ROLE)
        self.setModel(self.sorted)
        header = self.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        self.sorted.sort(-1)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(36)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(name)
        self._columns = model.columns
        self._delegate = IndexDelegate(self)
        for position, column in enumerate(model.columns):
            if column.key == "index":
                self.setItemDelegateForColumn(position, self._delegate)
        for view in (header, self):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # Slots, not lambdas: a table that holds itself is collected on any thread, and its model
        # must not be destroyed on another than this.
        header.customContextMenuRequested.connect(self._on_header_menu)
        self.customContextMenuRequested.connect(self._on_cell_menu)
        self.choice: ColumnChoice | None = None  # where its user chooses the columns
        if model.columns and model.columns[0].key == "encoder":
            self.frozen = FrozenColumn(self, name)
            self.frozen.menu_wanted.connect(self._on_frozen_menu)

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if self.frozen is not None:
            self.frozen.fit()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        super().scrollTo(index, hint)
        if self.frozen is None or index.column() == 0:
            return
        hidden = self.frozen.width_taken - self.columnViewportPosition(index.column())
        if hidden > 0:  # under the column that stays
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - hidden)

    def show_only(self, keys: frozenset[str]) -> None:
        """Hide the columns whose key is not among these."""
        for position, column in enumerate(self._columns):
            self.setColumnHidden(position, column.key not in keys)
        self.updateGeometries()

    def menu_of(self, position: int) -> QMenu | None:
        """What a right click on the column at ``position`` offers; None: nothing."""
        if not 0 <= position < len(self._columns) or not self._columns[position].anchor:
            return None
        column = self._columns[position]
        menu = QMenu(self)
        action = menu.addAction(
            icon("help"), say("What is “{column_title}”?", column_title=column.title)
        )
        action.setData(column.anchor)
        menu.triggered.connect(self._on_menu)
        return menu

    @Slot(QAction)
    def _on_menu(self, action: QAction) -> None:
        if isinstance(action.data(), str):  # others have nothing to explain
            self.explain_requested.emit(action.data())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1 and self.currentIndex().isValid():
            anchor = self._columns[self.currentIndex().column()].anchor
            self.explain_requested.emit(anchor)
            return
        super().keyPressEvent(event)

    @Slot(QPoint)
    def _on_header_menu(self, at: QPoint) -> None:
        header = self.horizontalHeader()
        self._show_menu(header.mapToGlobal(at), header.logicalIndexAt(at), on_header=True)

    @Slot(QPoint)
    def _on_cell_menu(self, at: QPoint) -> None:
        self._show_menu(self.viewport().mapToGlobal(at), self.columnAt(at.x()))

    @Slot(QPoint, bool)
    def _on_frozen_menu(self, at: QPoint, on_header: bool) -> None:
        self._show_menu(at, 0, on_header=on_header)

    def _show_menu(self, at: QPoint, position: int, *, on_header: bool = False) -> None:
        menu = self.header_menu(position) if on_header else self.menu_of(position)
        if menu is not None:
            menu.exec(at)
            menu.deleteLater()

    def header_menu(self, position: int) -> QMenu | None:
        """What a right click on a header offers; None: nothing."""
        menu = self.menu_of(position)
        if self.choice is None:
            return menu
        menu = menu or QMenu(self)
        if 0 <= position < len(self._columns) and self._columns[position].key != ALWAYS:
            column = self._columns[position]
            menu.addAction(say("Hide this column"), partial(self.choice.show, column.key, False))
        self.choice.fill(menu.addMenu(say("Columns")))
        return menu

    def tsv(self) -> str:
        """The table as tab-separated lines, in the order shown."""
        model = self.sorted
        columns = [c for c in range(model.columnCount()) if not self.isColumnHidden(c)]
        lines = [
            "\t".join(
                str(model.headerData(column, Qt.Orientation.Horizontal)) for column in columns
            )
        ]
        for row in range(model.rowCount()):
            lines.append("\t".join(str(model.index(row, column).data()) for column in columns))
        return "\n".join(lines) + "\n"
