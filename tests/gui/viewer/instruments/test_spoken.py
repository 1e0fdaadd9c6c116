"""What a screen reader says of the slide."""

from __future__ import annotations

import numpy as np

from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.viewer.instruments.hover_card import Card, CardRow
from tests.gui.viewer.slides import MemorySlide, tissue_like

CARD = Card("Tile 3, 1", (CardRow("SHELL", (("tumor, 0.93", (1, 2, 3)), ("Lakeside", None))),))


def test_the_tile_that_is_looked_at_and_its_answers_are_the_description_of_the_view(qtbot, show):
    grid = TileGrid(np.array([[3, 1]], np.int32), (4, 3), 200, 200, (0, 0), 0.5)
    view = show(MemorySlide(tissue_like((900, 700))))
    qtbot.waitUntil(lambda: "memory.tif" in view.accessibleDescription())
    view.set_tile_grid(grid)
    view.card_of = lambda row: CARD if row == 0 else None
    view.go_to(700, 300, 1.0)
    qtbot.waitUntil(lambda: "Tile 3, 1" in view.accessibleDescription())
    said = view.accessibleDescription()
    assert "SHELL: tumor, 0.93, Lakeside" in said
    assert "x 700, y 300 pixels" in said
    view.set_slide(None)
    view.spoken.refresh()
    assert view.accessibleDescription() == "No slide is open."
