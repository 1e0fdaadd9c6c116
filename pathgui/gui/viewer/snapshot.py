"""Pictures to keep: of the view as it is, and of a part of the slide as sharp as the file has it.

Scale bar, legend and whatever must be said of the overlay are burned in. No label, no file name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.system.files import draft_file
from pathgui.gui.viewer.canvas.overlay import Overlay
from pathgui.gui.viewer.canvas.painting import paint_region
from pathgui.gui.viewer.canvas.regions import SlideLike, correction_of, read_cell, to_qimage
from pathgui.gui.viewer.instruments.hud import MARGIN, HudFacts, magnification_words, paint_hud
from pathgui.gui.viewer.instruments.legend_facts import LegendFacts
from pathgui.gui.viewer.instruments.legend_painting import legend_size, paint_legend
from pathgui.gui.viewer.instruments.tools import Regions
from pathgui.gui.viewer.model.plan import Pyramid
from pathgui.gui.viewer.model.viewport import Rect, Viewport
from pathgui.gui.viewer.slide_view import SlideView

LONGEST_PX = 8192
_STRIP_PX = 256  # painted at a time
_PAPER = QColor(40, 40, 40)


def view_image(view: SlideView) -> QImage:
    """What is in view, in device pixels, with scale bar, magnification and legend."""
    dpr = view.dpr
    width, height = view.viewport.size_px
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(dpr)
    painter = QPainter(image)
    view.paint_kept(painter)
    view.tools.paint(painter)
    facts = view.instruments.lasting_facts()
    _burn(painter, QRectF(0, 0, width / dpr, height / dpr), facts, _legends(view))
    painter.end()
    _say_scale(image, view.mpp, view.viewport.scale)
    return image


@dataclass(frozen=True)
class RegionPicture:
    """All that a picture of a part of the slide needs; painted on any thread."""

    at: Viewport
    pyramid: Pyramid
    level: int
    background: tuple[int, int, int]
    correct_colors: bool
    overlay: Overlay
    regions: Regions
    colors: tuple[tuple[int, int, int], ...]  # of their classes
    facts: HudFacts
    legends: tuple[QImage, ...]
    hud: QImage

    def paint(self, slide: SlideLike, report: ProgressFn) -> QImage:
        """Read what is to be seen from ``slide``, a handle of the same file, and paint it.

        Raises
        ------
        SlideError
            If the slide cannot be read any more.
        Cancelled
            If ``report`` raised it.
        """
        image = QImage(*self._canvas_px, QImage.Format.Format_RGB32)
        image.fill(_PAPER)
        painter = QPainter(image)
        try:
            picture = QRect(0, 0, *self.at.size_px)
            painter.fillRect(picture, QColor(*self.background))
            self._paint_slide(painter, slide, picture, report)
            for top in range(0, picture.height(), _STRIP_PX):
                strip = QRect(0, top, picture.width(), _STRIP_PX) & picture
                self.overlay.paint(painter, self.at, strip)
            self._paint_regions(painter)
            self._paint_plates(painter)
        finally:
            painter.end()
        _say_scale(image, self.facts.mpp, self.at.scale)
        return image

    @property
    def _beside(self) -> bool:
        """Whether scale bar and legend would hide a small picture, and so go beside it."""
        width, height = self.at.size_px
        return width < 3 * self._plates_px[0] or height < 2 * self._plates_px[1]

    @property
    def _plates_px(self) -> tuple[int, int]:
        plates = [*self.legends, self.hud]
        width = max(each.width() for each in plates) + 2 * int(MARGIN)
        return width, sum(each.height() for each in plates) + (len(plates) + 1) * int(MARGIN)

    @property
    def _canvas_px(self) -> tuple[int, int]:
        width, height = self.at.size_px
        if not self._beside:
            return width, height
        across, down = self._plates_px
        return width + across, max(height, down)

    def _paint_slide(
        self, painter: QPainter, slide: SlideLike, clip: QRect, report: ProgressFn
    ) -> None:
        cells = list(self.pyramid.cells(self.level, self.at.seen_l0))
        correction = correction_of(slide.icc_profile) if self.correct_colors else None
        for done, key in enumerate(cells):
            report(Progress(say("Reading the slide"), done, len(cells), part=Part.READING))
            pixels, _ = read_cell(slide, self.pyramid, key)
            rect = self.pyramid.rect_l0(key)
            paint_region(painter, self.at, to_qimage(pixels, correction), rect, clip)
        report(Progress(say("Reading the slide"), len(cells), len(cells), part=Part.READING))

    def _paint_regions(self, painter: QPainter) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(QRect(0, 0, *self.at.size_px))
        for region, color in zip(self.regions, self.colors, strict=True):
            outline = QPolygonF([QPointF(*self.at.to_px(point)) for point in region])
            for pen in (QPen(QColor(0, 0, 0, 190), 4), QPen(QColor(*color), 2)):
                painter.setPen(pen)
                painter.drawPolygon(outline)
        painter.restore()

    def _paint_plates(self, painter: QPainter) -> None:
        x, y = MARGIN, MARGIN
        if self._beside:
            x += self.at.size_px[0]
            for plate in (*self.legends, self.hud):
                painter.drawImage(QPointF(x, y), plate)
                y += plate.height() + MARGIN
            return
        for plate in self.legends:
            painter.drawImage(QPointF(x, y), plate)
            x += plate.width() + MARGIN
        bottom = self.at.size_px[1] - MARGIN - self.hud.height()
        painter.drawImage(QPointF(MARGIN, bottom), self.hud)


def region_picture(view: SlideView) -> RegionPicture:
    """A picture of what the regions of ``view`` cover, else of the whole slide: yet to be painted.

    Of the slide's own resolution, or as fine as ``LONGEST_PX`` allows.
    """
    pixels = view.pixels
    assert pixels is not None
    x0, y0, x1, y1 = _around(view.regions) or view.bounds_l0
    x0, y0 = max(0.0, x0), max(0.0, y0)
    x1, y1 = min(pixels.pyramid.size_l0[0], x1), min(pixels.pyramid.size_l0[1], y1)
    scale = min(1.0, LONGEST_PX / max(x1 - x0, y1 - y0, 1.0))
    size = (max(1, math.ceil((x1 - x0) * scale)), max(1, math.ceil((y1 - y0) * scale)))
    at = Viewport(((x0 + x1) / 2, (y0 + y1) / 2), scale, size)
    overlay = view.overlay.frozen()
    note = overlay.note(at)
    facts = replace(
        view.instruments.lasting_facts(), scale=scale, device_scale=scale,
        notes=(note,) if note else (), warnings=(),
    )  # fmt: skip
    return RegionPicture(
        at, pixels.pyramid, pixels.pyramid.at_rest(scale), pixels.slide.background,
        view.correct_colors, overlay, view.regions,
        tuple(map(view.tools.classes.color_of, view.tools.kinds)), facts,
        tuple(_legend_plate(each) for each in _legends(view)), _hud_plate(facts),
    )  # fmt: skip


def _around(regions: Regions) -> Rect | None:
    if not regions:
        return None
    xs, ys = zip(*(point for region in regions for point in region), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _legends(view: SlideView) -> list[LegendFacts]:
    both = (view.instruments.legend_facts(), view.instruments.second_legend_facts())
    return [facts.narrowed() for facts in both if facts is not None]


def _burn(painter: QPainter, area: QRectF, facts: HudFacts, legends: Sequence[LegendFacts]) -> None:
    paint_hud(painter, area, _with_magnification(facts))
    font = QApplication.font()
    left = area.left() + MARGIN
    for legend in legends:
        paint_legend(painter, QPointF(left, area.top() + MARGIN), legend, font)
        left += legend_size(legend, font).width() + MARGIN


def _with_magnification(facts: HudFacts) -> HudFacts:
    large, small = magnification_words(facts)
    return replace(facts, notes=(*facts.notes, f"{large}   {small}"))


def _legend_plate(facts: LegendFacts) -> QImage:
    size = legend_size(facts, QApplication.font()).toSize()
    plate = _blank(size.width() + 1, size.height() + 1)
    painter = QPainter(plate)
    paint_legend(painter, QPointF(0, 0), facts, QApplication.font())
    painter.end()
    return plate


def _hud_plate(facts: HudFacts) -> QImage:
    """The HUD alone, cut to what is painted."""
    plate = _blank(720, 280)
    painter = QPainter(plate)
    used = paint_hud(painter, QRectF(plate.rect()), _with_magnification(facts))
    painter.end()
    return plate.copy(used.toAlignedRect() & plate.rect())


def _blank(width: int, height: int) -> QImage:
    plate = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    plate.fill(Qt.GlobalColor.transparent)
    return plate


def _say_scale(image: QImage, mpp: float | None, scale: float) -> None:
    """Into the file: how large a pixel is, and what the picture is not for."""
    image.setText("Software", "pathgui")
    image.setText("Comment", "For research use only. Not for diagnostic use.")
    if mpp:
        per_meter = round(1e6 * scale / mpp)
        image.setDotsPerMeterX(per_meter)
        image.setDotsPerMeterY(per_meter)


def write_png(path: Path, image: QImage) -> None:
    """Write a picture. On any thread.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    with draft_file(path) as draft:
        writer = QImageWriter(str(draft), QByteArray(b"png"))
        if not writer.write(image):
            raise OSError(writer.errorString())
