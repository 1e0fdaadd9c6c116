"""How well centers mix among neighbors."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.neighbors import mixing
from pathgui.core.metrics.neighbors.search import Neighbors, nearest


def cohort(tissue_size, center_size, *, slides=3, tiles=6, tissues=2, centers=2, seed=0):
    rng = np.random.default_rng(seed)
    slide = np.repeat(np.arange(tissues * centers * slides), tiles)
    tissue, center = np.divmod(slide // slides, centers)
    values = rng.standard_normal((len(slide), 20))
    values += tissue_size * rng.standard_normal((tissues, 20))[tissue]
    values += center_size * rng.standard_normal((centers, 20))[center]
    return values.astype(np.float32), tissue, center, slide


def neighbors_of(distances, labels_there):
    """Anchors first, then one tile for each neighbor, numbered on."""
    distances = np.asarray(distances, float)
    n, k = distances.shape
    indices = n + np.arange(n * k).reshape(n, k)
    indices = np.where(np.isfinite(distances), indices, -1)
    return Neighbors(indices, distances), np.concatenate([np.zeros(n, int), np.ravel(labels_there)])


def test_the_weights_have_the_perplexity_and_fall_with_the_distance():
    distances = np.sort(np.random.default_rng(0).uniform(0.1, 0.9, (20, 30)), axis=1)
    found, _ = neighbors_of(distances, np.zeros((20, 30), int))
    weights = mixing.lisi_weights(found, 30, 10.0).astype(float)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    perplexity = np.exp(-(weights * np.log(np.maximum(weights, 1e-300))).sum(axis=1))
    np.testing.assert_allclose(perplexity, 10, rtol=1e-3)
    assert (np.diff(weights, axis=1) <= 1e-9).all()
    # exp(-beta d): the logarithm falls in a straight line
    slope = np.diff(np.log(weights), axis=1) / np.diff(distances, axis=1)
    np.testing.assert_allclose(slope, np.broadcast_to(slope[:, :1], slope.shape), rtol=1e-3)


def test_equally_far_neighbors_give_the_inverse_simpson_index():
    found, labels = neighbors_of(np.full((2, 4), 0.5), [[0, 0, 1, 1], [2, 2, 2, 2]])
    weights = mixing.lisi_weights(found, 4, 2.0)
    np.testing.assert_allclose(mixing.lisi(found, weights, labels), [2, 1], rtol=1e-6)


def test_short_and_empty_lists_of_neighbors_are_no_obstacle():
    distances = [[0.2, 0.4, np.inf], [np.inf] * 3]
    found, labels = neighbors_of(distances, [[0, 1, 0], [0, 0, 0]])
    weights = mixing.lisi_weights(found, 3, 5.0)
    values = mixing.lisi(found, weights, labels)
    assert values[0] == pytest.approx(2, rel=1e-3)  # two neighbors cannot have perplexity 5
    assert np.isnan(values[1])


def test_kbet_is_a_chi_squared_test_against_the_admissible_tiles():
    from scipy.stats import chisquare

    values, tissue, center, slide = cohort(1.0, 0.7, slides=4, tissues=3, centers=3)
    found = nearest(values, slide, 12)
    passed, given = [], []
    for row in range(len(values)):
        there = found.indices[row]
        others = slide != slide[row]
        observed = np.bincount(center[there], minlength=3)
        share = np.bincount(center[others], minlength=3) / others.sum()
        passed.append(chisquare(observed, 12 * share).pvalue >= 0.05)
        expected = np.zeros(3)
        for t in tissue[there]:
            rows = others & (tissue == t)
            expected += np.bincount(center[rows], minlength=3) / rows.sum()
        given.append(chisquare(observed, expected).pvalue >= 0.05)
    ours = mixing.kbet(found, tissue, center, slide, 12)
    assert ours == pytest.approx((np.mean(passed), np.mean(given)))
