"""A slide read against a reference set."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement import slide_level
from pathgui.core.metrics.neighbors.search import Neighbors, nearest


def found(indices):
    indices = np.array(indices)
    return Neighbors(indices, np.where(indices >= 0, 0.1, np.inf))


def test_a_center_that_is_nearest_for_its_tissue_alone_is_no_draw():
    """Tissue 1 is of center 1 only: to be near to it says nothing of the center."""
    tissue, center = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    draw = slide_level.center_draw(found([[2, 3]] * 5), tissue, center)
    assert draw.observed == [0, 1]
    assert draw.sharpness == pytest.approx(0)


def test_a_draw_beyond_the_tissue_is_named_with_its_size():
    tissue, center = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    draw = slide_level.center_draw(found([[1, 3]] * 5), tissue, center)
    assert draw.strongest == 1
    assert draw.excess == pytest.approx(0.5)
    assert draw.sharpness == pytest.approx(0.5)


def test_a_tile_without_neighbors_is_left_out_and_none_at_all_gives_none():
    tissue, center = np.array([0, 0]), np.array([0, 1])
    draw = slide_level.center_draw(found([[0], [-1]]), tissue, center)
    assert draw.observed == [1, 0]
    assert slide_level.center_draw(found([[-1]]), tissue, center) is None


def test_tiles_of_one_square_count_as_one():
    values = np.repeat([[0.0], [1.0]], 50, axis=0)
    alone = slide_level.mean_intervals(values, np.arange(100), seed=0)
    together = slide_level.mean_intervals(values, np.repeat(np.arange(10), 10), seed=0)
    width_alone, width_together = (np.diff(x[0])[0] for x in (alone, together))
    assert width_together > 2.5 * width_alone
    assert slide_level.mean_intervals(values, np.zeros(100, np.intp), seed=0) is None


def test_shares_sum_to_one():
    hot = slide_level.shares(np.array([2, 0, 2]), 3)
    np.testing.assert_allclose(hot.mean(axis=0), [1 / 3, 0, 2 / 3])


def test_reference_slides_of_an_encoder_that_sees_centers_are_drawn_sharply():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(16), 5)
    tissue, center = groups % 2, groups // 2 % 2
    noise = rng.standard_normal((80, 8))
    seen = noise.copy()
    seen[:, 0] += 6 * np.where(center == 0, 1, -1)
    blind, sharp = (
        slide_level.reference_sharpness(nearest(values, groups, 9), tissue, center, groups)
        for values in (noise, seen)
    )
    assert np.median(sharp) > 0.4
    assert np.median(blind) < 0.25


def test_what_is_expected_of_a_reference_slide_leaves_out_its_own_tiles():
    """Of tissue 0, the others have one tile at center 0 and three at center 1."""
    groups = np.array([0, 0, 1, 2, 2, 2])
    center = np.array([0, 0, 0, 1, 1, 1])
    tissue = np.zeros(6, np.intp)
    all_others = [[2, 3, 4, 5]] * 2 + [[0, 1, 3, 4]] + [[0, 1, 2, -1]] * 3
    got = slide_level.reference_sharpness(found(all_others), tissue, center, groups)
    # Slide 1 sees 2 of 4 at center 0, where the others have 2 of 5.
    np.testing.assert_allclose(got, [0, 0.1, 0], atol=1e-12)


def test_agreement_is_cohens_kappa():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(1)
    one = rng.integers(0, 3, 200)
    other = np.where(rng.random(200) < 0.6, one, rng.integers(0, 3, 200))
    same = slide_level.agreement(one, other)
    assert same.kappa == pytest.approx(cohen_kappa_score(one, other))
    gaps = slide_level.agreement(np.append(one, -1), np.append(other, 1))
    assert gaps == same
    assert slide_level.agreement(np.array([-1]), np.array([0])) is None
    assert slide_level.agreement(np.zeros(3, int), np.zeros(3, int)).kappa is None
