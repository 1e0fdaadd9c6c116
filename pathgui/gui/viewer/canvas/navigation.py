"""Moves the view as a hand expects: animated zoom, inertia, smooth arrows, where one has been."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from pathgui.gui.viewer.model.viewport import Point, Rect, Viewport, clamp_scale, fit_scale

NOTCH = 1.25  # one notch of the wheel
_ZOOM_S = 0.120
_INERTIA_S = 0.150
_SLOWEST_PX_S = 30.0
_FLICK_S = 0.080
_TAP_SHARE = 0.10
_HELD_AFTER_S = 0.22
_HELD_SHARE_S = 0.6  # views a second when an arrow is held; grows to three times that
_TICK_MS = 15
_HISTORY = 100

Clock = Callable[[], float]


class Navigator(QObject):
    """Changes one viewport over time. ``moved`` carries each new viewport.

    With ``reduced_motion`` every change is immediate, and nothing coasts.
    """

    moved = Signal(object)
    settled = Signal()  # the last animation ended

    def __init__(self, parent: QObject | None = None, clock: Clock = time.monotonic) -> None:
        super().__init__(parent)
        self.view = Viewport()
        self.bounds_l0: Rect = (0.0, 0.0, 1.0, 1.0)
        self.reduced_motion = False
        self.velocity_px: Point = (0.0, 0.0)  # of the picture, device px per second
        self.zooming = False
        self._clock = clock
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last_tick = 0.0
        self._zoom: tuple[Point, Point, float, float, float] | None = None
        self._glide: Point | None = None  # what is left of a tapped arrow, px
        self._held: dict[Point, float] = {}  # direction, since when
        self._drag: deque[tuple[float, float, float]] = deque(maxlen=8)
        self._coasting = False
        self._past: list[Viewport] = []
        self._future: list[Viewport] = []

    # Jumps

    def set_view(self, view: Viewport) -> None:
        """Be there at once."""
        self.stop()
        self._set(view)

    def follow(self, view: Viewport) -> None:
        """Be there as part of another view's movement."""
        self._set(view, zooming=view.scale != self.view.scale)

    def fit(self) -> None:
        """All of the slide."""
        self.visit(self.view.fitted(self.bounds_l0))

    def visit(self, view: Viewport) -> None:
        """Be there at once, and remember where one was, unless it is there."""
        if view.held_on(self.bounds_l0) != self.view:
            self.remember()
        self.set_view(view)

    def remember(self) -> None:
        """The current view is one to come back to."""
        if not self._past or self._past[-1] != self.view:
            self._past.append(self.view)
            del self._past[:-_HISTORY]
        self._future.clear()

    def forget(self) -> None:
        """Another slide: nowhere to go back to."""
        self._past.clear()
        self._future.clear()

    @property
    def can_go_back(self) -> bool:
        """Whether there is a view to go back to."""
        return bool(self._past)

    @property
    def can_go_forward(self) -> bool:
        """Whether one went back before."""
        return bool(self._future)

    def back(self) -> bool:
        """The view before. False if there is none."""
        if not self._past:
            return False
        self._future.append(self.view)
        self.set_view(self._past.pop().resized(self.view.size_px))
        return True

    def forward(self) -> bool:
        """The view one came back from. False if there is none."""
        if not self._future:
            return False
        self._past.append(self.view)
        self.set_view(self._future.pop().resized(self.view.size_px))
        return True

    # Zoom

    def zoom_by(self, factor: float, at_px: Point, *, animated: bool = True) -> None:
        """Zoom on toward a point; turns of the wheel add up while the picture follows."""
        self._coasting = False
        target = self._zoom[4] if self._zoom is not None else self.view.scale
        target = self._clamped(target * factor)
        if self.reduced_motion or not animated:
            self._zoom = None
            self._set(self.view.anchored(self.view.to_l0(at_px), at_px, target), zooming=True)
            return
        anchor = self.view.to_l0(at_px)
        if self._zoom is not None and self._zoom[1] == at_px:
            anchor = self._zoom[0]
        self._zoom = (anchor, at_px, self._clock(), self.view.scale, target)
        self._run()

    def zoom_to(self, scale: float) -> None:
        """Be at that scale at once, around the middle."""
        self.visit(self.view.with_scale(self._clamped(scale)))

    # Pan

    def pan_by(self, dx_px: float, dy_px: float) -> None:
        """Move the picture at once."""
        self._set(self.view.panned(dx_px, dy_px))

    def start_drag(self) -> None:
        """The hand takes hold of the picture."""
        self.stop()
        self._drag.clear()

    def drag_by(self, dx_px: float, dy_px: float) -> None:
        """The picture follows the hand."""
        self._drag.append((self._clock(), dx_px, dy_px))
        self.pan_by(dx_px, dy_px)

    def end_drag(self) -> None:
        """The hand lets go: a moving picture coasts."""
        now = self._clock()
        recent = [each for each in self._drag if now - each[0] < _FLICK_S]
        self._drag.clear()
        if self.reduced_motion or len(recent) < 2:
            self._rest()
            return
        lasted = max(now - recent[0][0], 1e-3)
        # The first move of the window happened before it began.
        dx, dy = (sum(each[axis] for each in recent[1:]) for axis in (1, 2))
        self.velocity_px = (dx / lasted, dy / lasted)
        self._coasting = math.hypot(*self.velocity_px) > _SLOWEST_PX_S
        self._run() if self._coasting else self._rest()

    def press_arrow(self, direction: Point, share: float = _TAP_SHARE) -> None:
        """An arrow key goes down: a step, and if it stays down, on and on.

        ``direction`` is where the view goes, e.g. (1, 0) for the right arrow.
        """
        self._coasting = False
        step = (
            -direction[0] * share * self.view.size_px[0],
            -direction[1] * share * self.view.size_px[1],
        )
        if self.reduced_motion:
            self.pan_by(*step)
            return
        left = self._glide or (0.0, 0.0)
        self._glide = (left[0] + step[0], left[1] + step[1])
        self._held.setdefault(direction, self._clock())
        self._run()

    def release_arrow(self, direction: Point) -> None:
        """The arrow key comes up."""
        self._held.pop(direction, None)

    def release_all(self) -> None:
        """The window lost the keyboard."""
        self._held.clear()

    @property
    def moving(self) -> bool:
        """Whether an animation runs or the hand drags."""
        return self._timer.isActive() or bool(self._drag)

    def stop(self) -> None:
        """Stay where the picture is now."""
        self._zoom = None
        self._glide = None
        self._coasting = False
        self._rest()

    # One step of all that moves

    def _run(self) -> None:
        if not self._timer.isActive():
            self._last_tick = self._clock()
            self._timer.start()

    def _rest(self) -> None:
        self.velocity_px = (0.0, 0.0)
        self.zooming = False
        if self._timer.isActive():
            self._timer.stop()
        self.settled.emit()

    def _tick(self) -> None:
        now = self._clock()
        passed = min(now - self._last_tick, 0.1)
        self._last_tick = now
        view = self.view
        if self._zoom is not None:
            anchor, at, began, first, target = self._zoom
            share = min((now - began) / _ZOOM_S, 1.0)
            eased = 1 - (1 - share) ** 3
            view = view.anchored(anchor, at, first * (target / first) ** eased)
            if share >= 1:
                self._zoom = None
        dx, dy = self._step(now, passed)
        if dx or dy:
            view = view.panned(dx, dy)
        zooming = view.scale != self.view.scale
        if view != self.view:
            self._set(view, zooming=zooming)
        if self._zoom is None and not self._coasting and self._glide is None and not self._held:
            self._rest()

    def _step(self, now: float, passed: float) -> Point:
        """How far coasting, a tapped and held arrows move the picture, px."""
        dx = dy = 0.0
        if self._coasting:
            dx, dy = self.velocity_px[0] * passed, self.velocity_px[1] * passed
            fade = math.exp(-passed / _INERTIA_S)
            self.velocity_px = (self.velocity_px[0] * fade, self.velocity_px[1] * fade)
            self._coasting = math.hypot(*self.velocity_px) > _SLOWEST_PX_S
        if self._glide is not None:
            share = 1 - math.exp(-passed / 0.035)
            step = (self._glide[0] * share, self._glide[1] * share)
            left = (self._glide[0] - step[0], self._glide[1] - step[1])
            if math.hypot(*left) < 1:
                step, left = self._glide, (0.0, 0.0)
            dx, dy = dx + step[0], dy + step[1]
            self._glide = left if left != (0.0, 0.0) else None
        longest = max(self.view.size_px)
        for (right, down), since in self._held.items():
            held = now - since - _HELD_AFTER_S
            if held > 0:
                speed = longest * _HELD_SHARE_S * min(1 + held, 3.0)
                dx -= right * speed * passed
                dy -= down * speed * passed
        if self._held and not self._coasting:
            self.velocity_px = (dx / max(passed, 1e-3), dy / max(passed, 1e-3))
        return dx, dy

    def _clamped(self, scale: float) -> float:
        return clamp_scale(scale, fit_scale(self.view, self.bounds_l0))

    def _set(self, view: Viewport, *, zooming: bool = False) -> None:
        self.zooming = zooming
        self.view = view.held_on(self.bounds_l0)
        self.moved.emit(self.view)
