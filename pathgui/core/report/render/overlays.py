"""The overlay of one encoder on the slide, as SVG over the thumbnail.

Vector shapes: one path per class, so that it is sharp at any size and the thumbnail is in the
file once, whatever the number of encoders. Each class has a pattern beside its color: a stroke in
every cell, which joins up with its neighbors' across a region.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.pictures.overlay import NO_TILE, class_image
from pathgui.core.runs.record import SlideFacts

MARKS = ("none", "up", "down", "dot", "level", "upright", "cross", "plus")
OPACITY = 0.62  # on paper, with white around, more than on the screen
_FEWEST_COLUMNS_WITHOUT_MARKS = 160  # finer cells are under half a millimetre: marks would clog

# One cell is 10 units wide; strokes from edge to edge.
_STROKES = {
    "up": "m0 10 l10 -10",
    "down": "l10 10",
    "dot": "m4.1 4.1 h1.8 v1.8 h-1.8 z",
    "level": "m0 5 h10",
    "upright": "m5 0 v10",
    "cross": "l10 10 m-10 0 l10 -10",
    "plus": "m0 5 h10 m-5 -5 v10",
}


def mark(index: int) -> str:
    """Pattern of the class at ``index``."""
    return MARKS[index % len(MARKS)]


def overlay_svg(
    slide: SlideFacts,
    cells: NDArray[np.int32],
    classes: NDArray[np.int16],
    colors: Sequence[str],
    marks: Sequence[str],
) -> bytes:
    """The slide's extent, transparent but for the tiles with a class.

    Parameters
    ----------
    slide : SlideFacts
        Its size and lattice give the frame; one unit is a tenth of a lattice cell.
    cells : (n, 2) int array
        Column and row of each tile.
    classes : (n,) int array
        Index into ``colors`` and ``marks``; negative: left out.
    """
    stride = slide.tile_stride_l0
    width, height = (10 * side / stride for side in slide.size_l0)
    x0, y0 = (10 * origin / stride for origin in slide.tile_origin_l0)
    image = class_image(slide.lattice, cells, classes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {height:.2f}" '
        f'width="{width:.2f}" height="{height:.2f}"><g transform="translate({x0:.2f} {y0:.2f})">'
    ]
    fine = slide.lattice[0] > _FEWEST_COLUMNS_WITHOUT_MARKS
    for value in np.unique(image[image != NO_TILE]):
        color, pattern = colors[value], marks[value]
        area = "".join(
            f"M{10 * left} {10 * row}h{10 * (right - left)}v10h{10 * (left - right)}z"
            for row, left, right in _stretches(image == value)
        )
        parts.append(f'<path fill="{color}" fill-opacity="{OPACITY}" d="{area}"/>')
        if pattern != "none" and not fine:
            rows, columns = np.nonzero(image == value)
            strokes = "".join(
                f"M{10 * c} {10 * r}{_STROKES[pattern]}" for r, c in zip(rows, columns, strict=True)
            )
            fill = "#000000" if pattern == "dot" else "none"
            parts.append(
                f'<path fill="{fill}" fill-opacity="0.42" stroke="#000000" stroke-opacity="0.42" '
                f'stroke-width="0.7" d="{strokes}"/>'
            )
    parts.append("</g></svg>")
    return "".join(parts).encode()


def _stretches(where: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Runs of True in each row: (row, first column, last column + 1)."""
    padded = np.zeros((where.shape[0], where.shape[1] + 2), np.int8)
    padded[:, 1:-1] = where
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    return [(int(r), int(a), int(b)) for r, a, b in zip(rows, starts, ends, strict=True)]


def scale_bar(width_um: float) -> float:
    """Length in µm of the scale bar: the 1-2-5 step nearest to a fifth of the width.

    >>> scale_bar(14_000), scale_bar(900)
    (2000.0, 200.0)
    """
    target = width_um / 5
    power = 10 ** np.floor(np.log10(target))
    steps = power * np.array([1, 2, 5, 10])
    return float(steps[np.argmin(np.abs(np.log(steps / target)))])
