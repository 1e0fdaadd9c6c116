"""Many outlines as one path, which is made and painted quickly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath

from pathgui.gui.viewer.model.viewport import Point

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE, _LINE = 0, 1


def path_of(polygons: Sequence[Sequence[Point]]) -> QPainterPath:
    """Closed polygons as one path.

    Through the form in which Qt stores paths: a call for each of a hundred thousand corners would
    hold up the window for a tenth of a second.
    """
    path = QPainterPath()
    if not polygons:
        return path
    lengths = np.array([len(polygon) + 1 for polygon in polygons])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    elements = np.empty(int(lengths.sum()), _ELEMENT)
    elements["kind"] = _LINE
    elements["kind"][starts] = _MOVE
    corners = np.array([point for polygon in polygons for point in (*polygon, polygon[0])])
    elements["x"], elements["y"] = corners.T
    head = np.array([len(elements)], ">i4").tobytes()
    tail = np.array([starts[-1], 0], ">i4").tobytes()  # where the last one begins; fill rule
    stream = QDataStream(QByteArray(head + elements.tobytes() + tail))
    stream >> path
    return path
