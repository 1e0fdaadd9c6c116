"""Copies are found by their direction, not by their bytes."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import copies
from pathgui.core.metrics.neighbors.blocks import row_norms
from pathgui.core.metrics.neighbors.search import nearest


def noise(n, d=16, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(dtype)


def copies_in(values):
    return copies.count(values, row_norms(values), np.arange(len(values)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1.0, 3.0, 0.1])
def test_copies_count_however_long_they_are(scale, dtype):
    values = noise(200, dtype=dtype)
    values[150:] = dtype(scale) * values[:50]
    assert copies_in(values) == 50


def test_three_alike_are_two_copies():
    values = noise(50)
    values[[7, 30]] = 2 * values[3]
    assert copies_in(values) == 2


def test_what_is_only_near_is_no_copy():
    values = noise(100)
    values[50:] = values[:50] + 1e-5 * noise(50, seed=1)
    assert copies_in(values) == 0
    values[50:] = values[:50] + 1e-8 * noise(50, seed=1)
    assert copies_in(values) == 50


def test_a_great_offset_makes_no_copies():
    assert copies_in(noise(300) + 1000) == 0


def test_all_alike_means_all():
    values = np.outer(np.linspace(1, 5, 60), noise(1)[0])
    assert copies.all_alike(values)
    assert copies_in(values) == 59
    values[3], values[4] = 0, np.nan  # no direction, so neither alike nor unlike
    assert copies.all_alike(values)
    values[59] = noise(1, seed=2)[0]
    assert not copies.all_alike(values)
    assert not copies.all_alike(np.zeros((5, 3)))


def test_rescaled_copies_are_at_distance_0():
    values = noise(40)
    values[20:] = values[:20] / 3
    found = nearest(values, np.arange(40), 2)
    assert (found.distances[:, 0] == 0).all()
    assert (found.distances[:, 1] > 1e-3).all()
