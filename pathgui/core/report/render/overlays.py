"""The overlay of one encoder on the slide, as SVG over the thumbnail.

Vector shapes: one path per class and strength, so that it is sharp at any size and the thumbnail is
in the file once, whatever the number of encoders. Colors, letters and strengths are those of the
window: :mod:`pathgui.core.pictures.palette` and :mod:`pathgui.core.pictures.fading`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.pictures.fading import HOLLOW, STRENGTHS, steps
from pathgui.core.pictures.overlay import NO_TILE, class_image
from pathgui.core.report.render.fonts import SYMBOLS
from pathgui.core.runs.record import SlideFacts

OPACITY = 0.62  # on paper, with white around, more than on the screen
_MOST_LETTERS = 40  # across a slide: letters of narrower blocks would be too small to be read


def overlay_svg(
    slide: SlideFacts,
    cells: NDArray[np.int32],
    classes: NDArray[np.int16],
    colors: Sequence[str],
    codes: Sequence[str] = (),
    probability: NDArray[np.float32] | None = None,
) -> bytes:
    """The slide's extent, transparent but for the tiles with a class.

    Parameters
    ----------
    slide : SlideFacts
        Its size and lattice give the frame; one unit is a tenth of a lattice cell.
    cells : (n, 2) int array
        Column and row of each tile.
    classes : (n,) int array
        Index into ``colors`` and ``codes``; negative: left out.
    codes : sequence of str
        Letters that tiles of the classes carry; none: they carry none.
    probability : (n,) float array, optional
        Of each tile's class: the less probable, the fainter. NaN: an outline alone.
    """
    stride = slide.tile_stride_l0
    width, height = (10 * side / stride for side in slide.size_l0)
    x0, y0 = (10 * origin / stride for origin in slide.tile_origin_l0)
    image = class_image(slide.lattice, cells, classes)
    fades = np.full(image.shape, len(STRENGTHS) - 1, np.uint8)
    if probability is not None:
        fades[cells[:, 1], cells[:, 0]] = steps(probability)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {height:.2f}" '
        f'width="{width:.2f}" height="{height:.2f}"><g transform="translate({x0:.2f} {y0:.2f})">'
    ]
    for value in np.unique(image[image != NO_TILE]):
        of_class = image == value
        for step, strength in enumerate(STRENGTHS):
            area = "".join(
                f"M{10 * left} {10 * row}h{10 * (right - left)}v10h{10 * (left - right)}z"
                for row, left, right in _stretches(of_class & (fades == step))
            )
            if area:
                opacity = OPACITY * strength
                parts.append(
                    f'<path fill="{colors[value]}" fill-opacity="{opacity:.3f}" d="{area}"/>'
                )
        if frames := "".join(
            f"M{10 * column + 1} {10 * row + 1}h8v8h-8z"
            for row, column in np.argwhere(of_class & (fades == HOLLOW))
        ):
            parts.append(
                f'<path fill="none" stroke="{colors[value]}" stroke-opacity="{OPACITY}" '
                f'stroke-width="1.6" d="{frames}"/>'
            )
    if codes:
        parts.append(_letters(image, codes))
    parts.append("</g></svg>")
    return "".join(parts).encode()


def _letters(image: NDArray[np.uint8], codes: Sequence[str]) -> str:
    """The letter of each tile; in the middle of blocks of one class where tiles are too small."""
    side = -(-image.shape[1] // _MOST_LETTERS)
    rows, columns = (length // side for length in image.shape)
    blocks = image[: rows * side, : columns * side].reshape(rows, side, columns, side)
    low, high = blocks.min(axis=(1, 3)), blocks.max(axis=(1, 3))
    drawn = "".join(
        f'<text x="{10 * side * (column + 0.5):g}" y="{10 * side * (row + 0.5) + 2.1 * side:g}">'
        f"{codes[low[row, column]]}</text>"
        for row, column in np.argwhere((low == high) & (low != NO_TILE))
    )
    return (
        f'<g font-family="{SYMBOLS}" font-size="{6 * side}" text-anchor="middle" fill="#000000">'
        f"{drawn}</g>"
    )


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
