"""Memory of decoded tiles that serves again.

The system hands out fresh pages one by one, each wiped, which takes a fifth of the time that it
takes to decode a tile into them. So what held a tile holds another one, of this slide or the next.
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 64 << 20
_OWN_REFERENCES = 2  # the name here and the argument of getrefcount

Tile = NDArray[np.uint8]


class SpareTiles:
    """Arrays that nobody uses any more, by their shape. For any number of threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._arrays: defaultdict[tuple[int, ...], list[Tile]] = defaultdict(list)

    @property
    def nbytes(self) -> int:
        """Size of all that is kept."""
        return self._bytes

    def take(self, shape: tuple[int, ...]) -> Tile:
        """An array of that shape with anything in it."""
        with self._lock:
            arrays = self._arrays.get(shape)
            if arrays:
                array = arrays.pop()
                self._bytes -= array.nbytes
                return array
        return np.empty(shape, np.uint8)

    def give(self, arrays: list[Tile]) -> None:
        """Keep those of ``arrays`` that nothing but the list refers to; the list is emptied."""
        with self._lock:
            while arrays:
                array = arrays.pop()
                alone = sys.getrefcount(array) == _OWN_REFERENCES and array.base is None
                if alone and self._bytes + array.nbytes <= self._most_bytes:
                    self._bytes += array.nbytes
                    self._arrays[array.shape].append(array)


spare_tiles = SpareTiles()
