"""The slide's part in exploring: clicks on its tiles, marks on it, going to places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from pathgui.core.explore.neighborhood import TileId
from pathgui.core.language.texts import say
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.gui.explore.explore_data import ExploreData, Selection
from pathgui.gui.explore.neighbor_grid import NeighborCard
from pathgui.gui.explore.neighbor_strip import kinds_said, neighbor_strip
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import EXPLORE as KEY
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.slide_view import SlideView

_SHARE_OF_VIEW = 6  # a tile that is gone to takes this part of the view's width


class ExploreSlide(QObject):
    """Marks tiles on the slide of the run, where it is shown, and goes to tiles on any slide."""

    tile_clicked = Signal(object)  # TileId
    tile_hovered = Signal(object, str)  # TileId and encoder of the layer there: it rests on it
    changed = Signal()  # the slide of the run came or went

    def __init__(
        self,
        desk: Desk,
        compare: CompareView,
        slides: SlideControl,
        slides_known: Callable[[], Sequence[Path]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._compare = compare
        self._slides = slides
        self._slides_known = slides_known
        self._data: ExploreData | None = None
        self._marked: tuple[frozenset[int], int] = (frozenset(), -1)
        self._going_to: tuple[Path, int] | None = None  # row of the reference set
        self._there = False
        self._key: bytes | None = None  # of pseudonyms, once it was asked for
        compare.main.layers_changed.connect(self._mark)
        compare.panes_changed.connect(self._on_panes)
        slides.shown.connect(self._on_slide)
        self._on_panes()

    def show_data(self, data: ExploreData | None) -> None:
        """Another run."""
        self._data = data
        self.mark(Selection(), None)

    @property
    def path(self) -> Path | None:
        """The slide that is shown, if it is, with its tiles, that of the run."""
        grid, data, path = self._compare.main.tile_grid, self._data, self._slides.path
        if grid is None or data is None or data.grid is None or path is None:
            return None
        facts = data.run.slide
        same = (
            facts is not None
            # A pseudonym says nothing; the run's tiles are laid over its own slide alone.
            and (path.name == facts.file_name or facts.file_name.startswith(facts.pseudonym))
            and grid.size_l0 == data.grid.size_l0
            and np.array_equal(grid.cells, data.grid.cells)
        )
        return path if same else None

    @property
    def given_mpp(self) -> float | None:
        """The scale that the user gave for the slide shown."""
        return self._slides.given_mpp

    def mark(self, selection: Selection, tile: TileId | None) -> None:
        """Outline what is selected, and the tile that is looked at."""
        row = tile.row if tile is not None and tile.part == "slide" else -1
        self._marked = selection.slide, row
        self._mark()

    def _view(self) -> SlideView:
        """The view last used that shows the slide of the run."""
        view = self._compare.current
        return self._compare.main if self._compare.has_own_slide(view) else view

    def locate(self, row: int) -> None:
        """Go to a tile of the slide and make it large enough to be looked at."""
        if self.path is not None:
            view = self._view()
            x0, y0, x1, y1 = view.tile_rect(row)
            scale = view.viewport.size_px[0] / _SHARE_OF_VIEW / (x1 - x0)
            view.go_to((x0 + x1) / 2, (y0 + y1) / 2, max(scale, view.viewport.scale))

    def bring_into_view(self, row: int) -> None:
        """Move the slide if the tile is not on the screen."""
        if self.path is None:
            return
        view = self._view()
        rect = view.tile_rect(row)
        x0, y0, x1, y1 = view.viewport.rect_to_px(rect)
        width, height = view.viewport.size_px
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            view.go_to((rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2)

    def show_on_card(
        self, tile: TileId, title: str, cards: Sequence[NeighborCard], pictures: dict[int, QImage]
    ) -> None:
        """Add neighbors to the card of a tile that the cursor rests on."""
        for pane in self._compare.panes:
            strip = neighbor_strip(cards, pictures, pane.devicePixelRatioF())
            pane.show_on_card(tile.row, title, strip, kinds_said(cards))

    def path_of(self, slide: str) -> Path | None:
        """Where a slide of the reference set is, if it is known."""
        names = None if self._data is None else self._pseudonyms(self._data.run.reference.sha256)
        for path in self._slides_known():
            if path.stem == slide or (names is not None and names.slide(path.stem) == slide):
                return path
        return None

    def _pseudonyms(self, reference_sha256: str) -> Pseudonyms:
        if self._key is None:
            self._key = self._desk.services.pseudonym_key()
        return Pseudonyms(self._key, reference_sha256)

    def go_to_reference_tile(self, row: int) -> None:
        """Show a tile of the reference set on its slide; opens the slide first, if need be."""
        data = self._data
        if data is None or data.known is None:
            return
        path = self.path_of(data.known.slides[row])
        if path is None:
            return
        if path == self._slides.path:
            self._show_place(row)
        else:
            self._going_to = path, row
            self._slides.open(path)

    def _show_place(self, row: int) -> None:
        data = self._data
        assert data is not None
        assert data.known is not None
        place = data.known.places_l0[row]
        if np.isnan(place).any():
            self._desk.messages.show_message(
                "info",
                say("The reference set does not say where on this slide the tile lies."),
                key=KEY,
            )
            return
        view = self._compare.main
        side = (data.run.reference.edge_um or 0.0) / (self._slides.mpp or 1.0)
        scale = view.viewport.size_px[0] / _SHARE_OF_VIEW / side if side else None
        x, y = (float(each) for each in place)
        view.go_to(x + side / 2, y + side / 2, scale)

    @Slot()
    def _mark(self) -> None:
        there = self.path is not None
        rows, row = self._marked if there else (frozenset[int](), -1)
        for pane in self._compare.panes:
            own = self._compare.has_own_slide(pane)
            pane.mark_tiles(frozenset() if own else rows, -1 if own else row)
        if there != self._there:
            self._there = there
            self.changed.emit()

    @Slot()
    def _on_panes(self) -> None:
        for pane in self._compare.panes:
            if not pane.property("explored"):
                pane.setProperty("explored", True)
                pane.tile_clicked.connect(partial(self._on_click, pane))
                pane.tile_hovered.connect(partial(self._on_hover, pane))
        self._mark()

    @Slot()
    def _on_slide(self) -> None:
        """Another slide is shown, perhaps the one that was waited for."""
        path = self._slides.path
        if self._going_to is not None and path == self._going_to[0]:
            row = self._going_to[1]
            self._going_to = None
            if self._data is not None and self._data.known is not None:
                self._show_place(row)
        self._mark()

    def _on_click(self, pane: SlideView, row: int) -> None:
        if self.path is not None and not self._compare.has_own_slide(pane):
            self.tile_clicked.emit(TileId("slide", row))

    def _on_hover(self, pane: SlideView, row: int) -> None:
        if row >= 0 and self.path is not None and not self._compare.has_own_slide(pane):
            self.tile_hovered.emit(TileId("slide", row), pane.layer.encoder if pane.layer else "")
