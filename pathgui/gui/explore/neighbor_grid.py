"""The nearest reference tiles of a tile, as framed pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pathgui.core.language.texts import localized, say
from pathgui.core.pictures.palette import KIND_COLORS, Color
from pathgui.gui.kit.theme import current

CARD = int(Qt.ItemDataRole.UserRole)
PICTURE = 78  # logical pixels a side
FRAME = 4
_WIDTH = PICTURE + 2 * FRAME + 10
_LINE = 17

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class NeighborCard:
    """One neighbor, as it is shown."""

    row: int  # of the reference set
    kind: str
    kind_title: str  # in words
    distance: float
    counts: bool
    tissue: str
    letter: str  # of the center
    center: str
    center_color: Color
    about: str  # all that is known, one line

    @property
    def tip(self) -> str:
        """All of it, with what the frame means."""
        outside = "" if self.counts else say("\nBeyond the k nearest: shown, but not counted")
        return say(
            "{about}\n{kind}: {kind_title}\nCosine distance {distance_text}{outside}",
            about=self.about,
            kind=self.kind,
            kind_title=self.kind_title,
            distance_text=distance_text(self.distance),
            outside=outside,
        )


class NeighborModel(QAbstractListModel):
    """Neighbors, nearest first, and their pictures as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: tuple[NeighborCard, ...] = ()
        self._pictures: dict[int, QImage] = {}

    def set_cards(self, cards: Sequence[NeighborCard]) -> None:
        """Show other neighbors, as yet without pictures."""
        self.beginResetModel()
        self.cards, self._pictures = tuple(cards), {}
        self.endResetModel()

    def set_pictures(self, pictures: dict[int, QImage]) -> None:
        """Pictures of reference tiles, by row."""
        self._pictures = pictures
        if self.cards:
            self.dataChanged.emit(self.index(0), self.index(len(self.cards) - 1))

    def picture(self, row: int) -> QImage | None:
        """Of a reference tile; None where it has not come, or is gone."""
        return self._pictures.get(row)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        card = self.cards[index.row()]
        if role == CARD:
            return card
        if role == Qt.ItemDataRole.ToolTipRole:
            return card.tip
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{index.row() + 1}: {card.kind}, {card.tissue}, {card.letter} {card.center}"
        return None


class _CardDelegate(QStyledItemDelegate):
    """Picture in a frame of the kind's color, with kind and distance; center and tissue below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_WIDTH, PICTURE + 2 * FRAME + 2 * _LINE + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card: NeighborCard = index.data(CARD)
        model = index.model()
        assert isinstance(model, NeighborModel)
        theme = current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection if selected else theme.hover))
            painter.drawRoundedRect(rect, 6, 6)
        if not card.counts:
            painter.setOpacity(0.5)
        frame = QRectF(rect.left() + 5, rect.top() + 5, PICTURE + 2 * FRAME, PICTURE + 2 * FRAME)
        color = QColor(*KIND_COLORS[card.kind])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(frame, 4, 4)
        inner = frame.adjusted(FRAME, FRAME, -FRAME, -FRAME)
        picture = model.picture(card.row)
        if picture is None:
            painter.setBrush(QColor(theme.hover))
            painter.drawRect(inner)
        else:
            painter.drawImage(inner, picture)
        self._paint_kind(painter, inner, card.kind, color)
        left, width = round(frame.left()), round(frame.width())
        top = round(frame.bottom()) + 3
        self._paint_center(painter, left, top, width, card)
        self._paint_distance(painter, inner, distance_text(card.distance))
        line = QRect(left, top + _LINE, width, _LINE)
        painter.setPen(QColor(theme.text))
        text = painter.fontMetrics().elidedText(card.tissue, Qt.TextElideMode.ElideRight, width)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), text)
        painter.restore()

    def _paint_kind(self, painter: QPainter, inner: QRectF, kind: str, color: QColor) -> None:
        font = QFont(painter.font())
        font.setBold(True)
        font.setPixelSize(11)
        painter.save()
        painter.setFont(font)
        tag = QRectF(inner.left(), inner.top(), 22, 15)
        painter.setBrush(color)
        painter.drawRect(tag)
        painter.setPen(QColor("white" if color.lightnessF() < 0.45 else "black"))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), kind)
        painter.restore()

    def _paint_distance(self, painter: QPainter, inner: QRectF, distance: str) -> None:
        """On the picture, so that the tissue has the line below to itself."""
        theme = current()
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.save()
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(distance) + 6
        tag = QRectF(inner.right() - wide, inner.bottom() - 15, wide, 15)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.surface))
        painter.drawRect(tag)
        painter.setPen(QColor(theme.text))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), distance)
        painter.restore()

    def _paint_center(
        self, painter: QPainter, left: int, top: int, width: int, card: NeighborCard
    ) -> None:
        """The letter of the center on its color, and its name."""
        metrics = painter.fontMetrics()
        chip = QRectF(left, top + 1, max(15, metrics.horizontalAdvance(card.letter) + 8), 14)
        color = QColor(*card.center_color)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(chip, 3, 3)
        painter.save()
        font = QFont(painter.font())
        font.setBold(True)
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor("white" if color.lightnessF() < 0.5 else "black"))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), card.letter)
        painter.restore()
        painter.setPen(QPen(QColor(current().text)))
        start = round(chip.right()) + 4
        room = left + width - start
        text = metrics.elidedText(card.center, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(start, top, room, _LINE), int(Qt.AlignmentFlag.AlignLeft), text)


def distance_text(distance: float) -> str:
    """Short, and never 0 where it is not.

    >>> distance_text(0.1234), distance_text(0.00034567), distance_text(0.0)
    ('0.123', '3.5e-04', '0.000')
    """
    return localized(distance, ".1e") if 0 < distance < 0.001 else localized(distance, ".3f")


class NeighborGrid(QListView):
    """Neighbors in rows of pictures. Enter or a double-click goes on from one of them."""

    explore_wanted = Signal(int)  # row of the reference set
    current_card = Signal(object)  # NeighborCard or None

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("neighbors")
        self.setAccessibleName(say("Nearest reference tiles"))
        self.cards = NeighborModel()
        self.setModel(self.cards)
        self.setItemDelegate(_CardDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(1)
        self.setMouseTracking(True)
        self.setMinimumSize(_WIDTH + 20, 90)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.activated.connect(lambda index: self.explore_wanted.emit(index.data(CARD).row))
        self.selectionModel().currentChanged.connect(self._on_current)

    def _on_current(self, index: QModelIndex, before: QModelIndex) -> None:
        self.current_card.emit(index.data(CARD) if index.isValid() else None)
