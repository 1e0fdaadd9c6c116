"""What OpenSlide hands over becomes RGB."""

from __future__ import annotations

import numpy as np

from pathgui.core.slides.reading.openslide_reader import rgb_over


def test_what_was_not_scanned_shows_the_background_through():
    clear, half, full = 0x00000000, 0x80400000, 0xFF0A141E
    rgb = rgb_over(np.array([[clear, half, full]], np.uint32), (200, 100, 0))
    assert rgb.tolist() == [[[200, 100, 0], [64 + 100, 50, 0], [10, 20, 30]]]
