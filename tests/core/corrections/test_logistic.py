"""Directions of a logistic regression, beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pathgui.core.corrections.logistic import FEW, fit_directions
from tests.core.corrections import reference


def plane(weights):
    """The projection on what the weights span."""
    _, strength, vectors = np.linalg.svd(weights, full_matrices=False)
    kept = vectors[strength > 1e-10 * strength[0]]
    return kept.T @ kept


@pytest.mark.parametrize("labels", [2, 3, FEW + 2])
def test_the_weights_span_what_those_of_scikit_learn_span(labels):
    values, _, code = reference.drawn(n=400, d=12, centers=labels)
    values -= values.mean(axis=0)
    given = values.copy()
    found = fit_directions(values, code)
    expected = LogisticRegression(C=1.0, max_iter=2_000, tol=1e-6).fit(values, code).coef_
    assert found.shape == (labels, 12)
    np.testing.assert_allclose(plane(found), plane(expected), atol=1e-3)
    np.testing.assert_allclose(found.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_array_equal(values, given)
