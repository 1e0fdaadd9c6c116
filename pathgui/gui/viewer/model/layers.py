"""Composing layers of tiles to pixels. No Qt.

A layer is one image on the tile lattice, one pixel a cell. It is painted in the plane of the
*sheet* (see viewport.py), where every edge is rounded by the same expression as the edges of the
slide's own regions: so the two agree to the pixel at every zoom, and after any number of pans.
(QPainter's own scaling steps in 1/65536 of a source pixel, which over a screen of large cells
adds up to several pixels.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.pictures.fading import HOLLOW, STRENGTHS
from pathgui.core.pictures.tile_layer import OverlayLayer as OverlayLayer
from pathgui.gui.viewer.model.viewport import Rect, whole

NONE = 255
MIN_CELL_PX = 3.0
OUTLINE_PX = 2
_MIN_HOLLOW_PX = 8.0
_STEPS = 255  # shades of a scalar layer: 0..254; 255 is none


def indices(layer: OverlayLayer, value_range: tuple[float, float] | None = None) -> NDArray[Any]:
    """The layer as (rows, columns) uint8: classes, or shades 0..254 over the range; 255 = none."""
    if not layer.scalar:
        return layer.image
    low, high = value_range or layer.value_range
    with np.errstate(invalid="ignore"):
        shade = np.clip((layer.image - low) / (high - low) * (_STEPS - 1), 0, _STEPS - 1)
    return np.where(np.isnan(layer.image), NONE, np.nan_to_num(shade)).astype(np.uint8)


def color_table(
    layer: OverlayLayer, opacity: float, shown: Sequence[bool] | None = None
) -> NDArray[np.uint32]:
    """Premultiplied 0xAARRGGBB of each of 256 indices. Classes not ``shown`` are transparent."""
    table = np.zeros((256, 4), np.float64)
    colors = np.asarray(layer.colors, np.float64).reshape(-1, 3)
    if layer.scalar:
        at = np.linspace(0, len(colors) - 1, _STEPS)
        for channel in range(3):
            table[:_STEPS, channel] = np.interp(at, np.arange(len(colors)), colors[:, channel])
        table[:_STEPS, 3] = 255
    else:
        n = min(len(colors), NONE)
        table[:n, :3] = colors[:n]
        table[:n, 3] = 255
        if shown is not None:
            for index, visible in enumerate(shown[:n]):
                if not visible:
                    table[index, 3] = 0
    alpha = table[:, 3] / 255 * min(max(opacity, 0.0), 1.0)
    packed = np.rint(np.column_stack([alpha * 255, table[:, :3] * alpha[:, None]])).astype(
        np.uint32
    )
    argb = packed[:, 0] << 24 | packed[:, 1] << 16 | packed[:, 2] << 8 | packed[:, 3]
    return argb.astype(np.uint32)


def reduction(stride_l0: float, scale: float) -> int:
    """How many cells a side are put together so that none is under 3 px: a power of two."""
    factor = 1
    while stride_l0 * scale * factor < MIN_CELL_PX and factor < 1 << 12:
        factor *= 2
    return factor


def reduced(image: NDArray[Any], factor: int) -> NDArray[Any]:
    """Majority (classes) or mean (numbers) of ``factor`` x ``factor`` cells that have a value.

    A tie goes to the class of the smaller index. Cells without a value have no vote.
    """
    if factor == 1:
        return image
    rows, columns = image.shape
    scalar = image.dtype == np.float32
    padded = np.full(
        (-(-rows // factor) * factor, -(-columns // factor) * factor),
        np.nan if scalar else NONE,
        image.dtype,
    )
    padded[:rows, :columns] = image
    blocks = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)
    if scalar:
        known = ~np.isnan(blocks)
        n = known.sum((1, 3))
        total = np.where(known, blocks, 0).sum((1, 3), dtype=np.float64)
        with np.errstate(invalid="ignore"):
            return np.where(n > 0, total / n, np.nan).astype(np.float32)
    best = np.full(blocks.shape[::2], NONE, np.uint8)
    most = np.zeros(best.shape, np.int32)
    for value in np.unique(image):
        if value == NONE:
            continue
        votes = (blocks == value).sum((1, 3), dtype=np.int32)
        wins = votes > most
        best[wins] = value
        most[wins] = votes[wins]
    return best


@dataclass(frozen=True)
class Lattice:
    """Cells of one size from an origin, in level 0."""

    origin_l0: tuple[float, float]
    stride_l0: float
    shape: tuple[int, int]

    def span(self, axis: int, low: int, high: int, scale: float) -> tuple[int, NDArray[np.int64]]:
        """First cell in sheet pixels ``low`` to ``high``, and the edges from there on."""
        origin, stride = self.origin_l0[axis], self.stride_l0
        first = max(0, math.floor((low / scale - origin) / stride) - 1)
        last = min(self.shape[axis], math.ceil((high / scale - origin) / stride) + 1)
        cells = np.arange(first, max(first, last) + 1)
        return first, np.floor((origin + cells * stride) * scale + 0.5).astype(np.int64)


def compose(
    cells: NDArray[np.uint8],
    lattice: Lattice,
    table: NDArray[np.uint32],
    rect: tuple[int, int, int, int],
    scale: float,
    fades: NDArray[np.uint8] | None = None,
) -> tuple[tuple[int, int], NDArray[np.uint32]] | None:
    """The pixels of a layer within ``rect`` (x0, y0, x1, y1) of the sheet.

    Parameters
    ----------
    cells : (rows, columns) uint8
        Index into ``table`` of each cell of ``lattice``.
    fades : (rows, columns) uint8, optional
        How strongly each cell is painted: a step of :mod:`pathgui.core.pictures.fading`.

    Returns
    -------
    (x, y), pixels
        Where the (height, width) premultiplied ARGB pixels go; None if nothing is in ``rect``.
    """
    column, whole_xs = lattice.span(0, rect[0], rect[2], scale)
    row, whole_ys = lattice.span(1, rect[1], rect[3], scale)
    xs, ys = np.clip(whole_xs, rect[0], rect[2]), np.clip(whole_ys, rect[1], rect[3])
    widths, heights = np.diff(xs), np.diff(ys)
    if widths.sum() <= 0 or heights.sum() <= 0:
        return None
    part = cells[row : row + len(heights), column : column + len(widths)]
    if not (part != NONE).any():
        return None
    if fades is None:
        colors = table[part]
    else:
        steps = fades[row : row + len(heights), column : column + len(widths)]
        hollow = (steps == HOLLOW) & (part != NONE)
        if lattice.stride_l0 * scale < _MIN_HOLLOW_PX:  # too small for an outline to be one
            steps, hollow = np.where(steps == HOLLOW, np.uint8(0), steps), np.zeros_like(hollow)
        colors = _faded(table)[steps, part]
    pixels = np.repeat(np.repeat(colors, widths, axis=1), heights, axis=0)
    if fades is not None and hollow.any():
        inside = np.repeat(np.repeat(hollow, widths, axis=1), heights, axis=0)
        inside &= _within(whole_xs, xs)[None, :] & _within(whole_ys, ys)[:, None]
        pixels[inside] = 0
    return (int(xs[0]), int(ys[0])), pixels


def _within(edges: NDArray[np.int64], clipped: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pixels of an axis lie off the outline of their cell."""
    pixels = np.arange(clipped[0], clipped[-1])
    lengths = np.diff(clipped)
    after = pixels - np.repeat(edges[:-1], lengths)
    before = np.repeat(edges[1:], lengths) - pixels
    return (after >= OUTLINE_PX) & (before > OUTLINE_PX)


def _faded(table: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The table once for each step of fading, (steps + 1, 256); the last, of outlines, is whole."""
    channels = np.stack([table >> shift & 255 for shift in (24, 16, 8, 0)]).astype(np.float64)
    shares = np.array([*STRENGTHS, 1.0])
    faint = np.rint(channels[:, None, :] * shares[None, :, None]).astype(np.uint32)
    argb: NDArray[np.uint32] = faint[0] << 24 | faint[1] << 16 | faint[2] << 8 | faint[3]
    return argb


def outline(
    cells: NDArray[np.uint8],
    lattice: Lattice,
    table: NDArray[np.uint32],
    rect: tuple[int, int, int, int],
    scale: float,
    line_px: int = OUTLINE_PX,
) -> tuple[tuple[int, int], NDArray[np.uint32]] | None:
    """As :func:`compose`, but only lines within the cells, where the neighbor is another class."""
    composed = compose(cells, lattice, table, rect, scale)
    if composed is None:
        return None
    (x, y), pixels = composed
    column, xs = lattice.span(0, rect[0], rect[2], scale)
    row, ys = lattice.span(1, rect[1], rect[3], scale)
    part = np.full((len(ys) + 1, len(xs) + 1), NONE, np.int16)  # with a border of neighbors
    rows = range(max(0, row - 1), min(cells.shape[0], row + len(ys)))
    columns = range(max(0, column - 1), min(cells.shape[1], column + len(xs)))
    part[
        rows.start - row + 1 : rows.stop - row + 1,
        columns.start - column + 1 : columns.stop - column + 1,
    ] = cells[rows.start : rows.stop, columns.start : columns.stop]
    inner = part[1:-1, 1:-1]
    clipped_xs, clipped_ys = np.clip(xs, *rect[::2]), np.clip(ys, *rect[1::2])
    widths, heights = np.diff(clipped_xs), np.diff(clipped_ys)
    across, down = (
        np.arange(clipped_xs[0], clipped_xs[-1]),
        np.arange(clipped_ys[0], clipped_ys[-1]),
    )
    near_left = across - np.repeat(xs[:-1], widths) < line_px
    near_right = np.repeat(xs[1:], widths) - across <= line_px
    near_top = down - np.repeat(ys[:-1], heights) < line_px
    near_bottom = np.repeat(ys[1:], heights) - down <= line_px

    def spread(differs: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.repeat(np.repeat(differs, widths, axis=1), heights, axis=0)

    line = spread(inner != part[1:-1, :-2]) & near_left[None, :]
    line |= spread(inner != part[1:-1, 2:]) & near_right[None, :]
    line |= spread(inner != part[:-2, 1:-1]) & near_top[:, None]
    line |= spread(inner != part[2:, 1:-1]) & near_bottom[:, None]
    return (x, y), np.where(line, pixels, np.uint32(0))


def compose_grid(
    present: NDArray[np.bool_],
    lattice: Lattice,
    color: int,
    rect: tuple[int, int, int, int],
    scale: float,
) -> tuple[tuple[int, int], NDArray[np.uint32]] | None:
    """Outlines, one pixel wide, of the cells that are ``present``; as :func:`compose`."""
    column, xs = lattice.span(0, rect[0], rect[2], scale)
    row, ys = lattice.span(1, rect[1], rect[3], scale)
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    if len(xs) < 2 or len(ys) < 2 or width <= 0 or height <= 0:
        return None
    pixels = np.zeros((height, width), np.uint32)
    part = present[row : row + len(ys) - 1, column : column + len(xs) - 1]
    if not part.any():
        return None
    clipped_xs, clipped_ys = np.clip(xs, *rect[::2]), np.clip(ys, *rect[1::2])
    # An edge is drawn where the cell on either side of it is present.
    none = np.zeros((part.shape[0], 1), bool)
    upright = np.hstack([part, none]) | np.hstack([none, part])
    none = np.zeros((1, part.shape[1]), bool)
    level = np.vstack([part, none]) | np.vstack([none, part])
    lines = np.repeat(upright, np.append(np.diff(clipped_ys), 0)[: len(upright)], axis=0)
    inside = (xs >= rect[0]) & (xs < rect[2])
    top, left = clipped_ys[0] - rect[1], clipped_xs[0] - rect[0]
    columns = xs[inside] - rect[0]
    pixels[top : top + len(lines), columns] = np.where(lines[:, inside], color, 0)
    for line, y in enumerate(ys):
        if rect[1] <= y < rect[3]:
            stroke = np.repeat(level[line], np.diff(clipped_xs))
            row_pixels = pixels[y - rect[1], left : left + len(stroke)]
            row_pixels[stroke] = color
    return (rect[0], rect[1]), pixels


def disagreement(layers: Sequence[OverlayLayer], title: str = "Disagreement") -> OverlayLayer:
    """How many different classes ``layers`` give each tile; none where one of them is silent.

    Raises
    ------
    ValueError
        If fewer than two layers are given, or they are not on one lattice or of one set of names.
    """
    if len(layers) < 2:
        raise ValueError("disagreement needs at least two layers")
    first = layers[0]
    for layer in layers:
        same = (layer.shape, layer.origin_l0, layer.stride_l0, tuple(layer.names), layer.scalar)
        if same != (first.shape, first.origin_l0, first.stride_l0, tuple(first.names), False):
            raise ValueError("disagreement needs classes of the same names on the same lattice")
    stack = np.sort(np.stack([layer.image for layer in layers]), axis=0)
    different = 1 + (np.diff(stack.astype(np.int16), axis=0) != 0).sum(axis=0)
    image = np.where((stack == NONE).any(axis=0), NONE, different - 1).astype(np.uint8)
    names = [say("all agree"), *(say("{n} answers", n=n) for n in range(2, len(layers) + 1))]
    shades = [(0x99, 0x99, 0x99), (0xF0, 0xE4, 0x42), (0xE6, 0x9F, 0x00), (0xD5, 0x5E, 0x00)]
    colors = [shades[min(i, len(shades) - 1)] for i in range(len(names))]
    return replace(
        first, title=title, image=image, names=names, colors=colors, kind="disagreement",
        encoder="", codes=(), fades=None,
    )  # fmt: skip


def sheet_rect(rect_l0: Rect, scale: float) -> tuple[int, int, int, int]:
    """A rectangle of level 0 in whole sheet pixels, by the one rounding everything uses."""
    x0, y0, x1, y1 = rect_l0
    return whole(x0 * scale), whole(y0 * scale), whole(x1 * scale), whole(y1 * scale)
