"""How a legend looks: the same in the picture and in files that are saved of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from pathgui.core.language.texts import localized, say
from pathgui.core.pictures.fading import FADED_MEANS, HOLLOW_MEANS, STRENGTHS
from pathgui.core.pictures.palette import ink_on
from pathgui.gui.viewer.instruments.hud import INK, PLATE
from pathgui.gui.viewer.instruments.legend_facts import LegendFacts, LegendRow
from pathgui.gui.viewer.model.units import range_ends

PAD = 8.0
_SWATCH = 12.0
_CODED_SWATCH = 22.0  # of a class whose tiles carry letters
_GAP = 7.0
_WIDEST = 310.0
_BAR_WIDTH = 170.0
_BAR_HEIGHT = 12.0
FOLD = 14.0  # the sign that folds it, right of the title
QUIET = QColor(205, 205, 205)


def title_lines(title: str, metrics: QFontMetricsF) -> list[str]:
    """The encoder, and below it what the layer is; a long one goes on in another line."""
    encoder, colon, layer = title.rpartition(": ")
    lines = []
    for part in (encoder, layer) if colon else (title,):
        line = ""
        for word in part.split():
            longer = f"{line} {word}".lstrip()
            if line and metrics.horizontalAdvance(longer) > _WIDEST - FOLD:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def legend_size(facts: LegendFacts, font: QFont, gap: float = 0.0) -> QSizeF:
    """How large it is painted, with a ``gap`` below the title."""
    metrics, bold = QFontMetricsF(font), QFontMetricsF(bold_of(font))
    line = metrics.height() + 4
    titles = title_lines(facts.title, bold)
    width = max(bold.horizontalAdvance(text) for text in titles) + FOLD
    height = bold.height() * len(titles) + 4 + gap
    if gap:
        width = max(width, _BAR_WIDTH)
    if facts.bar:
        width = max(width, _BAR_WIDTH)
        height += _BAR_HEIGHT + 2 * line
    for row in facts.rows:
        words = metrics.horizontalAdvance(row.words) + metrics.horizontalAdvance(
            localized(row.count, ",")
        )
        width = max(width, _swatch_width(row) + 3 * _GAP + words)
        height += line
    if facts.more:
        width = max(width, metrics.horizontalAdvance(facts.more))
        height += line
    for text in _means(facts):
        width = max(width, len(STRENGTHS) * _SWATCH + _GAP + metrics.horizontalAdvance(text))
        height += line
    return QSizeF(min(width, _WIDEST) + 2 * PAD, height + 2 * PAD)


def paint_legend(
    painter: QPainter,
    at: QPointF,
    facts: LegendFacts,
    font: QFont,
    focus: int | None = None,
    gap: float = 0.0,
) -> list[QRectF]:
    """Paint it with its top left corner at ``at``; returns where each row is.

    Of a color bar the one row is the line that switches stretching. The line ``more`` is a row
    after the others.
    """
    size = legend_size(facts, font, gap)
    plate = QRectF(at, size)
    painter.save()
    paint_plate(painter, plate)
    metrics, bold = QFontMetricsF(font), bold_of(font)
    inner = plate.adjusted(PAD, PAD, -PAD, -PAD)
    painter.setPen(INK)
    painter.setFont(bold)
    height = QFontMetricsF(bold).height()
    top = inner.top()
    for text in title_lines(facts.title, QFontMetricsF(bold)):
        head = QRectF(inner.left(), top, inner.width(), height)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        top += height
    painter.setFont(font)
    top, line = top + 4 + gap, metrics.height() + 4
    rects = []
    if facts.bar:
        rects.append(_paint_bar(painter, inner, top, line, facts))
    for row in facts.rows:
        rect = QRectF(inner.left(), top, inner.width(), line)
        _paint_row(painter, rect, row, metrics, counted=facts.counted)
        rects.append(rect)
        top += line
    if facts.more:
        rects.append(QRectF(inner.left(), top, inner.width(), line))
        _paint_line(painter, rects[-1], facts.more)
        top += line
    for text in _means(facts):
        _paint_meaning(painter, QRectF(inner.left(), top, inner.width(), line), text)
        top += line
    if focus is not None and focus < len(rects):
        painter.setPen(QPen(INK, 1, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rects[focus].adjusted(-3, 0, 3, 0))
    painter.restore()
    return rects


def folded_lines(title: str, metrics: QFontMetricsF, room: float) -> list[str]:
    """The title on a line; where that has no room, the encoder, and below it what the layer is."""
    encoder, colon, layer = title.rpartition(": ")
    parts = [encoder, layer] if colon and metrics.horizontalAdvance(title) > room else [title]
    return [metrics.elidedText(part, Qt.TextElideMode.ElideRight, room) for part in parts]


def paint_plate(painter: QPainter, plate: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, 5, 5)


def _swatch_width(row: LegendRow) -> float:
    return _CODED_SWATCH if row.code else _SWATCH


def _paint_row(
    painter: QPainter, rect: QRectF, row: LegendRow, metrics: QFontMetricsF, *, counted: bool
) -> None:
    color = QColor(*row.color)
    width = _swatch_width(row)
    tall = _SWATCH if not row.code else min(rect.height() - 2, _SWATCH + 4)
    swatch = QRectF(rect.left(), rect.center().y() - tall / 2, width, tall)
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(color if row.shown else Qt.BrushStyle.NoBrush)
    painter.drawRect(swatch)
    if row.code:
        painter.setPen(QColor(*ink_on(row.color)) if row.shown else INK)
        painter.drawText(swatch, Qt.AlignmentFlag.AlignCenter, row.code)
    count = localized(row.count, ",") if counted else ""
    painter.setPen(INK if row.shown else QUIET)
    room = rect.width() - width - 3 * _GAP - metrics.horizontalAdvance(count)
    name = metrics.elidedText(row.words, Qt.TextElideMode.ElideMiddle, room)
    text = rect.adjusted(width + _GAP, 0, 0, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
    painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)


def _paint_line(painter: QPainter, rect: QRectF, text: str) -> None:
    painter.setPen(QUIET)
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _means(facts: LegendFacts) -> list[str]:
    """How tiles are painted, in words."""
    said = ((facts.faded, FADED_MEANS), (facts.hollow, HOLLOW_MEANS))
    return [text for there, text in said if there]


def _paint_meaning(painter: QPainter, rect: QRectF, text: str) -> None:
    """What the strength of a color means, or an outline alone, with a picture of it."""
    swatch = QRectF(rect.left(), rect.center().y() - _SWATCH / 2, _SWATCH, _SWATCH)
    if text == HOLLOW_MEANS:
        painter.setPen(QPen(QUIET, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(swatch.adjusted(1, 1, -1, -1))
    else:
        for strength in STRENGTHS:
            shade = QColor(QUIET)
            shade.setAlphaF(strength)
            painter.fillRect(swatch, shade)
            swatch.translate(_SWATCH, 0)
    _paint_line(painter, rect.adjusted(len(STRENGTHS) * _SWATCH + _GAP, 0, 0, 0), text)


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
    low, high = range_ends(facts.low, facts.high)
    painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, low)
    painter.drawText(ends, Qt.AlignmentFlag.AlignRight, high)
    row = QRectF(inner.left(), ends.bottom(), inner.width(), line)
    text = say("☑ stretched to data") if facts.stretched else say("☐ stretch to data")
    painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
    return row


def bold_of(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold
