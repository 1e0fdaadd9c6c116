"""Tiles as pictures in rows, however many: only those in sight are painted and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QPainter,
    QPen,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from pathgui.core.language.texts import say
from pathgui.gui.kit.theme import current

PICTURE = 96  # logical pixels a side
_KEY = int(Qt.ItemDataRole.UserRole)
_PAD, _LINE = 6, 16
_WIDTH, _HEIGHT = PICTURE + 2 * _PAD, PICTURE + 3 * _LINE + 2 * _PAD + 4
_SOON_MS = 60  # after scrolling, before pictures in sight are asked for
_AROUND = 12  # tiles before and after those in sight that are read with them

Index = QModelIndex | QPersistentModelIndex
Key = Any


@dataclass(frozen=True)
class TileCard:
    """What stands below a picture, and how it looks."""

    lines: tuple[str, ...]  # at most three
    tip: str
    is_out: bool = False  # thrown out: faint, with a cross
    is_new: bool = False  # its labels were changed


class TileModel(QAbstractListModel):
    """Tiles by key. Cards are made when they are painted, so that any number costs nothing."""

    def __init__(
        self,
        card: Callable[[Key], TileCard],
        picture: Callable[[Key], QImage | None],
        parent: QObject,
    ) -> None:
        """``picture``: None where it has not come; a null image where there is none."""
        super().__init__(parent)
        self.keys: Sequence[Key] = ()
        self.card = card
        self.picture = picture

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Other tiles."""
        self.beginResetModel()
        self.keys = keys
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self.keys)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        key = self.keys[index.row()]
        if role == _KEY:
            return key
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.card(key).tip
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            card = self.card(key)
            state = say(", thrown out") if card.is_out else ", relabeled" if card.is_new else ""
            return f"{index.row() + 1}: {', '.join(card.lines)}{state}"
        return None


class _Painter(QStyledItemDelegate):
    """The picture, two lines below it, and a cross over what is thrown out."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, TileModel)
        key = model.keys[index.row()]
        card, picture, theme = model.card(key), model.picture(key), current()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        if is_selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection if is_selected else theme.hover))
            painter.drawRoundedRect(rect, 6, 6)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 6, 6)
        square = QRectF(rect.left() + _PAD, rect.top() + _PAD, PICTURE, PICTURE)
        if picture is None or picture.isNull():
            painter.setPen(QColor(theme.muted))
            painter.fillRect(square, QColor(theme.hover))
            words = "…" if picture is None else say("no picture")
            painter.drawText(square, int(Qt.AlignmentFlag.AlignCenter), words)
        else:
            painter.setOpacity(0.3 if card.is_out else 1.0)
            painter.drawImage(_inside(square, picture), picture)
            painter.setOpacity(1.0)
        if card.is_out:
            painter.setPen(QPen(QColor(theme.bad), 3))
            inner = square.adjusted(8, 8, -8, -8)
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.topRight(), inner.bottomLeft())
        metrics = painter.fontMetrics()
        for number, text in enumerate(card.lines):
            line = QRect(
                round(square.left()), round(square.bottom()) + 3 + number * _LINE, PICTURE, _LINE
            )
            color = theme.muted if number or card.is_out else theme.text
            painter.setPen(QColor(theme.accent if card.is_new and not number else color))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), shown)
        painter.restore()


def _inside(square: QRectF, picture: QImage) -> QRectF:
    """Where a picture lies in a square, with its own sides."""
    scale = min(square.width() / picture.width(), square.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    return QRectF(square.center().x() - width / 2, square.center().y() - height / 2, width, height)


class TileGrid(QListView):
    """Tiles in rows of pictures; several can be selected. Delete throws the selected ones out."""

    in_sight = Signal(list)  # keys of the tiles in sight, and of some around them
    chosen = Signal(object)  # list of the keys of the selected tiles
    delete_pressed = Signal()
    pressed_once = Signal(object)  # the key of a tile that was clicked, or Enter pressed on

    def __init__(
        self,
        name: str,
        card: Callable[[Key], TileCard],
        picture: Callable[[Key], QImage | None],
    ) -> None:
        super().__init__()
        self.setObjectName("neighbors")
        self.setAccessibleName(name)
        # Its parent owns it: it holds who paints, who holds the grid, and what holds itself is
        # collected on any thread, while a model must be destroyed on this one.
        self.tiles = TileModel(card, picture, self)
        self.setModel(self.tiles)
        self.setItemDelegate(_Painter(self))
        # Rows that wrap, not icons: of icons Qt keeps a place for each, which takes seconds
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setGridSize(QSize(_WIDTH + 2, _HEIGHT + 2))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMinimumSize(_WIDTH + 24, 120)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.look)
        self.verticalScrollBar().valueChanged.connect(self._look_soon)
        self.tiles.modelReset.connect(self._look_soon)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self.clicked.connect(self._on_pressed)

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Show other tiles, from the first."""
        if list(keys) != list(self.tiles.keys):
            self.tiles.show_keys(keys)
            self.scrollToTop()
            self.chosen.emit([])

    @property
    def selected(self) -> list[Key]:
        """Keys of the selected tiles, in their order."""
        # By ranges: an index for each of 20,000 tiles takes half a second
        found = self.selectionModel().selection()
        ranges = [found.at(number) for number in range(found.count())]
        spans = sorted((each.top(), each.bottom() + 1) for each in ranges)
        return [key for top, end in spans for key in self.tiles.keys[top:end]]

    def selectAll(self) -> None:
        """By one range: Qt's own goes through all tiles one by one."""
        tiles, model = self.tiles, self.selectionModel()
        if tiles.keys:
            every = QItemSelection(tiles.index(0), tiles.index(len(tiles.keys) - 1))
            model.select(every, model.SelectionFlag.ClearAndSelect)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """All that is seen: Qt would join the squares of all selected tiles, in sight or not."""
        return QRegion(self.viewport().rect())

    def keys_in_sight(self) -> list[Key]:
        """Those whose pictures are seen now, then some around them."""
        keys, area = self.tiles.keys, self.viewport().rect()
        if not keys:
            return []
        across = max(1, area.width() // self.gridSize().width())
        step = self.gridSize().height()
        top = self.verticalScrollBar().value() // step
        first, last = top * across, (top + area.height() // step + 2) * across
        seen = list(keys[first:last])
        return [*seen, *keys[last : last + _AROUND], *keys[max(0, first - _AROUND) : first]]

    @Slot()
    def look(self) -> None:
        """Say which tiles are in sight."""
        if self.isVisible():
            self.in_sight.emit(self.keys_in_sight())

    @Slot()
    def _look_soon(self) -> None:
        """Also while it is scrolled on and on."""
        if not self._soon.isActive():
            self._soon.start()

    @Slot()
    def repaint_tiles(self) -> None:
        """Cards or pictures have changed."""
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_soon()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_pressed(self.currentIndex())
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_selected(self) -> None:
        self.chosen.emit(self.selected)

    @Slot(QModelIndex)
    def _on_pressed(self, index: QModelIndex) -> None:
        if index.isValid():
            self.pressed_once.emit(self.tiles.keys[index.row()])
