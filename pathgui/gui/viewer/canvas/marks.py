"""Tiles that are marked on a slide: those selected elsewhere, and the one that is looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.viewer.model.viewport import Viewport

_SHADOW = QColor(0, 0, 0, 200)
_SELECTED = QColor(255, 235, 60)
_LOOKED_AT = QColor(255, 255, 255)


class Marks:
    """Outlines around marked tiles; neighboring tiles share one outline."""

    def __init__(self) -> None:
        self.rows: frozenset[int] = frozenset()
        self.row = -1
        self._lines: list[QLineF] = []

    def clear(self) -> None:
        """Another slide, or another grid."""
        self.rows, self.row, self._lines = frozenset(), -1, []

    def select(self, rows: frozenset[int], grid: TileGrid | None) -> None:
        """Mark these rows of the tile grid."""
        self.rows = rows if grid is not None else frozenset()
        self._lines = []
        if grid is None or not rows:
            return
        marked = np.zeros((grid.shape[1] + 2, grid.shape[0] + 2), np.bool_)
        cells = grid.cells[sorted(rows)]
        marked[cells[:, 1] + 1, cells[:, 0] + 1] = True
        self._lines = outline(marked[1:-1, 1:-1], grid.origin_l0, grid.stride_l0)

    def look_at(self, row: int) -> None:
        """Mark one tile more strongly; -1: none."""
        self.row = row

    def paint(self, painter: QPainter, view: Viewport, ratio: float, grid: TileGrid | None) -> None:
        """Paint in logical pixels; ``ratio``: device pixels per logical one."""
        if grid is None or (not self._lines and self.row < 0):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(level_0_to_px(view, ratio), True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, color in ((5.0, _SHADOW), (2.4, _SELECTED)):
            painter.setPen(_pen(color, width))
            painter.drawLines(self._lines)
        if 0 <= self.row < len(grid):
            x, y = (float(each) for each in grid.origins_l0[self.row])
            for width, color in ((6.5, _SHADOW), (3.2, _LOOKED_AT)):
                painter.setPen(_pen(color, width))
                painter.drawRect(x, y, grid.size_l0, grid.size_l0)  # type: ignore[call-overload]
        painter.restore()


def outline(marked: NDArray[np.bool_], origin_l0: tuple[int, int], stride_l0: int) -> list[QLineF]:
    """Lines around the marked cells (rows, columns) of a lattice, in level 0.

    Only where a marked cell meets one that is not; runs of such edges are one line.
    """
    padded = np.pad(marked, 1)
    lines = []
    for horizontal in (True, False):
        field = padded if horizontal else padded.T
        edges = field[1:] != field[:-1]
        for number, edge in enumerate(edges):
            turns = np.flatnonzero(np.diff(np.concatenate([[0], edge.view(np.int8), [0]])))
            for start, end in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True):
                first, last = start - 1, end - 1  # without the padding
                ends = ((first, number), (last, number))
                if not horizontal:
                    ends = ((number, first), (number, last))
                (x0, y0), (x1, y1) = (
                    (origin_l0[0] + a * stride_l0, origin_l0[1] + b * stride_l0) for a, b in ends
                )
                lines.append(QLineF(x0, y0, x1, y1))
    return lines


def level_0_to_px(view: Viewport, ratio: float) -> QTransform:
    """Level 0 to logical pixels."""
    x, y = view.to_px((0.0, 0.0))
    right, down = view.to_px((1e6, 0.0)), view.to_px((0.0, 1e6))
    return QTransform(
        (right[0] - x) / 1e6 / ratio,
        (right[1] - y) / 1e6 / ratio,
        (down[0] - x) / 1e6 / ratio,
        (down[1] - y) / 1e6 / ratio,
        x / ratio,
        y / ratio,
    )


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
