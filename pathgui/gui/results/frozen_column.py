"""The first column of a table, which stays where it is while the others scroll sideways."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QTableView

from pathgui.core.language.texts import say
from pathgui.gui.kit.theme import current

MOST = 0.6  # of the table's width; a wider first column scrolls, else nothing else could be seen


class FrozenColumn(QTableView):
    """A view of column 0 that lies over the table and shares its model and selection.

    The table stays the one that has the focus, sorts, and is read by a screen reader.
    """

    menu_wanted = Signal(QPoint, bool)  # where on the screen; whether on the header

    def __init__(self, table: QTableView, name: str) -> None:
        super().__init__(table)
        self.setObjectName("frozen")
        self.setAccessibleName(say("{name}: first column", name=name))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setSelectionBehavior(table.selectionBehavior())
        self.setSelectionMode(table.selectionMode())
        self.setShowGrid(table.showGrid())
        self.setWordWrap(table.wordWrap())
        self.setTextElideMode(table.textElideMode())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(off)
        self.setVerticalScrollBarPolicy(off)
        self.setVerticalScrollMode(table.verticalScrollMode())
        self.verticalHeader().hide()
        header, theirs = self.horizontalHeader(), table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(theirs.sortIndicatorSection(), theirs.sortIndicatorOrder())
        header.sortIndicatorChanged.connect(self._sort_table)
        theirs.sortIndicatorChanged.connect(self._show_sorted)
        theirs.sectionResized.connect(self.fit)
        table.verticalHeader().sectionResized.connect(self._on_height)
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        table.verticalScrollBar().rangeChanged.connect(self.fit)
        table.model().modelReset.connect(self.fit)
        for view in (header, self):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_header_menu)
        self.customContextMenuRequested.connect(self._on_cell_menu)
        self.clicked.connect(self._on_click)

    @property
    def _table(self) -> QTableView:
        # Not held: a table that holds itself is collected on any thread.
        return cast(QTableView, self.parent())

    @property
    def width_taken(self) -> int:
        """Pixels of the table that lie under it; 0 while it is not there."""
        return self.width() if self.isVisibleTo(self._table) else 0

    @Slot()
    def fit(self) -> None:
        """Lie over the table's first column, as wide and as high as it is."""
        table = self._table
        width = 0 if table.isColumnHidden(0) else table.columnWidth(0)
        room = table.viewport().width()
        self.setVisible(0 < width <= MOST * room and table.model().rowCount() > 0)
        if self.isHidden():
            return
        for column in range(1, table.model().columnCount()):
            self.setColumnHidden(column, True)
        self.setColumnWidth(0, width)
        header = table.horizontalHeader()
        self.horizontalHeader().setFixedHeight(header.height())
        self.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        self.setGeometry(
            table.viewport().x(), header.y(), width, header.height() + table.viewport().height()
        )
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())
        self.raise_()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._table.wheelEvent(event)  # both scroll, as one table

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._table.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(current().border)
        edge = self.viewport().rect()
        painter.drawLine(edge.topRight(), edge.bottomRight())

    @Slot(int, Qt.SortOrder)
    def _sort_table(self, column: int, order: Qt.SortOrder) -> None:
        self._table.horizontalHeader().setSortIndicator(column, order)

    @Slot(int, Qt.SortOrder)
    def _show_sorted(self, column: int, order: Qt.SortOrder) -> None:
        self.horizontalHeader().setSortIndicator(column, order)

    @Slot(int, int, int)
    def _on_height(self, row: int, _: int, height: int) -> None:
        self.setRowHeight(row, height)

    @Slot(QModelIndex)
    def _on_click(self, index: QModelIndex) -> None:
        self._table.clicked.emit(index)

    @Slot(QPoint)
    def _on_header_menu(self, at: QPoint) -> None:
        self.menu_wanted.emit(self.horizontalHeader().mapToGlobal(at), True)

    @Slot(QPoint)
    def _on_cell_menu(self, at: QPoint) -> None:
        self.menu_wanted.emit(self.viewport().mapToGlobal(at), False)
