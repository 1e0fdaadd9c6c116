"""The table of corrections: one row a correction of an encoder."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QMenu

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.correction_columns import full_columns_in
from pathgui.core.results.corrections import (
    CorrectionRow,
)
from pathgui.core.results.summary import Column
from pathgui.core.runs.record import EncoderResult
from pathgui.gui.results.summary_tables import ColumnModel, Shown, Table

_ENCODER = Column(
    "encoder", say("Encoder"), say("The model that turns a tile into an embedding."),
    right=False, anchor="the-encoder-encoder",
)  # fmt: skip
_LEAST_TABLE = 130  # logical pixels: head, two rows, scroll bar


def _columns(called: RoleColumns) -> tuple[Column, ...]:
    return (_ENCODER, *full_columns_in(called))


class CorrectionModel(ColumnModel):
    """One row a correction of an encoder."""

    columns = _columns(USUAL)
    rows: list[tuple[EncoderResult, CorrectionRow]]

    def call(self, columns: RoleColumns) -> None:
        """Say center and tissue by the names of the columns that play them."""
        self.columns = _columns(columns)

    def shown(self, row: int, column: Column) -> Shown:
        result, line = self.rows[row]
        if column.key == "encoder":
            return Shown(result.encoder.title, result.encoder.name)
        text = line.text(column.key)
        tip = line.tips.get(column.key, "")
        if not column.right:
            return Shown(text, tip)
        return Shown(text, tip, line.sort.get(column.key, float("-inf")))


class CorrectionTable(Table):
    """Its rows have a menu: the way home."""

    row_menu_wanted = Signal(QMenu)  # of the row that is chosen; whoever hears it fills it

    def __init__(self, model: CorrectionModel) -> None:
        super().__init__(model, say("Corrections of the encoders of this run"))
        self.verticalHeader().setDefaultSectionSize(28)
        self.setMinimumHeight(_LEAST_TABLE)

    @Slot(QPoint)
    def _on_cell_menu(self, at: QPoint) -> None:
        menu = self.menu_of(self.columnAt(at.x())) or QMenu(self)
        if self.currentIndex().isValid():
            menu.addSeparator()
            self.row_menu_wanted.emit(menu)
        menu.exec(self.viewport().mapToGlobal(at))
        menu.deleteLater()
