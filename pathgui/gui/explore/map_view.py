"""One map: points that can be moved, pointed at, clicked and lassoed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from pathgui.core.pictures.palette import KIND_COLORS, Color
from pathgui.gui.explore.explore_data import MapPoints
from pathgui.gui.explore.map_picture import MapPicture
from pathgui.gui.explore.scatter import inside
from pathgui.gui.kit.theme import Theme, current

_NOTCH = 1.25
_CLICK_PX = 4
_REACH_PX = 9.0  # how near the cursor must be to a point
_REST_MS = 120
_MOST_ZOOM = 60.0  # times as large as the whole map


@dataclass(frozen=True)
class Window:
    """What part of a map is shown: its middle, and logical pixels per unit of the map."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0


class MapView(QWidget):
    """Shows points in the colors of one label. All positions in signals are rows of the points."""

    window_changed = Signal(object)  # Window, moved by the user
    hovered = Signal(int)  # a point; -1: none
    clicked = Signal(int)
    opened = Signal(int)  # double-clicked
    lassoed = Signal(object, bool)  # (n,) bool; whether to add to what is selected
    undo_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = ""  # what points are colored by
        self.setMinimumSize(140, 110)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.lasso_by_default = True
        self.describe = _nothing_said  # what a point is, for the tooltip
        self._points: MapPoints | None = None
        self._picture = MapPicture()
        self._hover = -1
        self._focus = -1
        self._neighbors: list[tuple[int, str]] = []
        self._window = Window()
        self._fits = True
        self._image: QImage | None = None
        self._rough = False
        self._drag_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._lasso: list[QPointF] = []
        self._space = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.finish)

    # What is shown

    def set_title(self, title: str) -> None:
        """What points are colored by."""
        self.title = title
        self.setAccessibleName(title)
        self.update()

    def set_points(
        self, points: MapPoints | None, codes: NDArray[np.int16], colors: list[Color]
    ) -> None:
        """Show other points; ``codes`` (n,) say which of ``colors`` each has, -1: none."""
        self._points = points
        self._picture.set_points(points, codes, colors)
        self._hover, self._focus, self._neighbors = -1, -1, []
        self.fit()

    def set_chosen(self, chosen: NDArray[np.bool_] | None) -> None:
        """Make selected points stand out; None, or none selected: all alike."""
        self._picture.set_chosen(None if chosen is None or not chosen.any() else chosen)
        self._again()

    def set_drawn(self, drawn: NDArray[np.bool_]) -> None:
        """Draw only these points (n,); the others cannot be pointed at either."""
        self._picture.set_drawn(drawn)
        self._again()

    def set_hover(self, index: int) -> None:
        """Ring the point that the cursor is at, here or in another view."""
        if index != self._hover:
            self._hover = index
            self.update()

    def set_focus_point(self, index: int, neighbors: list[tuple[int, str]]) -> None:
        """Mark a point, and lines to its neighbors (point, kind); -1: none."""
        self._focus, self._neighbors = index, neighbors
        self.update()

    def recolor(self) -> None:
        """Follow the theme."""
        self._again()

    @property
    def window_shown(self) -> Window:
        """What part of the map is shown."""
        return self._window

    def set_window(self, window: Window, *, rough: bool = False) -> None:
        """Show another part; tells nobody."""
        self._window = window
        self._fits = False
        if rough:
            self._rough = True
            self._rest.start()
        self._again()

    def fit(self) -> None:
        """All points, those of tiles far from the rest too."""
        points = self._points
        self._fits = True
        if points is not None and len(points):
            low, high = points.positions.min(axis=0), points.positions.max(axis=0)
            span = np.maximum(high - low, 1e-6)
            room = max(self.width() - 24, 20), max(self.height() - 30, 20)
            middle = (low + high) / 2
            scale = float(min(room[0] / span[0], room[1] / span[1]))
            # The title stands above the points.
            self._window = Window(float(middle[0]), float(middle[1]) - 4 / scale, scale)
        self._again()

    # Where things are, in logical pixels

    def places(self) -> NDArray[np.float64]:
        """Position of each point in the widget, (n, 2)."""
        assert self._points is not None
        window = self._window
        middle = np.array([self.width() / 2, self.height() / 2])
        off = (self._points.positions - (window.x, window.y)) * window.scale
        return np.asarray(off + middle, np.float64)

    def point_at(self, at: QPointF) -> int:
        """The point nearest to a position, if one is near; the slide's own before others."""
        if self._points is None or not len(self._points):
            return -1
        off = np.abs(self.places() - (at.x(), at.y()))
        near = np.flatnonzero((off < _REACH_PX).all(axis=1) & self._picture.drawn)
        if not len(near):
            return -1
        distance = np.hypot(*off[near].T) - 2.0 * self._points.of_slide[near]
        return int(near[distance.argmin()]) if distance.min() < _REACH_PX else -1

    # Painting

    def _again(self) -> None:
        self._image = None
        self.update()

    def finish(self) -> None:
        """Draw with soft edges now: nothing moves any more."""
        self._rough = False
        self._again()

    def radius(self) -> float:
        """Of a reference point, logical pixels: smaller where there are many."""
        n = 0 if self._points is None else len(self._points)
        grown = min(max(self._window.scale / max(self._fit_scale(), 1e-9), 1.0), 9.0) ** 0.35
        return float((2.7 if n < 2_500 else 2.2 if n < 8_000 else 1.8) * grown)

    def _fit_scale(self) -> float:
        assert self._points is not None
        span = np.ptp(self._points.positions, axis=0)
        width, height = (max(float(each), 1e-6) for each in span)
        return min(self.width() / width, self.height() / height)

    def _draw(self, theme: Theme) -> QImage:
        window = self._window
        return self._picture.draw(
            self.size(),
            self.devicePixelRatioF(),
            (window.x, window.y),
            window.scale,
            self.radius(),
            theme,
            rough=self._rough,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        if self._points is None or not len(self._points):
            painter.fillRect(self.rect(), QColor(theme.surface))
            return
        if self._image is None:
            self._image = self._draw(theme)
        painter.drawImage(QPoint(0, 0), self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter, theme)
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        words = painter.fontMetrics().boundingRect(self.title).size()
        title = QRectF(6, 5, words.width() + 10, words.height() + 4)
        painter.fillRect(title, _with_alpha(theme.surface, 200))
        painter.setPen(QColor(theme.text))
        painter.drawText(title, int(Qt.AlignmentFlag.AlignCenter), self.title)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.border), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_marks(self, painter: QPainter, theme: Theme) -> None:
        places = self.places()
        radius = self.radius()
        if self._focus >= 0:
            start = QPointF(*places[self._focus])
            for index, kind in reversed(self._neighbors):
                color = QColor(*KIND_COLORS[kind])
                end = QPointF(*places[index])
                for pen in (QPen(QColor(theme.surface), 3.5), QPen(color, 1.8)):
                    painter.setPen(pen)
                    painter.drawLine(start, end)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(end, radius + 2.5, radius + 2.5)
            self._ring(painter, start, radius + 5, theme)
        if self._hover >= 0 and self._hover != self._focus:
            self._ring(painter, QPointF(*places[self._hover]), radius + 4, theme)
        if len(self._lasso) > 1:
            painter.setBrush(_with_alpha(theme.accent, 40))
            painter.setPen(QPen(QColor(theme.accent), 1.5, Qt.PenStyle.DashLine))
            painter.drawPolygon(QPolygonF(self._lasso))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _ring(self, painter: QPainter, at: QPointF, radius: float, theme: Theme) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(QColor(theme.surface), 4.5), QPen(QColor(theme.text), 2)):
            painter.setPen(pen)
            painter.drawEllipse(at, radius, radius)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fits:
            self.fit()
        else:
            self._again()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._again()
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        moves = self._space or not self.lasso_by_default
        self._pressed_at = event.position()
        if event.button() == Qt.MouseButton.MiddleButton or (left and moves):
            self._drag_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif left:
            self._lasso = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag_from is not None:
            moved = at - self._drag_from
            self._drag_from = at
            self._move(moved.x(), moved.y())
        elif self._lasso:
            if (at - self._lasso[-1]).manhattanLength() >= 3:
                self._lasso.append(at)
                self.update()
        else:
            index = self.point_at(at)
            self._say(index, event.globalPosition().toPoint())
            if index != self._hover:
                self.hovered.emit(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._set_idle_cursor()
        pressed, self._pressed_at = self._pressed_at, None
        lasso, self._lasso = self._lasso, []
        self._drag_from = None
        self.update()
        if pressed is None or self._points is None:
            return
        if (event.position() - pressed).manhattanLength() < _CLICK_PX and len(lasso) < 3:
            index = self.point_at(event.position())
            if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
                self.clicked.emit(index)
        elif len(lasso) >= 3:
            polygon = np.array([(point.x(), point.y()) for point in lasso])
            adds = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.lassoed.emit(inside(self.places(), polygon) & self._picture.drawn, adds)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.point_at(event.position())
        if index >= 0:
            self.opened.emit(index)
        else:
            self.fit()
            self.window_changed.emit(self._window)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        angle = event.angleDelta().y()
        if angle:
            self.zoom(_NOTCH ** (angle / 120), event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = 0.1 * min(self.width(), self.height())
        moves = {
            Qt.Key.Key_Left: (step, 0.0),
            Qt.Key.Key_Right: (-step, 0.0),
            Qt.Key.Key_Up: (0.0, step),
            Qt.Key.Key_Down: (0.0, -step),
        }
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._space = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif key in moves:
            self._move(*moves[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_NOTCH)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / _NOTCH)
        elif key == Qt.Key.Key_0:
            self.fit()
            self.window_changed.emit(self._window)
        elif key == Qt.Key.Key_Escape:
            if self._lasso:
                self._lasso = []
                self.update()
            else:
                self.undo_wanted.emit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            self._set_idle_cursor()
        else:
            super().keyReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self._hover >= 0:
            self.hovered.emit(-1)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller, with the point at ``at`` (by default the middle) staying there."""
        if self._points is None:
            return
        at = at or QPointF(self.width() / 2, self.height() / 2)
        window = self._window
        least = self._fit_scale() / 2
        scale = min(max(window.scale * factor, least), _MOST_ZOOM * 2 * least)
        dx, dy = at.x() - self.width() / 2, at.y() - self.height() / 2
        shift = 1 / window.scale - 1 / scale
        moved = Window(window.x + dx * shift, window.y + dy * shift, scale)
        self.set_window(moved, rough=True)
        self.window_changed.emit(moved)

    def set_lasso_by_default(self, lasso: bool) -> None:
        """What the left button does: select, or move."""
        self.lasso_by_default = lasso
        self._set_idle_cursor()

    def _move(self, dx: float, dy: float) -> None:
        window = self._window
        moved = replace(window, x=window.x - dx / window.scale, y=window.y - dy / window.scale)
        self.set_window(moved, rough=True)
        self.window_changed.emit(moved)

    def _say(self, index: int, at: QPoint) -> None:
        if index < 0:
            QToolTip.hideText()
        elif index != self._hover or not QToolTip.isVisible():
            QToolTip.showText(at, self.describe(index), self)

    def _set_idle_cursor(self) -> None:
        lasso = self.lasso_by_default and not self._space
        self.setCursor(Qt.CursorShape.CrossCursor if lasso else Qt.CursorShape.OpenHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(320, 260)


def _nothing_said(index: int) -> str:
    return ""


def _with_alpha(color: str, alpha: int) -> QColor:
    made = QColor(color)
    made.setAlpha(alpha)
    return made
