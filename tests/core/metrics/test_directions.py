"""Distances that are small sums, from unit rows less their mean."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.directions import Directions


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(40, 6))


def cosine_distances(values):
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    return 1 - unit @ unit.T


def test_sums_of_distances_are_those_of_all_pairs(values):
    codes = np.random.default_rng(1).integers(0, 3, 40)
    between = Directions(values).sums(codes, 3).between()
    far = cosine_distances(values)
    for one in range(3):
        for other in range(3):
            expected = far[np.ix_(codes == one, codes == other)].sum()
            assert between[one, other] == pytest.approx(expected)


def test_within_is_the_diagonal_counted_once_for_each_order(values):
    codes = np.random.default_rng(1).integers(0, 3, 40)
    sums = Directions(values).sums(codes, 3)
    np.testing.assert_allclose(sums.within(), np.diag(sums.between()))


def test_sets_put_together_have_the_sums_of_both(values):
    codes = np.random.default_rng(1).integers(0, 4, 40)
    directions = Directions(values)
    together = directions.sums(codes, 4).joined(np.array([0, 0, 1, 1]), 2)
    direct = directions.sums(codes // 2, 2)
    np.testing.assert_allclose(together.between(), direct.between())


def test_an_offset_that_all_share_costs_no_digits():
    rng = np.random.default_rng(2)
    near = 1e4 + rng.normal(size=(200, 8))  # angles of some 1e-4
    codes = rng.integers(0, 2, 200)
    found = Directions(near).sums(codes, 2).between()[0, 1]
    unit = near / np.linalg.norm(near, axis=1, keepdims=True)
    expected = sum(
        0.5 * ((unit[i] - unit[codes == 1]) ** 2).sum() for i in np.flatnonzero(codes == 0)
    )
    assert found == pytest.approx(expected, rel=1e-9)


def test_rows_in_single_precision_are_centered_unit_rows(values):
    rows = Directions(values).centered()
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    np.testing.assert_allclose(rows, unit - unit.mean(axis=0), atol=1e-6)
