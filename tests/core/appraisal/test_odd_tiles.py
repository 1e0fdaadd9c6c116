"""Tiles that stand apart from those of their tissue and center."""

from __future__ import annotations

import numpy as np

from pathgui.core.appraisal.odd_tiles import FEWEST, MOST, find_odd_tiles
from tests.core.appraisal.making import full_rows, reference_of


def values_of(reference, seed=0, d=32):
    labels = reference.labels
    rng = np.random.default_rng(seed)
    cell = np.unique(np.char.add(labels.tissue, labels.center), return_inverse=True)[1]
    values = 2 * rng.standard_normal((4, d))[cell] + 0.5 * rng.standard_normal((len(cell), d))
    return values + 0.3 * rng.standard_normal((len(labels), d))[labels.groups]


def odd_rows(reference, values, rows=None):
    rows = np.arange(len(reference)) if rows is None else rows
    return find_odd_tiles(reference, values, rows)


def test_a_tile_of_another_tissue_is_the_first_to_look_at():
    reference = reference_of(full_rows(6, 8))
    values = values_of(reference)
    values[5] = values[150]
    found = odd_rows(reference, values)
    assert found.tiles[0].tile.row == 5
    assert found.tiles[0].distance > 2 * found.tiles[0].usual
    assert found.looked_at == len(reference)


def test_where_nothing_is_wrong_one_tile_in_a_hundred_or_fewer_is_called_odd():
    reference = reference_of(full_rows(6, 8))
    found = sum(odd_rows(reference, values_of(reference, seed)).found for seed in range(20))
    assert found <= 0.01 * 20 * len(reference)


def test_only_rows_that_were_embedded_are_named_by_their_row_in_the_set():
    reference = reference_of(full_rows(6, 8))
    values = values_of(reference)
    values[5] = values[150]
    rows = np.arange(3, len(reference))
    assert odd_rows(reference, values[rows], rows).tiles[0].tile.row == 5


def test_a_slide_alone_in_its_cell_is_compared_with_itself_and_small_cells_are_left_out():
    rows = [("tumor", "North", "S1")] * 20 + [("tumor", "South", "S2")] * (FEWEST - 1)
    reference = reference_of(rows)
    values = np.random.default_rng(0).standard_normal((len(rows), 8)) + 5
    values[3] = -values[3]
    found = odd_rows(reference, values)
    assert [each.tile.row for each in found.tiles] == [3]
    assert found.looked_at == 20


def test_tiles_that_are_all_alike_are_not_odd():
    reference = reference_of(full_rows(4, 4))
    assert odd_rows(reference, np.ones((len(reference), 4))).found == 0


def test_of_very_many_odd_tiles_the_farthest_are_named_and_all_are_counted():
    reference = reference_of([("t", "c", f"S{n % 50}") for n in range(400)])
    rng = np.random.default_rng(0)
    values = 10 + 0.1 * rng.standard_normal((400, 16))
    values[:60] = 10 * rng.standard_normal((60, 16))
    found = odd_rows(reference, values)
    assert (found.found, len(found.tiles)) == (60, MOST)
