"""Random fields that tissues are drawn from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pathgui.core.phantom import fields

SIZE = (300, 200)


def rng():
    return np.random.default_rng(0)


def test_noise_has_mean_0_and_deviation_1_whatever_its_period():
    for period in (4, 20, (10, 40)):
        drawn = np.stack([fields.noise(np.random.default_rng(i), SIZE, period) for i in range(20)])
        assert drawn.shape[1:] == (200, 300)
        assert abs(drawn.mean()) < 0.15
        assert 0.8 < drawn.std() < 1.2


def test_noise_follows_from_its_seed():
    np.testing.assert_array_equal(
        fields.noise(rng(), SIZE, 10, octaves=3), fields.noise(rng(), SIZE, 10, octaves=3)
    )


def test_a_step_rises_or_falls_between_its_ends():
    values = np.array([0.0, 1.0, 1.5, 2.0, 3.0], np.float32)
    assert fields.smoothstep(values, 1, 2).tolist() == [0, 0, 0.5, 1, 1]
    assert fields.smoothstep(values, 2, 1).tolist() == [1, 1, 0.5, 0, 0]


def test_scattered_points_are_about_as_far_apart_as_asked_for():
    points = fields.scatter(rng(), SIZE, 12)
    nearest = cKDTree(points).query(points, k=2)[0][:, 1]
    assert 0.6 * 12 < np.median(nearest) < 1.2 * 12
    assert nearest.min() > 0.2 * 12  # no clumps


def test_cells_divide_the_plane_among_their_sites():
    points = fields.scatter(rng(), SIZE, 25)
    found = fields.cells(points, SIZE, step=4, rounding_px=0.5)
    assert found.border.shape == (200, 300)
    # Next to a site it is far to the border, and the site is that of the pixel.
    inside = points[((points > 10) & (points < np.array(SIZE) - 10)).all(axis=1)]
    at_sites = fields.sample(found.border, inside)
    assert np.median(at_sites) > np.median(found.border)


def test_beyond_the_edge_the_edge_is_sampled():
    field = np.arange(6, dtype=np.float32).reshape(2, 3)
    points = np.array([[-5, 0], [9, 9], [1.9, 0.9]])
    assert fields.sample(field, points).tolist() == [0, 5, 1]


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, 1), (-1, 0), (1, 1)])
def test_the_slope_points_where_a_field_rises(dx, dy):
    y, x = np.mgrid[:50, :50].astype(np.float32)
    angle = fields.slope_angles(dx * x + dy * y, np.array([[25.0, 25.0]]))[0]
    assert angle == pytest.approx(np.arctan2(dy, dx))


def test_blurring_keeps_the_sum_and_spreads():
    field = np.zeros((41, 41), np.float32)
    field[20, 20] = 1
    blurred = fields.blur(field, 3)
    assert blurred.sum() == pytest.approx(1, rel=1e-3)
    assert blurred.max() < 0.05
