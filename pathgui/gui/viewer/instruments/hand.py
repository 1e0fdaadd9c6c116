"""Mouse, wheel, trackpad and keys of a slide view."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QWheelEvent,
)

from pathgui.gui.viewer.actions import DIRECTIONS, OPACITY_STEP
from pathgui.gui.viewer.canvas.navigation import NOTCH
from pathgui.gui.viewer.model.keys import WINDOW
from pathgui.gui.viewer.model.viewport import Point

if TYPE_CHECKING:
    from pathgui.gui.viewer.slide_view import SlideView

_HOVER_MS = 150
_PEEK_S = 0.3
_CLICK_PX = 4.0
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Hand:
    """Turns events into movements, tools and actions of one view."""

    def __init__(self, view: SlideView) -> None:
        self._view = view
        self.wheel_pans = False  # a setting: the wheel moves rather than zooms
        self.words = ""  # place and value under the cursor
        self.tile = -1  # row of the tile grid under the resting cursor
        self._drag_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._divider = False
        self._over = False  # the divider, with nothing in hand
        self._space = False
        self._down: dict[int, str] = {}  # keys, and the action that each began when it went down
        self._peek_since: float | None = None
        self._hover_timer = QTimer(view)
        self._hover_timer.setSingleShot(True)
        self._hover_timer.setInterval(_HOVER_MS)
        self._hover_timer.timeout.connect(self._rest_over_tile)

    def reset(self) -> None:
        """Another slide."""
        self._drag_from = self._pressed_at = None
        self._divider = False
        self.words = ""
        self.forget_tile()

    def forget_tile(self) -> None:
        """Until the cursor rests on a tile again, none is looked at."""
        self._hover_timer.stop()
        self._set_tile(-1)

    # Mouse

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the picture, of the divider, or use the tool in hand."""
        view = self._view
        at = view.to_device(event.position())
        self.forget_tile()
        if event.button() == _LEFT and not self._space:
            if self._over_divider(at):
                self._divider = True
                return
            more = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if view.tools.press(at, more):
                return
        if event.button() in (_LEFT, _MIDDLE):
            self._drag_from = self._pressed_at = event.position()
            self._view.navigator.start_drag()
            self._view.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> None:
        """Drag, or look at what is under the cursor."""
        view = self._view
        at = view.cursor_px = view.to_device(event.position())
        if self._divider:
            view.move_divider(at[0] / view.viewport.size_px[0])
            return
        self._show_hold(at)
        pressed = bool(event.buttons() & _LEFT)
        if self._drag_from is None and view.tools.move(at, pressed):
            return
        if self._drag_from is not None:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            view.navigator.drag_by(moved.x() * view.dpr, moved.y() * view.dpr)
            return
        self.look()

    def release(self, event: QMouseEvent) -> None:
        """Let go; without a move it was a click."""
        view = self._view
        if self._divider:
            self._divider = False
            return
        if self._drag_from is None:
            if event.button() == _LEFT:
                view.tools.release(view.to_device(event.position()))
            return
        self._drag_from = None
        view.navigator.end_drag()
        view.setCursor(
            Qt.CursorShape.CrossCursor if view.tools.active else Qt.CursorShape.ArrowCursor
        )
        moved = event.position() - (self._pressed_at or event.position())
        if moved.manhattanLength() < _CLICK_PX and event.button() == _LEFT:
            row = view.row_at(*view.viewport.to_l0(view.to_device(event.position())))
            if row >= 0:
                view.tile_clicked.emit(row)

    def double_click(self, event: QMouseEvent) -> None:
        """Zoom in twice."""
        if event.button() == _LEFT and not self._view.tools.double_click():
            self._view.navigator.remember()
            self._view.navigator.zoom_by(2.0, self._view.to_device(event.position()))

    def leave(self) -> None:
        """The cursor is elsewhere."""
        self._view.cursor_px = None
        self.words = ""
        self._view.update()
        self.forget_tile()
        self._view.left.emit()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom, move (trackpad), or the overlay's opacity (Ctrl)."""
        view = self._view
        event.accept()
        angle = event.angleDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control:
            view.set_opacity(view.opacity + OPACITY_STEP * (angle.y() or angle.x()) / 120)
            return
        pixels = event.pixelDelta()
        trackpad = not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if trackpad:
            view.navigator.pan_by(pixels.x() * view.dpr, pixels.y() * view.dpr)
        elif self.wheel_pans:
            view.navigator.pan_by(angle.x() * view.dpr, angle.y() * view.dpr)
        elif angle.y():
            view.navigator.zoom_by(NOTCH ** (angle.y() / 120), view.to_device(event.position()))

    def gesture(self, event: QNativeGestureEvent) -> bool:
        """Pinch on a trackpad. False for other gestures."""
        view = self._view
        at = view.to_device(event.position())
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            view.navigator.zoom_by(1 + event.value(), at, animated=False)
        elif event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            view.navigator.zoom_by(2.0, at)
        else:
            return False
        return True

    # Keys

    def key_press(self, event: QKeyEvent) -> bool:
        """Do what the key table says. False if it says nothing."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._space = True
            return True
        if self._view.tools.key(Qt.Key(event.key())):
            return True
        name = key_name(event)
        action = self._view.keys.action(name)
        if action is None:
            return False
        if not event.isAutoRepeat():
            self._down[event.key()] = action.id
        kind, _, word = action.id.partition("_")
        if kind in ("pan", "half"):
            if not event.isAutoRepeat() or self._view.navigator.reduced_motion:
                share = 0.1 if kind == "pan" else 0.5
                self._view.navigator.press_arrow(DIRECTIONS[word], share)
            return True
        if event.isAutoRepeat() and action.id in ("toggle_overlay", "evaluate", "full_screen"):
            return True
        if action.id == "toggle_overlay":
            self._peek_since = time.monotonic()
        if action.scope == WINDOW:
            self._view.action_requested.emit(action.id)
        else:
            self._view.perform(action.id)
        return True

    def key_release(self, event: QKeyEvent) -> bool:
        """End a held arrow or a peek."""
        if event.isAutoRepeat():
            return False
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            return True
        # By the key alone: its modifiers may have come or gone since.
        action = self._down.pop(event.key(), "")
        kind, _, word = action.partition("_")
        if kind in ("pan", "half"):
            self._view.navigator.release_arrow(DIRECTIONS[word])
            return True
        if action == "toggle_overlay" and self._peek_since is not None:
            held = time.monotonic() - self._peek_since > _PEEK_S
            self._peek_since = None
            if held:
                self._view.perform("toggle_overlay")
            return True
        return False

    def lose_keyboard(self) -> None:
        """No key release will come."""
        self._space = False
        self._down.clear()
        self._peek_since = None
        self._view.navigator.release_all()

    def _show_hold(self, at_px: Point) -> None:
        """Over the divider, the cursor says that it can be moved."""
        over = self._drag_from is None and self._over_divider(at_px)
        if over != self._over:
            self._over = over
            held = Qt.CursorShape.CrossCursor if self._view.tools.active else None
            self._view.setCursor(
                Qt.CursorShape.SplitHCursor if over else held or Qt.CursorShape.ArrowCursor
            )

    def _over_divider(self, at_px: Point) -> bool:
        swipe = self._view.look.swipe
        if swipe is None:
            return False
        return abs(at_px[0] - swipe * self._view.viewport.size_px[0]) < 6 * self._view.dpr

    # What is under the cursor

    def look(self, _: object = None) -> None:
        """Say what is under the cursor; again, where the view moves or another layer is shown."""
        view = self._view
        if self._view.cursor_px is None or view.pixels is None:
            return
        x, y = view.viewport.to_l0(self._view.cursor_px)
        layer = view.layer if view.look.visible else None
        value = layer.value_at(x, y) if layer is not None else ""
        self.words = f"{x:,.0f}, {y:,.0f} px" + (f" · {value}" if value else "")
        view.hovered.emit(x, y, value)
        view.update()
        row = view.row_at(x, y) if view.tools.active is None else -1
        if row != self.tile:
            self._set_tile(-1)
            self._hover_timer.start()

    def _rest_over_tile(self) -> None:
        idle = self._drag_from is None and self._view.tools.active is None
        if self._view.cursor_px is not None and idle:
            self._set_tile(self._view.row_at(*self._view.viewport.to_l0(self._view.cursor_px)))

    def _set_tile(self, row: int) -> None:
        if row != self.tile:
            self.tile = row
            self._view.show_card(row)
            self._view.tile_hovered.emit(row)
            self._view.update()

    # Painting

    def paint(self, painter: QPainter) -> None:
        """The outline of the tile under the cursor, the divider, and what tools drew."""
        swipe = self._view.look.swipe
        if swipe is not None:
            x = swipe * self._view.width()
            for pen in (QPen(QColor(0, 0, 0, 190), 5), QPen(QColor(255, 255, 255), 2)):
                painter.setPen(pen)
                painter.drawLine(QPointF(x, 0), QPointF(x, self._view.height()))
            _paint_handle(painter, QPointF(x, self._view.height() / 2))
        if self.tile >= 0:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            outline = self._view.to_logical(self._view.tile_rect(self.tile))
            painter.setPen(QPen(QColor(0, 0, 0, 180), 3.5))
            painter.drawPolygon(outline)
            painter.setPen(QPen(QColor(255, 255, 255), 1.5))
            painter.drawPolygon(outline)
            painter.restore()
        self._view.tools.paint(painter)


def _paint_handle(painter: QPainter, at: QPointF) -> None:
    """Where to take hold of the divider: two arrowheads in a disk."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 190), 1.5))
    painter.setBrush(QColor(255, 255, 255))
    painter.drawEllipse(at, 11, 11)
    painter.setPen(QPen(QColor(30, 30, 30), 1.8))
    for side in (-1, 1):
        tip = at + QPointF(7 * side, 0)
        for edge in (-4, 4):
            painter.drawLine(tip, at + QPointF(3 * side, edge))
    painter.restore()


def key_name(event: QKeyEvent) -> str:
    """The key as the table writes it. Shift is left out where it made the character (``?``)."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key(event.key())
    text = event.text()
    if len(text) == 1 and text.isprintable() and not text.isalnum() and not text.isspace():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    combination = QKeyCombination(modifiers, key)
    return QKeySequence(combination).toString(QKeySequence.SequenceFormat.PortableText)
