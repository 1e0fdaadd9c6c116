"""Mouse, wheel, trackpad and keys of a slide view."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QKeyCombination, QObject, QPointF, Qt, QTimer, Signal
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

from pathgui.core.language.texts import say
from pathgui.gui.viewer.canvas.layered_canvas import LayeredCanvas
from pathgui.gui.viewer.canvas.navigation import NOTCH
from pathgui.gui.viewer.instruments.tools import Tools
from pathgui.gui.viewer.model.keys import Action, Held, KeyTable
from pathgui.gui.viewer.model.viewport import Point

OPACITY_STEP = 0.10
_HOVER_MS = 150
_REST_S = 0.1  # a cursor that stays so long has not only passed
_PEEK_S = 0.3
_CLICK_PX = 4.0
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Hand(QObject):
    """Turns events into movements, tools and actions of one view."""

    hovered = Signal(float, float, str)  # level-0 x, y, what the shown layer says there
    left = Signal()  # the cursor left the slide
    tile_rested = Signal(int)  # row of the tile grid under the resting cursor; -1: none
    tile_clicked = Signal(int)  # row of the tile grid
    wanted = Signal(str)  # an action whose key was pressed
    region_meant = Signal(int)  # by the right button: a region

    def __init__(self, canvas: LayeredCanvas, tools: Tools, keys: KeyTable) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._tools = tools
        self._keys = keys
        self.wheel_pans = False  # a setting: the wheel moves rather than zooms
        self.words = ""  # place and value under the cursor
        self.tile = -1  # row of the tile grid under the resting cursor
        self._drag_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._divider = False
        self._over = False  # the divider, with nothing in hand
        self._space = False
        self._down: dict[int, Action[Any]] = {}  # keys, and what each began when it went down
        self._peek_since: float | None = None
        self._moved_at = 0.0  # seconds
        self._rested_l0: Point | None = None  # where the cursor rested last
        self._hover_timer = QTimer(self)
        self._hover_timer.setSingleShot(True)
        self._hover_timer.setInterval(_HOVER_MS)
        self._hover_timer.timeout.connect(self._rest_over_tile)

    def reset(self) -> None:
        """Another slide."""
        self._drag_from = self._pressed_at = None
        self._divider = False
        self._rested_l0 = None
        self.words = ""
        self.forget_tile()

    @property
    def place_l0(self) -> Point:
        """The place that an action means, whether a key, a menu or the palette started it.

        Where the cursor is; if it has left for a menu, where it rested before, as long as that is
        in view; else the middle.
        """
        view = self._canvas.viewport
        if self._canvas.cursor_px is not None:
            return view.to_l0(self._canvas.cursor_px)
        if self._rested_l0 is not None:
            x, y = view.to_px(self._rested_l0)
            if 0 <= x < view.size_px[0] and 0 <= y < view.size_px[1]:
                return self._rested_l0
        return view.center_l0

    def forget_tile(self) -> None:
        """Until the cursor rests on a tile again, none is looked at."""
        self._hover_timer.stop()
        self._set_tile(-1)

    # Mouse

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the picture, of the divider, or use the tool in hand."""
        canvas = self._canvas
        at = canvas.to_device(event.position())
        self.forget_tile()
        if event.button() == _LEFT and not self._space:
            if self._over_divider(at):
                self._divider = True
                return
            more = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if self._tools.press(at, more):
                return
        if event.button() == Qt.MouseButton.RightButton:
            which = self._tools.region_at(at)
            if which is not None:
                self.region_meant.emit(which)
            return
        if event.button() in (_LEFT, _MIDDLE):
            self._drag_from = self._pressed_at = event.position()
            self._canvas.navigator.start_drag()
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> None:
        """Drag, or look at what is under the cursor."""
        canvas = self._canvas
        self._note_rest()
        at = canvas.cursor_px = canvas.to_device(event.position())
        if self._divider:
            canvas.move_divider(at[0] / canvas.viewport.size_px[0])
            return
        self._show_hold(at)
        pressed = bool(event.buttons() & _LEFT)
        if self._drag_from is None and self._tools.move(at, pressed):
            return
        if self._drag_from is not None:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            canvas.navigator.drag_by(moved.x() * canvas.dpr, moved.y() * canvas.dpr)
            return
        self.look()

    def release(self, event: QMouseEvent) -> None:
        """Let go; without a move it was a click."""
        canvas = self._canvas
        if self._divider:
            self._divider = False
            return
        if self._drag_from is None:
            if event.button() == _LEFT:
                self._tools.release(canvas.to_device(event.position()))
            return
        self._drag_from = None
        canvas.navigator.end_drag()
        canvas.setCursor(
            Qt.CursorShape.CrossCursor if self._tools.active else Qt.CursorShape.ArrowCursor
        )
        moved = event.position() - (self._pressed_at or event.position())
        if moved.manhattanLength() < _CLICK_PX and event.button() == _LEFT:
            row = canvas.row_at(*canvas.viewport.to_l0(canvas.to_device(event.position())))
            if row >= 0:
                self.tile_clicked.emit(row)

    def double_click(self, event: QMouseEvent) -> None:
        """Zoom in twice."""
        if event.button() == _LEFT and not self._tools.double_click():
            self._canvas.navigator.remember()
            self._canvas.navigator.zoom_by(2.0, self._canvas.to_device(event.position()))

    def leave(self) -> None:
        """The cursor is elsewhere."""
        self._note_rest()
        self._canvas.cursor_px = None
        self.words = ""
        self._canvas.update()
        self.forget_tile()
        self.left.emit()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom, move (trackpad), or the overlay's opacity (Ctrl)."""
        canvas = self._canvas
        event.accept()
        angle = event.angleDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control:
            canvas.set_opacity(canvas.opacity + OPACITY_STEP * (angle.y() or angle.x()) / 120)
            return
        pixels = event.pixelDelta()
        trackpad = not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if trackpad:
            canvas.navigator.pan_by(pixels.x() * canvas.dpr, pixels.y() * canvas.dpr)
        elif self.wheel_pans:
            canvas.navigator.pan_by(angle.x() * canvas.dpr, angle.y() * canvas.dpr)
        elif angle.y():
            canvas.navigator.zoom_by(NOTCH ** (angle.y() / 120), canvas.to_device(event.position()))

    def gesture(self, event: QNativeGestureEvent) -> bool:
        """Pinch on a trackpad. False for other gestures."""
        canvas = self._canvas
        at = canvas.to_device(event.position())
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            canvas.navigator.zoom_by(1 + event.value(), at, animated=False)
        elif event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            canvas.navigator.zoom_by(2.0, at)
        else:
            return False
        return True

    # Keys

    def key_press(self, event: QKeyEvent) -> bool:
        """Do what the key table says. False if it says nothing."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._space = True
            return True
        if self._tools.key(Qt.Key(event.key())):
            return True
        action = self._keys.action(key_name(event))
        if action is None:
            return False
        again = event.isAutoRepeat()
        if not again:
            self._down[event.key()] = action
        if action.arrow is not None:
            if not again or self._canvas.navigator.reduced_motion:
                self._canvas.navigator.press_arrow(action.arrow.direction, action.arrow.share)
            return True
        if again and action.held is not Held.AGAIN:
            return True
        if action.held is Held.PEEK:
            self._peek_since = time.monotonic()
        self.wanted.emit(action.id)
        return True

    def key_release(self, event: QKeyEvent) -> bool:
        """End a held arrow or a peek."""
        if event.isAutoRepeat():
            return False
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            return True
        # By the key alone: its modifiers may have come or gone since.
        action = self._down.pop(event.key(), None)
        if action is None:
            return False
        if action.arrow is not None:
            self._canvas.navigator.release_arrow(action.arrow.direction)
            return True
        if action.held is Held.PEEK and self._peek_since is not None:
            held = time.monotonic() - self._peek_since > _PEEK_S
            self._peek_since = None
            if held:
                self.wanted.emit(action.id)
            return True
        return False

    def lose_keyboard(self) -> None:
        """No key release will come."""
        self._space = False
        self._down.clear()
        self._peek_since = None
        self._canvas.navigator.release_all()

    def _show_hold(self, at_px: Point) -> None:
        """Over the divider, the cursor says that it can be moved."""
        over = self._drag_from is None and self._over_divider(at_px)
        if over != self._over:
            self._over = over
            held = Qt.CursorShape.CrossCursor if self._tools.active else None
            self._canvas.setCursor(
                Qt.CursorShape.SplitHCursor if over else held or Qt.CursorShape.ArrowCursor
            )

    def _over_divider(self, at_px: Point) -> bool:
        swipe = self._canvas.look.swipe
        if swipe is None:
            return False
        return abs(at_px[0] - swipe * self._canvas.viewport.size_px[0]) < 6 * self._canvas.dpr

    # What is under the cursor

    def look(self, _: object = None) -> None:
        """Say what is under the cursor; again, where the view moves or another layer is shown."""
        canvas = self._canvas
        if self._canvas.cursor_px is None or canvas.pixels is None:
            return
        x, y = canvas.viewport.to_l0(self._canvas.cursor_px)
        layer = canvas.layer if canvas.look.visible else None
        value = layer.value_at(x, y) if layer is not None else ""
        self.words = say("{x:,.0f}, {y:,.0f} px", x=x, y=y) + (f" · {value}" if value else "")
        self.hovered.emit(x, y, value)
        canvas.update()
        row = canvas.row_at(x, y) if self._tools.active is None else -1
        if row != self.tile:
            self._set_tile(-1)
            self._hover_timer.start()

    def _note_rest(self) -> None:
        """The cursor goes on; if it has stayed for a while, it meant the place where it was."""
        now, at = time.monotonic(), self._canvas.cursor_px
        if at is not None and now - self._moved_at >= _REST_S:
            self._rested_l0 = self._canvas.viewport.to_l0(at)
        self._moved_at = now

    def _rest_over_tile(self) -> None:
        idle = self._drag_from is None and self._tools.active is None
        if self._canvas.cursor_px is not None and idle:
            self._set_tile(
                self._canvas.row_at(*self._canvas.viewport.to_l0(self._canvas.cursor_px))
            )

    def _set_tile(self, row: int) -> None:
        if row != self.tile:
            self.tile = row
            self.tile_rested.emit(row)
            self._canvas.update()

    # Painting

    def paint(self, painter: QPainter) -> None:
        """The outline of the tile under the cursor, the divider, and what tools drew."""
        swipe = self._canvas.look.swipe
        if swipe is not None:
            x = swipe * self._canvas.width()
            for pen in (QPen(QColor(0, 0, 0, 190), 5), QPen(QColor(255, 255, 255), 2)):
                painter.setPen(pen)
                painter.drawLine(QPointF(x, 0), QPointF(x, self._canvas.height()))
            _paint_handle(painter, QPointF(x, self._canvas.height() / 2))
        if self.tile >= 0:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            outline = self._canvas.to_logical(self._canvas.tile_rect(self.tile))
            painter.setPen(QPen(QColor(0, 0, 0, 180), 3.5))
            painter.drawPolygon(outline)
            painter.setPen(QPen(QColor(255, 255, 255), 1.5))
            painter.drawPolygon(outline)
            painter.restore()
        self._tools.paint(painter)


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
