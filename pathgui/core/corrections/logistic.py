"""Multinomial logistic regression of a few thousand rows, for its directions alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ITERATIONS = 2_000
TOLERANCE = 1e-6  # largest component of the gradient of the mean loss
LEAST_GAIN = 1e-11  # of the loss in a step, relative; below, float32 products say no more
FEW = 6  # labels, up to which one product with a vector each is faster than one with a thin matrix

Floats = NDArray[np.floating[Any]]
Weights = NDArray[np.float64]


def fit_directions(rows: Floats, labels: NDArray[Any]) -> Weights:
    """Weights (c, d) of the c labels of ``labels`` (n,) on ``rows`` (n, d), intercepts left out.

    The optimum of scikit-learn's ``LogisticRegression(C=1.0)``: summed loss plus half the squared
    weights. Products are float32. Their rounding moves what the weights span by 1e-4 at most,
    which is what the tolerance of the gradient leaves open, too. The weights add up to zero over
    labels, as at the optimum.

    >>> weights = fit_directions(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array(list("AB")))
    >>> weights.shape, bool(weights[1, 0] > 0)
    ((2, 2), True)
    """
    from scipy.optimize import minimize  # slow to import

    names, code = np.unique(labels, return_inverse=True)
    (n, d), c = rows.shape, len(names)
    data = np.ascontiguousarray(rows, np.float32)
    at = code, np.arange(n)
    # Two labels: opposite weights share the penalty of the one vector that a binomial fit has.
    penalty = (2.0 if c == 2 else 1.0) / n

    def loss(flat: Weights) -> tuple[float, Weights]:
        parameters = flat.reshape(c, d + 1)
        weights = parameters[:, :d]
        scores = _products(weights.astype(np.float32), data.T) + parameters[:, d:]
        scores -= scores.max(axis=0)
        value = -float(scores[at].sum())
        np.exp(scores, out=scores)
        total = scores.sum(axis=0)
        value += float(np.log(total).sum())
        scores /= total
        scores[at] -= 1
        slope = np.empty((c, d + 1))
        slope[:, :d] = _products(scores.astype(np.float32), data)
        slope[:, d] = scores.sum(axis=1)
        slope /= n
        slope[:, :d] += penalty * weights
        return value / n + 0.5 * penalty * float((weights**2).sum()), slope.ravel()

    solution = minimize(
        loss,
        np.zeros(c * (d + 1)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "gtol": TOLERANCE, "ftol": LEAST_GAIN},
    )
    weights: Weights = solution.x.reshape(c, d + 1)[:, :d]
    weights -= weights.mean(axis=0)
    return weights


def _products(thin: NDArray[np.float32], data: NDArray[np.float32]) -> Weights:
    """thin (c, m) @ data (m, n), in float64."""
    if len(thin) > FEW:
        return (thin @ data).astype(np.float64)
    return np.stack([each @ data for each in thin]).astype(np.float64)
