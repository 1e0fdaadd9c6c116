"""What the mouse and the keys do, and what must not outlive what they began."""

from __future__ import annotations

import pytest

from tests.gui.viewer.slides import MemorySlide, tissue_like
from tests.gui.viewer.test_slide_view import BIG, grid, hover


@pytest.fixture
def view(show):
    return show(MemorySlide(tissue_like(BIG), (1.0, 4.0)))


def test_another_tile_grid_takes_the_tile_of_the_resting_cursor_with_it(qtbot, view):
    view.set_tile_grid(grid())
    told: list[int] = []
    view.tile_hovered.connect(told.append)
    hover(view, view.viewport.to_px((4100, 4100)))
    qtbot.waitUntil(lambda: view.hand.tile > 100)
    view.set_tile_grid(grid(stride=1000))
    assert view.hand.tile == -1
    view.grab()
    qtbot.waitUntil(lambda: view.hand.tile >= 0)  # as it still rests there, on one of the new
    assert view.hand.tile == view.row_at(4100, 4100)
    assert told[1:] == [-1, view.hand.tile]
    view.set_tile_grid(None)
    view.grab()
    assert view.hand.tile == -1
