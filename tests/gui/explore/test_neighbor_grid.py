"""The picture of one neighbor, and what is written on and below it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.gui.explore.neighbor_grid import NeighborCard, NeighborGrid

CARD = NeighborCard(0, "SS", "same", 0.00042, True, "", "C", "Virtual Northfield", (0, 99, 0), "")


@pytest.fixture
def painted(qtbot):
    def of(tissue, distance=CARD.distance):
        grid = NeighborGrid()
        qtbot.addWidget(grid)
        grid.resize(140, 160)
        grid.cards.set_cards([replace(CARD, tissue=tissue, distance=distance)])
        return grid.grab().toImage()

    return of


def test_tissues_of_a_like_beginning_can_be_told_apart(painted):
    assert painted("stroma, deep") != painted("stroma, upper")


def test_the_distance_is_seen(painted):
    assert painted("stroma", 0.1) != painted("stroma", 0.2)
