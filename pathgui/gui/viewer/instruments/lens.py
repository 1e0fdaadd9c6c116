"""A lens: around the cursor the slide has other colors, such as those of another hospital.

What it does to pixels is handed in; the viewer knows nothing of centers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from pathgui.core.language.texts import say
from pathgui.gui.viewer.canvas.layered_canvas import LayeredCanvas
from pathgui.gui.viewer.canvas.painting import paint_slide
from pathgui.gui.viewer.instruments.hud import INK, paint_label

RADIUS = 110  # logical pixels
Recolor = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]  # RGB (h, w, 3), the same size

_RIM = QColor(20, 20, 20, 220)


class Lens:
    """Recolors the pixels under the cursor of one view, in the colors of its choice."""

    def __init__(self, canvas: LayeredCanvas) -> None:
        self._canvas = canvas
        self._colors: dict[str, Recolor] = {}  # by name
        self.shown = ""  # whose colors it shows; "": it is put away

    @property
    def there(self) -> bool:
        """Whether there are colors to look through."""
        return bool(self._colors)

    def offer(self, colors: Mapping[str, Recolor]) -> None:
        """Look through these from now on, by name; what it showed stays if it is among them."""
        self._colors = dict(colors)
        if self.shown not in self._colors:
            self.shown = ""
        self._canvas.update()

    def step(self) -> None:
        """The colors of the next name; after the last one the lens is put away."""
        names = ["", *self._colors]
        self.shown = names[(names.index(self.shown) + 1) % len(names)]
        self._canvas.update()

    def paint(self, painter: QPainter) -> None:
        """The recolored pixels in a circle around the cursor, with the name below."""
        canvas = self._canvas
        at, pixels = canvas.cursor_px, canvas.pixels
        if not self.shown or at is None or pixels is None:
            return
        side = 2 * round(RADIUS * canvas.dpr)
        clip = QRect(round(at[0]) - side // 2, round(at[1]) - side // 2, side, side)
        image = QImage(side, side, QImage.Format.Format_RGB888)
        inner = QPainter(image)
        inner.translate(-clip.x(), -clip.y())
        paint_slide(
            inner, pixels, canvas.loader.cache, canvas.viewport, canvas.level, clip, smooth=True
        )
        inner.end()
        colored = np.ascontiguousarray(self._colors[self.shown](pixels_of(image)))
        picture = QImage(colored.data, side, side, 3 * side, QImage.Format.Format_RGB888)
        center = QPointF(at[0] / canvas.dpr, at[1] / canvas.dpr)
        circle = QPainterPath()
        circle.addEllipse(center, RADIUS, RADIUS)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(circle)
        place = QRectF(
            clip.x() / canvas.dpr, clip.y() / canvas.dpr, side / canvas.dpr, side / canvas.dpr
        )
        painter.drawImage(place, picture)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(_RIM, 4), QPen(INK, 1.5)):
            painter.setPen(pen)
            painter.drawPath(circle)
        words = say("colors of {name}, for display only", name=self.shown)
        paint_label(painter, center + QPointF(-RADIUS / 2, RADIUS + 8), words, INK)
        painter.restore()


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """The pixels of an RGB888 image, (h, w, 3); a copy."""
    row = image.bytesPerLine()
    flat: NDArray[Any] = np.frombuffer(image.constBits(), np.uint8)[: row * image.height()]
    return (
        flat.reshape(image.height(), row)[:, : 3 * image.width()]
        .reshape(image.height(), image.width(), 3)
        .copy()
    )
