"""Tiles of a slide in blocks that are always the same, in whatever batches their embeddings come.

An arithmetic library may round a number otherwise where it is one of 7 rows than where it is one of
64. So that a run that was stopped gives the numbers of one that was not, to the last digit, tiles
are judged in the same blocks whether they were embedded just now or found in the store.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK = 32  # tiles: the usual batch on a CPU, so a block waits for no second batch

Block = tuple[NDArray[np.intp], NDArray[np.float32]]  # rows (m,) rising, embeddings (m, d)


class TileBlocks:
    """Gathers embeddings of ``n`` tiles and gives them out by blocks of consecutive rows.

    A block is given out once it is whole. One with a tile that cannot be read never is: it comes
    at the end, with :meth:`rest`.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._waiting: dict[int, list[Block]] = {}
        self._given: set[int] = set()

    def take(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> Iterator[Block]:
        """Take embeddings (m, d) of the tiles ``rows`` (m,); gives the blocks that are now whole.

        A tile that comes again counts once.
        """
        numbers = rows // BLOCK
        for number in np.unique(numbers).tolist():
            if number in self._given:
                continue
            own = numbers == number
            self._waiting.setdefault(number, []).append((rows[own], values[own].copy()))
            here, there = self._block(number)
            if len(here) == min(BLOCK, self._n - number * BLOCK):
                del self._waiting[number]
                self._given.add(number)
                yield here, there

    def rest(self) -> Iterator[Block]:
        """The blocks that lack tiles, when no more will come."""
        for number in sorted(self._waiting):
            yield self._block(number)
        self._waiting.clear()

    def _block(self, number: int) -> Block:
        parts = self._waiting[number]
        rows, first = np.unique(np.concatenate([rows for rows, _ in parts]), return_index=True)
        return rows, np.concatenate([values for _, values in parts])[first]
