"""What is written into the picture: scale bar, states. The same on screen and in a PNG."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.viewer.model.units import magnification_text, mpp_text, scale_bar

INK = QColor(245, 245, 245)
PLATE = QColor(20, 20, 20, 190)
WARNING = QColor(255, 190, 70)
MARGIN = 12.0
_PAD = 6.0
_BAR_PX = 160.0  # at most
_LEAST_BAR_PX = 30.0


@dataclass(frozen=True)
class HudFacts:
    """What the HUD says. ``scale`` is in logical pixels per level-0 pixel for the bar's length,
    ``device_scale`` in device pixels, on which the magnification rests."""

    mpp: float | None
    mpp_source: str
    scale: float
    device_scale: float
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    bar_px: float = _BAR_PX  # how long the bar may be


def bar_room(right: float) -> float:
    """How long the bar may be with its plate left of ``right``, in logical pixels."""
    return min(max(right - 2 * MARGIN - 2 * _PAD, _LEAST_BAR_PX), _BAR_PX)


@contextmanager
def painting(widget: QWidget) -> Iterator[QPainter]:
    """A painter on a widget, which ends with the block whatever happens in it.

    One that an exception keeps alive, with the frame that it is shown with, takes the program down
    when Qt hands the painted picture on.
    """
    painter = QPainter(widget)
    try:
        yield painter
    finally:
        painter.end()


def paint_hud(painter: QPainter, area: QRectF, facts: HudFacts, *, bar: bool = True) -> QRectF:
    """Paint at the lower left of ``area``: notes over the bar. Returns where it was painted."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    y = area.bottom() - MARGIN
    used = QRectF(area.left() + MARGIN, y, 0, 0)
    if bar:
        plate = _paint_bar(painter, area.left() + MARGIN, y, facts)
        used, y = used.united(plate), plate.top() - 4
    font = _font(painter, 0.92)
    for text, color in (
        *((text, INK) for text in reversed(facts.notes)),
        *((text, WARNING) for text in reversed(facts.warnings)),
    ):
        plate = _paint_plate(painter, area.left() + MARGIN, y, text, font, color)
        used, y = used.united(plate), plate.top() - 4
    painter.restore()
    return used


def magnification_words(facts: HudFacts) -> tuple[str, str]:
    """Large and small: of the view, and of the slide with where it came from."""
    small = mpp_text(facts.mpp, facts.mpp_source)
    if facts.device_scale > 1.0 + 1e-9:
        small += say(" · digital zoom")
    return magnification_text(facts.mpp, facts.device_scale), small


def _paint_bar(painter: QPainter, x: float, bottom: float, facts: HudFacts) -> QRectF:
    """The bar on its plate; returns the plate."""
    made = scale_bar(facts.mpp, facts.scale, facts.bar_px)
    font = _font(painter, 1.0)
    metrics = QFontMetricsF(font)
    width = max(made.length_px, metrics.horizontalAdvance(made.text)) + 2 * _PAD
    height = metrics.height() + 12 + _PAD
    plate = QRectF(x, bottom - height, width, height)
    _plate(painter, plate)
    color = INK if facts.mpp is not None else WARNING
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(
        QRectF(plate.left(), plate.top() + 2, plate.width(), metrics.height()),
        Qt.AlignmentFlag.AlignCenter,
        made.text,
    )
    painter.setPen(QPen(color, 2))
    left, line = plate.left() + (plate.width() - made.length_px) / 2, plate.bottom() - 8
    painter.drawLine(QPointF(left, line), QPointF(left + made.length_px, line))
    for end in (left, left + made.length_px):
        painter.drawLine(QPointF(end, line - 4), QPointF(end, line + 4))
    return plate


def _paint_plate(
    painter: QPainter, x: float, bottom: float, text: str, font: QFont, color: QColor
) -> QRectF:
    metrics = QFontMetricsF(font)
    plate = QRectF(
        x,
        bottom - metrics.height() - 6,
        metrics.horizontalAdvance(text) + 2 * _PAD,
        metrics.height() + 6,
    )
    _plate(painter, plate)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    return plate


def paint_label(painter: QPainter, at: QPointF, text: str, color: QColor = INK) -> None:
    """A line of text on a plate, right and below of ``at``."""
    metrics = QFontMetricsF(_font(painter, 1.0))
    bottom = at.y() + metrics.height() + 14
    _paint_plate(painter, at.x() + 10, bottom, text, _font(painter, 1.0), color)


def paint_focus(painter: QPainter, around: QRect, color: QColor) -> None:
    """A line inside the border of the view: it has the focus, and is seen on every picture."""
    for width, ink in ((3.0, QColor(0, 0, 0, 110)), (1.5, color)):
        painter.setPen(QPen(ink, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(around).adjusted(1, 1, -1, -1))


def paint_hint(painter: QPainter, area: QRectF, title: str, text: str) -> None:
    """What to do, in the middle of an empty view."""
    painter.save()
    font = _font(painter, 1.5)
    painter.setFont(font)
    painter.setPen(QColor(220, 220, 220))
    height = QFontMetricsF(font).height()
    middle = area.center().y()
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(
        QRectF(area.left() + 20, middle - 1.6 * height, area.width() - 40, 1.6 * height),
        flags | Qt.AlignmentFlag.AlignVCenter,
        title,
    )
    painter.setFont(_font(painter, 1.0))
    painter.setPen(QColor(165, 165, 165))
    painter.drawText(
        QRectF(area.left() + 20, middle + 4, area.width() - 40, 4 * height),
        flags | Qt.AlignmentFlag.AlignTop,
        text,
    )
    painter.restore()


def _plate(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(rect, 4, 4)


def _font(painter: QPainter, factor: float) -> QFont:
    font = QFont(QApplication.font()) if QApplication.instance() else QFont(painter.font())
    size = font.pointSizeF()
    if size > 0:
        font.setPointSizeF(size * factor)
    return font
