"""What part of a slide is on the screen, and how. Without Qt.

Three planes: level 0 of the slide (``_l0``, float64, the one truth); the *sheet*, level 0 times
the scale, not yet turned, in which everything is painted; the device pixels of the view
(``_px``). From sheet to device only a turn, a flip and a shift by whole pixels remain, so what
is painted at whole sheet coordinates moves with a pan exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # x0, y0, x1, y1

MAX_SCALE = 8.0  # device pixels per level-0 pixel
_EXACT = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


def whole(value: float) -> int:
    """The nearest whole number, halves upward, so that rounding commutes with whole shifts."""
    return math.floor(value + 0.5)


@dataclass(frozen=True)
class Viewport:
    """``size_px`` device pixels around ``center_l0``, at ``scale`` device px per level-0 px.

    The slide is turned by ``rotation`` degrees clockwise; if ``flipped`` it is mirrored left to
    right before that.
    """

    center_l0: Point = (0.0, 0.0)
    scale: float = 1.0
    size_px: tuple[int, int] = (1, 1)
    rotation: float = 0.0
    flipped: bool = False

    @property
    def aligned(self) -> bool:
        """Whether the pixels of sheet and device lie on one lattice."""
        return self.rotation % 90.0 == 0.0

    @property
    def turn(self) -> tuple[float, float, float, float]:
        """(a, b, c, d): sheet (u, v) goes to device (a u + c v, b u + d v) before the shift."""
        turn = self.rotation % 360.0
        if turn in _EXACT:
            cos, sin = _EXACT[turn]
        else:
            cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        mirror = -1.0 if self.flipped else 1.0
        return cos * mirror, sin * mirror, -sin, cos

    @property
    def shift_px(self) -> tuple[int, int]:
        """Where the sheet's origin lies in the device, whole pixels."""
        x, y = self._turned(*self.center_l0)
        return whole(self.size_px[0] / 2 - x), whole(self.size_px[1] / 2 - y)

    def to_px(self, point_l0: Point) -> Point:
        """Device position of a point of the slide."""
        x, y = self._turned(*point_l0)
        shift = self.shift_px
        return x + shift[0], y + shift[1]

    def to_l0(self, point_px: Point) -> Point:
        """The point of the slide at a device position."""
        shift = self.shift_px
        return self._unturned(point_px[0] - shift[0], point_px[1] - shift[1])

    def rect_to_l0(self, rect_px: Rect) -> Rect:
        """The smallest upright rectangle of level 0 that covers a rectangle of the device."""
        x0, y0, x1, y1 = rect_px
        corners = [self.to_l0(corner) for corner in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def rect_to_px(self, rect_l0: Rect) -> Rect:
        """The smallest upright rectangle of the device that covers one of level 0."""
        x0, y0, x1, y1 = rect_l0
        corners = [self.to_px(corner) for corner in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def seen_l0(self) -> Rect:
        """The upright rectangle of level 0 around everything in view."""
        return self.rect_to_l0((0, 0, *self.size_px))

    def panned(self, dx_px: float, dy_px: float) -> Viewport:
        """What is in view moves by this much to the right and down."""
        dx, dy = self._unturned(dx_px, dy_px)
        return replace(self, center_l0=(self.center_l0[0] - dx, self.center_l0[1] - dy))

    def anchored(self, point_l0: Point, at_px: Point, scale: float) -> Viewport:
        """At ``scale``, with a point of the slide at a device position."""
        scaled = replace(self, scale=scale)
        dx, dy = scaled._unturned(at_px[0] - self.size_px[0] / 2, at_px[1] - self.size_px[1] / 2)
        return replace(scaled, center_l0=(point_l0[0] - dx, point_l0[1] - dy))

    def resized(self, size_px: tuple[int, int]) -> Viewport:
        """Another size of the view around the same center."""
        return replace(self, size_px=size_px)

    def rotated(self, degrees: float) -> Viewport:
        """Turned on by ``degrees`` clockwise about the center of the view."""
        return replace(self, rotation=(self.rotation + degrees) % 360.0)

    def mirrored(self) -> Viewport:
        """Left and right exchanged as they are on the screen, about the center of the view."""
        return replace(self, rotation=-self.rotation % 360.0, flipped=not self.flipped)

    def fitted(self, rect_l0: Rect, margin: float = 0.98) -> Viewport:
        """All of ``rect_l0`` in the middle of the view; never past the digital zoom's end."""
        x0, y0, x1, y1 = rect_l0
        return replace(self, center_l0=((x0 + x1) / 2, (y0 + y1) / 2)).with_scale(
            min(fit_scale(self, rect_l0) * margin, MAX_SCALE)
        )

    def with_scale(self, scale: float) -> Viewport:
        """The same center at another scale."""
        return replace(self, scale=scale)

    def centered(self, x_l0: float, y_l0: float) -> Viewport:
        """Another point in the middle."""
        return replace(self, center_l0=(x_l0, y_l0))

    def held_on(self, rect_l0: Rect) -> Viewport:
        """The same view with its center drawn back onto ``rect_l0``, so no one gets lost."""
        x0, y0, x1, y1 = rect_l0
        x = min(max(self.center_l0[0], x0), x1)
        y = min(max(self.center_l0[1], y0), y1)
        return self if (x, y) == self.center_l0 else replace(self, center_l0=(x, y))

    def _turned(self, x_l0: float, y_l0: float) -> Point:
        a, b, c, d = self.turn
        u, v = x_l0 * self.scale, y_l0 * self.scale
        return a * u + c * v, b * u + d * v

    def _unturned(self, x_px: float, y_px: float) -> Point:
        a, b, c, d = self.turn  # orthogonal: the inverse is the transpose
        return (a * x_px + b * y_px) / self.scale, (c * x_px + d * y_px) / self.scale


def fit_scale(view: Viewport, rect_l0: Rect) -> float:
    """The scale at which the turned ``rect_l0`` just fits the view."""
    a, b, c, d = view.turn
    width, height = rect_l0[2] - rect_l0[0], rect_l0[3] - rect_l0[1]
    across = abs(a) * width + abs(c) * height
    down = abs(b) * width + abs(d) * height
    return min(view.size_px[0] / max(across, 1e-9), view.size_px[1] / max(down, 1e-9))


def clamp_scale(scale: float, fit: float) -> float:
    """``scale`` from half the fitting scale (or 1:1, of a tiny slide) to eight-fold zoom."""
    return min(max(scale, min(fit / 2, 1.0)), MAX_SCALE)
