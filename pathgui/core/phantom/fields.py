"""Random fields on a pixel grid: the raw material that tissues are drawn from.

Sizes and points are (x, y) in pixels, arrays (row, column), float32 throughout. Every function
draws only from the generator it is given, so a picture follows from its seed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

Field = NDArray[np.float32]
Points = NDArray[np.float64]
SizePx = tuple[int, int]

_BICUBIC_GAIN = 1.25  # bicubic interpolation of independent values shrinks their spread by this


def resample(values: Field, size_px: SizePx, box: tuple[float, float, float, float]) -> Field:
    """The part ``box`` (left, top, right, bottom) of ``values``, enlarged to ``size_px``."""
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.array(image.resize(size_px, Image.Resampling.BICUBIC, box=box), dtype=np.float32)


def noise(
    rng: np.random.Generator,
    size_px: SizePx,
    period_px: float | tuple[float, float],
    octaves: int = 1,
    gain: float = 0.5,
) -> Field:
    """Smooth noise of mean 0 and standard deviation about 1.

    ``period_px`` is the distance of independent values, for x and y if it is a pair. Each further
    octave has half the period and ``gain`` times the height.
    """
    px, py = period_px if isinstance(period_px, tuple) else (period_px, period_px)
    width, height = size_px
    total = np.zeros((height, width), np.float32)
    power, weight = 0.0, 1.0
    for _ in range(octaves):
        columns, rows = width / px, height / py
        shape = (int(np.ceil(rows)) + 5, int(np.ceil(columns)) + 5)
        values = rng.standard_normal(shape, dtype=np.float32)
        x, y = 1.5 + rng.random(2)
        octave = resample(values, size_px, (x, y, x + columns, y + rows))
        octave *= np.float32(weight * _BICUBIC_GAIN)
        total += octave
        power += weight**2
        weight *= gain
        px, py = max(px / 2, 1.0), max(py / 2, 1.0)
    total /= np.float32(np.sqrt(power))
    return total


def smoothstep(values: Field, low: float, high: float) -> Field:
    """0 up to ``low``, 1 from ``high`` on, smooth between; falling where low > high."""
    t: Field = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    step: Field = t * t * (3 - 2 * t)
    return step


def scatter(rng: np.random.Generator, size_px: SizePx, spacing_px: float, relax: int = 4) -> Points:
    """Points about ``spacing_px`` apart, shape (n, 2), a little beyond the edges.

    One at random in every square of a lattice, pushed apart ``relax`` times: neither clumped nor
    in rows, as cells lie in a tissue. The order is random too.
    """
    edge = 0.975 * spacing_px
    columns, rows = (int(np.ceil(length / edge)) + 4 for length in size_px)
    y, x = np.divmod(rng.permutation(columns * rows), columns)
    points = (np.stack([x, y], axis=1) - 2 + rng.random((columns * rows, 2))) * edge
    n = len(points)
    for _ in range(relax):
        distance, index = cKDTree(points).query(points, k=min(7, n))
        away = points[:, None, :] - points[index[:, 1:]]
        gap = distance[:, 1:, None]
        push = np.clip(spacing_px - gap, 0, None) / np.maximum(gap, 1e-6)
        points = points + 0.35 * (away * push).sum(axis=1)
    return points


class Cells(NamedTuple):
    """A plane divided among sites, each pixel to the nearest; arrays of the canvas's shape."""

    border: Field  # distance to the nearest border between two cells, px; corners rounded off
    site: NDArray[np.intp]  # index of the site, every ``step`` px
    step: int


def cells(
    points: Points,
    size_px: SizePx,
    *,
    step: int,
    rounding_px: float,
    shift: tuple[Field, Field] | None = None,
) -> Cells:
    """Divide a canvas among ``points``.

    Computed every ``step`` pixels and interpolated. ``rounding_px`` rounds the corners, ``shift``
    (x and y, of the canvas's shape, px) bends the borders.
    """
    width, height = size_px
    columns, rows = -(-width // step) + 2, -(-height // step) + 2
    x = np.broadcast_to((np.arange(columns) - 0.5) * step, (rows, columns))
    y = np.broadcast_to(((np.arange(rows) - 0.5) * step)[:, None], (rows, columns))
    if shift is not None:
        at = np.ix_(
            np.clip((np.arange(rows) - 0.5) * step, 0, height - 1).astype(int),
            np.clip((np.arange(columns) - 0.5) * step, 0, width - 1).astype(int),
        )
        x, y = x + shift[0][at], y + shift[1][at]
    where = np.stack([x, y], axis=-1)
    _, index = cKDTree(points).query(where.reshape(-1, 2), k=4)
    sites = points[index]
    own = sites[:, 0]
    flat = where.reshape(-1, 2)
    border = np.zeros(len(flat))
    for other in (1, 2, 3):
        across = sites[:, other] - own
        length = np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)
        middle = (sites[:, other] + own) / 2
        distance = ((middle - flat) * across).sum(axis=1) / length
        border += np.exp(-distance / rounding_px)
    border = -rounding_px * np.log(border)
    box = (1.0, 1.0, 1.0 + width / step, 1.0 + height / step)
    coarse = border.reshape(rows, columns).astype(np.float32)
    return Cells(resample(coarse, size_px, box), index[:, 0].reshape(rows, columns), step)


def sample(field: Field, points: Points) -> Field:
    """Values of ``field`` at the pixels that ``points`` lie in; edge values beyond the edge."""
    height, width = field.shape
    x = np.clip(points[:, 0].astype(np.intp), 0, width - 1)
    y = np.clip(points[:, 1].astype(np.intp), 0, height - 1)
    values: Field = field[y, x]
    return values


def slope_angles(field: Field, points: Points, reach_px: int = 4) -> NDArray[np.float64]:
    """Direction in which ``field`` rises at ``points``, radians from the x axis, shape (n,)."""
    right, down = np.array([reach_px, 0]), np.array([0, reach_px])
    dx = sample(field, points + right) - sample(field, points - right)
    dy = sample(field, points + down) - sample(field, points - down)
    angles: NDArray[np.float64] = np.arctan2(dy, dx).astype(np.float64)
    return angles


def look_up(texture: Field, x: Field, y: Field) -> Field:
    """``texture`` at the (fractional) positions ``x``, ``y``; it repeats mirrored."""
    values: Field = ndimage.map_coordinates(texture, [y, x], order=1, mode="mirror")
    return values


def blur(field: Field, sigma_px: float) -> Field:
    """``field`` blurred with a Gaussian."""
    blurred: Field = ndimage.gaussian_filter(field, sigma_px, mode="nearest", truncate=3.0)
    return blurred
