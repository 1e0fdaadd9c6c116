"""Paints the slide: the best there is of every cell, and never a hole.

All painting is done in the plane of the sheet (viewport.py) at whole coordinates. The painted
view is kept; a pan scrolls it by whole pixels and paints only the strips that came in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QRegion, QTransform

from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.viewer.canvas.loader import RegionKey, SlidePixels
from pathgui.gui.viewer.model.layers import sheet_rect
from pathgui.gui.viewer.model.plan import CellKey, Pyramid
from pathgui.gui.viewer.model.viewport import Rect, Viewport

SURROUND = QColor(40, 40, 40)
_FINER_LEVELS = 2  # how far down children are looked for where a cell is missing

Cache = ByteCache[RegionKey, QImage]


def to_device(view: Viewport) -> QTransform:
    """From the sheet to device pixels."""
    a, b, c, d = view.turn
    x, y = view.shift_px
    return QTransform(a, b, c, d, x, y)


def sheet_clip(view: Viewport, clip_px: QRect) -> tuple[int, int, int, int]:
    """The part of the sheet under a rectangle of the device, in whole pixels, a little more."""
    back, _ = to_device(view).inverted()
    rect = back.mapRect(QRectF(clip_px)).toAlignedRect()
    margin = 0 if view.aligned else 1
    return (
        rect.left() - margin,
        rect.top() - margin,
        rect.right() + 1 + margin,
        rect.bottom() + 1 + margin,
    )


def paint_slide(
    painter: QPainter,
    pixels: SlidePixels,
    cache: Cache,
    view: Viewport,
    level: int,
    clip_px: QRect,
    *,
    smooth: bool,
    surround: QColor = SURROUND,
) -> bool:
    """Paint what ``clip_px`` shows of the slide. True if every cell of ``level`` was there."""
    painter.save()
    painter.setClipRect(clip_px)
    painter.fillRect(clip_px, surround)
    painter.setTransform(to_device(view), True)
    # Nearest is exact where one pixel is one pixel, and quicker.
    scale = view.scale * pixels.pyramid.levels[level].downsample
    painter.setRenderHint(
        QPainter.RenderHint.SmoothPixmapTransform,
        smooth and not (view.aligned and abs(scale - 1) < 1e-9),
    )
    width, height = pixels.pyramid.size_l0
    slide = _qrect(sheet_rect((0, 0, width, height), view.scale))
    painter.fillRect(slide, QColor(*pixels.slide.background))
    complete = True
    seen = view.rect_to_l0(
        (clip_px.left(), clip_px.top(), clip_px.right() + 1, clip_px.bottom() + 1)
    )
    for key in _cells(pixels.pyramid, level, seen):
        image = cache.get((pixels.uid, key))
        target = sheet_rect(pixels.pyramid.rect_l0(key), view.scale)
        if image is not None:
            painter.drawImage(_qrect(target), image)
        else:
            complete = False
            _paint_instead(painter, pixels, cache, view, key)
    painter.restore()
    return complete


def paint_region(
    painter: QPainter, view: Viewport, image: QImage, rect_l0: Rect, clip_px: QRect
) -> None:
    """Paint the pixels of a part of the slide at their place, smoothly."""
    painter.save()
    painter.setClipRect(clip_px)
    painter.setTransform(to_device(view), True)
    target = _qrect(sheet_rect(rect_l0, view.scale))
    # Nearest is exact where one pixel is one pixel.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, target.size() != image.size())
    painter.drawImage(target, image)
    painter.restore()


def _cells(pyramid: Pyramid, level: int, seen: Rect) -> list[CellKey]:
    if pyramid.count(level, seen) > 4096:  # so far out that only the thumbnail makes sense
        level = len(pyramid.levels) - 1
    return list(pyramid.cells(level, seen))


def _paint_instead(
    painter: QPainter, pixels: SlidePixels, cache: Cache, view: Viewport, key: CellKey
) -> None:
    """What there is of a missing cell: thumbnail or the nearest coarser level, finer on top."""
    pyramid = pixels.pyramid
    rect = pyramid.rect_l0(key)
    for level in range(key.level + 1, len(pyramid.levels)):
        parts = [(part, cache.get((pixels.uid, part))) for part in pyramid.cells(level, rect)]
        if parts and all(image is not None for _, image in parts):
            for part, image in parts:
                if image is not None:
                    _paint_part(painter, image, pyramid.rect_l0(part), rect, view.scale)
            break
    else:
        if pixels.thumbnail is not None:
            whole_slide = (0.0, 0.0, float(pyramid.size_l0[0]), float(pyramid.size_l0[1]))
            _paint_part(painter, pixels.thumbnail, whole_slide, rect, view.scale)
    for level in range(key.level - 1, max(-1, key.level - 1 - _FINER_LEVELS), -1):
        found = False
        for part in pyramid.cells(level, rect):
            image = cache.get((pixels.uid, part))
            if image is not None:
                found = True
                _paint_part(painter, image, pyramid.rect_l0(part), rect, view.scale)
        if found:
            break


def _paint_part(
    painter: QPainter, image: QImage, image_l0: Rect, part_l0: Rect, scale: float
) -> None:
    """Paint that part of ``image``, which shows ``image_l0``, that shows ``part_l0``."""
    x0, y0 = max(image_l0[0], part_l0[0]), max(image_l0[1], part_l0[1])
    x1, y1 = min(image_l0[2], part_l0[2]), min(image_l0[3], part_l0[3])
    if x1 <= x0 or y1 <= y0:
        return
    across = image.width() / (image_l0[2] - image_l0[0])
    down = image.height() / (image_l0[3] - image_l0[1])
    source = QRectF(
        (x0 - image_l0[0]) * across,
        (y0 - image_l0[1]) * down,
        (x1 - x0) * across,
        (y1 - y0) * down,
    )
    painter.drawImage(QRectF(_qrect(sheet_rect((x0, y0, x1, y1), scale))), image, source)


def paint_pixels(
    painter: QPainter, view: Viewport, at: tuple[int, int], pixels: NDArray[np.uint32]
) -> None:
    """Paint composed premultiplied ARGB pixels (layers.py) at their place on the sheet."""
    height, width = pixels.shape
    pixels = np.ascontiguousarray(pixels)
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    painter.save()
    painter.setTransform(to_device(view), True)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(QPointF(*at), image)
    painter.restore()


def _qrect(rect: tuple[int, int, int, int]) -> QRect:
    x0, y0, x1, y1 = rect
    return QRect(x0, y0, x1 - x0, y1 - y0)


PaintFn = Callable[[QPainter, Viewport, QRect, bool], None]


@dataclass(frozen=True)
class _Look:
    """All on which the kept pixels depend, but for a shift."""

    scale: float
    rotation: float
    flipped: bool
    size_px: tuple[int, int]
    level: int
    smooth: bool


class KeptView:
    """The painted view in device pixels, repainted only where it must be.

    ``paint`` is called with a painter in device pixels, the viewport, a rectangle, and whether to
    paint smoothly.
    """

    def __init__(self, paint: PaintFn) -> None:
        self._paint = paint
        self._pixmap: QPixmap | None = None
        self._look: _Look | None = None
        self._shift = (0, 0)
        self._dirty = QRegion()
        self.painted_px = 0  # device pixels painted by the last update, for tests and benchmarks

    def invalidate(self) -> None:
        """Paint all of it again."""
        self._look = None

    def invalidate_rect(self, rect_px: QRect, view: Viewport) -> None:
        """Paint this again, given in device pixels of ``view``, which need not be painted yet."""
        x, y = view.shift_px
        # What is dirty is kept in the place of the last paint, and moves with the next.
        self._dirty += QRegion(rect_px.translated(self._shift[0] - x, self._shift[1] - y))

    def update(self, view: Viewport, level: int, smooth: bool) -> QPixmap:
        """The painted view."""
        whole = QRect(0, 0, *view.size_px)
        look = _Look(view.scale, view.rotation, view.flipped, view.size_px, level, smooth)
        if self._pixmap is None or (self._pixmap.width(), self._pixmap.height()) != view.size_px:
            self._pixmap = QPixmap(*view.size_px)
            self._look = None
        shift = view.shift_px
        if look != self._look:
            self._dirty = QRegion(whole)
        elif shift != self._shift:
            dx, dy = shift[0] - self._shift[0], shift[1] - self._shift[1]
            self._dirty.translate(dx, dy)
            if abs(dx) < whole.width() and abs(dy) < whole.height():
                self._pixmap.scroll(dx, dy, whole)
                self._dirty += QRegion(whole) - QRegion(whole.translated(dx, dy))
            else:
                self._dirty = QRegion(whole)
        self._look, self._shift = look, shift
        dirty = self._dirty & QRegion(whole)
        self._dirty = QRegion()
        self.painted_px = 0
        if not dirty.isEmpty():
            painter = QPainter(self._pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            for rect in dirty:  # type: ignore[attr-defined]  # iterable, says not its stub
                painter.setClipRect(rect, Qt.ClipOperation.ReplaceClip)
                self._paint(painter, view, rect, smooth)
                self.painted_px += rect.width() * rect.height()
            painter.end()
        return self._pixmap
