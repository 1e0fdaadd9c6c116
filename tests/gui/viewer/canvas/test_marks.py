"""Outlines around marked tiles."""

from __future__ import annotations

import numpy as np

from pathgui.gui.viewer.canvas.marks import outline


def lines(rows):
    found = outline(np.array(rows, bool), (100, 200), 10)
    return {(each.x1(), each.y1(), each.x2(), each.y2()) for each in found}


def test_one_cell_has_four_sides():
    assert lines([[0, 0, 0], [0, 1, 0]]) == {
        (110, 210, 120, 210),
        (110, 220, 120, 220),
        (110, 210, 110, 220),
        (120, 210, 120, 220),
    }


def test_neighboring_cells_share_one_outline():
    assert lines([[1, 1], [1, 1]]) == {
        (100, 200, 120, 200),
        (100, 220, 120, 220),
        (100, 200, 100, 220),
        (120, 200, 120, 220),
    }


def test_a_hole_is_outlined_too():
    ring = [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert len(lines(ring)) == 8
    assert (110, 210, 120, 210) in lines(ring)


def test_nothing_marked_has_no_lines():
    assert lines([[0, 0], [0, 0]]) == set()
