"""Corrections that project directions out: of center means, within tissues, or found by turns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.fitted import FEW_ROWS, Floats, Labels, Removal
from pathgui.core.corrections.logistic import fit_directions
from pathgui.core.corrections.means import by_center
from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import say

ROUNDS = 3  # of INLP
ROUNDING = 1e-10  # of the largest singular value, below which a direction is none
MOST_ROWS = 2_000  # that a classifier is fitted on; all of a large set would take minutes a round

Vectors = NDArray[np.float64]


def fit_mean_projection(values: Floats, center: Labels, tissue: Labels | None = None) -> Removal:
    """Project out the plane that the means of the centers lie in.

    ``values`` (n, d), ``center`` (n,) labels; ``tissue`` is ignored. Where tissues are spread
    unevenly over centers, the plane holds tissue, too.
    """
    means = by_center(values, center).mean
    plane = _row_space(means - means.mean(axis=0))
    return Removal(_mean(values), plane, plane)


def fit_within_tissue(values: Floats, center: Labels, tissue: Labels | None = None) -> Removal:
    """Project out what differs between centers within one tissue, in centers - 1 directions.

    Parameters
    ----------
    values : (n, d) array
        Embeddings to fit on.
    center : (n,) array
        Labels, compared by equality only.
    tissue : (n,) array
        Labels; "" and codes below 0 are not known, and such tiles count for the mean alone. They
        are needed of the tiles that it is fitted on, never of those that it is applied to.

    Notes
    -----
    The means of each tissue at its centers, less their mean, are stacked over all tissues that two
    centers have; the first right singular vectors of that are projected out. Tissues that are
    more frequent at one center change nothing, so no tissue is lost where tissue and center go
    together.
    """
    if tissue is None:
        raise CorrectionError(
            say("Within-tissue projection needs the tissue of the tiles that it is fitted on.")
        )
    known = tissue != "" if tissue.dtype.kind in "US" else tissue >= 0
    centers = np.unique(center[known])
    stacked = []
    for one in np.unique(tissue[known]).tolist():
        of_tissue = known & (tissue == one)
        there = np.unique(center[of_tissue])
        if len(there) > 1:
            means = np.stack([_mean(values[of_tissue & (center == here)]) for here in there])
            stacked.append(means - means.mean(axis=0))
    if not stacked:
        raise CorrectionError(
            say("Within-tissue projection needs a tissue that two centers have, and there is none.")
        )
    plane = _row_space(np.concatenate(stacked))[:, : len(centers) - 1]
    return Removal(_mean(values), plane, plane)


def fit_inlp(values: Floats, center: Labels, tissue: Labels | None = None) -> Removal:
    """Fit a linear classifier for the center, project its directions out, and so three times.

    Iterative nullspace projection (Ravfogel et al. 2020, arXiv:2004.07667) with multinomial
    logistic regression, C = 1 on rows that are centered and divided by the mean of the components'
    standard deviations, so that the scale of an encoder does not matter. ``values`` (n, d),
    ``center`` (n,) labels; ``tissue`` is ignored. Of more than :data:`MOST_ROWS` rows, classifiers
    see so many, evenly spaced.
    """
    if len(np.unique(center)) < 2:
        raise CorrectionError(say("A correction needs tiles of two centers to be fitted on."))
    mean = _mean(values)
    spread = float(_spreads(values, mean).mean())
    n = len(values)
    some = np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).round().astype(int))
    if len(np.unique(center[some])) < len(np.unique(center)):
        some = np.arange(n)
    rows, center = values[some].astype(np.float64) - mean, center[some]
    if spread > 0:
        rows /= spread
    found = np.zeros((values.shape[1], 0))
    for _ in range(ROUNDS):
        directions = _row_space(fit_directions(rows, center))
        rows -= (rows @ directions) @ directions.T
        found = np.linalg.qr(np.hstack([found, directions]))[0]
    return Removal(mean, found, found)


def _mean(values: Floats) -> Vectors:
    mean: Vectors = np.asarray(values).mean(axis=0, dtype=np.float64)
    return mean


def _spreads(values: Floats, mean: Vectors) -> Vectors:
    """Standard deviation of each component, a few rows widened at a time."""
    squares = np.zeros(values.shape[1])
    for start in range(0, len(values), FEW_ROWS):
        off = values[start : start + FEW_ROWS] - mean
        squares += np.einsum("ij,ij->j", off, off)
    spreads: Vectors = np.sqrt(squares / len(values))
    return spreads


def _row_space(rows: Vectors) -> Vectors:
    """An orthonormal basis of what the rows span, strongest direction first; shape (d, r)."""
    _, strength, vectors = np.linalg.svd(rows, full_matrices=False)
    kept: Vectors = vectors[strength > ROUNDING * max(strength.max(initial=0.0), 1e-300)].T
    return kept
