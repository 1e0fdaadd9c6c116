"""The part of the slide view that reads and paints the slide; mouse, keys and tools come above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from pathgui.gui.viewer.canvas.loader import THUMBNAIL, Loader, RegionKey, SlidePixels
from pathgui.gui.viewer.canvas.motion import prefers_reduced_motion
from pathgui.gui.viewer.canvas.navigation import Navigator
from pathgui.gui.viewer.canvas.overlay import Overlay
from pathgui.gui.viewer.canvas.painting import SURROUND, KeptView, paint_slide
from pathgui.gui.viewer.canvas.regions import SlideLike
from pathgui.gui.viewer.model.plan import CellKey, Plan, make_plan
from pathgui.gui.viewer.model.viewport import Point, Rect, Viewport, clamp_scale, fit_scale

_REST_MS = 120
_FRAME_MS = 16  # while regions arrive, the view is painted no more often than this


class SlideCanvas(QWidget):
    """Shows the slide under a viewport, as sharp as it has been read; never waits for a read."""

    view_changed = Signal(object)  # Viewport
    sharpened = Signal()  # everything in view is there and painted at rest
    thumbnail_came = Signal()

    def __init__(self, loader: Loader | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._owns_loader = loader is None
        self.loader = loader or Loader(parent=self)
        self.overlay = Overlay()
        self.navigator = Navigator(self)
        self.navigator.reduced_motion = prefers_reduced_motion()
        self.cursor_px: Point | None = None
        self.correct_colors = True
        self.surround = SURROUND
        self._kept = KeptView(self._paint_scene)
        self._pixels: SlidePixels | None = None
        self._mpp: tuple[float | None, str] = (None, "")
        self._level = 0
        self._plan: Plan | None = None
        self._stale = True
        self._rough = False
        self._complete = False
        self._stays_fit = True
        self._busy = False
        self._rest_timer = self._single_shot(_REST_MS, self._at_rest)
        self._frame_timer = self._single_shot(_FRAME_MS, self.update)
        self.navigator.moved.connect(self._moved)
        self.navigator.settled.connect(self._settled)
        self.loader.arrived.connect(self._arrived)

    @property
    def slide(self) -> SlideLike | None:
        """The slide that is shown."""
        return None if self._pixels is None else self._pixels.slide

    @property
    def pixels(self) -> SlidePixels | None:
        """What has been read of it."""
        return self._pixels

    @property
    def mpp(self) -> float | None:
        """µm per level-0 pixel, of the file or as given."""
        return self._mpp[0]

    @property
    def mpp_source(self) -> str:
        """ "file", "user", or "" where it is unknown."""
        return self._mpp[1]

    @property
    def bounds_l0(self) -> Rect:
        """The scanned part of the slide: x0, y0, x1, y1."""
        return self.navigator.bounds_l0

    def set_color_correction(self, on: bool) -> None:
        """Show the scanner's colors as sRGB (where it brings an ICC profile), or as they are.

        For the eye only: encoders always get the file's pixels.
        """
        if on == self.correct_colors:
            return
        self.correct_colors = on
        if self._pixels is not None:
            before = self._pixels
            self._attach(before.slide, owned=False)
            self.loader.forget(id(self))
            self.loader.detach(before)  # last: what is owned stays open while it is shown
            self.invalidate()

    @property
    def viewport(self) -> Viewport:
        """What is in view."""
        return self.navigator.view

    def set_viewport(self, view: Viewport) -> None:
        """Show that center, scale, rotation and flip, in this widget's own size."""
        self._stays_fit = False
        self.navigator.set_view(view.resized(self._size_px()))

    def go_to(self, x_l0: float, y_l0: float, scale: float | None = None) -> None:
        """Put a point into the middle; one can go back from there."""
        wanted = clamp_scale(scale or self.viewport.scale, self._fit_scale())
        self.navigator.visit(replace(self.viewport, center_l0=(x_l0, y_l0), scale=wanted))

    def follow(self, view: Viewport) -> None:
        """Be where another view is that moves: cheap while it does, sharp when it rests."""
        mine = view.resized(self._size_px())
        self.navigator.follow(mine)

    @property
    def dpr(self) -> float:
        """Device pixels per logical pixel."""
        return self.devicePixelRatioF()

    def to_device(self, position: QPointF) -> Point:
        """From a position of a mouse event to device pixels."""
        return position.x() * self.dpr, position.y() * self.dpr

    def to_logical(self, rect_l0: Rect) -> QPolygonF:
        """A rectangle of level 0 where it lies on the screen, in logical pixels."""
        x0, y0, x1, y1 = rect_l0
        corners = [self.viewport.to_px(p) for p in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        return QPolygonF([QPointF(x / self.dpr, y / self.dpr) for x, y in corners])

    def invalidate(self) -> None:
        """Paint all of it again, and look anew at what is to be read."""
        self._kept.invalidate()
        self._look_again()

    @property
    def level(self) -> int:
        """The level of the pyramid that is aimed at."""
        return self._level

    @property
    def pending(self) -> int:
        """Regions in view that are still to come."""
        if self._pixels is None or self._plan is None:
            return 0
        # What is in the cache already, but was not told of, has not been painted either.
        arriving = self.loader.arriving(self._pixels)
        return sum(key in arriving or not self._has(key) for key in self._plan.shown)

    @property
    def sharp(self) -> bool:
        """Whether everything in view is there and painted at rest."""
        return self._pixels is not None and self._complete and not self._rough

    def paint_kept(self, painter: QPainter) -> None:
        """Paint slide and overlay as they are now, in the widget's logical pixels."""
        if self._stale:
            self._replan()
        pixmap = self._kept.update(self.viewport, self._level, not self._rough)
        painter.save()
        painter.scale(1 / self.dpr, 1 / self.dpr)
        painter.drawPixmap(0, 0, pixmap)
        painter.restore()

    def note_sharpness(self) -> None:
        """After a paint: tell if it was the first that lacked nothing."""
        if not self._rough:
            complete = self.pending == 0
            if complete and not self._complete:
                self._complete = True
                self.sharpened.emit()
            self._complete = complete

    @property
    def kept(self) -> KeptView:
        """The painted view."""
        return self._kept

    def _paint_scene(self, painter: QPainter, view: Viewport, clip_px: QRect, smooth: bool) -> None:
        assert self._pixels is not None
        paint_slide(
            painter,
            self._pixels,
            self.loader.cache,
            view,
            self._level,
            clip_px,
            smooth=smooth,
            surround=self.surround,
        )
        self.overlay.dpr = self.dpr
        # While the slide is zoomed, thousands of letters a frame would make it stumble.
        self.overlay.paint(painter, view, clip_px, letters=smooth)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resized()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:  # on another screen
            self._resized()
        return super().event(event)

    def _resized(self) -> None:
        """Another size in device pixels. A view that showed all of the slide still does."""
        fits = self._stays_fit
        view = self._device_view()
        self.navigator.set_view(view.fitted(self.bounds_l0) if fits else view)
        self._stays_fit = fits
        self._at_rest()

    def hideEvent(self, event: QHideEvent) -> None:
        self.navigator.stop()

    def sizeHint(self) -> QSize:
        return QSize(900, 700)

    def _single_shot(self, ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(slot)
        return timer

    def _attach(self, slide: SlideLike, owned: bool) -> None:
        self._pixels = self.loader.attach(slide, owned=owned, correct_colors=self.correct_colors)

    def _release(self) -> None:
        self.loader.forget(id(self))
        if self._pixels is not None:
            self.loader.detach(self._pixels)
        self._pixels = None
        self._plan = None
        self._rough = False  # in motion, the level is one of that slide
        self._complete = False

    def _size_px(self) -> tuple[int, int]:
        return max(1, round(self.width() * self.dpr)), max(1, round(self.height() * self.dpr))

    def _device_view(self) -> Viewport:
        return self.viewport.resized(self._size_px())

    def _fit_scale(self) -> float:
        return fit_scale(self.viewport, self.bounds_l0)

    def _moved(self, view: Viewport) -> None:
        self._stays_fit = False
        if self._pixels is not None:
            if self.navigator.zooming:
                self._rough = True
                self._level = self._pixels.pyramid.in_motion(view.scale, self._level)
            elif not self._rough:
                self._level = self._pixels.pyramid.at_rest(view.scale)
            if self._rough:
                self._rest_timer.start()
        self._look_again()
        self.view_changed.emit(view)

    def _settled(self) -> None:
        if self._rough:
            self._rest_timer.start()
        self._look_again()

    def _look_again(self) -> None:
        """Plan anew with the next paint, of which there is one a screen refresh."""
        self._stale = True
        self._complete = False
        self.update()

    def _at_rest(self) -> None:
        """Refine: the level that is sharp, painted smoothly."""
        self._rough = False
        if self._pixels is not None:
            self._level = self._pixels.pyramid.at_rest(self.viewport.scale)
        self._look_again()

    def _has(self, key: CellKey) -> bool:
        assert self._pixels is not None
        return (self._pixels.uid, key) in self.loader.cache

    def _replan(self) -> None:
        assert self._pixels is not None
        self._stale = False
        self._plan = make_plan(
            self._pixels.pyramid,
            self.viewport,
            self._level,
            self._has,
            toward_px=self.cursor_px if self.navigator.zooming else None,
            velocity_px=self.navigator.velocity_px,
            ahead=not self._busy and not self._rough,
            cell_s=self.loader.cell_s,
        )
        plan = self._plan
        for key in plan.shown:  # in use from now on: what is read next must not push them out
            self.loader.cache.get((self._pixels.uid, key))
        if not self._pixels.gone:
            self.loader.want(
                id(self), self._pixels, plan.wants[: plan.urgent], plan.wants[plan.urgent :]
            )

    def _arrived(self, regions: list[RegionKey]) -> None:
        if self._pixels is None:
            return
        changed = False
        for uid, key in regions:
            if uid != self._pixels.uid:
                continue
            if key == THUMBNAIL:
                self._kept.invalidate()
                self.thumbnail_came.emit()
                changed = True
            elif key.level == self._level or not self._complete:
                x0, y0, x1, y1 = self.viewport.rect_to_px(self._pixels.pyramid.rect_l0(key))
                rect = QRect(int(x0) - 2, int(y0) - 2, int(x1 - x0) + 5, int(y1 - y0) + 5)
                if rect.intersects(QRect(0, 0, *self.viewport.size_px)):
                    self._kept.invalidate_rect(rect, self.viewport)
                    changed = True
        if not changed:
            return  # read ahead of need
        if self.pending == 0:
            self.update()
        elif not self._frame_timer.isActive():
            self._frame_timer.start()
