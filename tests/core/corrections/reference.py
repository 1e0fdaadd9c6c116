"""Values that an independent implementation of the corrections gave, and how near ours must be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tests.shared_data import shared

FOLDER = ("reference", "correction")
MEANS, ITERATED, SOLVED = 1e-9, 1e-6, 2e-3  # tolerances of SOURCES.md


@dataclass(frozen=True)
class Rows:
    """Embeddings with their labels; corrections were fitted on ``first``, whole slides."""

    values: Any
    tissue: Any
    center: Any
    slide: Any
    first: Any  # which rows are of fold 0

    def fitted(self, fit, **options):
        """A correction fitted on the first fold."""
        rows = self.first
        return fit(self.values[rows], self.center[rows], self.tissue[rows], **options)


@cache
def rows() -> Rows:
    """The embeddings."""
    with np.load(shared(*FOLDER, "embeddings.npz")) as file:
        arrays = [file[name] for name in ("embeddings", "tissue", "center", "slide", "fold")]
    return Rows(*arrays[:4], arrays[4] == 0)


@cache
def after(name: str) -> Any:
    """All rows after the correction of that name was fitted on the first fold."""
    with np.load(shared(*FOLDER, "embeddings_after.npz")) as file:
        return file[name]


def off(fit, name: str, **options) -> float:
    """The largest difference from the reference values."""
    given = rows()
    corrected = given.fitted(fit, **options).apply(given.values, given.center)
    return float(np.abs(corrected - after(name)).max())


def drawn(n=120, d=6, tissues=2, centers=3, seed=0):
    """Made-up embeddings of tiles with effects of tissue and center; their tissues and centers."""
    rng = np.random.default_rng(seed)
    tissue, center = np.divmod(np.arange(n) % (tissues * centers), centers)
    effects = rng.standard_normal((tissues, d)), 2 * rng.standard_normal((centers, d))
    return effects[0][tissue] + effects[1][center] + rng.standard_normal((n, d)), tissue, center
