"""A sortable table of texts, for what is looked at once and copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt

from pathgui.core.results.summary import Column
from pathgui.gui.results.summary_tables import SORT_ROLE, ColumnModel, Index, Table, alignment


@dataclass(frozen=True)
class TextRow:
    """Texts by the keys of the columns; ``sort`` where the text is no order to sort by."""

    cells: dict[str, str]
    tip: str = ""
    sort: dict[str, float] = field(default_factory=dict)
    about: object = None  # what the line stands for


class TextModel(ColumnModel):
    """The lines of a :class:`TextTable`."""

    rows: list[TextRow]

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, row = self.columns[index.column()], self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.cells.get(column.key, "")
            case Qt.ItemDataRole.ToolTipRole:
                return row.tip or row.cells.get(column.key) or column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column)
        if role == SORT_ROLE:
            if column.right:  # numbers; one that is missing comes before all
                return row.sort.get(column.key, float("-inf"))
            return row.cells.get(column.key, "").lower()
        return None


class TextTable(Table):
    """A table of :class:`TextRow`."""

    def __init__(self, columns: Sequence[Column], name: str, row_height: int = 28) -> None:
        self.lines = TextModel(columns)
        super().__init__(self.lines, name)
        self.verticalHeader().setDefaultSectionSize(row_height)

    def show_rows(self, rows: Sequence[TextRow]) -> None:
        """Show other lines."""
        self.lines.show_rows(rows)

    def row_of(self, index: Any) -> TextRow:
        """The line at an index of the table as it is sorted."""
        return self.lines.rows[self.sorted.mapToSource(index).row()]
