"""Tiles read and prepared ahead, in threads, while the encoder works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.errors import UnreadableRegionError

Preparation = Literal["exact", "fast"]

AHEAD = 2  # blocks that may be ready and waiting
BEAT_SECONDS = 0.2


class TileSource(Protocol):
    """Tiles in a fixed order: those of a slide, or of a reference set."""

    @property
    def content_key(self) -> str:
        """Hash of everything that decides the pixels."""
        ...

    @property
    def edge_um(self) -> float | None:
        """Edge of a tile in µm, where known."""
        ...

    def __len__(self) -> int: ...

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """RGB (h, w, 3), at least ``min_px`` a side where the source has as much.

        Called from several threads at once. Raises
        :class:`~pathgui.core.errors.UnreadableRegionError` for a tile that cannot be decoded.
        """
        ...


@dataclass(frozen=True)
class TileBlock:
    """Some tiles, ready for an encoder; ``tiles`` holds those of the rows that are readable."""

    rows: NDArray[np.intp]  # (n,)
    readable: NDArray[np.bool_]  # (n,)
    tiles: NDArray[np.uint8]  # (readable.sum(), px, px, 3)


class TileFeed:
    """Reads blocks of rows in ``readers`` threads, a few blocks ahead, and hands them out in order.

    A context manager: its threads have ended when the block is left, for whatever reason.
    """

    def __init__(
        self,
        source: TileSource,
        blocks: Sequence[NDArray[np.intp]],
        px: int,
        *,
        readers: int = 1,
        preparation: Preparation = "exact",
    ) -> None:
        self._source = source
        self._blocks = blocks
        self._px = px
        self._resize = resize_exact
        self._todo = iter(range(len(blocks)))
        self._ready: dict[int, TileBlock | Exception] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._room = threading.Semaphore(AHEAD + readers)
        self._threads = [
            threading.Thread(target=self._work, name=f"tile-reader-{i}", daemon=True)
            for i in range(min(readers, len(blocks)))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped = True
        for _ in self._threads:
            self._room.release()
        for thread in self._threads:
            thread.join()

    def blocks(self, beat: Callable[[], None]) -> Iterator[TileBlock]:
        """Every block in order. ``beat`` is called while a reader keeps us waiting."""
        for index in range(len(self._blocks)):
            while True:
                with self._changed:
                    if index in self._ready or self._changed.wait(BEAT_SECONDS):
                        block = self._ready.pop(index, None)
                        if block is not None:
                            break
                beat()
            self._room.release()
            if isinstance(block, Exception):
                raise block
            yield block

    def _work(self) -> None:
        while True:
            self._room.acquire()
            with self._changed:
                index = next(self._todo, None)
            if index is None or self._stopped:
                return
            block: TileBlock | Exception | None
            try:
                block = self._read(self._blocks[index])
            except Exception as error:  # noqa: BLE001 - raised again on the caller's thread
                block = error
            if block is None:
                return
            with self._changed:
                self._ready[index] = block
                self._changed.notify()

    def _read(self, rows: NDArray[np.intp]) -> TileBlock | None:
        """The tiles of ``rows``; None if the feed was stopped meanwhile."""
        px = self._px
        tiles = np.empty((len(rows), px, px, 3), np.uint8)
        readable = np.zeros(len(rows), np.bool_)
        count = 0
        for position, row in enumerate(rows):
            if self._stopped:
                return None
            try:
                tile = self._source.read(int(row), px)
            except UnreadableRegionError:
                continue
            tiles[count] = self._resize(tile, px)
            readable[position] = True
            count += 1
        return TileBlock(rows, readable, tiles[:count])


def resize_exact(tile: NDArray[np.uint8], px: int) -> NDArray[np.uint8]:
    """The whole tile at ``px`` pixels a side, Pillow's bicubic: what model cards prescribe."""
    if tile.ndim != 3 or tile.shape[2] != 3 or tile.dtype != np.uint8:
        raise ValueError(f"a tile must be uint8 (h, w, 3), not {tile.dtype} {tile.shape}")
    if tile.shape[:2] == (px, px):
        return tile
    return np.asarray(Image.fromarray(tile).resize((px, px), Image.Resampling.BICUBIC))
