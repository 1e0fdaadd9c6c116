"""Intervals rest on slides."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import intervals


def test_sums_are_of_each_group():
    values = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    np.testing.assert_array_equal(
        intervals.sums_by_group(values, np.array([1, 0, 1])), [[2, 20], [5, 50]]
    )


def test_the_interval_is_that_of_resampling_slides_one_by_one():
    rng = np.random.default_rng(0)
    part, rest = rng.integers(0, 20, 12).astype(float), rng.integers(1, 20, 12).astype(float)
    low, high = intervals.ratio_interval(part, part + rest, seed=1, replicates=4000)
    drawn = []
    for _ in range(4000):
        pick = rng.integers(0, 12, 12)
        drawn.append(part[pick].sum() / (part + rest)[pick].sum())
    np.testing.assert_allclose([low, high], np.quantile(drawn, [0.025, 0.975]), atol=0.02)


def test_more_tiles_of_the_same_slides_do_not_narrow_it():
    part, whole = np.array([3.0, 1.0, 4.0, 2.0]), np.array([5.0, 6.0, 5.0, 7.0])
    few = intervals.ratio_interval(part, whole, seed=0)
    many = intervals.ratio_interval(part * 100, whole * 100, seed=0)
    assert few == pytest.approx(many)


def test_one_slide_gives_no_interval():
    assert intervals.ratio_interval(np.array([3.0, 0.0]), np.array([5.0, 0.0]), seed=0) is None


def test_the_seed_decides():
    part, whole = np.array([3.0, 1.0, 4.0]), np.array([5.0, 6.0, 5.0])
    assert intervals.ratio_interval(part, whole, seed=3) == intervals.ratio_interval(
        part, whole, seed=3
    )
