"""Two encoders of a run side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.results.encoder_pair import apart_tiles, pair_rows, same_tiles
from tests.run_factory import make_evaluation


def test_of_two_encoders_at_different_k_only_what_does_not_count_neighbors_is_subtracted():
    evaluation = make_evaluation(2)
    first, second = evaluation.run.encoders
    one, other = first.encoder.name, second.encoder.name
    old = replace(second, reference=replace(second.reference, k=161))
    rows = {row.measure: row for row in pair_rows(
        replace(evaluation.run, encoders=[first, old]), one, other
    )}  # fmt: skip
    assert rows["robustness_index"].difference is None
    assert rows["robustness_index"].p is None
    assert rows["support"].difference is None
    assert rows["tissue_probe"].difference is not None


def test_two_encoders_side_by_side_have_the_interval_of_the_record_whichever_comes_first():
    run = make_evaluation(3, in_depth=True).run
    pair = run.comparison.groups[0].differences[0]
    row = pair_rows(run, pair.one, pair.other)[0]
    assert (row.measure, row.difference, row.low, row.high, row.p) == (
        "robustness_index", pytest.approx(pair.difference), pair.low, pair.high, pair.p_holm,
    )  # fmt: skip
    back = pair_rows(run, pair.other, pair.one)[0]
    assert (back.low, back.high) == (-pair.high, -pair.low)
    assert same_tiles(run, pair.one, pair.other)
    assert not same_tiles(make_evaluation(2).run, pair.one, pair.other)


def test_the_tiles_where_two_encoders_differ_most_come_first():
    evaluation = make_evaluation(2)
    run, tiles = evaluation.run, evaluation.tiles
    one, other = (result.encoder.name for result in run.encoders)
    found = apart_tiles(run, tiles, one, other, most=50)
    assert len(found) == 50
    scores = [tile.score for tile in found]
    assert scores == sorted(scores, reverse=True)
    first = found[0]
    assert first.tissue[0] != first.tissue[1]
    assert first.center[0] != first.center[1]  # both kinds of answers differ
    slide = run.slide
    column, row = tiles.cells[first.row]
    assert first.x_l0 == slide.tile_origin_l0[0] + column * slide.tile_stride_l0 + 224
    assert first.y_l0 == slide.tile_origin_l0[1] + row * slide.tile_stride_l0 + 224


def test_encoders_that_say_the_same_have_no_tile_apart():
    evaluation = make_evaluation(2)
    name = evaluation.run.encoders[0].encoder.name
    assert apart_tiles(evaluation.run, evaluation.tiles, name, name) == []
