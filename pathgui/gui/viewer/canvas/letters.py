"""The letters of classes on their tiles, where these are large enough on the screen.

Painted upright however the slide is turned, black on a bright rim, so that they are read on any
tissue and any color. A letter is an image of its own, painted once: text is dear.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from pathgui.gui.viewer.canvas.painting import sheet_clip, to_device
from pathgui.gui.viewer.model.layers import NONE, Lattice, OverlayLayer
from pathgui.gui.viewer.model.viewport import Viewport

SMALLEST_CELL_PX = 18.0  # logical: of smaller tiles letters would hide more than they say
_LARGEST_LETTER_PX = 16.0  # logical
_SHARE_OF_CELL = 0.5
_INK, _RIM = QColor(0, 0, 0), QColor(255, 255, 255, 190)
_KEPT = 400  # images


class Letters:
    """Paints them, and keeps their images."""

    def __init__(self) -> None:
        self._images: dict[tuple[str, int], QImage] = {}

    def paint(
        self,
        painter: QPainter,
        view: Viewport,
        clip_px: QRect,
        layer: OverlayLayer,
        shown: Sequence[bool],
        opacity: float,
        dpr: float,
    ) -> None:
        """Paint those of the classes ``shown``; ``painter`` is in device pixels."""
        cell = layer.stride_l0 * view.scale
        if cell < SMALLEST_CELL_PX * dpr:
            return
        size = int(min(cell * _SHARE_OF_CELL, _LARGEST_LETTER_PX * dpr))
        reach = 2 * size  # a letter of a cell beside the clip may reach into it
        rect = sheet_clip(view, clip_px.adjusted(-reach, -reach, reach, reach))
        lattice = Lattice(layer.origin_l0, layer.stride_l0, layer.shape)
        column, xs = lattice.span(0, rect[0], rect[2], view.scale)
        row, ys = lattice.span(1, rect[1], rect[3], view.scale)
        part = layer.image[row : row + len(ys) - 1, column : column + len(xs) - 1]
        place = to_device(view)
        painter.setOpacity(min(1.0, 2 * opacity))  # they go with the overlay
        for line, across in np.argwhere(part != NONE):
            value = int(part[line, across])
            if value >= len(layer.codes) or not shown[value]:
                continue
            middle = QPointF((xs[across] + xs[across + 1]) / 2, (ys[line] + ys[line + 1]) / 2)
            image = self._image(layer.codes[value], size)
            at = place.map(middle) - QPointF(image.width() / 2, image.height() / 2)
            painter.drawImage(at.toPoint(), image)

    def _image(self, code: str, size: int) -> QImage:
        key = (code, size)
        if key not in self._images:
            if len(self._images) >= _KEPT:
                self._images.clear()
            self._images[key] = _painted(code, size)
        return self._images[key]


def _painted(code: str, size: int) -> QImage:
    font = QFont()
    font.setPixelSize(max(size, 6))
    font.setBold(True)
    metrics = QFontMetricsF(font)
    rim = max(1.5, size / 9)
    width = int(metrics.horizontalAdvance(code) + 2 * rim) + 1
    height = int(metrics.height() + 2 * rim) + 1
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    path = QPainterPath()
    path.addText(QPointF(rim, rim + metrics.ascent()), font, code)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(QRectF(image.rect()))
    pen = QPen(_RIM, 2 * rim)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, _INK)
    painter.end()
    return image
