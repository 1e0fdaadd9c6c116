"""The slide in the corner, with the view's rectangle, the overlay and how far a run is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.gui.viewer.instruments.hud import PLATE, painting
from pathgui.gui.viewer.model.viewport import Rect, Viewport

_LONGEST_PX, _SHORTEST_PX = 170, 64  # of the longer side, in a large view and in a small one
_FRAME = QColor(90, 170, 255)
_DONE = QColor(90, 200, 120)


class Minimap(QWidget):
    """Press or drag to be there. It is always upright, as the file is."""

    went = Signal(float, float)  # level-0 x, y

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._bounds: Rect = (0, 0, 1, 1)
        self._longest = _LONGEST_PX
        self._size_l0 = (1, 1)
        self._thumbnail: QImage | None = None
        self._overlay: tuple[QImage, Rect] | None = None
        self._view = Viewport()
        self._progress: float | None = None
        self._picture: QPixmap | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(say("Minimap"))
        self.hide()

    def set_slide(
        self, size_l0: tuple[int, int], bounds_l0: Rect, thumbnail: QImage | None
    ) -> None:
        """Show another slide."""
        self._size_l0, self._bounds, self._thumbnail = size_l0, bounds_l0, thumbnail
        self._resize()

    def set_longest(self, longest_px: int) -> None:
        """Be no larger than this, as far as it can still be read."""
        longest = min(max(longest_px, _SHORTEST_PX), _LONGEST_PX)
        if longest != self._longest:
            self._longest = longest
            self._resize()

    def _resize(self) -> None:
        width, height = (self._bounds[2] - self._bounds[0], self._bounds[3] - self._bounds[1])
        scale = self._longest / max(width, height)
        self.resize(max(24, round(width * scale)) + 2, max(24, round(height * scale)) + 2)
        self._picture = None
        self.update()

    def set_view(self, view: Viewport) -> None:
        """Draw the rectangle of the view elsewhere."""
        if view != self._view:
            self._view = view
            self.update()

    def set_overlay(self, image: QImage | None, rect_l0: Rect) -> None:
        """Paint this over the slide, on that part of it."""
        self._overlay = None if image is None else (image, rect_l0)
        self._picture = None
        self.update()

    def set_progress(self, share: float | None) -> None:
        """How much of a run is done, 0 to 1; None: no run."""
        self._progress = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._paint_picture()
        with painting(self) as painter:
            painter.drawPixmap(0, 0, self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            width, height = self._view.size_px
            corners = [(0, 0), (width, 0), (width, height), (0, height)]
            points = [QPointF(*self._point(self._view.to_l0(corner))) for corner in corners]
            painter.setPen(QPen(QColor(0, 0, 0, 160), 3.5))
            painter.drawPolygon(QPolygonF(points))
            painter.setPen(QPen(_FRAME, 1.8))
            painter.drawPolygon(QPolygonF(points))
            if self._progress is not None:
                top, done = self.height() - 4, self.width() * self._progress
                painter.fillRect(QRectF(0, top, self.width(), 4), PLATE)
                painter.fillRect(QRectF(0, top, done, 4), _DONE)

    def _paint_picture(self) -> QPixmap:
        """All that a move of the view does not change."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(PLATE)
        painter = QPainter(picture)
        painter.setClipRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        if self._thumbnail is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            whole = (0.0, 0.0, float(self._size_l0[0]), float(self._size_l0[1]))
            painter.drawImage(self._to_map(whole), self._thumbnail)
        if self._overlay is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(self._to_map(self._overlay[1]), self._overlay[0])
        painter.end()
        return picture

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _go(self, at: QPointF) -> None:
        x0, y0, x1, y1 = self._bounds
        x = x0 + (at.x() - 1) / (self.width() - 2) * (x1 - x0)
        y = y0 + (at.y() - 1) / (self.height() - 2) * (y1 - y0)
        self.went.emit(x, y)

    def _point(self, point_l0: tuple[float, float]) -> tuple[float, float]:
        x0, y0, x1, y1 = self._bounds
        return (
            1 + (point_l0[0] - x0) / (x1 - x0) * (self.width() - 2),
            1 + (point_l0[1] - y0) / (y1 - y0) * (self.height() - 2),
        )

    def _to_map(self, rect_l0: Rect) -> QRectF:
        return QRectF(
            QPointF(*self._point((rect_l0[0], rect_l0[1]))),
            QPointF(*self._point((rect_l0[2], rect_l0[3]))),
        )
