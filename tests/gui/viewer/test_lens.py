"""The lens: other colors around the cursor."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from pathgui.core.corrections.stain import color_counts, lab_look
from pathgui.core.what_if.recoloring import recoloring
from pathgui.gui.viewer.instruments.lens import RADIUS, pixels_of
from tests.gui.viewer.slides import MemorySlide


@pytest.fixture
def slide():
    picture = np.random.default_rng(1).integers(0, 256, (1024, 1536, 3), np.uint8)
    return MemorySlide(picture, (1.0, 4.0))


def painted(view):
    image = QImage(view.size(), QImage.Format.Format_RGB888)
    image.fill(0)
    painter = QPainter(image)
    view.lens.paint(painter)
    painter.end()
    return pixels_of(image)


def test_it_shows_the_slide_in_other_colors_around_the_cursor_alone(qtbot, show, slide):
    view = show(slide)
    qtbot.waitUntil(lambda: view.sharp)
    assert not view.lens.there
    view.lens.offer({"Bonn": lambda pixels: 255 - pixels, "Ulm": lambda pixels: pixels})
    middle = view.width() / 2, view.height() / 2
    view.cursor_px = middle[0] * view.dpr, middle[1] * view.dpr
    assert not painted(view).any()  # it is put away

    view.lens.step()
    assert view.lens.shown == "Bonn"
    bonn = painted(view)
    view.lens.step()
    ulm = painted(view)
    x, y = (round(each) for each in middle)
    inside = np.s_[y - 40 : y + 40, x - 40 : x + 40]
    assert (bonn[inside] == 255 - ulm[inside]).all()
    assert not ulm[:, : x - RADIUS - 4].any()

    view.cursor_px = None
    assert not painted(view).any()
    view.lens.offer({"Bonn": lambda pixels: pixels})
    assert view.lens.shown == ""
    view.lens.step()
    view.set_slide(None)
    assert not view.lens.there


def test_a_frame_with_it_is_quick(qtbot, show, slide):
    view = show(slide)
    qtbot.waitUntil(lambda: view.sharp)
    rng = np.random.default_rng(0)
    looks = [
        lab_look(color_counts(rng.integers(20, high, (64, 64, 3), np.uint8))) for high in (150, 90)
    ]
    view.lens.offer({"Bonn": recoloring(*looks)})
    view.lens.step()
    view.cursor_px = 200.0, 150.0
    took = []
    for _ in range(4):
        started = time.thread_time()
        painted(view)
        took.append(time.thread_time() - started)
    assert min(took) < 0.016
