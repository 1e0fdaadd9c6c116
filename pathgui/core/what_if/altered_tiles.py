"""Altered tiles as a source of tiles, so that they are embedded and kept as all others are."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.slides.identity import DIGEST_BYTES, TileIdentity
from pathgui.core.slides.tiling import SlideTiles
from pathgui.core.what_if.alterations import SCALE, STAIN, Alteration, altered
from pathgui.core.what_if.recoloring import Recoloring

VERSION = 1  # raise it when an alteration would give other pixels than before
_HELD = 8  # tiles as they were read: readers are not far apart


class AlteredTiles:
    """Each of some tiles of a slide in each alteration: tile by tile, so that each is read once.

    Row ``tile * n + number`` is alteration ``number`` of n of a tile. By what is done to which
    pixels each is known before it is made, so that embeddings of earlier tries are found again,
    whatever else these asked for.
    """

    def __init__(
        self,
        tiles: SlideTiles,
        rows: NDArray[np.intp],
        alterations: Sequence[Alteration],
        recolorings: Mapping[str, Recoloring],
    ) -> None:
        """``rows`` (m,) of ``tiles``; ``recolorings`` by center, for those that recolor."""
        self.edge_um = tiles.edge_um
        self.alterations = tuple(alterations)
        self._tiles = tiles
        self._rows = rows
        self._recolorings = recolorings
        self._scaled: dict[float, SlideTiles] = {}
        for each in self.alterations:
            if each.kind == SCALE:
                self._scaled[each.strength] = _scaled(tiles, 1 + each.strength)
        self._read: OrderedDict[tuple[int, int], NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()
        self._digests = self._known()

    @property
    def content_key(self) -> str:
        """Hexadecimal id that follows from the digests."""
        return hashlib.sha256(self._digests.tobytes()).hexdigest()

    def identity(self) -> TileIdentity:
        """By digests; raises SlideError if the slide's files changed since it was opened."""
        return TileIdentity(digests=self._digests, check=self._tiles.slide.check_unchanged)

    @property
    def slide_of(self) -> NDArray[np.intp]:
        """Which alteration each tile is of, (n,): so altered, the slide is another slide."""
        return np.tile(np.arange(len(self.alterations)), len(self._rows))

    def __len__(self) -> int:
        return len(self._rows) * len(self.alterations)

    def edge_px(self, min_px: int) -> int | None:
        """Not one: another field of view has another number of pixels."""
        return None if self._scaled else self._tiles.edge_px(min_px)

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """RGB (h, w, 3) of an altered tile; raises UnreadableRegionError as the slide does."""
        row, alteration = self._place(index)
        if alteration.kind == SCALE:
            return self._scaled[alteration.strength].read(row, min_px)
        pixels = self._as_it_is(row, min_px)
        if alteration.kind == STAIN:
            return self._recolorings[alteration.center](pixels)
        um_per_px = (self.edge_um or len(pixels)) / len(pixels)
        return altered(pixels, alteration, um_per_px)

    def _place(self, index: int) -> tuple[int, Alteration]:
        tile, number = divmod(index, len(self.alterations))
        return int(self._rows[tile]), self.alterations[number]

    def _as_it_is(self, row: int, min_px: int) -> NDArray[np.uint8]:
        with self._lock:
            held = self._read.get((row, min_px))
        if held is not None:
            return held
        pixels = self._tiles.read(row, min_px)
        with self._lock:
            self._read[row, min_px] = pixels
            while len(self._read) > _HELD:
                self._read.popitem(last=False)
        return pixels

    def _known(self) -> NDArray[np.uint8]:
        """Digests (n, DIGEST_BYTES), of what decides the pixels instead of the pixels."""
        slide, grid = self._tiles.slide, self._tiles.grid
        whole = f"altered {VERSION} {slide.content_id} {slide.stamp.text} {grid.size_l0}"
        origins = grid.origins_l0[self._rows]
        done = [
            f"{each.text} {self._recolorings[each.center].text if each.kind == STAIN else ''}"
            for each in self.alterations
        ]
        content = b"".join(
            hashlib.sha256(f"{whole} {x} {y} {what}".encode()).digest()[:DIGEST_BYTES]
            for x, y in origins.tolist()
            for what in done
        )
        return np.frombuffer(content, np.uint8).reshape(-1, DIGEST_BYTES)


def _scaled(tiles: SlideTiles, factor: float) -> SlideTiles:
    """The same tiles around their middles with an edge ``factor`` times as long.

    They stand for tiles of the usual edge, as they would where the mpp is wrong by that factor.
    """
    grid = tiles.grid
    size = max(1, round(grid.size_l0 * factor))
    shift = (size - grid.size_l0) // 2
    x, y = grid.origin_l0
    larger = replace(grid, size_l0=size, origin_l0=(x - shift, y - shift))
    return SlideTiles(tiles.slide, larger, tiles.edge_um)
