"""What the encoders say of each tile, side by side."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pathgui.core.evaluation.tile_table import agreement_of, build_table
from pathgui.core.slides.tiling import TileGrid

N = 6
GRID = TileGrid(np.stack([np.arange(N), np.zeros(N, int)], 1), (N, 1), 64, 64, (0, 0), 0.5)
ALL = np.ones(N, np.bool_)


def judge(tissue, center, *, kinds=None):
    """A judge that has judged: its answers, and numbers that tell one column from another."""
    numbers = np.arange(N, dtype=np.float32)
    return SimpleNamespace(
        tissue=np.array(tissue, np.int16),
        center=np.array(center, np.int16),
        tissue_probability=numbers / 10,
        center_probability=numbers / 20,
        distance=numbers / 30,
        outside=lambda: numbers > 3,
        far=lambda: numbers > 4,
        no_known_center=lambda: numbers > 2,
        has_kinds=kinds is not None,
        kinds=kinds,
        neighbors=lambda: SimpleNamespace(rows=np.eye(N, 2), distances=np.eye(N, 3)),
        nearest_center=np.array(center, np.int16)[::-1],
    )


ONE, OTHER = judge([0, 0, 0, 1, 1, 1], [0, 1] * 3), judge([0, 0, 1, 1, 1, 1], [0, 1] * 3)


def test_a_tile_counts_as_readable_where_every_encoder_could_read_it():
    some = np.array([True, False, True, True, True, True])
    others = np.array([True, True, True, True, True, False])
    table = build_table(GRID, {"a": (ONE, some), "b": (OTHER, others)})
    assert table.readable.tolist() == [True, False, True, True, True, False]
    assert table.cells is GRID.cells


def test_each_column_is_what_its_own_judge_says():
    table = build_table(GRID, {"a": (ONE, ALL), "b": (OTHER, ALL)})
    assert list(table.tissue) == ["a", "b"]
    for name, each in (("a", ONE), ("b", OTHER)):
        assert table.tissue[name] is each.tissue
        assert table.center[name] is each.center
        assert table.tissue_probability[name] is each.tissue_probability
        assert table.center_probability[name] is each.center_probability
        assert table.distance[name] is each.distance
        assert table.nearest_center[name] is each.nearest_center
        assert table.outside[name].tolist() == each.outside().tolist()
        assert table.far[name].tolist() == each.far().tolist()
        assert table.no_known_center[name].tolist() == each.no_known_center().tolist()
        assert table.neighbors[name].shape == (N, 2)
        assert table.neighbor_distance[name].shape == (N, 3)


def test_kinds_are_there_only_for_those_who_can_tell_them():
    kinds = np.zeros((N, 4), np.int16)
    table = build_table(GRID, {"a": (ONE, ALL), "b": (judge([0] * N, [0] * N, kinds=kinds), ALL)})
    assert list(table.kinds) == ["b"]


def test_agreement_is_of_each_pair_on_the_tiles_that_could_be_read():
    third = judge([1] * N, [0] * N)
    readable = np.array([True, True, False, True, True, True])
    table = build_table(GRID, {"a": (ONE, readable), "b": (OTHER, ALL), "c": (third, ALL)})
    found = agreement_of(table)
    assert [(each.one, each.other) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found[0].tissue.share == 1  # they differ in the tile that nobody counts
    assert found[0].center.share == 1
    assert found[1].tissue.share == pytest.approx(3 / 5)


def test_without_a_tile_that_could_be_read_there_is_no_agreement():
    assert agreement_of(None) == []
    assert agreement_of(build_table(GRID, {"a": (ONE, ~ALL), "b": (OTHER, ALL)})) == []
