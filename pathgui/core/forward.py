"""The forward pass in batches that fit: on one device or several, found by trying."""

from __future__ import annotations

import logging
import math
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.devices import free_device_memory
from pathgui.core.encoders.registry import Encoder, EncoderSpec
from pathgui.core.errors import EncoderError

log = logging.getLogger(__name__)

# A forward cannot be interrupted, so cancelling waits for it. The default batch takes well under a
# second; smaller ones, which may move the last digits, are only for a machine far slower than that.
MOST_SECONDS = 4.0
LARGEST_BATCH = 512


def default_batch_size(spec: EncoderSpec, px: int, device: str) -> int:
    """Tiles per forward, a power of two so that blocks and chunks of the store share borders.

    It depends on the encoder and the kind of device only: the same on every machine, so that
    numbers are too. On a CPU larger batches gain nothing, but delay cancelling. On a GPU this is
    where :func:`find_batch_size` starts from.
    """
    if not device.startswith("cpu"):
        return 32
    # Parameters stand for arithmetic; small convolutional encoders do more with each of theirs.
    load = max(spec.params_m, 5.0) * (px / 224) ** 2
    for most, size in ((2, 32), (10, 16), (50, 4), (150, 2)):
        if load <= most:
            return size
    return 1


def find_batch_size(
    encoder: Encoder,
    px: int,
    *,
    start: int = 16,
    most: int = LARGEST_BATCH,
    memory_left: Callable[[], float] = lambda: 1.0,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """The batch size from which on larger batches are no faster, found in a short warm-up.

    Doubles from ``start`` while that gains 5 % of speed, a forward stays under a second and more
    than half of the device's memory is left (``memory_left``: share, 0..1). The result is a
    power of two times ``start``, or less than ``start`` where memory is short.
    """
    rng = np.random.default_rng(0)
    best, best_rate = 0, 0.0
    size = start
    while size <= most:
        tiles = rng.integers(0, 256, (size, px, px, 3), np.uint8)
        seconds = math.inf
        fits = _fits(encoder, tiles)
        if fits:  # the first forward of a shape is not like the others
            begin = clock()
            fits = _fits(encoder, tiles)
            seconds = clock() - begin
        if not fits:
            free_device_memory()
            if best:
                break
            if size == 1:
                return 1  # the first real tile tells the user
            size //= 2
            most = size  # do not go up again
            continue
        rate = size / max(seconds, 1e-9)
        if rate < 1.05 * best_rate:
            break
        best, best_rate = size, rate
        if 2 * seconds > 1.0 or memory_left() < 0.5:
            break
        size *= 2
    return best


def device_memory_left(device: str) -> float:
    """Share of the device's memory that is free, 0..1; 1 where that cannot be asked."""
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return 1.0
    free, total = torch.cuda.mem_get_info(device)
    # What torch has reserved from the last forward is what a forward of that size takes.
    return float(free / total)


def is_out_of_memory(error: Exception) -> bool:
    """Whether a forward failed for lack of memory, on any kind of device."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in text
        for sign in ("out of memory", "can't allocate memory", "alloc_failed", "not enough memory")
    )


class Forward:
    """An encoder, once for each thread that may call it at the same time.

    On lack of memory the batch is halved and the same batch repeated; the tile never gets
    smaller. ``limit`` is the batch size that is left, ``notices`` what the user should know.
    """

    def __init__(
        self,
        encoders: Sequence[Encoder],
        spec: EncoderSpec,
        limit: int,
        *,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self.limit = limit
        self._most_seconds = most_seconds
        self.notices: list[str] = []
        self._spec = spec
        self._lock = threading.Lock()
        self._calls = 0
        self._idle: queue.SimpleQueue[Encoder] = queue.SimpleQueue()
        for encoder in encoders:
            self._idle.put(encoder)

    def __call__(
        self,
        tiles: NDArray[np.uint8],
        rows: NDArray[np.intp],
        readable: NDArray[np.bool_],
        beat: Callable[[], None] | None = None,
    ) -> NDArray[np.float32]:
        """Embeddings (n, d) of ``rows``; NaN where not readable.

        ``tiles`` are those of the readable rows. Batches are cut by position in ``rows``, not
        among the readable, so that they do not depend on what was cut off before.
        """
        values = np.full((len(rows), self._spec.dim), np.nan, np.float32)
        before = np.concatenate([[0], np.cumsum(readable)])  # readable rows before a position
        start = 0
        while start < len(rows):
            stop = min(start + self.limit, len(rows))
            part = tiles[before[start] : before[stop]]
            if len(part):
                result = self._try(part)
                if result is None:
                    # Only here, with the error and its frames gone, can memory be given back.
                    free_device_memory()
                    continue
                inside = np.flatnonzero(readable[start:stop]) + start
                self._check(result, rows[inside])
                values[inside] = result
            start = stop
            if beat is not None and start < len(rows):
                beat()
        return values

    def _try(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """The embeddings, or None after halving the limit."""
        encoder = self._idle.get()
        try:
            started = time.perf_counter()
            values = np.asarray(encoder(tiles), np.float32)
            self._watch(len(tiles), time.perf_counter() - started)
            return values
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(tiles) == 1:
                raise EncoderError(
                    f"{self._spec.title} needs more memory than there is, even for one tile. "
                    "Close other programs, choose precision bf16, or device cpu."
                ) from error
        finally:
            self._idle.put(encoder)
        with self._lock:
            while self.limit >= len(tiles):  # else another device has found out before
                self.limit //= 2
            text = f"Not enough memory for {len(tiles)} tiles at once; going on with {self.limit}."
            self.notices.append(text)
        log.warning(text)
        return None

    def _watch(self, tiles: int, seconds: float) -> None:
        """Take smaller batches where one takes so long that cancelling would be late."""
        with self._lock:
            self._calls += 1
            if self._calls > 1 and seconds > self._most_seconds and tiles > 1:
                fits = max(1, int(tiles * self._most_seconds / 2 / seconds))
                self.limit = min(self.limit, 1 << (fits.bit_length() - 1))
                log.info("%.1f s for %d tiles; going on with %d", seconds, tiles, self.limit)

    def _check(self, values: NDArray[np.float32], rows: NDArray[np.intp]) -> None:
        spec = self._spec
        if values.shape != (len(rows), spec.dim):
            raise EncoderError(
                f"{spec.title} gave embeddings of shape {values.shape} for {len(rows)} tiles; "
                f"({len(rows)}, {spec.dim}) was expected. Its entry or its weights are wrong."
            )
        finite = np.isfinite(values).all(axis=1)
        if not finite.all():
            row = int(rows[np.flatnonzero(~finite)[0]])
            raise EncoderError(
                f"{spec.title} gave numbers that are not finite for tile {row} (counted from 0). "
                "Choose precision fp32; if it is that already, the weights are damaged."
            )


def _fits(encoder: Encoder, tiles: NDArray[np.uint8]) -> bool:
    try:
        encoder(tiles)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True
