"""The picture of a map: which points lie over which, in what color, shape and size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage

from pathgui.core.pictures.palette import POINT_SHAPES, Color, point_shape
from pathgui.gui.explore.explore_data import MapPoints
from pathgui.gui.explore.scatter import draw_points, margin
from pathgui.gui.kit.theme import Theme

_FADED = 0.78  # of the ground, in points that are not selected
_BEHIND = 0.42  # of the ground, in reference points while the slide's lie over them
_OF_SLIDE = 1.25  # times as large as a reference point
_EDGE = 0.8  # logical pixels around the slide's tiles


@dataclass(frozen=True)
class _Layer:
    """Points that are drawn together, in an order that puts no class on top."""

    positions: NDArray[np.float32]  # (m, 2)
    colors: NDArray[np.uint8]  # (m, 4)
    shape: str
    size: float  # radius, in that of a reference point
    edge: float  # logical pixels beyond that


class MapPicture:
    """Draws points; what does not change as they move is prepared once."""

    def __init__(self) -> None:
        self._points: MapPoints | None = None
        self._codes = np.empty(0, np.int16)
        self._colors: list[Color] = []
        self._order = np.empty(0, np.intp)
        self.drawn = np.empty(0, np.bool_)
        self.chosen: NDArray[np.bool_] | None = None
        self._layers: list[_Layer] | None = None
        self._theme: Theme | None = None

    def set_points(
        self, points: MapPoints | None, codes: NDArray[np.int16], colors: list[Color]
    ) -> None:
        """Other points; ``codes`` (n,) say which of ``colors`` each has, -1: none, not drawn."""
        self._points, self._codes, self._colors = points, codes, colors
        self._order = np.random.default_rng(0).permutation(len(codes))
        self.drawn = codes >= 0
        self.chosen = None
        self._layers = None

    def set_drawn(self, drawn: NDArray[np.bool_]) -> None:
        """Draw only these points (n,)."""
        self.drawn = drawn & (self._codes >= 0)
        self._layers = None

    def set_chosen(self, chosen: NDArray[np.bool_] | None) -> None:
        """Fade all others; None: all alike."""
        self.chosen = chosen
        self._layers = None

    def draw(
        self,
        size: QSize,
        ratio: float,
        middle: tuple[float, float],
        scale: float,
        radius: float,
        theme: Theme,
        *,
        rough: bool,
    ) -> QImage:
        """Draw ``size`` logical pixels around ``middle``, ``scale`` pixels per unit of the map."""
        if self._layers is None or theme is not self._theme:
            self._layers, self._theme = self._prepare(theme), theme
        radius *= ratio
        room = margin(radius * _OF_SLIDE + _EDGE * ratio)
        width, height = round(size.width() * ratio), round(size.height() * ratio)
        pixels = np.empty((height + 2 * room, width + 2 * room, 4), np.uint8)
        pixels.view(np.uint32)[...] = _ink(theme.surface).view(np.uint32)[0]
        shift = np.array([width, height]) / 2 + room - np.array(middle) * (scale * ratio)
        for layer in self._layers:
            draw_points(
                pixels,
                layer.positions * np.float32(scale * ratio) + shift.astype(np.float32),
                layer.colors,
                radius * layer.size + layer.edge * ratio,
                layer.shape,
                rough=rough,
            )
        image = QImage(
            pixels.data, pixels.shape[1], pixels.shape[0], QImage.Format.Format_RGB32
        ).copy(QRect(room, room, width, height))
        image.setDevicePixelRatio(ratio)
        return image

    def _prepare(self, theme: Theme) -> list[_Layer]:
        """From back to front: what is not selected, then what is; the slide over the set."""
        points = self._points
        if points is None:
            return []
        ground = _ink(theme.surface).astype(np.float64)
        inks = np.array([[*color[::-1], 255] for color in self._colors], np.float64).reshape(-1, 4)
        slide, drawn, chosen, order = points.of_slide, self.drawn, self.chosen, self._order
        over = bool((slide & drawn).any())
        layers = []
        for front in (False, True) if chosen is not None else (True,):
            part = drawn if chosen is None else drawn & (chosen == front)
            for of_slide in (False, True):
                behind = chosen is None and over and not of_slide
                faded = _BEHIND if behind else 0.0 if front else _FADED
                table = (inks * (1 - faded) + ground * faded).astype(np.uint8)
                for shape in POINT_SHAPES:
                    with_shape = np.array([point_shape(i) == shape for i in range(len(inks))])
                    rows = order[(part & (slide == of_slide) & with_shape[self._codes])[order]]
                    if not len(rows):
                        continue
                    positions = points.positions[rows]
                    size = _OF_SLIDE if of_slide else 1.0
                    if of_slide and front:
                        edges = np.tile(_ink(theme.text), (len(rows), 1))
                        layers.append(_Layer(positions, edges, shape, size, _EDGE))
                    layers.append(_Layer(positions, table[self._codes[rows]], shape, size, 0.0))
        return layers


def _ink(color: str) -> NDArray[np.uint8]:
    made = QColor(color)
    return np.array([made.blue(), made.green(), made.red(), 255], np.uint8)
