"""Tiles read and prepared ahead, in threads, while the encoder works.

Two ways to bring a tile to the encoder's input size, always the whole tile and always with
antialiasing. ``exact`` is Pillow's bicubic, which model cards prescribe. ``fast`` is torch's on
uint8, channels last: a quarter of the time, up to 2 gray levels away, which moves an embedding by
0.1 to 1 % of its distance from the mean embedding. Whatever is faster than that, or resizes in
float, moves it ten times as far or more (tests/benchmarks/embedding.py). Where the encoder is on a
GPU and all tiles have one size, they are handed out as they are read, and the exact resize is done
there (encoders/resampling.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.encoders.facts.registry import Preparation
from pathgui.core.errors import UnreadableRegionError
from pathgui.core.slides.identity import DIGEST_BYTES, Digests, TileIdentity, digest_of
from pathgui.core.system.background import BEAT_SECONDS, part_with

AHEAD = 2  # blocks that may be ready or under way beside the one handed out last
UNIT = 16  # rows that a reader takes at a time: several readers share a large block
PATIENCE = 0.5  # seconds that a read under way gets to end when nobody wants it any more
BLOCK_BYTES = 64 * 10**6  # no block is larger, so that memory is bounded whatever the encoder


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

    def identity(self) -> TileIdentity:
        """By what the tiles are known, and how a change of their files is seen."""
        ...

    def __len__(self) -> int: ...

    def edge_px(self, min_px: int) -> int | None:
        """Side of every tile that :meth:`read` gives; None where they differ or it is not known."""
        ...

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """RGB (h, w, 3), at least ``min_px`` a side where the source has as much.

        Called from several threads at once. Raises
        :class:`~pathgui.core.errors.UnreadableRegionError` for a tile that cannot be decoded.
        """
        ...


@dataclass(frozen=True)
class TileBlock:
    """Some tiles, ready for an encoder."""

    rows: NDArray[np.intp]  # (n,)
    readable: NDArray[np.bool_]  # (n,)
    tiles: NDArray[np.uint8]  # (readable.sum(), s, s, 3): those of the readable rows
    digests: Digests  # (n, DIGEST_BYTES): of the tiles as they were read; 0 where not asked for


@dataclass
class _Filling:
    """A block that readers are filling."""

    tiles: NDArray[np.uint8]  # (n, px, px, 3)
    readable: NDArray[np.bool_]
    digests: Digests
    units_left: int
    error: Exception | None = field(default=None)


class TileFeed:
    """Reads blocks of rows in ``readers`` threads, a few blocks ahead, and hands them out in order.

    A context manager: when the block is left, its threads have ended, or will with their read.
    """

    def __init__(
        self,
        source: TileSource,
        blocks: Sequence[NDArray[np.intp]],
        px: int,
        *,
        readers: int = 1,
        preparation: Preparation = "exact",
        edge_px: int | None = None,
        digests: bool = False,
        pixels: bool = True,
    ) -> None:
        """With ``edge_px``, the side of the tiles as they are read, they are handed out so.

        ``digests``: of each tile too. ``pixels`` False: nothing but these.
        """
        self._source = source
        self._blocks = blocks
        self._min_px = px
        self._px = px if edge_px is None else edge_px
        self._digests = digests
        self._pixels = pixels
        self._resize = {"exact": resize_exact, "fast": resize_fast}[preparation]
        self._units = iter(
            (index, slice(start, start + UNIT))
            for index, rows in enumerate(blocks)
            for start in range(0, len(rows), UNIT)
        )
        self._next = next(self._units, None)
        self._filling: dict[int, _Filling] = {}
        self._handed_out = 0
        self._stopped = False
        self._no_memory: MemoryError | None = None  # for a block that was to be filled next
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"tile-reader-{number}", daemon=True)
            for number in range(readers)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        # A read from a network drive may hang; after an error, or when cancelled, it is left.
        part_with(self._threads, None if kind is None else PATIENCE)

    def blocks(self, beat: Callable[[], None]) -> Iterator[TileBlock]:
        """Every block in order. ``beat`` is called while a reader keeps us waiting."""
        for index, rows in enumerate(self._blocks):
            while not self._wait_for(index):
                beat()
            if index not in self._filling and self._no_memory is not None:
                raise self._no_memory
            block = self._filling.pop(index)
            if block.error is not None:
                raise block.error
            tiles = block.tiles if block.readable.all() else block.tiles[block.readable]
            yield TileBlock(rows, block.readable, tiles, block.digests)

    def _wait_for(self, index: int) -> bool:
        """Whether the block is ready, after a moment at most."""

        def ready() -> bool:
            block = self._filling.get(index)
            if block is None:
                return self._no_memory is not None
            return block.units_left == 0 or block.error is not None

        with self._changed:
            if not self._changed.wait_for(ready, BEAT_SECONDS):
                return False
            self._handed_out = index + 1
            self._changed.notify_all()
            return True

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._may_go_on)
                if self._stopped or self._next is None:
                    return
                index, span = self._next
                self._next = next(self._units, None)
                rows = self._blocks[index]
                if span.start == 0:
                    try:
                        px = self._px if self._pixels else 0
                        self._filling[index] = _Filling(
                            np.empty((len(rows), px, px, 3), np.uint8),
                            np.zeros(len(rows), np.bool_),
                            np.zeros((len(rows), DIGEST_BYTES), np.uint8),
                            -(-len(rows) // UNIT),
                        )
                    except MemoryError as caught:  # raised again on the caller's thread
                        self._no_memory = caught
                        self._next = None  # blocks before this one are still finished
                        self._changed.notify_all()
                        return
                block = self._filling[index]
            error = None
            try:
                self._read(rows, span, block)
            except Exception as caught:  # noqa: BLE001 - raised again on the caller's thread
                error = caught
            with self._changed:
                block.units_left -= 1
                block.error = block.error or error
                if error is not None:
                    self._next = None  # blocks before this one are still finished
                self._changed.notify_all()

    def _may_go_on(self) -> bool:
        return self._stopped or self._next is None or self._next[0] <= self._handed_out + AHEAD - 1

    def _read(self, rows: NDArray[np.intp], span: slice, block: _Filling) -> None:
        for position in range(span.start, min(span.stop, len(rows))):
            if self._stopped:
                return
            try:
                tile = self._source.read(int(rows[position]), self._min_px)
            except UnreadableRegionError:
                continue
            if self._digests:
                block.digests[position] = digest_of(tile)
            if self._pixels:
                block.tiles[position] = self._resize(tile, self._px)
            block.readable[position] = True


def resize_exact(tile: NDArray[np.uint8], px: int) -> NDArray[np.uint8]:
    """The whole tile at ``px`` pixels a side, Pillow's bicubic."""
    _check(tile)
    if tile.shape[:2] == (px, px):
        return tile
    return np.asarray(Image.fromarray(tile).resize((px, px), Image.Resampling.BICUBIC))


def resize_fast(tile: NDArray[np.uint8], px: int) -> NDArray[np.uint8]:
    """The whole tile at ``px`` pixels a side, torch's antialiased bicubic on uint8."""
    _check(tile)
    if tile.shape[:2] == (px, px):
        return tile
    import torch

    if not tile.flags.writeable:  # torch warns of memory it must not write to
        tile = tile.copy()
    pixels = torch.from_numpy(tile).permute(2, 0, 1).unsqueeze(0)  # a channels-last view
    small = torch.nn.functional.interpolate(pixels, (px, px), mode="bicubic", antialias=True)
    return np.asarray(small[0].permute(1, 2, 0).numpy())


def _check(tile: NDArray[np.uint8]) -> None:
    if tile.ndim != 3 or tile.shape[2] != 3 or tile.dtype != np.uint8:
        raise ValueError(f"a tile must be uint8 (h, w, 3), not {tile.dtype} {tile.shape}")
