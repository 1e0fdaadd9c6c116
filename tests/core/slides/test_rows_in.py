"""Rows of tiles in a grid that holds them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.slides.tiling import TileGrid, rows_in

WHOLE = TileGrid(np.array([[2, 0], [0, 1], [3, 1], [1, 2]], np.int32), (4, 3), 64, 64, (0, 0), 0.5)


def part(*cells):
    return replace(WHOLE, cells=np.array(cells, np.int32).reshape(-1, 2))


def test_each_tile_has_the_row_that_it_has_in_the_whole_grid():
    assert rows_in(part([0, 1], [1, 2]), WHOLE).tolist() == [1, 3]
    shuffled = replace(WHOLE, cells=WHOLE.cells[[2, 0, 3, 1]])
    assert rows_in(part([0, 1], [1, 2]), shuffled).tolist() == [3, 2]
    assert rows_in(part(), WHOLE).tolist() == []


@pytest.mark.parametrize("cell", [[1, 1], [0, 0], [3, 2], [4, 0], [99, 99]])
def test_a_tile_that_the_grid_does_not_hold_is_an_error(cell):
    with pytest.raises(ValueError, match=f"column {cell[0]}, row {cell[1]}"):
        rows_in(part([0, 1], cell), WHOLE)
    with pytest.raises(ValueError, match="no tile"):
        rows_in(part(cell), part())


def test_a_grid_of_another_lattice_is_an_error():
    with pytest.raises(ValueError, match="other sizes"):
        rows_in(replace(part([0, 1]), stride_l0=32), WHOLE)
