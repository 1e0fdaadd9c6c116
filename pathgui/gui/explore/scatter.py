"""Thousands of points drawn into an array, fast enough to follow the mouse. Without Qt.

Every point is a stamp of a few pixels; all points get one pixel of the stamp at a time, so the
work is some dozens of array operations however many points there are.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_SUPER = 8  # samples a pixel and axis, for soft edges


@lru_cache(maxsize=64)
def stamp(shape: str, radius: float) -> NDArray[np.uint16]:
    """Coverage of each pixel of a point, (2 r + 1, 2 r + 1), 0 to 256."""
    reach = int(np.ceil(radius + 0.5))
    axis = (np.arange((2 * reach + 1) * _SUPER) + 0.5) / _SUPER - reach - 0.5
    x, y = np.meshgrid(axis, axis)
    if shape == "circle":
        covered = x**2 + y**2 <= radius**2
    elif shape == "square":
        covered = np.maximum(abs(x), abs(y)) <= radius * 0.89  # of the same area
    else:
        covered = abs(x) + abs(y) <= radius * 1.25
    side = 2 * reach + 1
    parts = covered.reshape(side, _SUPER, side, _SUPER).mean(axis=(1, 3))
    return np.asarray(np.round(parts * 256), np.uint16)


def draw_points(
    image: NDArray[np.uint8],
    points: NDArray[np.floating],
    colors: NDArray[np.uint8],
    radius: float,
    shape: str = "circle",
    *,
    rough: bool = False,
) -> None:
    """Draw points onto ``image`` (h, w, 4: blue, green, red, unused), later ones on top.

    Parameters
    ----------
    points : (n, 2) float array
        x, y in pixels of the image; what lies outside is left out.
    colors : (n, 4) uint8 array
        Blue, green, red and one byte that is copied.
    rough : bool
        Hard edges: half the time, for pictures that move.
    """
    cover = stamp(shape, radius)
    reach = len(cover) // 2
    height, width = image.shape[:2]
    places = np.floor(points).astype(np.int64)
    # Points whose stamp is cut by the border go, rather than being checked pixel by pixel: give
    # the image a margin of ``reach`` to see them whole.
    within = (
        (places[:, 0] >= reach)
        & (places[:, 0] < width - reach)
        & (places[:, 1] >= reach)
        & (places[:, 1] < height - reach)
    )
    flat = image.reshape(-1, 4)
    as_words = flat.view(np.uint32)[:, 0]
    at = places[within, 1] * width + places[within, 0]
    inks = np.ascontiguousarray(colors[within])
    words = inks.view(np.uint32)[:, 0]
    wide = inks[:, :3].astype(np.uint16)
    for (row, column), share in np.ndenumerate(cover):
        if share == 0 or (rough and share < 128):
            continue
        target = at + ((row - reach) * width + column - reach)
        if rough or share >= 250:
            as_words[target] = words
        else:
            below = flat[target, :3].astype(np.uint16)
            flat[target, :3] = (below * (256 - share) + wide * share) >> 8


def margin(radius: float) -> int:
    """Pixels that an image needs around it for points at its border to be drawn whole."""
    return int(np.ceil(radius + 0.5)) + 1


def inside(points: NDArray[np.floating], polygon: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of ``points`` (n, 2) lie in ``polygon`` (m, 2), which closes by itself; even-odd.

    >>> square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]])
    >>> inside(np.array([[1, 1], [5, 1]]), square)
    array([ True, False])
    """
    import shapely

    if len(polygon) < 3:
        return np.zeros(len(points), np.bool_)
    area = shapely.make_valid(shapely.Polygon(polygon))  # where it crosses itself, odd is inside
    shapely.prepare(area)
    return np.asarray(shapely.contains_xy(area, *points.T), np.bool_)
