"""Corrections that give every center the same mean, or the same mean and spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.fitted import Floats, Labels, PerCenter
from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import say


@dataclass(frozen=True)
class ByCenter:
    """Mean and sums of squares of each center."""

    centers: Labels  # (c,) rising
    sizes: NDArray[np.float64]  # (c,)
    mean: NDArray[np.float64]  # (c, d)
    squares: NDArray[np.float64]  # (c, d) sum of squared deviations from the center's mean


def by_center(values: Floats, center: Labels, least: int = 1) -> ByCenter:
    """Moments of each center.

    Raises
    ------
    CorrectionError
        If there are fewer than two centers, or one has fewer than ``least`` tiles.
    """
    centers, code, sizes = np.unique(center, return_inverse=True, return_counts=True)
    if len(centers) < 2:
        raise CorrectionError(say("A correction needs tiles of two centers to be fitted on."))
    if sizes.min() < least:
        raise CorrectionError(
            say(
                "The center {centers} has {min} of the {least} tiles that this "
                "correction needs. Leave the center out, or add tiles.",
                centers=centers[sizes.argmin()],
                min=sizes.min(),
                least=least,
            )
        )
    mean = np.empty((len(centers), values.shape[1]))
    squares = np.empty_like(mean)
    for here in range(len(centers)):
        rows = np.asarray(values[code == here], np.float64)
        mean[here] = rows.mean(axis=0)
        squares[here] = ((rows - mean[here]) ** 2).sum(axis=0)
    return ByCenter(centers, sizes.astype(np.float64), mean, squares)


def constant(spread: NDArray[np.float64], mean: NDArray[Any]) -> NDArray[np.bool_]:
    """Which standard deviations are 0 but for rounding, next to the mean that they are around."""
    found: NDArray[np.bool_] = spread <= 1e-13 * np.abs(mean)
    return found


def fit_center_mean(values: Floats, center: Labels, tissue: Labels | None = None) -> PerCenter:
    """Move each center's mean to the mean of the centers' means.

    Parameters
    ----------
    values : (n, d) array
        Embeddings to fit on.
    center : (n,) array
        Labels, compared by equality only.
    tissue : ignored
        All corrections are fitted with the same arguments.

    Examples
    --------
    >>> fitted = fit_center_mean(np.array([[0.0], [2.0], [6.0]]), np.array(list("AAB")))
    >>> fitted.apply(np.array([[0.0], [6.0]]), np.array(list("AB"))).ravel().tolist()
    [2.5, 3.5]
    """
    found = by_center(values, center)
    shift = found.mean.mean(axis=0) - found.mean
    return PerCenter(found.centers, np.ones_like(shift), shift)


def fit_center_mean_sd(values: Floats, center: Labels, tissue: Labels | None = None) -> PerCenter:
    """Give each center the mean of the means, and the root of the mean variance, per component.

    Standard deviations have n - 1 below; where one is 0, 1 stands in its place. Arguments as of
    :func:`fit_center_mean`, two tiles a center at least.
    """
    found = by_center(values, center, least=2)
    sd = np.sqrt(found.squares / (found.sizes - 1)[:, None])
    pooled = np.sqrt((sd**2).mean(axis=0))
    scale = pooled / np.where(constant(sd, found.mean), 1.0, sd)
    return PerCenter(found.centers, scale, found.mean.mean(axis=0) - found.mean * scale)
