"""LEACE: the smallest change after which no linear classifier can tell centers apart.

Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff, Biderman 2023, arXiv:2306.03819; as
concept-erasure 0.2.4 computes it without shrinkage.
"""

from __future__ import annotations

import numpy as np

from pathgui.core.corrections.fitted import Floats, Labels, Removal
from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import say

LEAST_SINGULAR = 1e-6  # of whitened rows with centers, below which a direction is rounding


def fit_leace(values: Floats, center: Labels, tissue: Labels | None = None) -> Removal:
    """Find what of the embeddings is correlated with the center.

    Parameters
    ----------
    values : (n, d) array
        Embeddings to fit on.
    center : (n,) array
        Labels, compared by equality only.
    tissue : ignored
        All corrections are fitted with the same arguments.
    """
    centers, code = np.unique(center, return_inverse=True)
    if len(centers) < 2:
        raise CorrectionError(say("A correction needs tiles of two centers to be fitted on."))
    n = len(values)
    rows = np.array(values, np.float64)
    mean = rows.mean(axis=0)
    rows -= mean
    covariance = rows.T @ rows / max(n - 1, 1)
    # The sum of a center's centered rows is their product with its centered indicator.
    sums = np.stack([rows[code == here].sum(axis=0) for here in range(len(centers))], axis=1)
    strength, vectors = np.linalg.eigh(covariance)
    kept = strength > strength[-1] * len(strength) * np.finfo(np.float64).eps
    root, vectors = np.sqrt(strength[kept]), vectors[:, kept]
    # In the basis of the eigenvectors both square roots are scales, so the singular vectors of
    # what is whitened are found among as many numbers as there are eigenvectors.
    whitened = (vectors.T @ sums / max(n - 1, 1)) / root[:, None]
    left, singular, _ = np.linalg.svd(whitened, full_matrices=False)
    left = left[:, singular > LEAST_SINGULAR]
    read = vectors @ (left / root[:, None])
    write = vectors @ (left * root[:, None])
    return Removal(mean, read, write)
