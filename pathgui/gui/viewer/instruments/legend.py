"""The legend inside the picture: classes to show, hide and solo, or a color bar with its range."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from pathgui.core.errors import plural
from pathgui.gui.viewer.instruments.hud import INK, PLATE, painting
from pathgui.gui.viewer.model.layers import OverlayLayer

_PAD = 8.0
_SWATCH = 12.0
_GAP = 7.0
_WIDEST = 300.0
_BAR_WIDTH = 170.0
_BAR_HEIGHT = 12.0
UNCERTAIN = "hatched: probability under 0.5, or outside"


@dataclass(frozen=True)
class LegendRow:
    """One class: ``count`` tiles of it; ``key`` is drawn beside the swatch (a center's letter)."""

    name: str
    color: tuple[int, int, int]
    shown: bool
    count: int
    hatched: bool = False


@dataclass(frozen=True)
class LegendFacts:
    """What a legend says. Either ``rows``, or ``bar`` with its ends."""

    title: str
    rows: tuple[LegendRow, ...] = ()
    bar: tuple[tuple[int, int, int], ...] = ()
    low: float = 0.0
    high: float = 1.0
    stretched: bool = False
    note: str = ""


def legend_of(layer: OverlayLayer, shown: list[bool], stretched: bool) -> LegendFacts:
    """The legend of a layer."""
    if layer.scalar:
        low, high = layer.data_range() if stretched else layer.value_range
        return LegendFacts(layer.title, (), tuple(layer.colors), low, high, stretched)
    counts = layer.counts()
    rows = tuple(
        LegendRow(
            name,
            layer.colors[index],
            shown[index],
            counts[index],
            index < len(layer.hatched) and layer.hatched[index],
        )
        for index, name in enumerate(layer.names)
    )
    uncertain = layer.uncertain is not None and bool(layer.uncertain.any())
    return LegendFacts(layer.title, rows, note=UNCERTAIN if uncertain else "")


def legend_size(facts: LegendFacts, font: QFont) -> QSizeF:
    """How large it is painted."""
    metrics, bold = QFontMetricsF(font), QFontMetricsF(_bold(font))
    line = metrics.height() + 4
    width = bold.horizontalAdvance(facts.title)
    height = bold.height() + 4
    if facts.bar:
        width = max(width, _BAR_WIDTH)
        height += _BAR_HEIGHT + 2 * line
    for row in facts.rows:
        text = metrics.horizontalAdvance(row.name) + metrics.horizontalAdvance(f"{row.count:,}")
        width = max(width, _SWATCH + 3 * _GAP + text)
        height += line
    if facts.note:
        width = max(width, metrics.horizontalAdvance(facts.note))
        height += line
    return QSizeF(min(width, _WIDEST) + 2 * _PAD, height + 2 * _PAD)


def paint_legend(
    painter: QPainter, at: QPointF, facts: LegendFacts, font: QFont, focus: int | None = None
) -> list[QRectF]:
    """Paint it with its top left corner at ``at``; returns where each row is.

    Of a color bar the one row is the line that switches stretching.
    """
    size = legend_size(facts, font)
    plate = QRectF(at, size)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, 5, 5)
    metrics, bold = QFontMetricsF(font), _bold(font)
    inner = plate.adjusted(_PAD, _PAD, -_PAD, -_PAD)
    painter.setPen(INK)
    painter.setFont(bold)
    head = QRectF(inner.left(), inner.top(), inner.width(), QFontMetricsF(bold).height())
    title = fitting_title(facts.title, QFontMetricsF(bold), inner.width())
    painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
    painter.setFont(font)
    top, line = head.bottom() + 4, metrics.height() + 4
    rects = []
    if facts.bar:
        rects.append(_paint_bar(painter, inner, top, line, facts))
    for index, row in enumerate(facts.rows):
        rect = QRectF(inner.left(), top, inner.width(), line)
        _paint_row(painter, rect, row, metrics)
        if focus == index:
            painter.setPen(QPen(INK, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(-3, 0, 3, 0))
        rects.append(rect)
        top += line
    if facts.note:
        painter.setPen(QColor(190, 190, 190))
        rect = QRectF(inner.left(), top, inner.width(), line)
        painter.drawText(
            rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, facts.note
        )
    painter.restore()
    return rects


def fitting_title(title: str, metrics: QFontMetricsF, room: float) -> str:
    """The title as far as there is room: the encoder is cut short, never what the layer is."""
    encoder, colon, layer = title.rpartition(": ")
    if colon and metrics.horizontalAdvance(title) > room:
        left = room - metrics.horizontalAdvance(colon + layer)
        cut = metrics.elidedText(encoder, Qt.TextElideMode.ElideRight, max(left, 0.0))
        title = f"{cut}{colon}{layer}"
    return metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)


def _paint_row(painter: QPainter, rect: QRectF, row: LegendRow, metrics: QFontMetricsF) -> None:
    color = QColor(*row.color)
    swatch = QRectF(rect.left(), rect.center().y() - _SWATCH / 2, _SWATCH, _SWATCH)
    painter.setPen(QPen(color, 1.5))
    fill = Qt.BrushStyle.NoBrush
    if row.shown:
        fill = Qt.BrushStyle.BDiagPattern if row.hatched else Qt.BrushStyle.SolidPattern
    painter.setBrush(color)
    brush = painter.brush()
    brush.setStyle(fill)
    painter.setBrush(brush)
    painter.drawRect(swatch)
    count = f"{row.count:,}"
    painter.setPen(INK if row.shown else QColor(150, 150, 150))
    room = rect.width() - _SWATCH - 3 * _GAP - metrics.horizontalAdvance(count)
    name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, room)
    text = rect.adjusted(_SWATCH + _GAP, 0, 0, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
    painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)


def _paint_bar(
    painter: QPainter, inner: QRectF, top: float, line: float, facts: LegendFacts
) -> QRectF:
    bar = QRectF(inner.left(), top, inner.width(), _BAR_HEIGHT)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    last = max(len(facts.bar) - 1, 1)
    for index, color in enumerate(facts.bar):
        gradient.setColorAt(index / last, QColor(*color))
    painter.fillRect(bar, gradient)
    ends = QRectF(inner.left(), bar.bottom(), inner.width(), line)
    painter.setPen(INK)
    painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, f"{facts.low:.2f}")
    painter.drawText(ends, Qt.AlignmentFlag.AlignRight, f"{facts.high:.2f}")
    row = QRectF(inner.left(), ends.bottom(), inner.width(), line)
    text = "☑ stretched to data" if facts.stretched else "☐ stretch to data"
    painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
    return row


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


class Legend(QWidget):
    """Click a class to show or hide it, double-click (or Shift+click) to show only it.

    With the keyboard: Up and Down choose, Space toggles, Enter solos.
    """

    toggled = Signal(str)
    soloed = Signal(str)
    stretch_toggled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._facts: LegendFacts | None = None
        self._rects: list[QRectF] = []
        self._kept: tuple[object, QPixmap] | None = None
        self._row = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Legend")
        self.hide()

    @property
    def facts(self) -> LegendFacts | None:
        """What it says."""
        return self._facts

    def set_facts(self, facts: LegendFacts | None) -> None:
        """Say something else; None: nothing, and be gone."""
        if facts == self._facts:
            return
        self._facts = facts
        if facts is None:
            self.hide()
            return
        size = legend_size(facts, self.font()).toSize()
        self.resize(size.width() + 1, size.height() + 1)
        self._row = min(self._row, max(0, len(facts.rows) - 1))
        self.setAccessibleDescription(
            ", ".join(f"{row.name}: {plural(row.count, 'tile')}" for row in facts.rows)
        )
        self.show()
        self.update()

    def row_rect(self, name: str) -> QRectF:
        """Where the row of a class is."""
        assert self._facts is not None
        return self._rects[[row.name for row in self._facts.rows].index(name)]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._facts is not None:
            with painting(self) as painter:
                painter.drawPixmap(0, 0, self._painted(self._facts))

    def _painted(self, facts: LegendFacts) -> QPixmap:
        """It lies over the slide, so every move paints it; text is dear, so it is kept."""
        focus = self._row if self.hasFocus() else None
        said = (facts, focus, self.font().key(), self.size(), self.devicePixelRatioF())
        if self._kept is None or self._kept[0] != said:
            ratio = self.devicePixelRatioF()
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            self._rects = paint_legend(painter, QPointF(0, 0), facts, self.font(), focus)
            painter.end()
            self._kept = (said, picture)
        return self._kept[1]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        index = self._at(event.position())
        if index is None or self._facts is None:
            return
        if self._facts.bar:
            self.stretch_toggled.emit()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.soloed.emit(self._facts.rows[index].name)
        else:
            self.toggled.emit(self._facts.rows[index].name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        index = self._at(event.position())
        if index is not None and self._facts is not None and self._facts.rows:
            name = self._facts.rows[index].name
            self.toggled.emit(name)  # the first click of the two is taken back
            self.soloed.emit(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        facts = self._facts
        if facts is None:
            return
        key = event.key()
        if facts.bar and key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            self.stretch_toggled.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and facts.rows:
            self._row = (self._row + (1 if key == Qt.Key.Key_Down else -1)) % len(facts.rows)
            self.update()
        elif key == Qt.Key.Key_Space and facts.rows:
            self.toggled.emit(facts.rows[self._row].name)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and facts.rows:
            self.soloed.emit(facts.rows[self._row].name)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._facts is not None:
            text = "Click: show or hide. Double-click: only this class."
            if self._facts.bar:
                text = "Click the line below the bar: fixed range, or stretched to the data."
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), text, self)
            return True
        return super().event(event)

    def _at(self, position: QPointF) -> int | None:
        for index, rect in enumerate(self._rects):
            if rect.contains(position):
                return index
        return None
