"""Part of a slide: polygons in level 0, the tiles inside, and QuPath's files of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import NoTissueError, RegionError
from pathgui.core.tiling import TileGrid

Polygon = tuple[tuple[float, float], ...]  # (x, y) in level-0 pixels; closed by itself
Region = tuple[Polygon, ...]  # what lies in any of them

_NOT_DRAWN = ("cell", "detection", "tile", "tma_core")  # what QuPath finds, not what a user draws


def inside(points: NDArray[np.floating], region: Region) -> NDArray[np.bool_]:
    """Which of ``points`` (n, 2) lie in any polygon, shape (n,).

    Inside is what a line from afar reaches after an odd number of crossings. So a polygon may
    cross itself, and holes can be joined to their outline by a line walked both ways.

    Examples
    --------
    >>> square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    >>> inside(np.array([[1.0, 1.0], [5.0, 1.0]]), (square,))
    array([ True, False])
    """
    found = np.zeros(len(points), np.bool_)
    rows, row_of = np.unique(points[:, 1], return_inverse=True)
    for polygon in region:
        if len(polygon) < 3:
            continue
        x0, y0 = np.array(polygon, np.float64).T
        x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
        for number, y in enumerate(rows):  # tiles lie in rows, so the rows are few
            crossed = (y0 <= y) != (y1 <= y)
            if not crossed.any():
                continue
            part = (y - y0[crossed]) / (y1[crossed] - y0[crossed])
            crossings = np.sort(x0[crossed] + part * (x1[crossed] - x0[crossed]))
            here = np.flatnonzero(row_of == number)
            found[here] |= np.searchsorted(crossings, points[here, 0]) % 2 == 1
    return found


def tiles_inside(grid: TileGrid, region: Region, slide_name: str) -> TileGrid:
    """The tiles of ``grid`` whose center lies in ``region``.

    Raises
    ------
    NoTissueError
        If there is none.
    """
    kept = inside(grid.origins_l0 + grid.size_l0 / 2, region)
    if not kept.any():
        raise NoTissueError(
            f"None of the {len(grid)} tissue tiles of {slide_name} has its center in the region. "
            "Draw the region over tissue and larger than a tile, or evaluate the whole slide."
        )
    return replace(grid, cells=grid.cells[kept])


def load_region(path: Path, bounds_l0: tuple[int, int, int, int]) -> Region:
    """The polygons of a QuPath GeoJSON file, in level-0 pixels.

    Parameters
    ----------
    path : Path
        A feature collection, a list of features, a feature or a geometry. Cells, detections and
        tiles are passed over.
    bounds_l0 : (x, y, width, height)
        Of the slide: its scanned part, from whose corner QuPath counts.

    Raises
    ------
    RegionError
        If the file cannot be read or holds no area.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        region = tuple(
            _shifted(_joined(rings), bounds_l0)
            for rings in _polygons(content)
            if rings and rings[0]
        )
    except (OSError, UnicodeDecodeError) as error:
        raise RegionError(f"The region {path} cannot be read: {error}.") from error
    except Exception as error:  # whatever is in the place of features
        raise RegionError(
            f"{path} is not GeoJSON ({error}). In QuPath: File, Export objects as GeoJSON."
        ) from error
    if not region:
        raise RegionError(
            f"{path} holds no area. Draw a rectangle, an ellipse or a polygon around the region "
            "and export that."
        )
    return region


def _polygons(content: Any) -> Iterator[list[Any]]:
    """Every polygon as its rings: the outline, then its holes."""
    if isinstance(content, list):
        for item in content:
            yield from _polygons(item)
        return
    kind = content["type"]
    if kind == "FeatureCollection":
        yield from _polygons(content["features"])
    elif kind == "Feature":
        if (content.get("properties") or {}).get("objectType") not in _NOT_DRAWN:
            yield from _polygons(content["geometry"])
    elif kind == "GeometryCollection":
        yield from _polygons(content["geometries"])
    elif kind == "MultiPolygon":
        yield from content["coordinates"]
    elif kind == "Polygon":
        yield content["coordinates"]


def _joined(rings: list[Any]) -> Polygon:
    """Outline and holes as one polygon: from the outline's first point to each hole and back."""
    outline, *holes = [_ring(ring) for ring in rings]
    joined = list(outline)
    for hole in holes:
        joined += [outline[0], *hole, hole[0]]
    return (*joined, outline[0]) if holes else tuple(joined)


def _ring(ring: list[Any]) -> Polygon:
    points = [(float(point[0]), float(point[1])) for point in ring]
    if len(points) < 3 or not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        raise ValueError("an outline needs three points and numbers")
    return tuple(points[:-1] if points[0] == points[-1] else points)


def _shifted(polygon: Polygon, bounds_l0: tuple[int, int, int, int]) -> Polygon:
    left, top = bounds_l0[:2]
    return tuple((x + left, y + top) for x, y in polygon)
