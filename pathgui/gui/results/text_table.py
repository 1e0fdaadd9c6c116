"""A sortable table of texts, for what is looked at once and copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pathgui.core.results.summary import Column
from pathgui.gui.results.summary_tables import ColumnModel, Shown, Table


@dataclass(frozen=True)
class TextRow:
    """Texts by the keys of the columns; ``sort`` where the text is no order to sort by."""

    cells: dict[str, str]
    tip: str = ""
    sort: dict[str, float | None] = field(default_factory=dict)
    about: object = None  # what the line stands for


class TextModel(ColumnModel):
    """The lines of a :class:`TextTable`."""

    rows: list[TextRow]

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)

    def shown(self, row: int, column: Column) -> Shown:
        line = self.rows[row]
        text, sort = line.cells.get(column.key, ""), line.sort.get(column.key)
        if column.right and sort is None:
            sort = float("-inf")  # a number that is missing comes before all
        return Shown(text, line.tip or text, sort)


class TextTable(Table):
    """A table of :class:`TextRow`."""

    def __init__(self, columns: Sequence[Column], name: str) -> None:
        self.lines = TextModel(columns)
        super().__init__(self.lines, name)
        self.verticalHeader().setDefaultSectionSize(28)

    def call(self, columns: Sequence[Column]) -> None:
        """Other words for the same columns; they show with the next lines."""
        self.lines.columns = tuple(columns)

    def show_rows(self, rows: Sequence[TextRow]) -> None:
        """Show other lines."""
        self.lines.show_rows(rows)

    def row_of(self, index: Any) -> TextRow:
        """The line at an index of the table as it is sorted."""
        return self.lines.rows[self.sorted.mapToSource(index).row()]
