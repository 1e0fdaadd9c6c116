"""One to four views side by side, moving together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMarginsF, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.viewer import prompts
from pathgui.gui.viewer.canvas.loader import Loader
from pathgui.gui.viewer.instruments.hud import painting
from pathgui.gui.viewer.instruments.tools import Regions
from pathgui.gui.viewer.model.keys import KeyTable, Scope
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.gui.viewer.model.memory import SlideMemory
from pathgui.gui.viewer.model.region_classes import RegionClasses
from pathgui.gui.viewer.model.viewport import Point, Viewport
from pathgui.gui.viewer.slide_view import SlideView

MOST_PANES = 4
_FRAME_PX = 3  # around the pane last used, where there are several
_PLACES = {1: [(0, 0)], 2: [(0, 0), (0, 1)], 3: [(0, 0), (0, 1), (0, 2)]}
_PLACES[4] = [(0, 0), (0, 1), (1, 0), (1, 1)]


class CompareView(QWidget):
    """Panes on one slide share one viewport and regions; panes on others keep their offset.

    ``main`` is the first pane, always there: what the window does with one view, it does with
    that. New panes show the same slide, each with a layer that no pane before it shows. The pane
    last used is ``current``, and a frame says which it is. All share one cache and its reading
    threads. Call :meth:`shutdown` before it goes.
    """

    current_changed = Signal(object)  # SlideView that the user last used
    panes_changed = Signal(int)
    menu_wanted = Signal(QPoint)  # on the screen: what can be done with the view last used
    action_requested = Signal(str)  # what is the window's to do, from any pane
    linked_changed = Signal(bool)
    hovered = Signal(object, float, float, str)  # SlideView, and what its own ``hovered`` says
    left = Signal()
    resized = Signal()
    keys_changed = Signal()
    edited = Signal(object, object, object, str)  # SlideView, and what its own ``edited`` says
    class_taken = Signal(str)  # that the next region drawn is of
    state_changed = Signal()  # the tool in hand or the tile grid of the view last used
    shown_changed = Signal()  # the layer of the view last used, or its look, or which view that is
    slide_beside = Signal(object)  # SlideView that shows a slide of its own now

    def __init__(
        self, keys: KeyTable, loader: Loader | None = None, memory: SlideMemory | None = None
    ) -> None:
        super().__init__()
        self.loader = loader or Loader(parent=self)
        self.keys = keys
        self.memory = memory or SlideMemory()
        self.classes = RegionClasses()  # of the regions in all panes
        self.linked = True
        self._panes: list[SlideView] = []
        self._own: set[SlideView] = set()  # panes with a slide of their own
        self._offsets: dict[SlideView, Point] = {}  # from the main pane, in the pane's µm or px
        self._following = False
        self._views: dict[SlideView, Viewport] = {}  # where each pane was when it last said so
        self._current: SlideView | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_FRAME_PX)
        self.keys_changed.connect(self._rekey)
        self._add()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    @property
    def main(self) -> SlideView:
        """The first pane."""
        return self._panes[0]

    @property
    def panes(self) -> tuple[SlideView, ...]:
        """All of them."""
        return tuple(self._panes)

    @property
    def current(self) -> SlideView:
        """The one the user last used."""
        return self._current or self.main

    def set_panes(self, count: int) -> None:
        """Show that many panes, 1 to 4."""
        count = min(max(count, 1), MOST_PANES)
        if count == len(self._panes):
            return
        while len(self._panes) > count:
            pane = self._panes.pop()
            self._offsets.pop(pane, None)
            self._views.pop(pane, None)
            self._own.discard(pane)
            if self._current is pane:
                self._use(None)
            if pane.hasFocus():
                self.main.setFocus()  # else Qt gives it to a stranger
            pane.shutdown()
            pane.hide()
            pane.deleteLater()
            self._name_slides()
        while len(self._panes) < count:
            self._add()
        self._arrange()
        self.panes_changed.emit(count)

    def set_slide_of(self, index: int, slide: Any | None, *, owned: bool = False) -> None:
        """Show another slide in one of the panes; the main one's is set on ``main`` itself.

        The pane keeps it, whatever the main one shows next; None: the main one's again.
        """
        pane = self._panes[index]
        following, self._following = self._following, True
        try:
            pane.set_slide(slide, owned=owned)
        finally:
            self._following = following
        if slide is None:
            self._own.discard(pane)
            self._like_main(pane)
        else:
            self._own.add(pane)
            if self.linked:
                self.reset_offset()
            self.slide_beside.emit(pane)
        self._name_slides()

    def has_own_slide(self, pane: SlideView) -> bool:
        """Whether a pane shows a slide of its own."""
        return pane in self._own

    def set_linked(self, linked: bool) -> None:
        """Whether panes move together. When linked anew, they keep their present offset."""
        if linked == self.linked:
            return
        self.linked = linked
        if linked:
            self._note_offsets()
        self.linked_changed.emit(linked)

    def reset_offset(self) -> None:
        """The same place in all panes, linked or not.

        In µm where both slides say, else as a share of each.
        """
        self._offsets = {}
        self._bring(self.main, self.main.viewport)

    def shutdown(self) -> None:
        """Stop reading. Call it before the widget goes."""
        for pane in self._panes:
            pane.shutdown()
        self.loader.stop()

    # Inner workings

    def _add(self) -> None:
        pane = SlideView(self.keys, self.loader, self.memory, self, self.classes)
        pane.edited.connect(partial(self.edited.emit, pane))
        pane.tools.class_taken.connect(self.class_taken)
        pane.menu_wanted.connect(self.menu_wanted)
        pane.region_meant.connect(partial(prompts.show_region, pane))
        pane.installEventFilter(self)
        pane.view_changed.connect(partial(self._moved, pane))
        pane.action_requested.connect(self._act)
        pane.hovered.connect(partial(self.hovered.emit, pane))
        pane.left.connect(self.left)
        pane.keys_changed.connect(self.keys_changed)
        pane.tool_changed.connect(lambda _: self.state_changed.emit())
        pane.grid_shown.connect(lambda _: self.state_changed.emit())
        pane.layer_changed.connect(partial(self._tell_shown, pane))
        pane.look_changed.connect(partial(self._tell_shown, pane))
        pane.regions_changed.connect(partial(self._share_regions, pane))
        pane.mpp_given.connect(partial(self._share_mpp, pane))
        self._panes.append(pane)
        if len(self._panes) == 1:
            pane.slide_changed.connect(self._follow_slide)
            pane.layers_changed.connect(self._follow_layers)
            pane.grid_changed.connect(self._follow_grid)
            pane.layer_filled.connect(self._follow_values)
            self._arrange()
            return
        self._like_main(pane)

    def _like_main(self, pane: SlideView) -> None:
        """Bring a pane to where the main one is; it must not lead while it gets there."""
        following, self._following = self._following, True
        try:
            self._copy_main(pane)
        finally:
            self._following = following

    def _copy_main(self, pane: SlideView) -> None:
        main = self.main
        pane.surround = main.surround
        pane.hint = main.hint
        pane.navigator.reduced_motion = main.navigator.reduced_motion
        pane.set_color_correction(main.correct_colors)
        pane.set_slide(main.slide)
        if main.slide is not None:
            pane.set_mpp(main.mpp, main.mpp_source)
            pane.set_tile_grid(main.tile_grid)
            pane.show_drawn(main.drawn)
            self._share_layers(pane)
            pane.set_look(replace(main.look, swipe=None))
            pane.set_viewport(main.viewport)

    def _share_layers(self, pane: SlideView) -> None:
        """The same layers; at first one that no pane before shows, later the one chosen."""
        main, index = self.main, self._panes.index(pane)
        pane.card_of = main.card_of
        if pane.layer is not None:
            pane.set_layers(main.layers)
            return
        shown = main.layer
        pane.set_layers(main.layers, None if shown is None else shown.title)
        before = [each.layer.title for each in self._panes[:index] if each.layer is not None]
        other = pane.overlay.other_than(before)
        if other is not None:
            pane.show_layer(other.title)

    def _follow_slide(self) -> None:
        """The main pane shows another slide: so do the others."""
        self._offsets = {}
        for pane in self._panes[1:]:
            if pane not in self._own:
                self._like_main(pane)
        self._name_slides()

    def _follow_layers(self) -> None:
        for pane in self._panes[1:]:
            if pane.slide is self.main.slide:
                self._share_layers(pane)

    def _follow_grid(self, grid: TileGrid | None) -> None:
        for pane in self._panes[1:]:
            if pane.slide is self.main.slide:
                pane.set_tile_grid(grid)

    def _follow_values(self, layer: OverlayLayer, cells: NDArray[Any]) -> None:
        for pane in self._panes[1:]:
            pane.note_values(layer, cells)

    def _rekey(self) -> None:
        for pane in self._panes:
            pane.instruments.rekey()

    def _name_slides(self) -> None:
        """Say which slide is where, as soon as there are several."""
        for pane in self._panes:
            slide = pane.slide if self._own else None
            pane.instruments.set_name("" if slide is None else slide.path.name)

    def _share_regions(self, pane: SlideView, regions: Regions) -> None:
        """A region is one of the slide, whichever view it was drawn in."""
        for other in self._panes:
            if other is pane or other.slide is not pane.slide or other.drawn == pane.drawn:
                continue
            if other is self.main:
                other.set_drawn(pane.drawn)  # the window listens to it
            else:
                other.show_drawn(pane.drawn)

    def _share_mpp(self, pane: SlideView, mpp: float) -> None:
        """So is its scale."""
        for other in self._panes:
            if other is pane or other.slide is not pane.slide or other.mpp == mpp:
                continue
            if other is self.main:
                other.give_mpp(mpp)
            else:
                other.set_mpp(mpp)

    def _arrange(self) -> None:
        for pane in self._panes:
            self._grid.removeWidget(pane)
        room = _FRAME_PX if len(self._panes) > 1 else 0
        self._grid.setContentsMargins(room, room, room, room)
        for pane, place in zip(self._panes, _PLACES[len(self._panes)], strict=True):
            self._grid.addWidget(pane, *place)
            pane.show()
        self.update()

    def _act(self, action: str) -> None:
        found = self.keys[action]
        if found.scope is Scope.PANES:
            found.act(self, self.current.instruments.tell)
        else:
            self.action_requested.emit(action)

    def _moved(self, pane: SlideView, view: Viewport) -> None:
        before, self._views[pane] = self._views.get(pane), view
        # A pane that only has another size leads nowhere; one that keeps its slide whole does.
        only_resized = before is not None and view.resized(before.size_px) == before
        if self.linked and not only_resized:
            self._bring(pane, view)

    def _bring(self, leader: SlideView, view: Viewport) -> None:
        """The other panes go where one of them is."""
        if self._following or leader.slide is None:
            return
        self._following = True
        try:
            for pane in self._panes:
                if pane is not leader and pane.slide is not None:
                    pane.follow(self._as_seen_by(pane, leader, view))
        finally:
            self._following = False

    def _as_seen_by(self, pane: SlideView, leader: SlideView, view: Viewport) -> Viewport:
        if pane.slide is leader.slide:
            return view
        ratio = _ratio(leader, pane)
        x, y = (value * ratio for value in view.center_l0)
        first, second = self._offset(leader), self._offset(pane)
        x += second[0] - first[0] * ratio
        y += second[1] - first[1] * ratio
        return replace(view, center_l0=(x, y), scale=view.scale / ratio)

    def _offset(self, pane: SlideView) -> Point:
        """How far a pane is off the main one's place, in the pane's level-0 pixels."""
        if pane is self.main:
            return (0.0, 0.0)
        return self._offsets.get(pane, (0.0, 0.0))

    def _note_offsets(self) -> None:
        """Where the panes are now is where they belong."""
        if self.main.slide is None:
            return
        x, y = self.main.viewport.center_l0
        for pane in self._panes[1:]:
            if pane.slide is None or pane.slide is self.main.slide:
                continue
            ratio = _ratio(self.main, pane)
            at = pane.viewport.center_l0
            self._offsets[pane] = (at[0] - x * ratio, at[1] - y * ratio)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() in (QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress)
            and isinstance(watched, SlideView)
            and watched is not self.current
        ):
            self._use(watched)
        return False

    def _use(self, pane: SlideView | None) -> None:
        """The user goes on in this pane; None: it was closed, so in the main one."""
        self._current = pane
        self.update()
        self.current_changed.emit(self.current)
        self.state_changed.emit()
        self.shown_changed.emit()

    def _tell_shown(self, pane: SlideView, _: object) -> None:
        if pane is self.current:
            self.shown_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._panes) < 2:
            return
        with painting(self) as painter:
            pen = QPen(self.palette().highlight().color(), _FRAME_PX)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            around = QMarginsF(*[_FRAME_PX / 2] * 4)
            painter.drawRect(QRectF(self.current.geometry()).marginsAdded(around))

    def sizeHint(self) -> QSize:
        return self.main.sizeHint()


def _ratio(first: SlideView, second: SlideView) -> float:
    """Level-0 pixels of the second slide per one of the first, over the same length."""
    if first.mpp and second.mpp:
        return first.mpp / second.mpp
    assert first.slide is not None
    assert second.slide is not None
    return second.slide.size_l0[0] / first.slide.size_l0[0]
