"""Embeddings as unit rows in float64, less their mean: for distances that are small sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.blocks import row_norms

if TYPE_CHECKING:
    from scipy import sparse

BLOCK = 4096  # rows in float64 at a time: all of them would be twice the embeddings

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Sums:
    """Sums over the rows of each of m sets; half squared distances follow from them alone."""

    sizes: NDArray[np.float64]  # (m,)
    rows: NDArray[np.float64]  # (m, d)
    squares: NDArray[np.float64]  # (m,) of the rows' squared lengths

    def joined(self, codes: Codes, n_codes: int) -> Sums:
        """Of sets put together: set i goes into ``codes[i]``."""
        table = _one_hot(codes, n_codes)
        return Sums(table @ self.sizes, table @ self.rows, table @ self.squares)

    def between(self) -> NDArray[np.float64]:
        """Sum of the cosine distances over all pairs of two sets, (m, m); within one, twice."""
        own = np.outer(self.sizes, self.squares)
        found: NDArray[np.float64] = (own + own.T) / 2 - self.rows @ self.rows.T
        found[found < 0] = 0.0
        return found

    def within(self) -> NDArray[np.float64]:
        """The diagonal of :meth:`between`, (m,)."""
        lengths = np.einsum("ij,ij->i", self.rows, self.rows)
        found: NDArray[np.float64] = self.sizes * self.squares - lengths
        found[found < 0] = 0.0
        return found


class Directions:
    """Unit rows of (n, d) embeddings, centered, a block at a time.

    The cosine distance of two rows is half the squared distance of their unit vectors, and that
    does not change when a vector is taken off both. Where all embeddings share a great offset,
    unit vectors agree in most of their digits, and only what is left after centering tells.
    """

    def __init__(
        self, values: NDArray[np.floating[Any]], norms: NDArray[np.float64] | None = None
    ) -> None:
        self._values = values
        self._norms = row_norms(values) if norms is None else norms
        self._mean = np.zeros(values.shape[1])
        total = np.zeros(values.shape[1])
        for _, block in self.blocks():
            total += block.sum(axis=0)
        self._mean = total / max(len(values), 1)

    def __len__(self) -> int:
        return len(self._values)

    def take(self, rows: Codes) -> Directions:
        """Those of some rows."""
        return Directions(self._values[rows], self._norms[rows])

    def centered(self) -> NDArray[np.float32]:
        """All rows, rounded after centering: what k-means and components take."""
        rows = np.empty(self._values.shape, np.float32)
        for at, block in self.blocks():
            rows[at] = block
        return rows

    def blocks(self) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Stretches of rows, and their centered unit vectors."""
        for start in range(0, len(self._values), BLOCK):
            at = slice(start, min(start + BLOCK, len(self._values)))
            block = self._values[at].astype(np.float64)
            block /= self._norms[at, None]
            block -= self._mean
            yield at, block

    def sums(self, codes: Codes, n_codes: int) -> Sums:
        """Sums over the rows of each code, 0-based."""
        rows = np.zeros((n_codes, self._values.shape[1]))
        squares = np.zeros(n_codes)
        for at, block in self.blocks():
            table = _one_hot(codes[at], n_codes)
            rows += table @ block
            squares += table @ np.einsum("ij,ij->i", block, block)
        return Sums(np.bincount(codes, minlength=n_codes).astype(np.float64), rows, squares)


def _one_hot(codes: Codes, n_codes: int) -> sparse.csr_matrix:
    from scipy import sparse

    n = len(codes)
    return sparse.csr_matrix((np.ones(n), (codes, np.arange(n))), shape=(n_codes, n))
