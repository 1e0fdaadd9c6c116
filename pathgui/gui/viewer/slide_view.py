"""The widget that shows a slide and what encoders say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from pathgui.core.errors import RegionError
from pathgui.core.language.texts import say
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.region_choice import RegionClasses as ClassesOfRegions
from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.viewer.canvas.layered_canvas import LayeredCanvas
from pathgui.gui.viewer.canvas.loader import Loader, SlidePixels, Trouble
from pathgui.gui.viewer.instruments.hand import Hand
from pathgui.gui.viewer.instruments.hover_card import Card, HoverCard, tile_picture
from pathgui.gui.viewer.instruments.hud import paint_focus, paint_hint, painting
from pathgui.gui.viewer.instruments.instruments import Instruments
from pathgui.gui.viewer.instruments.lens import Lens
from pathgui.gui.viewer.instruments.spoken import Spoken
from pathgui.gui.viewer.instruments.tools import Regions, Tools
from pathgui.gui.viewer.model.keys import KeyTable, Scope
from pathgui.gui.viewer.model.memory import SlideMemory
from pathgui.gui.viewer.model.region_classes import RegionClasses
from pathgui.gui.viewer.model.region_cut import CutAsked, NotCutYetError
from pathgui.gui.viewer.model.units import scale_of
from pathgui.gui.viewer.model.viewport import Point, Viewport


class SlideView(LayeredCanvas):
    """Shows a slide, an overlay and instruments; never blocks on reading.

    Give it a slide with :meth:`set_slide`, layers with :meth:`set_layers`, the tile lattice with
    :meth:`set_tile_grid`; say with :meth:`fill_layer` where a layer has new values. Call
    :meth:`shutdown` before it goes. ``keys`` brings the actions that keys and :meth:`perform`
    start; those of a view it does, others it requests.

    All positions in signals and arguments are level-0 pixels of the slide, unless they end in
    ``_px``: device pixels of the view.
    """

    hovered = Signal(float, float, str)  # level-0 x, y, what the shown layer says there
    left = Signal()  # the cursor left the slide
    tile_hovered = Signal(int)  # row of the tile grid after 150 ms of rest; -1: none
    tile_clicked = Signal(int)  # row of the tile grid
    slide_changed = Signal()  # another slide, or none
    tool_changed = Signal(object)  # the tool in hand, a name; None: the slide is moved
    regions_changed = Signal(object)  # tuple of polygons, each a tuple of (x, y); or their classes
    # Regions were changed by hand: DrawnRegions before and after, and what was done.
    edited = Signal(object, object, str)
    region_meant = Signal(int)  # a region that was clicked with the right button
    menu_wanted = Signal(QPoint)  # on the screen, where no region is
    cut_wanted = Signal(object)  # CutAsked: many regions are to be cut, by a worker of the window
    slide_known = Signal()  # by its content: what was kept of it is there again
    mpp_given = Signal(float)  # the user gave the µm per level-0 pixel
    action_requested = Signal(str)  # an action that is not a view's to do
    keys_changed = Signal()  # the user gave an action another key: save ``keys.changed``
    troubled = Signal(str, bool)  # text for the user; True: nothing can be read any more

    def __init__(
        self,
        keys: KeyTable,
        loader: Loader | None = None,
        memory: SlideMemory | None = None,
        parent: QWidget | None = None,
        classes: RegionClasses | None = None,
    ) -> None:
        super().__init__(loader, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(say("Slide"))
        self.keys = keys
        self.hint = (say("No slide is open"), "")
        self.memory = memory or SlideMemory()
        self.card_of: Callable[[int], Card | None] | None = None  # what a hover card says
        self.tools = Tools(self, classes or RegionClasses())
        self.hand = Hand(self, self.tools, self.keys)
        self._card = HoverCard(self)
        self._evaluated: tuple[CutAsked, Regions | RegionError] | None = None
        self._cutting: CutAsked | None = None
        self.instruments = Instruments(self, self.tools, self.keys)
        self.spoken = Spoken(self, self.hand, self._card_at)
        self.lens = Lens(self)
        self.tools.taken.connect(self.tool_changed)
        self.tools.regions_changed.connect(self._keep_regions)
        self.tools.edited.connect(self.edited)
        self.hand.hovered.connect(self.hovered)
        self.hand.left.connect(self.left)
        self.hand.tile_rested.connect(self.show_card)
        self.hand.tile_rested.connect(self.tile_hovered)
        self.hand.tile_clicked.connect(self.tile_clicked)
        self.hand.wanted.connect(self.perform)
        self.hand.region_meant.connect(self.region_meant)
        self.instruments.wanted.connect(self.perform)
        self.instruments.banner.retried.connect(self.retry)
        self.view_changed.connect(self.instruments.refresh)
        self.view_changed.connect(self.hand.look)
        self.thumbnail_came.connect(self._know_slide)
        self.loader.troubled.connect(self._on_trouble)
        self.loader.retried.connect(self._on_retry)

    # The slide

    def set_slide(self, slide: Any | None, *, owned: bool = False) -> None:
        """Show a slide, all of it; None: none. Returns at once, the pixels come when read.

        An ``owned`` slide is closed by the viewer when it no longer shows it and its last read
        has ended. Otherwise the caller closes it, after it was taken out here.
        """
        self._release()
        self.navigator.stop()
        self.navigator.forget()
        self.overlay.set_layers(())
        self.set_tile_grid(None)
        self.tissue.show(None)
        self.tools.clear()
        self.hand.reset()
        self.lens.offer({})
        self.instruments.banner.clear()
        self._mpp = (None, "")
        if slide is not None:
            self._attach(slide, owned)
            self._mpp = (slide.mpp, slide.mpp_source or "")
            x, y, width, height = slide.bounds_l0
            self.navigator.bounds_l0 = (x, y, x + width, y + height)
            self._stays_fit = True
            upright = replace(self._device_view(), rotation=0.0, flipped=False)
            self.navigator.set_view(upright.fitted(self.bounds_l0))
            self._stays_fit = True
        self.instruments.slide_changed()
        self._after_overlay()
        self._at_rest()
        self.slide_changed.emit()

    def set_mpp(self, mpp: float | None, source: str = "user") -> None:
        """Show lengths by another scale. Does not change the slide, nor emit anything."""
        self._mpp = (mpp, source if mpp is not None else "")
        self.instruments.refresh()
        self.update()

    def retry(self) -> None:
        """Read again what could not be read."""
        if self._pixels is not None:
            self.loader.retry(self._pixels)

    def set_busy(self, busy: bool, progress: float | None = None) -> None:
        """An evaluation runs, so nothing is read ahead of need; the minimap shows how far it is."""
        self._busy = busy
        self.loader.set_quiet(busy)
        self.instruments.minimap.set_progress(progress if busy else None)

    def shutdown(self) -> None:
        """Stop reading. Call it before the widget goes."""
        self._release()
        self.navigator.stop()
        self._rest_timer.stop()
        self._frame_timer.stop()
        self._live_timer.stop()
        if self._owns_loader:
            self.loader.stop()

    def set_tile_grid(self, grid: TileGrid | None) -> None:
        """The tiles that are, or would be, evaluated; shown as lines with G."""
        self.hand.forget_tile()  # its row is one of the grid before
        super().set_tile_grid(grid)
        self.hand.look()

    # The view

    def fit(self) -> None:
        """All of the slide."""
        self.navigator.fit()
        self._stays_fit = True

    def set_magnification(self, power: float) -> None:
        """Be at 1.25x, 40x, ...; where the mpp is unknown, as if level 0 were 40x."""
        self.navigator.zoom_to(scale_of(self.mpp or 0.25, power))

    def rotate(self, degrees: float) -> None:
        """Turn the picture clockwise about the middle of the view."""
        self._turned(self.viewport.rotated(degrees))

    def flip(self) -> None:
        """Mirror the picture left and right."""
        self._turned(self.viewport.mirrored())

    def set_upright(self) -> None:
        """Neither turned nor mirrored."""
        self._turned(replace(self.viewport, rotation=0.0, flipped=False))

    def perform(self, action: str) -> None:
        """Do what a key of that action does; one that is not a view's is requested."""
        found = self.keys[action]
        if found.scope is not Scope.VIEW:
            self.action_requested.emit(action)
        else:
            found.act(self, self.instruments.tell)

    def pop_up(self, menu: QMenu) -> None:
        """Open a menu that an action brings, wherever that was started; it goes when closed."""
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(24, 24)))

    # Tools

    @property
    def regions(self) -> Regions:
        """The outlined regions, polygons."""
        return self.tools.regions

    def set_regions(self, regions: Iterable[Iterable[Point]]) -> None:
        """Outline these polygons. Emits ``regions_changed``."""
        self.tools.set_regions(regions)

    @property
    def drawn(self) -> tuple[DrawnRegion, ...]:
        """The regions with their classes."""
        return self.tools.drawn

    def set_drawn(self, drawn: Iterable[DrawnRegion], done: str = "") -> None:
        """Outline regions that have classes. Emits ``regions_changed``.

        ``done`` says what the user did by it, who may take it back; "": it was not the user.
        """
        self.tools.set_drawn(drawn, done=done)

    def show_regions(self, regions: Regions) -> None:
        """Outline these polygons, of no class. Emits nothing."""
        self.tools.set_regions(regions, tell=False)

    def show_drawn(self, drawn: Iterable[DrawnRegion]) -> None:
        """Outline these regions, as another view of the slide does. Emits nothing."""
        self.tools.set_drawn(drawn, tell=False)

    @property
    def region_choice(self) -> ClassChoice:
        """Which classes are left out, on whatever slide."""
        return ClassChoice((), tuple(sorted(self.tools.classes.left_out)))

    def region_classes(self) -> ClassesOfRegions | None:
        """Classes of the regions that are evaluated, and of those left out; None without any."""
        kinds = self.tools.kinds
        return self.region_choice.found(kinds) if kinds else None

    def evaluated_region(self) -> Regions:
        """The part of the slide that the regions leave to be evaluated; () is all of it.

        Many are cut by whoever listens to ``cut_wanted``, and ``regions_changed`` says when.

        Raises
        ------
        NotCutYetError
            If they are being cut.
        RegionError
            If classes that are left out leave nothing.
        """
        if self.slide is None:
            return ()
        if not any(map(self.tools.classes.is_out, self.tools.kinds)):
            return self.regions
        left_out = self.tools.classes.left_out
        asked = CutAsked(self.regions, self.tools.kinds, left_out, self.slide.bounds_l0)
        if self._evaluated is None or self._evaluated[0] != asked:
            if asked.takes_long:
                if self._cutting != asked:
                    self._cutting = asked
                    self.cut_wanted.emit(asked)
                raise NotCutYetError(say("Regions are being cut to what is evaluated: a moment…"))
            self._evaluated = (asked, asked.cut())
        found = self._evaluated[1]
        if isinstance(found, RegionError):
            raise found
        return found

    def take_cut(self, asked: CutAsked, found: Regions | RegionError | None) -> None:
        """What came of cutting regions, None: nothing. What was asked for before is passed over."""
        if asked != self._cutting:
            return
        self._cutting = None
        if found is not None:
            self._evaluated = (asked, found)
            self.regions_changed.emit(self.regions)  # what is evaluated has changed

    def give_mpp(self, mpp: float) -> None:
        """The user says how large a pixel is: kept with the slide, and told."""
        self.set_mpp(mpp)
        self._remember(mpp=mpp)
        self.mpp_given.emit(mpp)

    def clear_regions(self) -> None:
        """Remove all regions."""
        if self.regions:
            self.set_drawn((), say("Remove the regions"))

    def _card_at(self, row: int) -> Card | None:
        return self.card_of(row) if row >= 0 and self.card_of is not None else None

    def show_card(self, row: int) -> None:
        """A card for a tile beside the cursor; -1: none."""
        card = None if self.lens.shown else self._card_at(row)  # it would lie on the lens
        if card is None or self._pixels is None or self.cursor_px is None:
            self._card.hide()
            return
        picture = tile_picture(self._pixels, self.loader.cache, self.tile_rect(row), self.dpr)
        x, y = self.cursor_px
        left, top, right, bottom = (
            round(at / self.dpr) for at in self.viewport.rect_to_px(self.tile_rect(row))
        )
        tile = QRect(QPoint(left, top), QPoint(right, bottom))
        self._card.show_card(card, picture, QPoint(round(x / self.dpr), round(y / self.dpr)), tile)

    def show_on_card(self, row: int, title: str, strip: QPixmap, key: str) -> None:
        """Add pictures to the card of a tile, if the cursor still rests on that tile."""
        if row == self.hand.tile and self._card.isVisible():
            self._card.show_strip(title, strip, key)

    # Inner workings

    def _know_slide(self) -> None:
        """The thumbnail is there, and by its content the slide may be known from before."""
        self.instruments.slide_changed()
        if self._pixels is None or not self._pixels.content_id:
            return
        known = self.memory.recall(self._pixels.content_id)
        if self.mpp_source == "user":  # given before the content was known
            self._remember(mpp=self.mpp)
        elif known.mpp is not None and known.mpp != self.mpp:
            self.set_mpp(known.mpp)
            self.mpp_given.emit(known.mpp)
        for name, color in known.colors:
            self.tools.classes.add(name, color)
        if self.regions:  # drawn before the content was known
            self._keep_drawn()
        elif known.regions:
            self.set_drawn(known.drawn)
        self.slide_known.emit()

    def _keep_regions(self, regions: object) -> None:
        if self._pixels is not None:  # else the slide goes, and its regions with it
            self._keep_drawn()
        self.regions_changed.emit(regions)

    def _keep_drawn(self) -> None:
        kinds, classes = self.tools.kinds, self.tools.classes
        colors = tuple((kind, classes.color_of(kind)) for kind in dict.fromkeys(kinds) if kind)
        self._remember(regions=self.regions, kinds=kinds if colors else (), colors=colors)

    def _remember(self, **facts: Any) -> None:
        """Keep this of the slide, once it is known by its content."""
        if self._pixels is not None and self._pixels.content_id:
            known = self.memory.recall(self._pixels.content_id)
            if (changed := replace(known, **facts)) != known:
                self.memory.keep(self._pixels.content_id, changed)

    def _turned(self, view: Viewport) -> None:
        self.navigator.set_view(view)
        self._stays_fit = False

    def _on_trouble(self, trouble: Trouble) -> None:
        if self._pixels is not None and trouble.uid == self._pixels.uid:
            self.instruments.banner.say(trouble.text, retry=trouble.gone)
            self.troubled.emit(trouble.text, trouble.gone)

    def _on_retry(self, pixels: SlidePixels) -> None:
        if pixels is self._pixels:
            self.instruments.banner.clear()
            self.invalidate()

    def _after_overlay(self) -> None:
        self.hand.look()
        super()._after_overlay()

    def _overlay_said(self) -> None:
        self.instruments.overlay_changed()

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            if self._pixels is None:
                painter.fillRect(self.rect(), self.surround)
                paint_hint(painter, QRectF(self.rect()), *self.hint)
                if self.hasFocus():
                    paint_focus(painter, self.rect(), self.palette().highlight().color())
                return
            self.paint_kept(painter)
            self.tissue.paint(painter, self.viewport, self.dpr)
            self._marks.paint(painter, self.viewport, self.dpr, self._grid)
            self.lens.paint(painter)
            self.hand.paint(painter)
            self.instruments.paint(painter, self.hand.words)
            if self.hasFocus():
                paint_focus(painter, self.rect(), self.palette().highlight().color())
        self.note_sharpness()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.instruments.place()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and self.hand.gesture(event):
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hand.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.hand.wheel(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self.rect().center() if by_key else event.pos()
        if by_key or self.tools.region_at(self.to_device(QPointF(at))) is None:
            self.menu_wanted.emit(self.mapToGlobal(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.hand.key_press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.hand.key_release(event):
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
        self.spoken.look()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hand.lose_keyboard()
        super().focusOutEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.hand.leave()
