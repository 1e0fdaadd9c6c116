"""Principal components and what explains them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pathgui.core.metrics import components


@pytest.mark.parametrize("shape", [(60, 8), (20, 40)])
def test_components_are_scikit_learns(shape):
    from sklearn.decomposition import PCA

    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32) + 3
    ours = components.project(values, 5)
    theirs = PCA(5, svd_solver="full").fit(values.astype(float))
    np.testing.assert_allclose(
        (ours.scores**2).sum(axis=0) / ours.total, theirs.explained_variance_ratio_, rtol=1e-4
    )
    np.testing.assert_allclose(
        np.abs(ours.scores), np.abs(theirs.transform(values.astype(float))), atol=1e-3
    )


def test_the_share_explained_is_that_of_regressions():
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(2)
    scores = rng.standard_normal((50, 6)) * np.arange(6, 0, -1)
    scores -= scores.mean(axis=0)
    labels = rng.integers(0, 3, 50)
    hot = np.eye(3)[labels]
    r2 = [LinearRegression().fit(hot, column).score(hot, column) for column in scores.T]
    expected = np.average(r2, weights=scores.var(axis=0))
    assert components.explained_share(scores, labels) == pytest.approx(expected, abs=1e-12)


def test_the_area_under_the_curve_is_scikit_learns_with_ties():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(3)
    scores = rng.integers(0, 12, 70).astype(float)
    labels = rng.integers(0, 3, 70)
    expected = []
    for one, other in itertools.combinations(range(3), 2):
        rows = np.isin(labels, [one, other])
        area = roc_auc_score(labels[rows] == other, scores[rows])
        expected.append(max(area, 1 - area))
    assert components.Ranked(scores).auroc(labels, 3) == pytest.approx(np.mean(expected))
