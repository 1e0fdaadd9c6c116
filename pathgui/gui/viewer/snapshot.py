"""Pictures to keep: of the view as it is, and of a region as sharp as the file has it.

Scale bar, legend and whatever must be said of the overlay are burned in. No label, no file name.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QImage, QPainter, QPolygonF
from PySide6.QtWidgets import QApplication

from pathgui.gui.viewer.hud import HudFacts, magnification_words, paint_hud
from pathgui.gui.viewer.legend import LegendFacts, legend_size, paint_legend
from pathgui.gui.viewer.loader import RegionKey
from pathgui.gui.viewer.painting import paint_slide
from pathgui.gui.viewer.plan import CellKey
from pathgui.gui.viewer.viewport import Rect, Viewport

if TYPE_CHECKING:
    from pathgui.gui.viewer.slide_view import SlideView

LONGEST_PX = 8192
_MARGIN = 12.0


def view_image(view: SlideView) -> QImage:
    """What is in view, in device pixels, with scale bar, magnification and legend."""
    dpr = view.dpr
    width, height = view.viewport.size_px
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(dpr)
    painter = QPainter(image)
    view.paint_kept(painter)
    view.tools.paint(painter)
    facts = view.instruments.facts()
    _burn(painter, QRectF(0, 0, width / dpr, height / dpr), facts, _legends(view))
    painter.end()
    return image


class RegionSnapshot(QObject):
    """Reads all that a region needs, off the GUI thread, and paints it.

    ``made`` carries the QImage; ``advanced`` done and total regions. Nothing is emitted once the
    slide has been taken away.
    """

    made = Signal(object)
    advanced = Signal(int, int)

    def __init__(self, view: SlideView, rect_l0: Rect | None = None) -> None:
        super().__init__(view)
        assert view.pixels is not None
        self._view = view
        self._pixels = view.pixels
        region = view.region if rect_l0 is None else None
        if region is not None:
            xs, ys = zip(*region, strict=True)
            rect_l0 = (min(xs), min(ys), max(xs), max(ys))
        x0, y0, x1, y1 = rect_l0 or view.bounds_l0
        x0, y0 = max(0.0, x0), max(0.0, y0)
        x1, y1 = min(view.pixels.pyramid.size_l0[0], x1), min(view.pixels.pyramid.size_l0[1], y1)
        scale = min(1.0, LONGEST_PX / max(x1 - x0, y1 - y0, 1.0))
        size = (max(1, math.ceil((x1 - x0) * scale)), max(1, math.ceil((y1 - y0) * scale)))
        self._at = Viewport(((x0 + x1) / 2, (y0 + y1) / 2), scale, size)
        self._region = region
        self._level = self._pixels.pyramid.at_rest(scale)
        self._missing: set[CellKey] = set(self._pixels.pyramid.cells(self._level, self._at.seen_l0))
        self._total = len(self._missing)
        self._image = QImage(*size, QImage.Format.Format_RGB32)
        self._image.fill(view.surround)

    def start(self) -> None:
        """Begin; returns at once."""
        self._view.loader.arrived.connect(self._take)
        self._take([])
        self._want()

    def _want(self) -> None:
        if self._missing:
            self._view.loader.want(id(self), self._pixels, sorted(self._missing), ())

    def _take(self, _: list[RegionKey]) -> None:
        if self._view.pixels is not self._pixels:
            self._end()
            return
        cache = self._view.loader.cache
        painter = QPainter(self._image)
        for key in [key for key in self._missing if (self._pixels.uid, key) in cache]:
            # Painted as it comes, since the cache may be smaller than the region.
            x0, y0, x1, y1 = self._at.rect_to_px(self._pixels.pyramid.rect_l0(key))
            clip = QRect(math.floor(x0), math.floor(y0), 0, 0)
            clip.setRight(math.ceil(x1))
            clip.setBottom(math.ceil(y1))
            clip &= self._image.rect()
            paint_slide(painter, self._pixels, cache, self._at, self._level, clip, smooth=True)
            self._missing.discard(key)
        painter.end()
        self.advanced.emit(self._total - len(self._missing), self._total)
        if not self._missing:
            self._finish()

    def _finish(self) -> None:
        view = self._view
        painter = QPainter(self._image)
        view.overlay.paint(painter, self._at, self._image.rect())
        if self._region is not None:
            points = [QPointF(*self._at.to_px(point)) for point in self._region]
            painter.drawPolygon(QPolygonF(points))
        facts = view.instruments.facts()
        note = view.overlay.note(self._at)
        scale = self._at.scale
        facts = replace(
            facts, scale=scale, device_scale=scale, notes=(note,) if note else (), warnings=()
        )
        _burn(painter, QRectF(self._image.rect()), facts, _legends(view))
        painter.end()
        self._end()
        self.made.emit(self._image)

    def _end(self) -> None:
        self._view.loader.arrived.disconnect(self._take)
        self._view.loader.forget(id(self))
        self.deleteLater()


def _legends(view: SlideView) -> list[LegendFacts]:
    both = (view.instruments.legend_facts(), view.instruments.second_legend_facts())
    return [facts for facts in both if facts is not None]


def _burn(painter: QPainter, area: QRectF, facts: HudFacts, legends: list[LegendFacts]) -> None:
    large, small = magnification_words(facts)
    told = replace(facts, notes=(*facts.notes, f"{large}   {small}"))
    paint_hud(painter, area, told)
    font = QApplication.font()
    left = area.left() + _MARGIN
    for legend in legends:
        paint_legend(painter, QPointF(left, area.top() + _MARGIN), legend, font)
        left += legend_size(legend, font).width() + _MARGIN
