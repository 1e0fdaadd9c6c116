"""Same-center confounders."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import attribution
from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors.search import Neighbors, nearest


def test_only_neighbors_of_the_winning_tissue_mislead():
    tissue, center = np.array([0, 1, 1, 2, 0]), np.array([0, 0, 1, 0, 1])
    found = Neighbors(np.array([[1, 2, 3]] * 5), np.full((5, 3), 0.1))
    answers = np.array([1, -1, -1, -1, -1])
    got = attribution.confounders(found, tissue, center, np.arange(5), answers, 3)
    assert (got.same_center.tolist(), got.misleading.tolist()) == ([1], [2])
    assert got.fraction == 0.5
    assert got.expected_fraction == 0.5


def test_what_is_expected_leaves_the_own_group_out():
    tissue, center = np.array([0, 1, 1, 1, 1]), np.array([0, 0, 0, 1, 1])
    groups = np.array([0, 0, 1, 2, 3])  # tile 1 is of tile 0's slide
    found = Neighbors(np.array([[2]] * 5), np.full((5, 1), 0.1))
    answers = np.array([1, -1, -1, -1, -1])
    got = attribution.confounders(found, tissue, center, groups, answers, 1)
    assert got.expected_fraction == pytest.approx(1 / 3)


def test_what_is_expected_is_counted_tile_by_tile():
    rng = np.random.default_rng(0)
    n = 90
    tissue, center, groups = rng.integers(0, 3, n), rng.integers(0, 3, n), rng.integers(0, 25, n)
    found = nearest(rng.standard_normal((n, 4)), groups, 5)
    answers = knn.votes_by_k(found, tissue, [5])[5]
    got = attribution.confounders(found, tissue, center, groups, answers, 5)
    for row, share in zip(got.rows, got.expected, strict=True):
        of_it = (groups != groups[row]) & (tissue == answers[row])
        assert share == pytest.approx(np.mean(center[of_it] == center[row]))


def test_an_encoder_that_sees_center_is_misled_by_its_own():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 4)
    tissue, center = groups % 2, groups // 2 % 2
    values = rng.standard_normal((160, 6))
    values[:, 0] += 4 * center
    found = nearest(values, groups, 5)
    answers = knn.votes_by_k(found, tissue, [5])[5]
    got = attribution.confounders(found, tissue, center, groups, answers, 5)
    assert got.fraction > 1.5 * got.expected_fraction


def test_no_error_no_fraction():
    found = Neighbors(np.array([[1], [0]]), np.full((2, 1), 0.1))
    same = np.zeros(2, int)
    got = attribution.confounders(found, same, np.arange(2), np.arange(2), same, 1)
    assert got.fraction is None
    assert got.expected_fraction is None
