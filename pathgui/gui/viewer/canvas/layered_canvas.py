"""The part of the slide view that shows layers and tiles; mouse, keys and tools come above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pathgui.core.pictures.palette import PALETTES
from pathgui.core.slides.tiling import TileGrid
from pathgui.core.slides.tissue import TissueMask
from pathgui.gui.viewer.canvas.canvas import SlideCanvas
from pathgui.gui.viewer.canvas.loader import Loader
from pathgui.gui.viewer.canvas.marks import Marks
from pathgui.gui.viewer.canvas.overlay import GridLines, OverlayLook, cells_present
from pathgui.gui.viewer.canvas.tissue_tint import TissueTint
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.gui.viewer.model.viewport import Rect

_LIVE_MS = 200  # the overlay fills at most 5 times a second


class LayeredCanvas(SlideCanvas):
    """A slide with layers over it, the lattice of tiles, and tiles that are marked."""

    look_changed = Signal(object)  # OverlayLook: visible, opacity, hidden classes, ...
    layer_changed = Signal(object)  # OverlayLayer shown, or None
    layer_filled = Signal(object, object)  # OverlayLayer, cells: values came while a run goes on
    layers_changed = Signal()  # other layers can be shown
    grid_changed = Signal(object)  # another TileGrid, or None
    grid_shown = Signal(bool)

    def __init__(self, loader: Loader | None = None, parent: QWidget | None = None) -> None:
        super().__init__(loader, parent)
        self._grid: TileGrid | None = None
        self._rows: NDArray[np.int32] | None = None
        self._live: dict[int, list[NDArray[np.integer[Any]]]] = {}
        self._marks = Marks()
        self.tissue = TissueTint()
        self._live_timer = self._single_shot(_LIVE_MS, self._show_live)

    @property
    def look(self) -> OverlayLook:
        """How the overlay is shown."""
        return self.overlay.look

    def set_look(self, look: OverlayLook) -> None:
        """Show the overlay differently."""
        if look != self.overlay.look:
            self.overlay.look = look
            self._after_overlay()
            self.look_changed.emit(look)

    @property
    def opacity(self) -> float:
        """Of the overlay, 0 to 1."""
        return self.look.opacity

    def look_was_changed(self) -> None:
        """The overlay's look was changed in place: paint and tell."""
        self._after_overlay()
        self.look_changed.emit(self.look)

    def set_stretched(self, stretched: bool) -> None:
        """Colors over the range of the data, or over the fixed one. Said in the HUD."""
        self.set_look(replace(self.look, stretched=stretched))

    def set_opacity(self, opacity: float) -> None:
        """Show the overlay more or less strongly, 0 to 1; a hidden one comes back."""
        opacity = round(min(max(opacity, 0.0), 1.0), 3)
        self.set_look(replace(self.look, opacity=opacity, visible=True))

    def set_overlay_visible(self, visible: bool) -> None:
        """Show or hide the overlay."""
        self.set_look(replace(self.look, visible=visible))

    @property
    def layers(self) -> tuple[OverlayLayer, ...]:
        """All layers that can be shown."""
        return self.overlay.layers

    @property
    def layer(self) -> OverlayLayer | None:
        """The one that is shown."""
        return self.overlay.shown

    def set_layers(self, layers: Sequence[OverlayLayer], show: str | None = None) -> None:
        """Replace all layers; shows the one titled ``show``, else the one like that before."""
        look = self.look
        self.overlay.set_layers(layers, show)
        self._live.clear()
        self._layer_chosen()
        if self.look != look:  # the divider went with its layers
            self.look_changed.emit(self.look)
        self.layers_changed.emit()

    def show_layer(self, title: str | None) -> bool:
        """Show the layer of that title; None: none."""
        return self.choose(self.overlay.show(title))

    def show_beside(self, title: str | None) -> bool:
        """Draw a divider and show another layer right of it; None: no divider."""
        found = self.overlay.show_beside(title)
        self.look_was_changed()
        return found

    def choose(self, changed: bool) -> bool:
        """Tell of the layer now shown, if one was chosen."""
        if changed:
            self._layer_chosen()
        return changed

    def fill_layer(self, layer: OverlayLayer, cells: NDArray[np.integer[Any]]) -> None:
        """The image of one of the layers has new values at ``cells`` (n, 2: column, row).

        Call it as often as values come; the picture follows at most 5 times a second.
        """
        self.note_values(layer, cells)
        self.layer_filled.emit(layer, cells)

    def note_values(self, layer: OverlayLayer, cells: NDArray[np.integer[Any]]) -> None:
        """The image of ``layer`` was written to at ``cells``; the picture follows in a while.

        A layer that is none of this view's is none of its business.
        """
        if not any(each is layer for each in self.layers):
            return
        self._live.setdefault(id(layer), []).append(cells)
        if not self._live_timer.isActive():
            self._live_timer.start()

    @property
    def tile_grid(self) -> TileGrid | None:
        """The tiles that are, or would be, evaluated."""
        return self._grid

    def set_tile_grid(self, grid: TileGrid | None) -> None:
        """The tiles that are, or would be, evaluated; shown as lines with G."""
        self._grid = grid
        self._marks.clear()
        self._rows = None
        self.overlay.grid = None
        if grid is not None:
            self._rows = np.full(grid.shape[::-1], -1, np.int32)
            self._rows[grid.cells[:, 1], grid.cells[:, 0]] = np.arange(len(grid))
            self.overlay.grid = GridLines(
                cells_present(grid.shape, grid.cells),
                (float(grid.origin_l0[0]), float(grid.origin_l0[1])),
                float(grid.stride_l0),
            )
        self.invalidate()
        self.grid_changed.emit(grid)

    def set_tile_grid_visible(self, visible: bool) -> None:
        """Show or hide the tile lines."""
        self.overlay.grid_visible = visible
        self.invalidate()
        self.grid_shown.emit(visible)

    def mark_tiles(self, rows: frozenset[int], row: int = -1) -> None:
        """Outline tiles that are selected elsewhere, and the one that is looked at (-1: none)."""
        self._marks.select(rows, self._grid)
        self._marks.look_at(row)
        self.update()

    def set_tissue(self, mask: TissueMask | None) -> None:
        """Tint the tissue of the slide; None: no longer."""
        self.tissue.show(mask)
        self.update()

    @property
    def marked_tiles(self) -> frozenset[int]:
        """Rows of the tile grid that are outlined."""
        return self._marks.rows

    def row_at(self, x_l0: float, y_l0: float) -> int:
        """Row of the tile grid at a point; -1 where there is no tile."""
        grid = self._grid
        if grid is None or self._rows is None:
            return -1
        column = int((x_l0 - grid.origin_l0[0]) // grid.stride_l0)
        row = int((y_l0 - grid.origin_l0[1]) // grid.stride_l0)
        if 0 <= column < grid.shape[0] and 0 <= row < grid.shape[1]:
            return int(self._rows[row, column])
        return -1

    def tile_rect(self, row: int) -> Rect:
        """The whole of a tile, which may be larger than its cell of the lattice."""
        assert self._grid is not None
        x, y = self._grid.origins_l0[row]
        return float(x), float(y), float(x + self._grid.size_l0), float(y + self._grid.size_l0)

    def next_palette(self) -> None:
        """The next of the palettes for numbers."""
        names = list(PALETTES)
        at = names.index(self.look.palette)
        self.set_look(replace(self.look, palette=names[(at + 1) % len(names)]))

    def toggle_swipe(self) -> None:
        """A divider between two layers, or none."""
        if self.overlay.toggle_swipe():
            self.look_was_changed()

    def move_divider(self, share: float) -> None:
        """Put the divider, if there is one, at a share of the view's width."""
        if self.look.swipe is not None:
            self.set_look(replace(self.look, swipe=min(max(share, 0.0), 1.0)))

    def review(self, step: int) -> bool:
        """Go to the next (or previous) tile worth a look: where encoders disagree."""
        cells = self.overlay.review_cells()
        layer = self.layer
        if layer is None or not len(cells):
            return False
        x, y = layer.origin_l0
        centers = (cells + 0.5) * layer.stride_l0 + (x, y)
        here = self.viewport.center_l0
        off = np.abs(centers - here).max(axis=1)
        there = off.min() <= layer.stride_l0 / 2
        index = int(off.argmin()) + (step if there else 0)
        self.go_to(*(float(each) for each in centers[index % len(centers)]))
        return True

    # Inner workings

    def _layer_chosen(self) -> None:
        self._after_overlay()
        self.layer_changed.emit(self.layer)

    def _after_overlay(self) -> None:
        """Another layer, or shown differently."""
        self._overlay_said()
        self._kept.invalidate()
        self.update()

    def _overlay_said(self) -> None:
        """What is said of the layer (legend, minimap) is to be said anew."""

    def _show_live(self) -> None:
        for layer in self.layers:
            cells = self._live.pop(id(layer), None)
            if cells is None:
                continue
            self.overlay.changed(layer)
            dirty = self.overlay.dirty_rect(self.viewport, layer, np.concatenate(cells))
            self._kept.invalidate_rect(dirty, self.viewport)
        self._overlay_said()
        self.update()
