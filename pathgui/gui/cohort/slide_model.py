"""The slide table as Qt's views see it: sorted and filtered rows, thumbnails, what each lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPixmap

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, SLIDE_ID
from pathgui.core.language.texts import say
from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.cohort.content import Content, sorted_rows
from pathgui.gui.kit.icons import pixmap
from pathgui.gui.kit.theme import current
from pathgui.gui.results.index_delegate import BAR_ROLE
from pathgui.gui.results.share_delegate import ShareBar

THUMBNAIL = QSize(40, 40)  # logical pixels
_KEPT_BYTES = 48 << 20  # of thumbnails: some 7,000, or 1,700 on a screen of twice the density
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class ResultColumn:
    """A column of results, which nobody types: of each slide, by slide_id, a text.

    ``sort`` has the numbers where texts are no order to sort by, ``bars`` what is drawn below the
    texts, and ``tips`` what is said of a cell if one rests over it. ``in_front`` stands before the
    columns that are typed, in sight without scrolling; the others stand after them.
    """

    key: str
    title: str
    tip: str
    texts: Mapping[str, str]
    sort: Mapping[str, float] = field(default_factory=dict)
    bars: Mapping[str, ShareBar] = field(default_factory=dict)
    tips: Mapping[str, str] = field(default_factory=dict)
    in_front: bool = False


@dataclass(frozen=True)
class _Column:
    """One column of the view. ``name`` is that of the table where it is one of its own."""

    title: str
    name: str = ""
    tip: str = ""
    editable: bool = False
    result: ResultColumn | None = None


_LACKS = _Column(say("Lacks"), tip=say("What the row lacks to be evaluated, and why: rest over it"))


class SlideModel(QAbstractTableModel):
    """Shows a :class:`Content`, never changes it: what is typed is emitted as ``edited``."""

    edited = Signal(object)  # Cells

    def __init__(self) -> None:
        super().__init__()
        self.content = Content()
        self._columns: list[_Column] = []
        self._order: list[int] = []
        self._words = ""
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self._results: tuple[ResultColumn, ...] = ()
        self._faults: dict[int, list[Fault]] = {}
        self._looked: frozenset[int] = frozenset()  # rows whose faults are all known
        self._pictures = ByteCache[Path, QPixmap](_KEPT_BYTES)
        self._failed: set[Path] = set()
        self._locked = False
        self._ratio = 1.0
        self._marks: dict[tuple[str, str, int], QPixmap] = {}
        self._columns = self._made_columns()

    # What is shown

    def show(self, content: Content, *, locked: bool) -> None:
        """Show another content. ``locked``: nothing can be typed."""
        before, self._locked = self.content, locked
        roles_same = before.roles == content.roles
        same_rows = len(before.files) == len(content.files)
        if roles_same and same_rows and before.slides.columns == content.slides.columns:
            self.content = content
            self._tell_all()
            return
        self.beginResetModel()
        self.content = content
        if not same_rows:
            self._faults, self._looked = {}, frozenset()
        if before.slides.columns != content.slides.columns:
            self._sorted = None
        self._columns = self._made_columns()
        self._arrange()
        self.endResetModel()

    def show_results(self, results: Sequence[ResultColumn]) -> None:
        """Show other columns of results."""
        self.beginResetModel()
        self._results = tuple(results)
        self._columns = self._made_columns()
        self._sorted = None
        self._arrange()
        self.endResetModel()

    def show_faults(self, faults: Sequence[Fault], looked: frozenset[int]) -> None:
        """Mark rows that lack something; ``looked`` are the rows whose files were opened."""
        self._faults = {}
        for fault in faults:
            if fault.row:
                self._faults.setdefault(fault.row - 1, []).append(fault)
        self._looked = looked
        self._tell_all()

    def show_picture(self, path: Path, picture: QImage | None) -> None:
        """Show a slide's thumbnail; None: it has none."""
        if picture is None:
            self._failed.add(path)
        else:
            pixels = QPixmap.fromImage(picture)
            pixels.setDevicePixelRatio(self._ratio)
            self._pictures.put(path, pixels, picture.sizeInBytes())
            self._failed.discard(path)
        row = self.content.row_of.get(path)
        if row is not None and row in self._order:
            index = self.index(self._order.index(row), 0)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def forget_pictures(self, ratio: float) -> None:
        """Pictures for a screen of another density are to be made."""
        self._ratio = ratio
        self._pictures = ByteCache[Path, QPixmap](_KEPT_BYTES)
        self._failed.clear()

    def lacks_picture(self, path: Path) -> bool:
        """Whether a thumbnail was neither shown nor impossible."""
        return path not in self._failed and self._pictures.get(path) is None

    def filter(self, words: str) -> None:
        """Show only rows in which each of the words stands."""
        if words != self._words:
            self.beginResetModel()
            self._words = words
            self._arrange()
            self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort rows by a column; -1: as they stand in the table."""
        wanted = None if column < 0 else (column, order)
        if wanted != self._sorted:
            self.beginResetModel()
            self._sorted = wanted
            self._arrange()
            self.endResetModel()

    @property
    def is_sorted(self) -> bool:
        """Whether rows stand in the order of a column."""
        return self._sorted is not None

    # Where things are

    @property
    def rows(self) -> list[int]:
        """The rows of the table as they are shown."""
        return self._order

    def row_at(self, shown: int) -> int:
        """The row of the table that is shown at a place."""
        return self._order[shown]

    def name_at(self, column: int) -> str:
        """The table's column; "" for one that is none of the table's."""
        return self._columns[column].name

    def column_of(self, name: str) -> int:
        """Where a column of the table is shown; -1: nowhere."""
        names = [column.name for column in self._columns]
        return names.index(name) if name in names else -1

    def is_editable(self, column: int) -> bool:
        """Whether its cells can be typed in."""
        return self._columns[column].editable

    def is_result(self, column: int) -> bool:
        """Whether it is one of results."""
        return self._columns[column].result is not None

    def text_at(self, shown: int, column: int) -> str:
        """What a cell says."""
        return self._text(self._order[shown], self._columns[column])

    def faults_at(self, shown: int) -> list[Fault]:
        """What the row shown at a place lacks."""
        return self._faults.get(self._order[shown], [])

    # What views ask

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self._columns)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        result = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if index.isValid() and self.is_editable(index.column()) and not self._locked:
            result |= Qt.ItemFlag.ItemIsEditable
        return result

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._order[index.row()], self._columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._decoration(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == BAR_ROLE:
            return self._bar(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            if column is _LACKS and row in self._faults:
                return QColor(current().caution)
            if not column.editable:
                return QColor(current().muted)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        text = str(value).strip()
        row, column = self._order[index.row()], self._columns[index.column()]
        if role != Qt.ItemDataRole.EditRole or not column.editable:
            return False
        self.edited.emit({(row, column.name): text})
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            shown = role == Qt.ItemDataRole.DisplayRole and section < len(self._order)
            return str(self._order[section] + 1) if shown else None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    # Inside

    def _made_columns(self) -> list[_Column]:
        found = []
        for name in self.content.columns:
            role = self.content.role_of(name)
            title = f"{name} ({role})" if role and role not in name else name
            tip = say("Plays the role of the {role}. ", role=role) if role else ""
            what = say("Click: sort. Right click: role, remove")
            found.append(_Column("slide" if name == SLIDE_ID else title, name, tip + what, True))
        front, after = [_LACKS], list[_Column]()
        for each in self._results:
            shown = _Column(each.title, "", each.tip, False, each)
            (front if each.in_front else after).append(shown)
        found[1:1] = front
        found += after
        found.append(_Column("file", FILE, say("The file of the slide")))
        found.append(
            _Column("content", CONTENT_ID, say("Tells which slide it is, whatever it is called"))
        )
        return found

    def _arrange(self) -> None:
        rows = self.content.matching(self._words)
        if self._sorted is not None and self._sorted[0] < len(self._columns):
            column = self._columns[self._sorted[0]]
            descending = self._sorted[1] == Qt.SortOrder.DescendingOrder
            if column.result is not None and column.result.sort:
                rows = self._by_number(rows, column.result, descending)
            else:
                rows = sorted_rows(self._texts(column), rows, descending=descending)
        self._order = rows

    def _by_number(self, rows: list[int], result: ResultColumn, descending: bool) -> list[int]:
        ids, sort = self.content.slides.slide_ids, result.sort
        there = [row for row in rows if ids[row] in sort]
        there.sort(key=lambda row: sort[ids[row]], reverse=descending)
        return there + [row for row in rows if ids[row] not in sort]

    def _texts(self, column: _Column) -> Sequence[str]:
        if column.name:
            return self.content.slides.column(column.name)
        return [self._text(row, column) for row in range(len(self.content.files))]

    def _text(self, row: int, column: _Column) -> str:
        if column is _LACKS:
            found = self._faults.get(row, ())
            return ", ".join(dict.fromkeys(fault.lacks for fault in found))
        if column.result is not None:
            return column.result.texts.get(self.content.slides.slide_ids[row], "")
        return self.content.slides.cell(row, column.name)

    def _tip(self, row: int, column: _Column) -> str:
        if column is _LACKS:
            faults = self._faults.get(row, [])
            if faults:
                return "\n".join(f"{fault.why[:1].upper()}{fault.why[1:]}." for fault in faults)
            return say("It lacks nothing.") if row in self._looked else say("Not looked at yet.")
        if column.name in (SLIDE_ID, FILE):
            path = self.content.files[row]
            return say("Its file is not found.") if path is None else str(path)
        text = self._text(row, column)
        if column.result is not None:
            return column.result.tips.get(self.content.slides.slide_ids[row], text)
        return text

    def _bar(self, row: int, column: _Column) -> ShareBar | None:
        if column.result is None:
            return None
        return column.result.bars.get(self.content.slides.slide_ids[row])

    def _decoration(self, row: int, column: _Column) -> QPixmap | None:
        if column.name == SLIDE_ID:
            path = self.content.files[row]
            picture = None if path is None else self._pictures.get(path)
            if picture is not None:
                return picture
            gone = path is None or path in self._failed
            theme = current()
            if gone:
                return self._mark("missing" if path is None else "error", theme.bad, 40)
            return self._mark("slide", theme.muted, 40)
        if column is _LACKS:
            if row in self._faults:
                return self._mark("warning", current().caution, 18)
            if row in self._looked:
                return self._mark("check", current().good, 18)
        return None

    def _mark(self, name: str, color: str, size: int) -> QPixmap:
        key = (name, color, size)
        if key not in self._marks:
            self._marks[key] = pixmap(name, color, size, self._ratio)
        return self._marks[key]

    def _tell_all(self) -> None:
        if self._order:
            last = self.index(len(self._order) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def block_of(model: SlideModel, places: Sequence[tuple[int, int]]) -> list[list[str]]:
    """The texts of cells at some places, in the rectangle that holds them all."""
    if not places:
        return []
    top, bottom = min(r for r, _ in places), max(r for r, _ in places)
    left, right = min(c for _, c in places), max(c for _, c in places)
    chosen = set(places)
    return [
        [
            model.text_at(row, column) if (row, column) in chosen else ""
            for column in range(left, right + 1)
        ]
        for row in range(top, bottom + 1)
    ]
