"""ComBat: each center's mean and variance, shrunk toward what all components of it have.

Johnson, Li, Rabinovic 2007, Biostatistics 8:118; as neuroCombat 0.2.12 computes it, iterated until
nothing changes. Tissue is no covariate here: it would hand over the answer that is measured after.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.fitted import Floats, Labels, PerCenter
from pathgui.core.corrections.means import by_center, constant

STILL = 1e-12  # the largest absolute change at which the iteration ends
MOST_ROUNDS = 10_000

Row = NDArray[np.float64]


def fit_combat(
    values: Floats,
    center: Labels,
    tissue: Labels | None = None,
    *,
    shrink: bool = True,
    mean_only: bool = False,
) -> PerCenter:
    """Take each center's mean and spread out of embeddings standardized by the pooled spread.

    Parameters
    ----------
    values : (n, d) array
        Embeddings to fit on, two a center at least.
    center : (n,) array
        Labels, compared by equality only.
    tissue : ignored
        All corrections are fitted with the same arguments.
    shrink : bool
        Toward priors over the components (empirical Bayes). Without, means and variances are
        taken as they are.
    mean_only : bool
        Leave spreads alone.

    Returns
    -------
    PerCenter
        Components that do not vary within centers pass unchanged and take no part in the priors.
    """
    found = by_center(values, center, least=2)
    n = found.sizes.sum()
    alpha = found.sizes @ found.mean / n
    pooled = np.sqrt(found.squares.sum(axis=0) / n)
    still = constant(pooled, np.abs(found.mean).max(axis=0))
    varies = ~still
    scale = np.ones_like(found.mean)
    shift = np.zeros_like(found.mean)
    root = pooled[varies]
    for here, size in enumerate(found.sizes.tolist()):
        gamma = (found.mean[here, varies] - alpha[varies]) / root
        # Sum of squares of what is standardized, around gamma.
        squares = found.squares[here, varies] / root**2
        delta = squares / (size - 1)
        g, d = gamma, delta
        if mean_only:
            d = np.ones_like(delta)
            if shrink:
                g = _shrunk_mean(1.0, gamma, d)  # neuroCombat weighs a center as one tile here
        elif shrink:
            g, d = _posterior(size, gamma, delta, squares)
        d = np.where(d > 0, d, 1.0)
        # (s - g) / sqrt(d) * root + alpha with s = (x - alpha) / root
        scale[here, varies] = 1 / np.sqrt(d)
        shift[here, varies] = alpha[varies] - (alpha[varies] + g * root) / np.sqrt(d)
    return PerCenter(found.centers, scale, shift)


def _spread(values: Row) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _shrunk_mean(size: float, gamma: Row, d: Row) -> Row:
    """Posterior means, from the variance of the means over components."""
    if len(gamma) < 2:  # one component shows no prior
        return gamma
    tau = _spread(gamma)
    shrunk: Row = (tau * size * gamma + d * gamma.mean()) / (tau * size + d)
    return shrunk


def _posterior(size: float, gamma: Row, delta: Row, squares: Row) -> tuple[Row, Row]:
    """Posterior means and variances, iterated; ``squares`` around gamma, of standardized rows."""
    middle, spread = float(delta.mean()) if len(delta) else 1.0, _spread(delta)
    if len(gamma) < 2 or spread <= 0:  # no prior, or one that leaves no choice
        return _shrunk_mean(size, gamma, delta), delta
    a = (2 * spread + middle**2) / spread
    b = (middle * spread + middle**3) / spread
    g, d = gamma, delta
    for _ in range(MOST_ROUNDS):
        new_g = _shrunk_mean(size, gamma, d)
        # Around g rather than gamma: the sum of squares grows by size times their distance.
        around = squares + size * (gamma - new_g) ** 2
        new_d = (b + around / 2) / (size / 2 + a - 1)
        change = max(float(np.abs(new_g - g).max()), float(np.abs(new_d - d).max()))
        g, d = new_g, new_d
        if change <= STILL:
            break
    return g, d
