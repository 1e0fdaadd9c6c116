"""Tile sources and encoders without files and without weights."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision, Readiness
from pathgui.core.errors import UnreadableRegionError
from pathgui.core.slides.identity import TileIdentity
from pathgui.core.slides.tiling import TileSpec


class MemoryTiles:
    """Random tiles; counts how often each was read."""

    def __init__(
        self,
        n: int,
        px: int = 20,
        *,
        unreadable: tuple[int, ...] = (),
        content_key: str = "memory",
        edge_um: float | None = None,
        before_read: Callable[[int], None] = lambda index: None,
        identity: TileIdentity = TileIdentity(),  # noqa: B008 - it is frozen
        seeds: Sequence[int] | None = None,
    ) -> None:
        """``seeds``: which picture each tile shows; by default its own."""
        self.content_key = content_key
        self.edge_um = edge_um
        self.reads: dict[int, int] = {}
        self._n = n
        self._px = px
        self._unreadable = unreadable
        self._before_read = before_read
        self._identity = identity
        self._seeds = range(n) if seeds is None else seeds
        self._lock = threading.Lock()

    def identity(self) -> TileIdentity:
        return self._identity

    def __len__(self) -> int:
        return self._n

    def edge_px(self, min_px: int) -> int | None:
        return self._px

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        self._before_read(index)
        with self._lock:
            self.reads[index] = self.reads.get(index, 0) + 1
        if index in self._unreadable:
            raise UnreadableRegionError(f"tile {index} cannot be decoded")
        rng = np.random.default_rng(self._seeds[index])
        return rng.integers(0, 256, (self._px, self._px, 3), np.uint8)


def mean_color(tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The simplest encoder: mean and standard deviation of red, green and blue."""
    pixels = tiles.reshape(len(tiles), -1, 3).astype(np.float32)
    return np.concatenate([pixels.mean(axis=1), pixels.std(axis=1)], axis=1)


def spec_of(
    encode: Encoder = mean_color,
    *,
    name: str = "mean-color",
    dim: int = 6,
    px: int = 16,
    params_m: float = 0.0,
    sha256: str = "",
    ready: bool = True,
    load: Callable[[str, Precision], Encoder] | None = None,
) -> EncoderSpec:
    """An encoder's entry around a function."""
    return EncoderSpec(
        name=name,
        title="Mean color",
        dim=dim,
        tile=TileSpec(px, 0.5),
        licence="none",
        source="tests",
        transform="resize",
        pooling="mean",
        params_m=params_m,
        readiness=lambda: Readiness(ready, "" if ready else "its weights are missing", sha256),
        load=load or (lambda device, precision: encode),
    )
