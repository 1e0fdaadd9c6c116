"""Lists of neighbors without one slide, for all slides in one pass."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.deletions import WithoutEach, distinct, walk
from pathgui.core.metrics.jackknife import units_of
from pathgui.core.metrics.neighbors.search import nearest

K = 5


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    slide = np.repeat(np.arange(12), 10)
    tissue = rng.integers(0, 2, len(slide))
    neighbors = nearest(rng.normal(size=(len(slide), 4)), slide, 40)
    units = units_of(slide, tissue, slide % 3)
    return slide, tissue, neighbors, units


def test_every_list_without_a_slide_is_the_list_that_skips_it(case):
    _, _, neighbors, units = case
    for walked in walk(neighbors, units, K):
        for pair in range(len(walked.anchor)):
            anchor, unit = walked.anchor[pair], walked.unit[pair]
            here = walked.pair == pair
            lost = set(walked.neighbor[here & (walked.sign < 0)].tolist())
            got = set(walked.neighbor[here & (walked.sign > 0)].tolist())
            whole = neighbors.indices[anchor]
            whole = whole[whole >= 0]
            without = whole[units.of_tile[whole] != unit][:K]
            assert (set(whole[:K].tolist()) - lost) | got == set(without.tolist())


def test_sums_without_each_slide_are_those_counted_anew(case):
    slide, tissue, neighbors, units = case
    parts = np.zeros(len(slide), np.intp)
    sums = WithoutEach(units, parts, 1, 2)
    for walked in walk(neighbors, units, K, width=2):
        codes = walked.codes(lambda anchor, neighbor: (tissue[anchor] == tissue[neighbor]) * 1)
        sums.add(walked, *walked.tables(codes, 2))
    for unit in range(len(units)):
        expected = np.zeros(2)
        for anchor in np.flatnonzero(units.of_tile != unit):
            whole = neighbors.indices[anchor]
            whole = whole[whole >= 0]
            first = whole[units.of_tile[whole] != unit][:K]
            same = tissue[first] == tissue[anchor]
            expected += [np.count_nonzero(~same), np.count_nonzero(same)]
        np.testing.assert_allclose(sums.sums[unit, 0], expected)


def test_distinct_codes_rise():
    codes = np.random.default_rng(1).integers(0, 50, 1000)
    np.testing.assert_array_equal(distinct(codes), np.unique(codes))
