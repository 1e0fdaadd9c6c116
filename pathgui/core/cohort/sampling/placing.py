"""Where the tiles of one tissue may lie on a slide. All numbers are level-0 pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A part that is this many tiles wide and high gets a lattice from its corner. In a smaller one it
# matters where the lattice begins, and the beginning that gives most tiles is taken.
_WIDE = 12

Origins = NDArray[np.int64]  # (n, 2), top-left corners x, y
Share = Callable[[Origins], NDArray[np.float64]]  # of tissue in the tile at each origin, 0 to 1


@dataclass(frozen=True)
class Square:
    """The tile that is placed, and what is asked of its place."""

    size: int
    stride: int  # from one tile to the next: the size and the distance between two tiles
    whole: bool = True  # lies in the shape wholly; else its center does
    least: float = 0.0  # share of tissue, 0 to 1


@dataclass(frozen=True)
class Placed:
    """Tiles that may be taken of one tissue."""

    origins: Origins  # tiles of one part keep their distance; those of several may not
    fitting: int  # tiles that have a place, whatever their share of tissue
    fullest: float  # the largest share of tissue among these; NaN if there are none


def place_tiles(
    shape: Any, square: Square, bounds: tuple[int, int, int, int], share: Share
) -> Placed:
    """Lay a lattice of squares over each part of a shape and keep those that may be taken.

    Parameters
    ----------
    shape : shapely geometry
        Polygons, holes included.
    square
    bounds
        x, y, width, height of what was scanned: no tile reaches out of it.
    share
        Not called where ``square.least`` is 0.
    """
    import shapely

    kept: list[Origins] = []
    fitting, fullest = 0, np.nan
    parts = [part for part in shapely.get_parts(shape) if part.area > 0]
    for part in sorted(parts, key=lambda each: each.bounds):
        shapely.prepare(part)
        best: Origins = np.empty((0, 2), np.int64)
        for lattice in _lattices(part.bounds, square, bounds):
            inside = lattice[_is_inside(part, lattice, square)]
            fitting = max(fitting, len(inside))
            if len(inside) and square.least > 0:
                shares = share(inside)
                fullest = float(np.fmax(fullest, shares.max()))
                inside = inside[shares >= square.least]
            if len(inside) > len(best):
                best = inside
        kept.append(best)
    origins = np.concatenate([np.empty((0, 2), np.int64), *kept])
    return Placed(origins, fitting, fullest)


def apart(shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes of tissues without the places that are of two of them."""
    import shapely

    return {
        name: shapely.difference(
            shape, shapely.union_all([other for of, other in shapes.items() if of != name])
        )
        for name, shape in shapes.items()
    }


def _is_inside(part: Any, origins: Origins, square: Square) -> NDArray[np.bool_]:
    import shapely

    x, y = origins.T
    if square.whole:
        boxes = shapely.box(x, y, x + square.size, y + square.size)
        return np.asarray(shapely.covers(part, boxes), np.bool_)
    half = square.size / 2
    return np.asarray(shapely.contains_xy(part, x + half, y + half), np.bool_)


def _lattices(
    part: tuple[float, float, float, float], square: Square, bounds: tuple[int, int, int, int]
) -> Iterator[Origins]:
    """Lattices that begin at several places near the corner of a part."""
    left, top, width, height = bounds
    margin = 0.0 if square.whole else square.size / 2  # by which a tile may reach out of the part
    spans = [
        (max(low - margin, edge), min(high + margin, edge + length))
        for low, high, edge, length in (
            (part[0], part[2], left, width), (part[1], part[3], top, height),
        )
    ]  # fmt: skip
    across, down = (list(_rows(low, high, square)) for low, high in spans)
    for xs in across:
        for ys in down:
            y, x = np.meshgrid(ys, xs, indexing="ij")
            yield np.column_stack([x.ravel(), y.ravel()])


def _rows(low: float, high: float, square: Square) -> Iterator[NDArray[np.int64]]:
    """Beginnings of tiles from ``low`` to ``high``: from the edge, shifted, and in the middle."""
    first, last = int(np.ceil(low)), int(np.floor(high)) - square.size
    starts = [first]
    if last - first < _WIDE * square.stride:
        shifts = {square.stride * quarter // 4 for quarter in range(4)}
        shifts.add(max(0, last - first) // 2 % square.stride)
        starts = [first + shift for shift in sorted(shifts)]
    for start in starts:
        yield np.arange(start, last + 1, square.stride, dtype=np.int64)
