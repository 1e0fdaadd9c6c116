"""The tables of the robustness summary, as Qt models."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from pathgui.core.record import Run
from pathgui.core.summary import COLUMNS, Column, SummaryRow, number, summary_rows
from pathgui.gui.chart_data import IndexBar, PartRow, index_bars, part_rows
from pathgui.gui.index_delegate import BAR_ROLE, IndexDelegate

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = int(Qt.ItemDataRole.UserRole)
NONE = QModelIndex()

PART_COLUMNS = (
    Column("encoder", "Encoder", "The model that turns a tile into an embedding.", right=False),
    Column("kind", "Of", "Whether the line is of a tissue or of a center.", right=False),
    Column("name", "Tissue or center", "Whose tiles are looked at as anchors.", right=False),
    Column("tiles", "Tiles", "Anchors: tiles whose neighbours are counted."),
    Column("slides", "Slides", "Slides these tiles come from; the interval rests on them."),
    Column("index", "RI [95 % interval]", "Robustness index of these tiles alone."),
    Column("null", "Null", "The index if neighbours were drawn at random."),
    Column("support", "Support", "Share of the tiles with a neighbour that tells."),
)


class _Model(QAbstractTableModel):
    """A table of columns that say what they mean."""

    columns: tuple[Column, ...] = ()

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
                return column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column)
        return None


class SummaryModel(_Model):
    """The rows of ``core.summary``: one an encoder."""

    columns = COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[SummaryRow, ...] = ()
        self._bars: list[IndexBar] = []

    @property
    def rows(self) -> tuple[SummaryRow, ...]:
        """What is shown, in the order of the run."""
        return self._rows

    def show_run(self, run: Run | None) -> None:
        """Show another run."""
        self.beginResetModel()
        self._rows = () if run is None else summary_rows(run)
        self._bars = [] if run is None else index_bars(run)
        self.endResetModel()

    def rowCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = COLUMNS[index.column()]
        cell = self._rows[index.row()].cells[column.key]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.note or column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column)
        if role == SORT_ROLE:
            return cell.sort if column.right else cell.text.lower()
        if role == BAR_ROLE and column.key == "index":
            return self._bars[index.row()]
        return None


class PartModel(_Model):
    """The index by tissue and by center."""

    columns = PART_COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[PartRow] = []

    @property
    def rows(self) -> list[PartRow]:
        """What is shown, encoder by encoder."""
        return self._rows

    def show_run(self, run: Run | None) -> None:
        """Show another run."""
        self.beginResetModel()
        self._rows = [] if run is None else part_rows(run)
        self.endResetModel()

    def rowCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, row = PART_COLUMNS[index.column()], self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return part_text(row, column.key)
            case Qt.ItemDataRole.ToolTipRole:
                return column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column)
        if role == SORT_ROLE:
            return _part_sort(row, column.key)
        if role == BAR_ROLE and column.key == "index":
            return row.bar
        return None


def part_text(row: PartRow, key: str) -> str:
    """One cell of the parts table in words."""
    bar = row.bar
    match key:
        case "encoder" | "kind" | "name":
            return str(getattr(row, key))
        case "tiles" | "slides":
            return f"{getattr(row, key):,}"
        case "support":
            return f"{row.support:.0%}"
        case "null":
            return "–" if bar.null is None else number(bar.null, 3)
    if bar.value is None:
        return "not assessable"
    if bar.low is None or bar.high is None:
        return f"{number(bar.value, 3)} [no interval]"
    return f"{number(bar.value, 3)} [{number(bar.low, 3)}, {number(bar.high, 3)}]"


def _part_sort(row: PartRow, key: str) -> Any:
    match key:
        case "encoder" | "kind" | "name":
            return getattr(row, key).lower()
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

    def __init__(self, model: _Model, name: str) -> None:
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
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(36)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(name)
        self._delegate = IndexDelegate(self)
        keys = [column.key for column in model.columns]
        self.setItemDelegateForColumn(keys.index("index"), self._delegate)

    def tsv(self) -> str:
        """The table as tab-separated lines, in the order shown."""
        model = self.sorted
        columns = range(model.columnCount())
        lines = [
            "\t".join(
                str(model.headerData(column, Qt.Orientation.Horizontal)) for column in columns
            )
        ]
        for row in range(model.rowCount()):
            lines.append("\t".join(str(model.index(row, column).data()) for column in columns))
        return "\n".join(lines) + "\n"
