"""Shares in a cell of a table, as a bar under the text."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pathgui.core.pictures.palette import Color
from pathgui.gui.kit.theme import current
from pathgui.gui.results.index_delegate import BAR_ROLE, chance_pen

_TRACK = 5  # height of the bar


@dataclass(frozen=True)
class ShareBar:
    """Shares of one whole, one after the other from the left; ``mark`` is a value to compare with.

    A color of None is that of a caution.
    """

    parts: tuple[tuple[float, Color | None], ...]
    mark: float | None = None


class ShareDelegate(QStyledItemDelegate):
    """Draws a :class:`ShareBar` along the foot of the cell: 0 left, 1 right."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        bar = index.data(BAR_ROLE)
        if not isinstance(bar, ShareBar):
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        rect = QRectF(option.rect).adjusted(6, 2, -6, -5)
        theme = current()
        painter.save()
        words = rect.adjusted(0, 0, 0, -_TRACK)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = option.palette.ColorRole
        painter.setPen(option.palette.color(role.HighlightedText if selected else role.Text))
        elided = option.fontMetrics.elidedText(
            text, Qt.TextElideMode.ElideRight, int(words.width())
        )
        painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                         elided)  # fmt: skip
        track = QRectF(rect.left(), rect.bottom() - _TRACK, rect.width(), _TRACK)
        painter.fillRect(track, QColor(theme.border))
        left = track.left()
        for share, color in bar.parts:
            width = min(max(share, 0.0), 1.0) * track.width()
            painter.fillRect(
                QRectF(left, track.top(), width, _TRACK),
                QColor(theme.caution) if color is None else QColor(*color),
            )
            left += width
        if bar.mark is not None:
            painter.setPen(chance_pen(theme.text))
            at = track.left() + bar.mark * track.width()
            painter.drawLine(at, track.top() - 3, at, track.bottom() + 2)  # type: ignore[call-overload]
        painter.restore()
