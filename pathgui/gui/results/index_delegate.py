"""The robustness index in a cell of a table: number, interval, chance value, support."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pathgui.core.metrics.neighbors.kinds import KINDS, OS, SO
from pathgui.core.pictures.palette import KIND_COLORS
from pathgui.core.results.charts import CHANCE_DASHES, IndexBar
from pathgui.gui.kit.theme import Theme, current

BAR_ROLE = int(Qt.ItemDataRole.UserRole) + 1  # an IndexBar
_TRACK = 9  # height of the drawn part
_DISC = 11  # diameter of the disc that support fills


class IndexDelegate(QStyledItemDelegate):
    """Draws an :class:`IndexBar` under the text of the cell: 0 left, 1 right.

    Left of the text a disc is filled as far as support goes, in the color of a caution where the
    index rests on few tiles.
    """

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(max(size.width() + _DISC + 8, 150), size.height() + _TRACK)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        bar = index.data(BAR_ROLE)
        if not isinstance(bar, IndexBar) or bar.value is None:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style = QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        rect = QRectF(option.rect).adjusted(8, 3, -8, -4)
        theme = current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.text))
        words = QRectF(rect.left(), rect.top(), rect.width(), rect.height() - _TRACK)
        painter.drawText(
            words, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text
        )
        if bar.support is not None:
            disc = QRectF(rect.left(), words.center().y() - _DISC / 2, _DISC, _DISC)
            draw_support(
                painter, disc, bar.support, theme.caution if bar.low_support else theme.muted
            )
        draw_bar(
            painter, QRectF(rect.left(), rect.bottom() - _TRACK, rect.width(), _TRACK), bar, theme
        )
        painter.restore()


def draw_support(painter: QPainter, rect: QRectF, support: float, color: str) -> None:
    """Draw a disc that is filled from twelve o'clock as far as ``support`` goes, 1 all of it."""
    painter.setPen(QPen(QColor(color), 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(rect)
    painter.setBrush(QColor(color))
    painter.drawPie(rect, 90 * 16, -round(360 * 16 * min(max(support, 0.0), 1.0)))


def draw_bar(painter: QPainter, rect: QRectF, bar: IndexBar, theme: Theme) -> None:
    """Draw ``bar`` over the width of ``rect``: 0 at its left edge, 1 at its right."""
    assert bar.value is not None

    def x(value: float) -> float:
        return rect.left() + min(max(value, 0.0), 1.0) * rect.width()

    middle = rect.center().y()
    painter.setPen(QPen(QColor(theme.border), 2))
    painter.drawLine(rect.left(), middle, rect.right(), middle)  # type: ignore[call-overload]
    color = bar_color(bar.side, theme)
    if bar.low is not None and bar.high is not None:
        painter.setPen(QPen(color, 3))
        painter.drawLine(x(bar.low), middle, x(bar.high), middle)  # type: ignore[call-overload]
    if bar.null is not None:
        painter.setPen(chance_pen(theme.text))
        painter.drawLine(x(bar.null), rect.top(), x(bar.null), rect.bottom())  # type: ignore[call-overload]
    painter.setPen(QPen(QColor(theme.surface), 1))
    painter.setBrush(color)
    painter.drawEllipse(QRectF(x(bar.value) - 3.5, middle - 3.5, 7, 7))


def chance_pen(color: str, width: float = 1.3) -> QPen:
    """The dashes that every table and chart draws a chance value with."""
    pen = QPen(QColor(color), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # else each dash is a width longer than it says
    pen.setDashPattern(CHANCE_DASHES)
    return pen


def bar_color(side: int, theme: Theme) -> QColor:
    """Blue above the null, vermillion below it, gray where they cannot be told apart."""
    if side == 0:
        return QColor(theme.muted)
    color = QColor(*KIND_COLORS[KINDS[SO if side > 0 else OS]])
    return color.lighter(160) if theme.name == "dark" else color
