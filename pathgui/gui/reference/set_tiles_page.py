"""The tiles of a reference set: tissue by center, pictures with labels, what is changed of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QWidget,
)

from pathgui.core.language.texts import counted, filled, say
from pathgui.core.reference.set_draft import DraftTable, SetDraft, TileTexts, table_of
from pathgui.core.reference.set_editing import Edits
from pathgui.core.results.formatting import NOTHING, plural
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import ask_line
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, split
from pathgui.gui.kit.room import in_lines
from pathgui.gui.kit.widgets import ElidedLabel, label, menu_under, push_button, worded_button
from pathgui.gui.reference.tile_grid import TileCard, TileGrid

_SOON_MS = 150  # after the last letter, before tiles are searched
_HEADING = 84  # logical pixels of a line of a center's name
_LEAST_OF_TABLE, _MOST_OF_TABLE = 340, 0.55  # logical pixels; share of the page
MOST_IN_MENU = 24  # labels; more are typed


class SetTilesPage(QWidget):
    """Shows a draft, never changes it: what is wanted of tiles is emitted."""

    drop_wanted = Signal(object)  # list of rows to be thrown out
    back_wanted = Signal(object)  # list of rows to be put back, with the labels that they came with
    label_wanted = Signal(object, str, str)  # list of rows, column, label

    def __init__(self, picture: Callable[[Any], QImage | None]) -> None:
        super().__init__()
        self._draft: SetDraft | None = None
        self._texts: TileTexts | None = None
        self._table: DraftTable | None = None
        self._pair: tuple[str | None, str | None] = (None, None)  # the tissue and center shown
        self._only: Sequence[int] | None = None  # rows that a finding is about
        self._timer = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._timer.timeout.connect(self._find)

        self.table = QTableWidget()
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(say("Tiles and slides of each tissue at each center"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setCornerButtonEnabled(False)
        self.table.currentCellChanged.connect(self._on_cell)
        self.table.cellClicked.connect(self._on_cell)
        self.table.verticalHeader().sectionClicked.connect(self._on_tissue)
        self.table.horizontalHeader().sectionClicked.connect(self._on_center)
        self.all_button = push_button(say("All tiles"), self.show_all, name="link")
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Find a tile, slide, patient or label"))
        self.search.setAccessibleName(say("Find tiles"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._timer.start)
        self.note = label("", "caution", wrap=True)
        self.shown = ElidedLabel("", "muted")
        self.grid = TileGrid(say("Tiles of the reference set"), self._card, picture)
        self.grid.chosen.connect(self._on_chosen)
        self.grid.delete_pressed.connect(self._drop_or_back)
        self.empty = label("", "muted", wrap=True)
        self.drop_button = push_button(
            say("Throw out"),
            self._drop,
            QKeySequence(Qt.Key.Key_Delete).toString(QKeySequence.SequenceFormat.NativeText),
            picture=icon("delete"),
        )
        self.back_button = push_button(
            say("Put back"),
            self._back,
            say("Into the set again, with the labels that it came with"),
        )
        self.tissue_button = worded_button("reference", say("Tissue"))
        self.tissue_button.setToolTip(say("Another tissue for the selected tiles"))
        self.center_button = worded_button("reference", say("Center"))
        self.center_button.setToolTip(
            say("Another center for all tiles of the selected tiles' slides")
        )
        for button, column in ((self.tissue_button, "tissue"), (self.center_button, "center")):
            menu = menu_under(button)
            menu.aboutToShow.connect(partial(self._fill, menu, column))
        left = in_column(
            in_row(label(say("Tiles (slides)"), "section"), STRETCH, self.all_button),
            (self.table, 1),
            spacing=6,
        )
        does = in_row(
            self.drop_button, self.back_button, self.tissue_button, self.center_button, STRETCH,
            spacing=6,
        )  # fmt: skip
        right = in_column(
            self.search, self.note, self.shown, (self.grid, 1), self.empty, does, spacing=6
        )
        self._both = split(
            holder(left), holder(right), handle=11, stretch=(0, 1), sizes=(340, 640)
        )  # fmt: skip
        self._is_split_by_hand = False
        self._both.splitterMoved.connect(self._on_split)
        self.setLayout(in_column((self._both, 1), margins=(0, 8, 0, 0)))
        self._on_chosen([])

    # What is shown

    def show_draft(self, draft: SetDraft | None) -> None:
        """Show a draft. Of the same set, the same tiles stay in sight."""
        before, self._draft = self._draft, draft
        if draft is None or before is None or before.reference is not draft.reference:
            self._texts, self._pair, self._only = None, (None, None), None
            self.search.clear()
        self.note.hide()
        if draft is not None:
            if not draft.reference.has_pictures:
                names = ", ".join(each.encoder for each in draft.reference.info.embeddings)
                self.note.setText(
                    say(
                        "This set holds embeddings of {names} and no pictures. "
                        "Its tiles can be found, thrown out and relabeled by "
                        "their names.",
                        names=names,
                    )
                )
                self.note.show()
            columns = draft.reference.columns
            self.table.setAccessibleName(
                columns.say(say("Tiles and slides of each {tissue} at each {center}"))
            )
            self.tissue_button.setToolTip(
                columns.say(say("Another {tissue} for the selected tiles"))
            )
            self.center_button.setToolTip(
                columns.say(say("Another {center} for all tiles of the selected tiles' slides"))
            )
            self.tissue_button.setText(columns.of_tissue.One)
            self.center_button.setText(columns.of_center.One)
            self._show_table(draft)
        self._find()
        self.grid.repaint_tiles()
        self._on_chosen(self.grid.selected)

    def show_rows(self, rows: Sequence[int]) -> None:
        """Show the tiles alone that a finding is about."""
        self._only, self._pair = rows, (None, None)
        self._unmark()
        self.search.clear()
        self._find()
        self.grid.setFocus()

    @Slot()
    def show_all(self) -> None:
        """Show all tiles, whatever they are."""
        self._only, self._pair = None, (None, None)
        self._unmark()
        self.search.clear()
        self._find()

    def _unmark(self) -> None:
        self.table.blockSignals(True)
        self.table.setCurrentCell(-1, -1)
        self.table.blockSignals(False)

    def _show_table(self, draft: SetDraft) -> None:
        found = table_of(draft)
        table = self.table
        table.blockSignals(True)
        before = self._table
        is_new = before is None or (before.tissues, before.centers) != (
            found.tissues,
            found.centers,
        )
        if is_new:
            table.clear()
            table.setRowCount(len(found.tissues))
            table.setColumnCount(len(found.centers))
            width_of = table.horizontalHeader().fontMetrics().horizontalAdvance
            table.setHorizontalHeaderLabels(
                [in_lines(name or NOTHING, width_of, _HEADING) for name in found.centers]
            )
            table.setVerticalHeaderLabels([name or NOTHING for name in found.tissues])
        self._table = found
        for row, tissue in enumerate(found.tissues):
            for column, center in enumerate(found.centers):
                tiles, slides = found.cell(tissue, center)
                item = table.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                    table.setItem(row, column, item)
                item.setText(
                    filled("{tiles:,} ({slides:,})", tiles=tiles, slides=slides)
                    if tiles
                    else NOTHING
                )
                told = (
                    say(
                        "{tiles} of {slides}",
                        tiles=plural(tiles, "tile"),
                        slides=plural(slides, "slide"),
                    )
                    if tiles
                    else say("none")
                )
                item.setToolTip(
                    say(
                        "{tissue} at {center}: {told}. Click to see them.",
                        tissue=tissue,
                        center=center,
                        told=told,
                    )
                )
        table.resizeColumnsToContents()
        table.blockSignals(False)
        if is_new:
            self._make_room_for_table()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._is_split_by_hand:
            self._make_room_for_table()

    @Slot()
    def _on_split(self) -> None:
        self._is_split_by_hand = True

    def _make_room_for_table(self) -> None:
        """As wide as all centers take, up to ``_MOST_OF_TABLE`` of the page."""
        table = self.table
        whole = table.horizontalHeader().length() + table.verticalHeader().sizeHint().width()
        whole += 2 * table.frameWidth()
        room = self.width() - self._both.handleWidth()
        left = min(max(whole, _LEAST_OF_TABLE), round(_MOST_OF_TABLE * room))
        self._both.setSizes([left, room - left])

    @Slot()
    def _find(self) -> None:
        """Show the tiles that are asked for, and say how many there are."""
        draft = self._draft
        if draft is None:
            self.grid.show_keys([])
            self.shown.say("")
            return
        if self._texts is None:
            self._texts = TileTexts(draft.reference)
        tissue, center = self._pair
        rows = draft.tiles_of(tissue, center) if self._only is None else list(self._only)
        text = self.search.text()
        found = self._texts.find(text, draft, rows)
        self.grid.show_keys(found)
        where = say("All tiles") if self._only is None else say("Found by the check")
        if tissue is not None or center is not None:
            where = say(" at ").join(name for name in (tissue, center) if name is not None)
        with_text = say(" with “{text}”", text=text.strip()) if text.strip() else ""
        out = len(draft.edits.dropped.intersection(found)) if draft.edits.dropped else 0
        thrown = say(", {out:,} of them thrown out", out=out) if out else ""
        self.shown.say(f"{where}{with_text}: {plural(len(found), 'tile')}{thrown}.")
        self.empty.setVisible(not found)
        self.empty.setText(
            say(
                "No tile has “{text}” here. Look among all tiles, or for another text.",
                text=text.strip(),
            )
            if text.strip()
            else say("The set has no tile here. Choose another field of the table.")
        )

    def _card(self, row: Any) -> TileCard:
        draft = self._draft
        assert draft is not None  # who has no draft has no tiles
        labels, reference = draft.labels, draft.reference
        tissue, center = str(labels.tissue[row]), str(labels.center[row])
        new = draft.edits.relabeled.get(row, {})
        told = [
            reference.tiles[row],
            say("slide {slide}", slide=labels.slide[row]),
            say("{tissue} at {center}", tissue=tissue or NOTHING, center=center or NOTHING),
        ]
        if labels.patient is not None and labels.patient[row]:
            told.insert(2, say("patient {patient}", patient=labels.patient[row]))
        for column in new:
            told.append(
                say(
                    "{column} was {getattr}",
                    column=column,
                    getattr=getattr(reference.labels, column)[row] or NOTHING,
                )
            )
        is_out = not draft.kept[row]
        if is_out:
            told.append(say("thrown out when the new version is saved"))
        lines = (tissue or NOTHING, center or NOTHING, str(labels.slide[row]))
        return TileCard(lines, "\n".join(told), is_out, bool(new))

    # What is chosen

    @Slot(int, int)
    def _on_cell(self, row: int, column: int, *_: int) -> None:
        table = self._table
        if table is None or row < 0 or column < 0:
            return
        self._choose(table.tissues[row], table.centers[column])

    @Slot(int)
    def _on_tissue(self, row: int) -> None:
        if self._table is not None:
            self._unmark()
            self._choose(self._table.tissues[row], None)

    @Slot(int)
    def _on_center(self, column: int) -> None:
        if self._table is not None:
            self._unmark()
            self._choose(None, self._table.centers[column])

    def _choose(self, tissue: str | None, center: str | None) -> None:
        if self._only is None and self._pair == (tissue, center):
            return
        self._only, self._pair = None, (tissue, center)
        self._find()

    @Slot(object)
    def _on_chosen(self, rows: list[int]) -> None:
        draft = self._draft
        edits = Edits() if draft is None else draft.edits
        out = len(edits.dropped.intersection(rows))
        changed = not edits.relabeled.keys().isdisjoint(rows)
        self.drop_button.setEnabled(out < len(rows))
        self.back_button.setEnabled(out > 0 or changed)
        for button in (self.tissue_button, self.center_button):
            button.setEnabled(bool(rows))
        n = filled(" {n_rows:,}", n_rows=len(rows)) if len(rows) > 1 else ""
        self.drop_button.setText(say("Throw{n} out", n=n) if n else say("Throw out"))

    @Slot()
    def _drop(self) -> None:
        self.drop_wanted.emit(self.grid.selected)

    @Slot()
    def _back(self) -> None:
        self.back_wanted.emit(self.grid.selected)

    @Slot()
    def _drop_or_back(self) -> None:
        """The key Delete: throw out, or put back where all are out already."""
        rows, draft = self.grid.selected, self._draft
        if not rows or draft is None:
            return
        if any(draft.kept[row] for row in rows):
            self._drop()
        else:
            self._back()

    def _fill(self, menu: QMenu, column: str) -> None:
        """The labels that there are, and a new one."""
        menu.clear()
        table = self._table
        known = () if table is None else table.tissues if column == "tissue" else table.centers
        for name in [each for each in known if each][:MOST_IN_MENU]:
            entry = menu.addAction(name.replace("&", "&&"))
            entry.triggered.connect(partial(self._label, column, name))
        menu.addSeparator()
        menu.addAction(say("Another…")).triggered.connect(partial(self._ask_label, column))

    def _label(self, column: str, name: str, _checked: bool = False) -> None:
        self.label_wanted.emit(self.grid.selected, column, name)

    def _ask_label(self, column: str, _checked: bool = False) -> None:
        rows = self.grid.selected
        if (draft := self._draft) is None:
            return
        columns = draft.reference.columns
        noun = columns.of_center if column == "center" else columns.of_tissue
        asked = (
            counted(
                len(rows),
                "The {noun} of the slides of {n:,} selected tile:",
                "The {noun} of the slides of {n:,} selected tiles:",
                noun=noun,
            )
            if column == "center"
            else counted(
                len(rows),
                "The {noun} of {n:,} selected tile:",
                "The {noun} of {n:,} selected tiles:",
                noun=noun,
            )
        )
        name, accepted = ask_line(self, say("Another {noun}", noun=noun), asked)
        if accepted and name.strip():
            self.label_wanted.emit(rows, column, name.strip())


def menu_of(button: QToolButton) -> QMenu:
    """The menu under a button, filled as when it is opened."""
    menu = button.menu()
    menu.aboutToShow.emit()
    return menu
