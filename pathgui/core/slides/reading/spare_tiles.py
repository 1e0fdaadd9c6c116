"""Memory of decoded tiles that serves again.

The system hands out fresh pages one by one, each wiped, which takes a fifth of the time that it
takes to decode a tile into them. So what held a tile holds another one, of this slide or the next.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import sys
import threading
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say

MOST_BYTES = 64 << 20
BLOCK_BYTES = 8 << 20
_BEGIN = 16  # where malloc begins large arrays; copies between places aligned alike are quicker
_OWN_REFERENCES = 2  # the name here and the argument of getrefcount

Tile = NDArray[np.uint8]


class SpareTiles:
    """Arrays that nobody uses any more, by their shape. For any number of threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._arrays: defaultdict[tuple[int, ...], list[Tile]] = defaultdict(list)
        self._unused: list[Tile] = []  # what is left of the last block

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
            if not self._unused or self._unused[0].shape != shape:
                self._unused = _block_of(shape)
            return self._unused.pop()

    def give(self, arrays: list[Tile]) -> None:
        """Keep those of ``arrays`` that nothing but the list refers to; the list is emptied."""
        with self._lock:
            while arrays:
                array = arrays.pop()
                own = array.base is None or isinstance(array.base, mmap.mmap)
                alone = sys.getrefcount(array) == _OWN_REFERENCES and own
                if alone and self._bytes + array.nbytes <= self._most_bytes:
                    self._bytes += array.nbytes
                    self._arrays[array.shape].append(array)


def _block_of(shape: tuple[int, ...]) -> list[Tile]:
    """Arrays of that shape side by side; a large one alone. MemoryError where there is no room."""
    nbytes = math.prod(shape)
    if not 0 < nbytes <= BLOCK_BYTES // 2:
        return [np.empty(shape, np.uint8)]
    count = BLOCK_BYTES // nbytes
    try:
        block = _memory(_BEGIN + count * nbytes)
    except OSError as error:
        raise MemoryError(
            say("no room for {count} tiles of {nbytes} bytes", count=count, nbytes=nbytes)
        ) from error
    # The block is no array, or numpy would count a view of a tile as a view of the block, and give
    # would take the tile for unused.
    return [
        np.ndarray(shape, np.uint8, buffer=block, offset=_BEGIN + number * nbytes)
        for number in reversed(range(count))
    ]


def _memory(size: int) -> mmap.mmap:
    if sys.platform != "linux":
        return mmap.mmap(-1, size)
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a kernel without large pages
        block.madvise(mmap.MADV_HUGEPAGE)
    return block


spare_tiles = SpareTiles()
