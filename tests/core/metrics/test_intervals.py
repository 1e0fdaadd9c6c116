"""Intervals rest on slides, on both sides of each pair of neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import intervals
from pathgui.core.metrics import robustness_index as ri
from pathgui.core.neighbors import Neighbors, nearest


def material(seed=0, slides=16, tiles=4, d=6):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(slides), tiles)
    tissue, center = groups % 2, groups // 2 % 2
    return rng.standard_normal((slides * tiles, d)), tissue, center, groups


def searched(values, tissue, center, groups, depth):
    """The nearest tiles of other groups, and of which kind each is."""
    found = nearest(values, groups, depth)
    return found, ri.kinds_of(found, tissue, center)


def test_strata_are_the_cells_of_the_table():
    _, tissue, center, groups = material()
    strata = intervals.strata_of(groups, tissue, center)
    for one in range(16):
        for other in range(16):
            alike = one % 2 == other % 2 and one // 2 % 2 == other // 2 % 2
            assert (strata[one] == strata[other]) == alike


def test_groups_without_a_like_are_drawn_with_others_of_their_center():
    groups = np.arange(5)
    strata = intervals.strata_of(groups, np.array([0, 1, 0, 0, 2]), np.array([0, 0, 1, 1, 2]))
    assert strata[0] == strata[1]
    assert strata[2] == strata[3]
    assert len({strata[0], strata[2], strata[4]}) == 3


def test_every_stratum_keeps_its_size_in_every_replicate():
    strata = np.array([0, 0, 0, 1, 1, 2])
    draws = intervals.resampling_weights(strata, 50, seed=1)
    for stratum, size in ((0, 3), (1, 2), (2, 1)):
        np.testing.assert_array_equal(draws[:, strata == stratum].sum(axis=1), size)
    assert (draws[:, 0] > 1).any()


def test_a_replicate_is_the_count_on_the_tiles_as_drawn():
    """Against building the drawn set: tiles of a slide drawn twice are there twice."""
    values, tissue, center, groups = material()
    depth, k = 60, 5
    found, kinds = searched(values, tissue, center, groups, depth)
    draws = intervals.resampling_weights(np.zeros(16, np.intp), 8, seed=2)
    got = intervals.resample(found, kinds, groups, np.zeros(64, np.intp), k, draws).counts[0]
    for replicate, times in zip(got, draws, strict=True):
        expected = np.zeros(4)
        for anchor in range(64):
            near = np.repeat(kinds[anchor], times[groups[found.indices[anchor]]])[:k]
            expected += times[groups[anchor]] * np.bincount(near, minlength=4)
        np.testing.assert_array_equal(replicate, expected)


def test_drawing_every_slide_once_gives_the_counts_themselves():
    values, tissue, center, groups = material()
    found, kinds = searched(values, tissue, center, groups, 40)
    once = np.ones((1, 16), np.int64)
    weights = np.exp(-found.distances)
    parts = tissue * 2 + center
    got = intervals.resample(found, kinds, groups, parts, 7, once, weights)
    for part in range(4):
        of_part = ri.counts_by_anchor(kinds[parts == part], 7).sum(axis=0)
        np.testing.assert_array_equal(got.counts[part, 0], of_part)
        heavy = [
            weights[parts == part][:, :7][kinds[parts == part][:, :7] == kind].sum()
            for kind in (ri.SO, ri.OS)
        ]
        np.testing.assert_allclose(got.weighted[part, 0], heavy, rtol=1e-5)


def test_a_part_that_no_anchor_has_counts_nothing():
    values, tissue, center, groups = material()
    found, kinds = searched(values, tissue, center, groups, 40)
    once = np.ones((2, 16), np.int64)
    weights = np.exp(-found.distances)
    got = intervals.resample(found, kinds, groups, 0 * tissue, 7, once, weights, n_parts=3)
    assert got.counts.shape == (3, 2, 4)
    assert got.weighted.shape == (3, 2, 2)
    assert got.counts[0].sum() == 2 * 7 * len(tissue)
    assert not got.counts[1:].any()


def test_more_tiles_of_the_same_slides_do_not_narrow_the_interval():
    """Copies of tiles bring no slides, and the width is due to slides."""
    rng = np.random.default_rng(3)
    slides = rng.standard_normal((16, 5))
    widths = []
    for tiles in (5, 20):
        groups = np.repeat(np.arange(16), tiles)
        tissue, center = groups % 2, groups // 2 % 2
        values = slides[groups] + 0.05 * rng.standard_normal((len(groups), 5))
        k = tiles * 3
        found, kinds = searched(values, tissue, center, groups, 10 * tiles)
        draws = intervals.resampling_weights(intervals.strata_of(groups, tissue, center), 400, 0)
        drawn = intervals.resample(found, kinds, groups, 0 * groups, k, draws).counts[0]
        low, high = intervals.percentile_interval(
            intervals.share_of(drawn[:, ri.SO], drawn[:, ri.OS])
        )
        widths.append(high - low)
    assert widths[1] > 0.8 * widths[0]


def test_too_few_replicates_with_evidence_give_no_interval():
    values = np.full(100, np.nan)
    values[:40] = 0.5
    assert intervals.percentile_interval(values) is None


def test_the_interval_holds_the_value_even_where_replicates_are_off():
    replicates = np.linspace(0.3, 0.6, 100)
    low, high = intervals.ratio_interval(0.9, replicates, noise=1e-4, times=2.0)
    assert low < 0.9 <= high <= 1


def test_what_varies_from_pair_to_pair_is_counted_once_and_slides_in_full():
    """The bootstrap's variance is made up of both as theory says; the interval has the true one."""
    rng = np.random.default_rng(4)
    noise, between, times = 0.25 / 200, 0.002, 2 - 1 / 8
    drawn = intervals.DOUBLING * times**2 * noise + between * (1 - 1 / 8)
    replicates = 0.5 + rng.standard_normal(100_000) * np.sqrt(drawn)
    low, high = intervals.ratio_interval(0.5, replicates, noise, times)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(noise + between), rel=0.02)
    alone = 0.5 + rng.standard_normal(100_000) * np.sqrt(drawn - between * (1 - 1 / 8))
    low, high = intervals.ratio_interval(0.5, alone, noise, times)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(noise), rel=0.03)


def test_the_noise_of_pairs_is_the_variance_over_sets_without_any_effect():
    """Tiles of many slides, no tissue, no center, no slide: what is left is pairs."""
    slide = np.repeat(np.arange(48), 2)
    tissue, center = slide % 2, slide // 2 % 2
    values, noises = [], []
    for seed in range(150):
        found = nearest(np.random.default_rng(seed).standard_normal((96, 8)), slide, 5)
        kinds = ri.kinds_of(found, tissue, center)
        by_anchor = ri.counts_by_anchor(kinds, 5)
        values.append(ri.robustness_index(by_anchor.sum(axis=0)))
        noises.append(intervals.pair_noise(by_anchor, intervals.mutual_share(found, kinds, 5)))
    assert np.mean(noises) == pytest.approx(np.var(values), rel=0.35)  # 3 standard errors


def test_pairs_that_are_there_both_ways_are_counted_by_hand():
    found = Neighbors(np.array([[1, 2], [0, 2], [3, -1], [2, 0]]), np.full((4, 2), 0.1))
    kinds = np.array([[1, 2], [1, 0], [2, -1], [2, 1]], np.int8)
    # SO and OS pairs: 0-1, 0-2, 1-0, 2-3, 3-2, 3-0; both ways: 0-1, 1-0, 2-3, 3-2
    assert intervals.mutual_share(found, kinds, 2) == pytest.approx(4 / 6)
    assert intervals.mutual_share(found, np.zeros((4, 2), np.int8), 2) == 0


def test_anchors_of_different_kinds_add_no_noise():
    settled = np.array([[0, 5, 0, 0], [0, 0, 5, 0]] * 10)
    assert intervals.pair_noise(settled, 0.0) == 0
    mixed = np.array([[0, 3, 3, 0]] * 20)
    assert intervals.pair_noise(mixed, 0.5) == pytest.approx(1.5 * 20 * 9 / 5 / 120**2)


def test_repeats_are_two_less_one_over_the_slides():
    draws = intervals.resampling_weights(np.repeat([0, 1], 8), 4000, 0)
    assert intervals.repeats(draws) == pytest.approx(2 - 1 / 8, abs=0.02)
    assert intervals.repeats(np.ones((10, 3), np.int64)) == 1.0


def test_holm_is_the_procedure_step_by_step():
    assert intervals.holm([0.001, 0.02, 0.03, 0.5]) == pytest.approx([0.004, 0.06, 0.06, 0.5])
    assert intervals.holm([]) == []


def test_items_share_a_letter_exactly_if_they_do_not_differ():
    rng = np.random.default_rng(5)
    for _ in range(30):
        n = int(rng.integers(1, 7))
        differ = np.triu(rng.random((n, n)) < 0.4, 1)
        differ |= differ.T
        given = intervals.letters(differ, rng.random(n).tolist())
        for one in range(n):
            for other in range(n):
                shared = bool(set(given[one]) & set(given[other]))
                assert shared == (not differ[one, other] or one == other)


def test_many_items_that_are_all_alike_share_one_letter_at_once():
    """As fast as few: sets are not listed one by one."""
    assert intervals.letters(np.zeros((80, 80), bool), np.arange(80).tolist()) == ["a"] * 80
