"""The overlay lies on the slide to the pixel: at every scale, place, turn and pixel ratio."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.viewer.canvas.loader import SlidePixels
from pathgui.gui.viewer.canvas.overlay import Overlay, OverlayLook
from pathgui.gui.viewer.canvas.painting import Cache, KeptView, paint_slide
from pathgui.gui.viewer.canvas.regions import read_cell, to_qimage
from pathgui.gui.viewer.model.layers import NONE, OverlayLayer
from pathgui.gui.viewer.model.plan import make_pyramid
from pathgui.gui.viewer.model.viewport import Viewport
from tests.gui.viewer.slides import MemorySlide, checkered

SQUARE = 117
SIZE = (5011, 3773)  # odd, and no multiple of the square: the last column is cut
SCALES = (0.0437, 0.131, 0.31, 0.77, 1.0, 2.6)
PLACES = ((0.0, 0.0), (0.503, 0.497), (1.0, 1.0))  # of the slide: corner, middle, far corner
SIZES = ((641, 479), (500, 333))
TURNS = ((0.0, False), (90.0, False), (180.0, True), (33.0, False))


@pytest.fixture(scope="module", params=[(1.0, 4.0, 16.0), (1.0, 3.1, 9.7)], ids=["4", "3.1"])
def pixels(request: pytest.FixtureRequest) -> SlidePixels:
    slide = MemorySlide(checkered(SIZE, SQUARE), request.param)
    return SlidePixels(slide, "slide", make_pyramid(SIZE, slide.levels), False, False)


@pytest.fixture(scope="module")
def overlay() -> Overlay:
    columns, rows = -(-SIZE[0] // SQUARE), -(-SIZE[1] // SQUARE)
    image = np.where(np.add.outer(np.arange(rows), np.arange(columns)) % 2 == 0, 0, NONE)
    made = Overlay()
    made.set_layers(
        [OverlayLayer("dark", image.astype(np.uint8), [(30, 30, 30)], ["dark"], stride_l0=SQUARE)]
    )
    made.look = OverlayLook(opacity=1.0)
    return made


def dark(image: QImage) -> NDArray[np.bool_]:
    """Where the picture is nearer to the dark squares than to the white ones."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    data = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return data[:, : grey.width()] < 142


def colors(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 4)."""
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return data.copy()


def blank(view: Viewport) -> QImage:
    image = QImage(*view.size_px, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    return image


def painted_slide(pixels: SlidePixels, view: Viewport) -> NDArray[np.bool_]:
    cache: Cache = ByteCache(1 << 30)
    level = pixels.pyramid.at_rest(view.scale)
    for key in pixels.pyramid.cells(level, view.seen_l0):
        image = to_qimage(read_cell(pixels.slide, pixels.pyramid, key)[0])
        cache.put((pixels.uid, key), image, image.sizeInBytes())
    canvas = blank(view)
    painter = QPainter(canvas)
    whole = QRect(0, 0, *view.size_px)
    assert paint_slide(painter, pixels, cache, view, level, whole, smooth=True)
    painter.end()
    return dark(canvas)


def painted_overlay(overlay: Overlay, view: Viewport) -> NDArray[np.bool_]:
    canvas = blank(view)
    painter = QPainter(canvas)
    overlay.paint(painter, view, QRect(0, 0, *view.size_px))
    painter.end()
    return dark(canvas)


def on_slide(view: Viewport) -> NDArray[np.bool_]:
    """Pixels at least 2 px inside the slide: past its edge the overlay's last cells hang over.

    In a view turned freely, also not right at a corner of four squares: there a pixel's own
    corner meets two edges at once, and who is right is a matter of definition.
    """
    xs, ys = np.meshgrid(np.arange(view.size_px[0]) + 0.5, np.arange(view.size_px[1]) + 0.5)
    a, b, c, d = view.turn
    shift = view.shift_px
    x, y = xs - shift[0], ys - shift[1]
    u, v = a * x + b * y, c * x + d * y
    edge = 2.0
    inside = (u > edge) & (v > edge)
    inside &= (u < SIZE[0] * view.scale - edge) & (v < SIZE[1] * view.scale - edge)
    if not view.aligned:
        side = SQUARE * view.scale
        near = [np.abs((each + side / 2) % side - side / 2) < 1.5 for each in (u, v)]
        inside &= ~(near[0] & near[1])
    return inside


def thick(differs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where two pixels differ in both directions: an edge that is off by more than one."""
    return differs[1:, 1:] & differs[:-1, 1:] & differs[1:, :-1] & differs[:-1, :-1]


CASES = list(itertools.product(SCALES, PLACES, (1, 2), SIZES, TURNS))


@pytest.mark.parametrize(("scale", "place", "dpr", "size", "turn"), CASES)
def test_edges_of_overlay_and_slide_agree_within_a_pixel(
    pixels: SlidePixels, overlay: Overlay, scale, place, dpr, size, turn
):
    view = Viewport(
        (SIZE[0] * place[0], SIZE[1] * place[1]),
        scale * dpr,
        (size[0] * dpr // 2 + 1, size[1] * dpr // 2 + 1),
        *turn,
    )
    inside = on_slide(view)
    slide, layer = painted_slide(pixels, view), painted_overlay(overlay, view)
    assert inside.any()
    assert (slide & inside).any()
    off = thick((slide ^ layer) & inside)
    assert not off.any(), f"{off.sum()} places are off by more than a pixel"


def test_the_test_would_notice_a_layer_stretched_over_the_slide(pixels, overlay):
    layer = overlay.shown
    assert layer is not None
    stretched = Overlay()
    columns = layer.shape[0]
    stretched.set_layers([replace(layer, stride_l0=SIZE[0] / columns)])
    stretched.look = overlay.look
    view = Viewport((SIZE[0] - 300.0, 300.0), 0.5, (500, 333))
    differs = painted_slide(pixels, view) ^ painted_overlay(stretched, view)
    assert thick(differs & on_slide(view)).any()


@pytest.mark.parametrize("turn", TURNS)
def test_a_view_scrolled_in_steps_equals_one_painted_at_once(pixels, overlay, turn):
    cache: Cache = ByteCache(1 << 30)
    view = Viewport((2400.3, 1900.7), 0.31, (397, 301), *turn)
    level = pixels.pyramid.at_rest(view.scale)
    for key in pixels.pyramid.cells(level, (0, 0, *SIZE)):
        image = to_qimage(read_cell(pixels.slide, pixels.pyramid, key)[0])
        cache.put((pixels.uid, key), image, image.sizeInBytes())

    def paint(painter, at, clip, smooth):
        paint_slide(painter, pixels, cache, at, level, clip, smooth=smooth)
        overlay.paint(painter, at, clip)

    scrolled = KeptView(paint)
    whole = view.size_px[0] * view.size_px[1]
    scrolled.update(view, level, True)
    for dx, dy in ((7, 3), (-31, 12), (1, -1), (60, 44), (-9, -80)):
        view = view.panned(dx, dy)
        picture = scrolled.update(view, level, True)
        assert scrolled.painted_px < whole / 2
    at_once = KeptView(paint).update(view, level, True)
    first, second = (colors(each.toImage()) for each in (picture, at_once))
    # QPainter's bilinear arithmetic depends on where a span begins, by a shade or two.
    off = np.abs(first.astype(int) - second).max(axis=2)
    if view.aligned:
        assert off.max() <= 2
    else:
        assert not thick(off > 60).any()


WIDGET = """
import sys
from PySide6.QtWidgets import QApplication
from tests.gui.viewer.test_alignment import widget_is_aligned
app = QApplication([])
sys.exit(0 if widget_is_aligned(app) else 1)
"""


def widget_is_aligned(app) -> bool:
    """Whether slide and overlay agree in what the widget itself shows."""
    import time

    from PySide6.QtWidgets import QApplication

    from pathgui.gui.viewer.actions import VIEWER_ACTIONS
    from pathgui.gui.viewer.model.keys import KeyTable
    from pathgui.gui.viewer.slide_view import SlideView

    slide = MemorySlide(checkered(SIZE, SQUARE), (1.0, 4.0))
    columns, rows = -(-SIZE[0] // SQUARE), -(-SIZE[1] // SQUARE)
    image = np.where(np.add.outer(np.arange(rows), np.arange(columns)) % 2 == 0, 0, NONE)
    layer = OverlayLayer("dark", image.astype(np.uint8), [(30, 30, 30)], ["dark"], stride_l0=SQUARE)
    view = SlideView(KeyTable(VIEWER_ACTIONS))
    view.perform("instruments")
    view.resize(601, 433)
    view.show()
    shots = []
    for layers, background in (((), False), ((layer,), True)):
        slide = MemorySlide(
            np.full_like(checkered(SIZE, SQUARE), 255) if background else checkered(SIZE, SQUARE),
            (1.0, 4.0),
        )
        view.set_slide(slide)
        view.set_layers(layers)
        view.set_opacity(1.0)
        view.go_to(SIZE[0] - 500, SIZE[1] - 300, 0.37)
        until = time.monotonic() + 10
        while not view.sharp and time.monotonic() < until:
            QApplication.processEvents()
        shots.append(dark(view.grab().toImage()))
    size = view.viewport.size_px
    ratio = view.dpr
    inside = on_slide(view.viewport)
    view.shutdown()
    if shots[0].shape != size[::-1] or abs(size[0] - 601 * ratio) > 1:
        return False
    return bool((shots[0] & inside).any()) and not thick((shots[0] ^ shots[1]) & inside).any()


@pytest.mark.parametrize("ratio", ["1", "1.5", "2"])
def test_the_widget_is_aligned_on_screens_of_any_pixel_ratio(ratio: str):
    environment = dict(os.environ, QT_SCALE_FACTOR=ratio, QT_QPA_PLATFORM="offscreen")
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", WIDGET],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
