"""A row of neighbors for the card beside the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPixmap

from pathgui.core.pictures.palette import KIND_COLORS
from pathgui.gui.explore.neighbor_grid import NeighborCard

SHOWN = 5
_PICTURE = 54  # logical pixels a side
_FRAME = 3
_GAP = 5
_LETTERS = 15  # height of the line below
_EMPTY = QColor(70, 70, 70)


def kinds_said(cards: Sequence[NeighborCard]) -> str:
    """What the kinds in the strip mean, each once, a line each."""
    titles = {card.kind: card.kind_title for card in cards[:SHOWN]}
    return "\n".join(f"{kind}: {title}" for kind, title in titles.items())


def neighbor_strip(
    cards: Sequence[NeighborCard], pictures: dict[int, QImage], ratio: float
) -> QPixmap:
    """The first neighbors side by side: framed by kind, with the letter of their center below."""
    cards = cards[:SHOWN]
    side = _PICTURE + 2 * _FRAME
    width = len(cards) * (side + _GAP) - _GAP
    strip = QPixmap(max(1, round(width * ratio)), round((side + _LETTERS) * ratio))
    strip.setDevicePixelRatio(ratio)
    strip.fill(Qt.GlobalColor.transparent)
    painter = QPainter(strip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    font = QFont(painter.font())
    font.setPixelSize(11)
    font.setBold(True)
    painter.setFont(font)
    for place, card in enumerate(cards):
        left = place * (side + _GAP)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*KIND_COLORS[card.kind]))
        painter.drawRoundedRect(QRectF(left, 0, side, side), 3, 3)
        inner = QRectF(left + _FRAME, _FRAME, _PICTURE, _PICTURE)
        picture = pictures.get(card.row)
        if picture is None:
            painter.setBrush(_EMPTY)
            painter.drawRect(inner)
        else:
            painter.drawImage(inner, picture)
        below = QRectF(left, side, side, _LETTERS)
        painter.setPen(QColor(0xF5, 0xF5, 0xF5))
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), f"{card.kind} {card.letter}")
    painter.end()
    return strip
