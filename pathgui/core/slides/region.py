"""Part of a slide: polygons in level 0, and the tiles inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import NoTissueError
from pathgui.core.language.texts import say
from pathgui.core.slides.tiling import TileGrid

Polygon = tuple[tuple[float, float], ...]  # (x, y) in level-0 pixels; closed by itself
Region = tuple[Polygon, ...]  # what lies in any of them


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
    by_row = np.argsort(row_of, kind="stable")
    starts = np.searchsorted(row_of[by_row], np.arange(len(rows) + 1))
    for polygon in region:
        if len(polygon) < 3:
            continue
        outline = np.array(polygon, np.float64)
        top, bottom = outline[:, 1].min(), outline[:, 1].max()
        # Tiles lie in rows, so the rows are few, and those that a polygon reaches are fewer.
        for number in range(*np.searchsorted(rows, [top, bottom]).tolist()):
            crossed = crossings(outline, rows[number])
            here = by_row[starts[number] : starts[number + 1]]
            found[here] |= np.searchsorted(crossed, points[here, 0]) % 2 == 1
    return found


def crossings(outline: NDArray[np.float64], y: float) -> NDArray[np.float64]:
    """Where the line at height ``y`` crosses a closed outline (n, 2): rising x, an even number."""
    x0, y0 = outline.T
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    crossed = (y0 <= y) != (y1 <= y)
    part = (y - y0[crossed]) / (y1[crossed] - y0[crossed])
    found: NDArray[np.float64] = np.sort(x0[crossed] + part * (x1[crossed] - x0[crossed]))
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
            say(
                "None of the {n_grid} tissue tiles of {slide_name} has its "
                "center in the region. Draw the region over tissue and larger "
                "than a tile, or evaluate the whole slide.",
                n_grid=len(grid),
                slide_name=slide_name,
            )
        )
    return replace(grid, cells=grid.cells[kept])
