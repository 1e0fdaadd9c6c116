"""The layers over a slide: which is shown, how strongly, which classes; and painting them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMargins, QRect, QRectF
from PySide6.QtGui import QPainter

from pathgui.core.language.texts import say
from pathgui.core.pictures.fading import HOLLOW
from pathgui.core.pictures.palette import PALETTES
from pathgui.gui.viewer.canvas.letters import Letters
from pathgui.gui.viewer.canvas.painting import paint_pixels, sheet_clip
from pathgui.gui.viewer.model.layers import (
    NONE,
    Lattice,
    OverlayLayer,
    color_table,
    compose,
    compose_grid,
    disagreement,
    indices,
    outline,
    reduced,
    reduction,
)
from pathgui.gui.viewer.model.units import range_ends
from pathgui.gui.viewer.model.viewport import Rect, Viewport

DEFAULT_OPACITY = 0.45
_OTHER_TISSUE_SAME_CENTER = 2  # in the order SS, SO, OS, OO
_GRID_COLOR = 0xB0101010  # ARGB; premultiplied below
_MIN_GRID_PX = 6.0
_LINES_BESIDE = QMargins(4, 4, 4, 4)  # px: outlines of the neighbors, turned or not


@dataclass(frozen=True, eq=False)
class GridLines:
    """The tiles an encoder would be shown: cells of a lattice, present or not (rows, columns)."""

    present: NDArray[np.bool_]
    origin_l0: tuple[float, float]
    stride_l0: float


@dataclass(frozen=True)
class OverlayLook:
    """How layers are shown. Classes are hidden by name, so a choice outlives a new run."""

    visible: bool = True
    opacity: float = DEFAULT_OPACITY
    outlined: bool = False
    stretched: bool = False
    hidden: frozenset[tuple[str, str]] = frozenset()  # (kind, class name)
    swipe: float | None = None  # share of the view's width left of the divider
    palette: str = "viridis"  # of layers of numbers, one of PALETTES

    def shows(self, layer: OverlayLayer) -> list[bool]:
        """Which classes of ``layer`` are shown."""
        return [(layer.kind, name) not in self.hidden for name in layer.names]

    def colored(self, layer: OverlayLayer) -> OverlayLayer:
        """``layer`` in the palette that was chosen, if it is of numbers and has no colors."""
        if layer.scalar and not layer.colors:
            return replace(layer, colors=PALETTES[self.palette])
        return layer


class _Prepared:
    """What is worth keeping between two paints of one layer."""

    def __init__(self, layer: OverlayLayer) -> None:
        self.layer = layer
        self._images: dict[tuple[int, bool], NDArray[np.uint8]] = {}
        self._fades: dict[int, NDArray[np.uint8] | None] = {}

    def clear(self) -> None:
        self._images.clear()
        self._fades.clear()

    def image(self, factor: int, stretched: bool) -> NDArray[np.uint8]:
        key = (factor, stretched and self.layer.scalar)
        if key not in self._images:
            value_range = self.layer.data_range() if key[1] else None
            smaller = self.layer.with_image(reduced(self.layer.image, factor))
            self._images[key] = indices(smaller, value_range)
        return self._images[key]

    def fades(self, factor: int) -> NDArray[np.uint8] | None:
        """Steps of fading; where several cells are painted as one, their mean."""
        whole = self.layer.fades
        if whole is None or factor == 1:
            return whole
        if factor not in self._fades:
            known = np.where(whole == HOLLOW, 0, whole).astype(np.float32)
            known[self.layer.image == NONE] = np.nan
            mean = np.nan_to_num(reduced(known, factor))
            self._fades[factor] = np.rint(mean).astype(np.uint8)
        return self._fades[factor]


class Overlay:
    """The layers of one view."""

    def __init__(self) -> None:
        self.look = OverlayLook()
        self.grid: GridLines | None = None
        self.grid_visible = False
        self._layers: list[_Prepared] = []
        self._shown: int | None = None
        self._second: int | None = None
        self._compared = "tissue"  # the kind that the disagreement layer is of
        self._letters = Letters()
        self._with_letters = True
        self.dpr = 1.0  # device pixels per logical one

    @property
    def layers(self) -> tuple[OverlayLayer, ...]:
        """All of them."""
        return tuple(each.layer for each in self._layers)

    @property
    def shown(self) -> OverlayLayer | None:
        """The one on top of the slide; where a divider is drawn, the one left of it."""
        return None if self._shown is None else self._layers[self._shown].layer

    @property
    def second(self) -> OverlayLayer | None:
        """The one right of the divider."""
        return None if self._second is None else self._layers[self._second].layer

    def set_layers(self, layers: Sequence[OverlayLayer], show: str | None = None) -> None:
        """Replace all layers; keeps showing the encoder and kind that were shown, if they are."""
        before, second = self.shown, self.second
        self._layers = [_Prepared(layer) for layer in layers]
        self._shown = self._find(show, before)
        if self._shown is None and self._layers:
            self._shown = 0
        self._second = self._find(None, second) if second is not None else None
        if self._second is None:  # no divider without two layers
            self.look = replace(self.look, swipe=None)

    def show(self, title: str | None) -> bool:
        """Show the layer of that title; None: none. False if there is no such layer."""
        if title is None:
            self._shown = None
            return True
        found = self._find(title, None)
        if found is None:
            return False
        self._shown = found
        return True

    def show_beside(self, title: str | None) -> bool:
        """Show another layer right of a divider; None: no divider."""
        self._second = None if title is None else self._find(title, None)
        self.look = replace(self.look, swipe=None if self._second is None else 0.5)
        return title is None or self._second is not None

    def has_kind(self, kind: str) -> bool:
        """Whether there is a layer of that kind, or what it takes to make it."""
        if kind == "disagreement":
            shown = self.shown.kind if self.shown is not None else "tissue"
            return shown == "disagreement" or len(self._of_kind(shown)) > 1
        return any(each.layer.kind == kind for each in self._layers)

    @property
    def encoders_alike(self) -> int:
        """How many encoders have a layer of the kind that is shown."""
        kind = self.shown.kind if self.shown is not None else None
        return sum(each.layer.kind == kind for each in self._layers)

    def step_encoder(self, step: int) -> bool:
        """The same kind of layer of the next (or previous) encoder."""
        if self.shown is None:
            return False
        same = [i for i, each in enumerate(self._layers) if each.layer.kind == self.shown.kind]
        if len(same) < 2 or self._shown is None:
            return False
        self._shown = same[(same.index(self._shown) + step) % len(same)]
        return True

    def other_than(self, titles: Collection[str]) -> OverlayLayer | None:
        """A layer that is none of these, for a view beside this one; None: there is none.

        The next encoder's of the kind shown, else another kind of the same encoder, else any.
        """
        shown, layers = self.shown, self.layers
        if shown is None:
            return None
        at = layers.index(shown)
        free = [each for each in (*layers[at + 1 :], *layers[:at]) if each.title not in titles]

        def first(*, kind: str | None = None, encoder: str | None = None) -> OverlayLayer | None:
            return next(
                (
                    each
                    for each in free
                    if kind in (None, each.kind) and encoder in (None, each.encoder)
                ),
                None,
            )

        return first(kind=shown.kind) or first(encoder=shown.encoder) or first()

    def show_kind(self, kind: str) -> bool:
        """Another kind of layer of the same encoder."""
        encoder = self.shown.encoder if self.shown is not None else None
        if kind == "disagreement":
            self._add_disagreement()
        found = [i for i, each in enumerate(self._layers) if each.layer.kind == kind]
        if not found:
            return False
        same = [i for i in found if self._layers[i].layer.encoder == encoder]
        self._shown = (same or found)[0]
        return True

    def toggle_swipe(self) -> bool:
        """A divider, with the next encoder's layer (or another kind) right of it; or none."""
        if self._second is not None:
            return self.show_beside(None)
        if self.shown is None:
            return False
        kind, encoder = self.shown.kind, self.shown.encoder
        others = [e.layer for e in self._layers if e.layer is not self.shown]
        same = [layer for layer in others if layer.kind == kind and layer.encoder != encoder]
        if not others:
            return False
        return self.show_beside((same or others)[0].title)

    def changed(self, layer: OverlayLayer) -> None:
        """The image of ``layer`` was written to."""
        for each in self._layers:
            if each.layer is layer:
                each.clear()
            elif each.layer.kind == "disagreement" and layer.kind == self._compared:
                np.copyto(each.layer.image, disagreement(self._of_kind(layer.kind)).image)
                each.clear()

    def review_cells(self) -> NDArray[np.intp]:
        """Cells (n, 2: column, row) worth a look, row by row.

        Where encoders disagree on the shown kind of answer; with one encoder, where most of a
        tile's neighbors have another tissue from the same center (OS).
        """
        kind = self.shown.kind if self.shown is not None else "tissue"
        kind = self._compared if kind == "disagreement" else kind
        alike = self._of_kind(kind)
        if len(alike) >= 2:
            image = disagreement(alike).image
            wanted = (image != NONE) & (image > 0)
        else:
            agreement = self._of_kind("agreement")
            if not agreement:
                return np.empty((0, 2), np.intp)
            wanted = agreement[0].image == _OTHER_TISSUE_SAME_CENTER
        return np.argwhere(wanted)[:, ::-1]

    def _of_kind(self, kind: str) -> list[OverlayLayer]:
        """Layers of a kind that can be compared with each other."""
        layers = [each.layer for each in self._layers if each.layer.kind == kind]
        return [
            layer
            for layer in layers
            if not layer.scalar
            and (layer.shape, layer.origin_l0, layer.stride_l0, tuple(layer.names))
            == (
                layers[0].shape,
                layers[0].origin_l0,
                layers[0].stride_l0,
                tuple(layers[0].names),
            )
        ]

    def _add_disagreement(self) -> None:
        shown = self.shown.kind if self.shown is not None else "tissue"
        if shown == "disagreement":
            return
        alike = self._of_kind(shown)
        if len(alike) < 2:
            return
        self._layers = [each for each in self._layers if each.layer.kind != "disagreement"]
        what = "tissue" if shown == "tissue" else shown
        self._layers.append(_Prepared(disagreement(alike, say("Encoders on {what}", what=what))))
        self._compared = shown

    def toggle_class(self, layer: OverlayLayer, name: str) -> None:
        """Show or hide a class of a layer, and so of all layers of its kind."""
        self.look = replace(self.look, hidden=self.look.hidden ^ {(layer.kind, name)})

    def solo_class(self, layer: OverlayLayer, name: str) -> None:
        """Show only this class of a layer; all again if it was the only one."""
        kind = layer.kind
        others = {(kind, other) for other in layer.names if other != name}
        hidden = {key for key in self.look.hidden if key[0] == kind}
        rest = self.look.hidden - hidden
        self.look = replace(self.look, hidden=rest if hidden == others else rest | others)

    def note(self, view: Viewport) -> str:
        """What a reader must know of how the layer is drawn now; empty if it is as it is."""
        layer = self.shown
        if layer is None or not self.look.visible:
            return ""
        notes = []
        factor = reduction(layer.stride_l0, view.scale)
        if factor > 1:
            notes.append(
                say("reduced: mean of {factor} × {factor} tiles", factor=factor)
                if layer.scalar
                else say("reduced: majority of {factor} × {factor} tiles", factor=factor)
            )
        if self.look.stretched and layer.scalar:
            low, high = range_ends(*layer.data_range())
            notes.append(say("stretched to {low}–{high}", low=low, high=high))
        return "; ".join(notes)

    def frozen(self) -> Overlay:
        """What is shown now, for good: whatever comes of these layers, this stays as it is."""
        copy = Overlay()
        copy.look, copy.grid, copy.grid_visible = self.look, self.grid, self.grid_visible
        copy.dpr = self.dpr
        shown = [index for index in (self._shown, self._second) if index is not None]
        layers = [self._layers[index].layer for index in shown]
        copy._layers = [_Prepared(each.frozen()) for each in layers]
        copy._shown = None if self._shown is None else 0
        copy._second = None if self._second is None else len(layers) - 1
        return copy

    # Painting

    def paint(
        self, painter: QPainter, view: Viewport, clip_px: QRect, *, letters: bool = True
    ) -> None:
        """Paint what is shown over ``clip_px``, device pixels."""
        self._with_letters = letters
        if self.look.visible and self._shown is not None:
            left, right = clip_px, None
            if self._second is not None and self.look.swipe is not None:
                divider = round(view.size_px[0] * self.look.swipe)
                left = clip_px & QRect(0, 0, divider, view.size_px[1])
                right = clip_px & QRect(divider, 0, view.size_px[0] - divider, view.size_px[1])
                if not right.isEmpty():
                    self._paint_layer(painter, view, right, self._layers[self._second])
            if not left.isEmpty():
                self._paint_layer(painter, view, left, self._layers[self._shown])
        if self.grid is not None and self.grid_visible:
            self._paint_grid(painter, view, clip_px, self.grid)

    def dirty_rect(self, view: Viewport, layer: OverlayLayer, cells: NDArray[np.integer]) -> QRect:
        """Device pixels that new values at ``cells`` (n, 2: column, row) of a layer change."""
        painted = [each for each in (self.shown, self.second) if each is not None]
        derived = layer.kind == self._compared and any(
            each.kind == "disagreement" for each in painted
        )
        if not len(cells) or not (derived or any(each is layer for each in painted)):
            return QRect()
        if layer.scalar and self.look.stretched:  # a new extreme colors all tiles anew
            return QRect(0, 0, *view.size_px)
        factor = reduction(layer.stride_l0, view.scale)
        stride = layer.stride_l0 * factor
        low, high = cells.min(axis=0) // factor, cells.max(axis=0) // factor + 1
        x, y = layer.origin_l0
        rect: Rect = (
            x + float(low[0]) * stride,
            y + float(low[1]) * stride,
            x + float(high[0]) * stride,
            y + float(high[1]) * stride,
        )
        x0, y0, x1, y1 = view.rect_to_px(rect)
        covered = QRectF(x0, y0, x1 - x0, y1 - y0).toAlignedRect()
        return covered.marginsAdded(_LINES_BESIDE)

    def _paint_layer(
        self, painter: QPainter, view: Viewport, clip_px: QRect, prepared: _Prepared
    ) -> None:
        layer, look = prepared.layer, self.look
        factor = reduction(layer.stride_l0, view.scale)
        image = prepared.image(factor, look.stretched)
        lines = look.outlined and not layer.scalar
        # Thin lines need more of it to be seen.
        opacity = min(1.0, 2 * look.opacity) if lines else look.opacity
        table = color_table(look.colored(layer), opacity, look.shows(layer) or None)
        lattice = Lattice(layer.origin_l0, layer.stride_l0 * factor, image.shape[::-1])
        rect = sheet_clip(view, clip_px)
        composed: tuple[tuple[int, int], NDArray[Any]] | None
        if lines:
            composed = outline(image, lattice, table, rect, view.scale)
        else:
            composed = compose(image, lattice, table, rect, view.scale, prepared.fades(factor))
        if composed is not None:
            painter.save()
            painter.setClipRect(clip_px)
            paint_pixels(painter, view, *composed)
            if self._with_letters and layer.codes and factor == 1 and look.opacity > 0:
                self._letters.paint(
                    painter, view, clip_px, layer, look.shows(layer), look.opacity, self.dpr
                )
            painter.restore()

    def _paint_grid(
        self, painter: QPainter, view: Viewport, clip_px: QRect, grid: GridLines
    ) -> None:
        if grid.stride_l0 * view.scale < _MIN_GRID_PX:
            return
        lattice = Lattice(grid.origin_l0, grid.stride_l0, grid.present.shape[::-1])
        composed = compose_grid(
            grid.present,
            lattice,
            _premultiplied(_GRID_COLOR),
            sheet_clip(view, clip_px),
            view.scale,
        )
        if composed is not None:
            painter.save()
            painter.setClipRect(clip_px)
            paint_pixels(painter, view, *composed)
            painter.restore()

    def _find(self, title: str | None, like: OverlayLayer | None) -> int | None:
        for index, each in enumerate(self._layers):
            if title is not None and each.layer.title == title:
                return index
        if like is not None:
            for index, each in enumerate(self._layers):
                if (each.layer.encoder, each.layer.kind) == (like.encoder, like.kind):
                    return index
        return None


def _premultiplied(argb: int) -> int:
    alpha = argb >> 24
    red, green, blue = ((argb >> shift & 255) * alpha // 255 for shift in (16, 8, 0))
    return alpha << 24 | red << 16 | green << 8 | blue


def cells_present(shape: tuple[int, int], cells: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(rows, columns) bool image of the ``cells`` (n, 2: column, row) of a lattice."""
    present = np.zeros(shape[::-1], bool)
    present[cells[:, 1], cells[:, 0]] = True
    return present


__all__ = ["NONE", "GridLines", "Overlay", "OverlayLayer", "OverlayLook", "cells_present"]
