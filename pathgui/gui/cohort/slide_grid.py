"""The grid of slides: cells are typed, filled, copied and pasted as in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, SLIDE_ID
from pathgui.core.language.texts import say
from pathgui.gui.cohort.clipboard import place, to_block, to_text
from pathgui.gui.cohort.content import ROLES, Cells
from pathgui.gui.cohort.slide_model import THUMBNAIL, SlideModel, block_of
from pathgui.gui.results.share_delegate import ShareDelegate

ROW = THUMBNAIL.height() + 6  # logical pixels
_WIDTHS = {SLIDE_ID: 250, FILE: 220, CONTENT_ID: 110}
_WIDTH, _LACKS_WIDTH, _RESULT_WIDTH = 120, 170, 200
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SOON_MS = 60  # after the last step of scrolling, rows are looked at


class SlideGrid(QTableView):
    """Says what the user wants of the table; the model shows it once it was done."""

    edit_wanted = Signal(str, object)  # what it is, Cells
    paste_wanted = Signal(str)
    slide_wanted = Signal(int)  # row of the table
    rows_unwanted = Signal(list)  # rows of the table
    role_wanted = Signal(str, str)  # role, column
    column_unwanted = Signal(str)
    told = Signal(str)
    in_view = Signal(list)  # files of the rows in sight, from the top
    touched = Signal()  # rows are moved, ordered or filtered, or are about to be

    def __init__(self, model: SlideModel) -> None:
        super().__init__()
        self.slides = model
        self.setModel(model)
        self.setObjectName("slide-grid")
        self.setAccessibleName(say("Slides and what is known of each"))
        self.setIconSize(THUMBNAIL)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.EditKeyPressed | trigger.AnyKeyPressed)
        self.setTabKeyNavigation(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW)
        rows.setMinimumWidth(34)
        columns = self.horizontalHeader()
        columns.setSectionsMovable(True)
        columns.setHighlightSections(False)
        columns.setDefaultSectionSize(_WIDTH)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(self._show_header_menu)
        columns.setSortIndicatorClearable(True)
        columns.sectionPressed.connect(self.touched)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self._spot: tuple[int, str] | None = None  # row and column of the current cell
        self._at = (0, 0)  # of the scroll bars
        self._widths: dict[str, int] = {}
        self._shares = ShareDelegate(self)
        self._drawn: set[int] = set()  # columns whose shares are drawn
        model.modelAboutToBeReset.connect(self._keep_spot)
        model.modelReset.connect(self._find_spot)
        model.edited.connect(self._on_edited)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.look)
        self.verticalScrollBar().valueChanged.connect(self._soon.start)
        self.verticalScrollBar().valueChanged.connect(self.touched)
        model.modelAboutToBeReset.connect(self.touched)
        self.doubleClicked.connect(self._on_double_click)
        self._set_widths()

    # What is selected

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes from cell to cell, as in a spreadsheet, and on from the last one."""
        actions = QAbstractItemView.CursorAction
        way = actions.MoveNext if forward else actions.MovePrevious
        at, then = self.currentIndex(), self.moveCursor(way, Qt.KeyboardModifier.NoModifier)
        places = [(each.row(), self.horizontalHeader().visualIndex(each.column()))
                  for each in ((at, then) if forward else (then, at))]  # fmt: skip
        is_last = not (at.isValid() and then.isValid()) or places[1] <= places[0]
        self.setTabKeyNavigation(not is_last)
        try:
            return bool(super().focusNextPrevChild(forward))
        finally:
            self.setTabKeyNavigation(True)

    @property
    def places(self) -> list[tuple[int, int]]:
        """The selected cells, (row, column) as shown; without any, the current one."""
        found = [(index.row(), index.column()) for index in self.selectedIndexes()]
        current = self.currentIndex()
        return found or ([(current.row(), current.column())] if current.isValid() else [])

    @property
    def selected_rows(self) -> list[int]:
        """Rows of the table of which a cell is selected."""
        return sorted({self.slides.row_at(row) for row, _ in self.places})

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select rows of the table as far as they are shown, and bring the first into view."""
        wanted, flag = set(rows), QItemSelectionModel.SelectionFlag
        shown = [at for at, row in enumerate(self.slides.rows) if row in wanted]
        chosen, last = QItemSelection(), self.slides.columnCount() - 1
        for at in shown:
            chosen.select(self.slides.index(at, 0), self.slides.index(at, last))
        if shown:
            first = self.slides.index(shown[0], 0)
            self.selectionModel().setCurrentIndex(first, flag.NoUpdate)
            self.scrollTo(first)
        self.selectionModel().select(chosen, flag.ClearAndSelect)

    def paths_in_view(self) -> list[Path]:
        """The files of the rows in sight, from the top."""
        top = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        last = self.slides.rowCount() - 1 if last < 0 else last
        files = self.slides.content.files
        shown = (files[self.slides.row_at(row)] for row in range(top, last + 1))
        return [path for path in shown if path is not None]

    @Slot()
    def look(self) -> None:
        """Say which slides are in sight."""
        if self.isVisible():
            self.in_view.emit(self.paths_in_view())

    # What can be done with cells

    def fill(self, text: str) -> None:
        """Write a text into all selected cells."""
        self._change(
            say("fill {cells}", cells=_cells(len(self.places))), dict.fromkeys(self.places, text)
        )

    def empty(self) -> None:
        """Empty the selected cells; of the content id too, which cannot be typed."""
        content = self.slides.column_of(CONTENT_ID)
        spots = dict.fromkeys(self.places, "")
        ids = {
            (self.slides.row_at(row), CONTENT_ID): "" for row, column in spots if column == content
        }
        self._change(say("empty {cells}", cells=_cells(len(spots))), spots, ids)

    def copy(self) -> None:
        """Put the selected cells on the clipboard."""
        block = block_of(self.slides, self.places)
        if block:
            QGuiApplication.clipboard().setText(to_text(block))

    def paste(self) -> None:
        """Ask for what is on the clipboard to be taken."""
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.paste_wanted.emit(text)

    def paste_cells(self, text: str) -> None:
        """Write cells that a spreadsheet copied from the current cell on."""
        editable = [self.slides.is_editable(c) for c in range(self.slides.columnCount())]
        done = place(to_block(text), self.places, self.slides.rowCount(), editable)
        self._change(say("paste {cells}", cells=_cells(len(done.cells))), done.cells)
        if not self.places:
            self.told.emit(say("Click the cell where the pasted cells begin, and paste again."))
        elif done.left_over:
            self.told.emit(
                say(
                    "{cells} of what was pasted had no place: there are no rows "
                    "or columns for them here, or they cannot be typed in.",
                    cells=_cells(done.left_over),
                )
            )

    def _change(
        self, what: str, cells: dict[tuple[int, int], str], more: Cells | None = None
    ) -> None:
        model = self.slides
        wanted = {
            (model.row_at(row), model.name_at(column)): text
            for (row, column), text in cells.items()
            if model.is_editable(column)
        } | dict(more or {})
        if wanted:
            self.edit_wanted.emit(what, wanted)

    @Slot(object)
    def _on_edited(self, cells: Cells) -> None:
        """What was typed into one of several selected cells goes into all of them."""
        ((row, name), text) = next(iter(cells.items()))
        spot = (self.slides.rows.index(row), self.slides.column_of(name))
        if len(self.places) > 1 and spot in self.places:
            self.fill(text)
        elif self.slides.content.slides.cell(row, name) != text:
            self.edit_wanted.emit(say("edit {name}", name=name), dict(cells))

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        standard = QKeySequence.StandardKey
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier
        )  # fmt: skip
        if self.state() == QAbstractItemView.State.EditingState:
            event.ignore()  # the field has had it
            return
        if event.matches(standard.Copy):
            self.copy()
        elif event.matches(standard.Paste):
            self.paste()
        elif event.matches(standard.Cut):
            self.copy()
            self.empty()
        elif plain and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.empty()
        elif plain and event.key() in _ENTER and self.currentIndex().isValid():
            self._enter()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keys that edit cells are this table's own, whatever else they do in the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            standard = QKeySequence.StandardKey
            if any(event.matches(each) for each in (standard.Copy, standard.Paste, standard.Cut)):
                event.accept()
                return True
        return bool(super().event(event))

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Enter goes on to the cell below, as in a spreadsheet."""
        super().closeEditor(editor, hint)
        index = self.currentIndex()
        below = index.siblingAtRow(index.row() + 1)
        submitted = hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache
        if submitted and below.isValid() and len(self.places) == 1:
            self.setCurrentIndex(below)

    def _enter(self) -> None:
        """Type in the cell; where that cannot be, open the slide."""
        index = self.currentIndex()
        if self.slides.is_editable(index.column()):
            self.edit(index)
        else:
            self.slide_wanted.emit(self.slides.row_at(index.row()))

    @Slot(QModelIndex)
    def _on_double_click(self, index: QModelIndex) -> None:
        self.slide_wanted.emit(self.slides.row_at(index.row()))

    # Menus

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        index = self.indexAt(position)
        if index.isValid():
            menu = self.menu_for(index)
            menu.exec(self.viewport().mapToGlobal(position))

    def menu_for(self, index: QModelIndex) -> QMenu:
        """What can be done with the row of a cell and the selected cells."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self.slides.row_at(index.row())
        menu.addAction(say("Open the slide"), lambda: self.slide_wanted.emit(row))
        menu.addSeparator()
        can = bool(self.slides.flags(self.currentIndex()) & Qt.ItemFlag.ItemIsEditable)
        _add(menu, say("Edit\tF2"), self._enter, can)
        text = self.slides.text_at(index.row(), index.column())
        several = len(self.places) > 1 and bool(
            self.slides.flags(index) & Qt.ItemFlag.ItemIsEditable
        )
        _add(
            menu,
            say("Fill the selection with “{text}”", text=text)
            if text
            else say("Fill the selection with nothing"),
            partial(self.fill, text),
            several,
        )
        _add(menu, say("Copy\tCtrl+C"), self.copy, True)
        _add(menu, say("Paste\tCtrl+V"), self.paste, True)
        _add(menu, say("Empty\tDel"), self.empty, True)
        menu.addSeparator()
        rows = self.selected_rows
        words = say("this row") if len(rows) == 1 else say("these {n_rows} rows", n_rows=len(rows))
        _add(
            menu, say("Take {words} out", words=words), lambda: self.rows_unwanted.emit(rows), True
        )
        return menu

    @Slot(QPoint)
    def _show_header_menu(self, position: QPoint) -> None:
        header = self.horizontalHeader()
        menu = self.menu_of_column(header.logicalIndexAt(position))
        if menu is not None:
            menu.exec(header.mapToGlobal(position))

    def menu_of_column(self, column: int) -> QMenu | None:
        """What can be done with a column; None with one that is not the table's own."""
        if column < 0:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        order = Qt.SortOrder
        menu.addAction(say("Sort up"), lambda: self.sortByColumn(column, order.AscendingOrder))
        menu.addAction(say("Sort down"), lambda: self.sortByColumn(column, order.DescendingOrder))
        menu.addAction(
            say("As the rows stand in the table"),
            lambda: self.sortByColumn(-1, order.AscendingOrder),
        )
        name = self.slides.name_at(column)
        if self.slides.is_editable(column) and name != SLIDE_ID:
            menu.addSection(say("This column is the"))
            playing = self.slides.content.role_of(name)
            for role in ROLES:
                action = menu.addAction(role, partial(self.role_wanted.emit, role, name))
                action.setCheckable(True)
                action.setChecked(role == playing)
            menu.addSeparator()
            menu.addAction(say("Take the column out"), partial(self.column_unwanted.emit, name))
        return menu

    # Its place and its widths stay, whatever the model does

    @Slot()
    def _keep_spot(self) -> None:
        index = self.currentIndex()
        self._spot = None
        if index.isValid() and index.row() < len(self.slides.rows):
            self._spot = (self.slides.row_at(index.row()), self.slides.name_at(index.column()))
        self._at = (self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        for column in range(self.slides.columnCount()):
            self._widths[self._title(column)] = self.columnWidth(column)

    @Slot()
    def _find_spot(self) -> None:
        self._set_widths()
        header = self.horizontalHeader()
        if not self.slides.is_sorted and header.sortIndicatorSection() >= 0:
            header.blockSignals(True)
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            header.blockSignals(False)
        self.horizontalScrollBar().setValue(self._at[0])
        self.verticalScrollBar().setValue(self._at[1])
        row, name = self._spot or (-1, "")
        column = max(0, self.slides.column_of(name))
        if row in self.slides.rows:
            index = self.slides.index(self.slides.rows.index(row), column)
            self.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self._soon.start()

    def _set_widths(self) -> None:
        for column in range(self.slides.columnCount()):
            self._draw_shares(column, self.slides.is_result(column))
            name, title = self.slides.name_at(column), self._title(column)
            usual = _LACKS_WIDTH if column == 1 else _WIDTHS.get(name, _WIDTH)
            if self.slides.is_result(column):
                usual = _RESULT_WIDTH
            self.setColumnWidth(column, self._widths.get(title, usual))

    def _draw_shares(self, column: int, wanted: bool) -> None:
        """Only where there are shares: cells that Python paints wait for what else it does."""
        if wanted and column not in self._drawn:
            self.setItemDelegateForColumn(column, self._shares)
            self._drawn.add(column)
        elif not wanted and column in self._drawn:
            self.setItemDelegateForColumn(column, self.itemDelegate())
            self._drawn.remove(column)

    def _title(self, column: int) -> str:
        return self.slides.name_at(column) or str(
            self.slides.headerData(column, Qt.Orientation.Horizontal)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()


def _add(menu: QMenu, text: str, act: Callable[[], object], possible: bool) -> None:
    menu.addAction(text, act).setEnabled(possible)


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else say("{n:,} cells", n=n)
