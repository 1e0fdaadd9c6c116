"""What is fitted once judges one slide after the other as if it had been fitted for each."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.evaluation.slide_judge import SlideJudge
from pathgui.core.reference.reference_set import ReferenceTiles
from tests.core.stand_ins import mean_color
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="module")
def values(reference):
    tiles = ReferenceTiles(reference)
    return mean_color(np.stack([tiles.read(row, 64) for row in range(len(tiles))]))


def judged(fit, tiles, blocks):
    judge = SlideJudge("e", fit, n_tiles=len(tiles), center="Lakeside", tissue=None)
    for rows in blocks:
        judge(rows, tiles[rows])
    cells = np.column_stack([np.arange(len(tiles)), np.zeros(len(tiles))]).astype(np.int32)
    return judge, judge.summarize(np.ones(len(tiles), bool), cells, seed=0)


def test_a_slide_leaves_no_trace_for_the_next(reference, values):
    rng = np.random.default_rng(0)
    tiles = (values[:40] + rng.normal(0, 3, (40, 6))).astype(np.float32)
    blocks = [np.arange(32), np.arange(32, 40)]
    fit = ReferenceFit(values, reference.labels, reference=reference, k=3, seed=0)
    judged(fit, tiles[::-1].copy() * 2, blocks)
    _, second = judged(fit, tiles, blocks)
    alone = ReferenceFit(values, reference.labels, reference=reference, k=3, seed=0)
    assert judged(alone, tiles, blocks)[1] == second


def test_the_order_in_which_blocks_come_changes_no_digit(reference, values):
    rng = np.random.default_rng(1)
    tiles = (values[rng.integers(0, len(values), 96)] * rng.uniform(0.1, 1.7, (96, 6))).astype(
        np.float32
    )
    blocks = [np.arange(at, at + 32) for at in (0, 32, 64)]
    fit = ReferenceFit(values, reference.labels, reference=reference, k=3, seed=0)
    one, first = judged(fit, tiles, blocks)
    other, second = judged(fit, tiles, blocks[::-1])
    assert first == second
    assert np.array_equal(one.tissue_probabilities, other.tissue_probabilities)


def test_neighbors_are_rows_of_the_whole_set_where_some_tiles_may_not_judge(reference, values):
    may = reference.labels.slide != "Lakeside-0"
    rows = np.flatnonzero(may)
    fit = ReferenceFit(
        values[may], reference.labels.take(rows), reference=reference, k=3, seed=0, rows=rows
    )
    judge, _ = judged(fit, values[:8], [np.arange(8)])
    found = judge.neighbors().rows
    assert set(found.ravel().tolist()) <= set(rows.tolist())
