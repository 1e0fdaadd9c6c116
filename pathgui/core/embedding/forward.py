"""The forward pass in batches that fit: on one device or several, found by trying."""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import say
from pathgui.core.system.devices import free_device_memory

log = logging.getLogger(__name__)

LARGEST_BATCH = 512


def default_batch_size(spec: EncoderSpec, px: int, device: str) -> int:
    """Tiles per forward, a power of two so that blocks and chunks of the store share borders.

    The batch moves the last digits of embeddings. So it follows the encoder and the kind of device
    alone: neither the clock nor what else the machine does, and numbers are the same on every day.
    On a CPU larger batches gain nothing, but delay cancelling. A GPU is full with the arithmetic
    of some 256 tiles of a small encoder, or 32 of a large one.
    """
    # Parameters stand for arithmetic; small convolutional encoders do more with each of theirs.
    load = max(spec.params_m, 5.0) * (px / 224) ** 2
    if not device.startswith("cpu"):
        return next((size for most, size in _GPU_BATCHES if load <= most), _SMALLEST_GPU_BATCH)
    return next((size for most, size in _CPU_BATCHES if load <= most), 1)


# (largest load, batch): a load is millions of parameters at 224 px.
_CPU_BATCHES = ((2, 32), (10, 16), (50, 4), (150, 2))
_GPU_BATCHES = ((50, 256), (150, 128), (400, 64))
_SMALLEST_GPU_BATCH = 32


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
        for sign in (
            "out of memory",
            "can't allocate memory",
            "alloc_failed",
            "not enough memory",
        )
    )


class Forward:
    """An encoder, once for each thread that may call it at the same time.

    On lack of memory the batch is halved and the block begun again, so that all its embeddings
    are of one batch size; the tile never gets smaller. ``limit`` is the batch size that is left,
    ``notices`` what the user should know.
    """

    def __init__(self, encoders: Sequence[Encoder], spec: EncoderSpec, limit: int) -> None:
        self.limit = limit
        self.notices: list[str] = []
        self._spec = spec
        self._lock = threading.Lock()
        self._idle: queue.SimpleQueue[Encoder] = queue.SimpleQueue()
        for encoder in encoders:
            self._idle.put(encoder)

    def __call__(
        self,
        tiles: NDArray[np.uint8],
        rows: NDArray[np.intp],
        readable: NDArray[np.bool_],
        beat: Callable[[], None] | None = None,
    ) -> tuple[NDArray[np.float32], int]:
        """Embeddings (n, d) of ``rows``, NaN where not readable, and the batch size of them all.

        ``tiles`` are those of the readable rows. Batches are cut by position in ``rows``, not
        among the readable, so that they do not depend on what was cut off before.
        """
        before = np.concatenate([[0], np.cumsum(readable)])  # readable rows before a position
        while True:
            size = self.limit
            values = np.full((len(rows), self._spec.dim), np.nan, np.float32)
            for start in range(0, len(rows), size):
                stop = min(start + size, len(rows))
                part = tiles[before[start] : before[stop]]
                if len(part):
                    result = self._try(part)
                    if result is None:
                        break
                    inside = np.flatnonzero(readable[start:stop]) + start
                    self._check(result, rows[inside])
                    values[inside] = result
                if beat is not None and stop < len(rows):
                    beat()
            else:
                return values, size
            # Only here, with the error and its frames gone, can memory be given back.
            free_device_memory()

    def _try(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """The embeddings, or None after halving the limit."""
        encoder = self._idle.get()
        try:
            return np.asarray(encoder(tiles), np.float32)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(tiles) == 1:
                raise EncoderError(
                    say(
                        "{spec_title} needs more memory than there is, even for "
                        "one tile. Close other programs, choose precision bf16, "
                        "or device cpu.",
                        spec_title=self._spec.title,
                    )
                ) from error
        finally:
            self._idle.put(encoder)
        with self._lock:
            while self.limit >= len(tiles):  # else another device has found out before
                self.limit //= 2
            text = say(
                "Not enough memory for {n_tiles} tiles at once; going on with {limit}.",
                n_tiles=len(tiles),
                limit=self.limit,
            )
            self.notices.append(text)
        log.warning(text)
        return None

    def _check(self, values: NDArray[np.float32], rows: NDArray[np.intp]) -> None:
        spec = self._spec
        if values.shape != (len(rows), spec.dim):
            raise EncoderError(
                say(
                    "{spec_title} gave embeddings of shape {shape} for {n_rows} "
                    "tiles; ({n_rows}, {dim}) was expected. Its entry or its "
                    "weights are wrong.",
                    spec_title=spec.title,
                    shape=values.shape,
                    n_rows=len(rows),
                    dim=spec.dim,
                )
            )
        finite = np.isfinite(values).all(axis=1)
        if not finite.all():
            row = int(rows[np.flatnonzero(~finite)[0]])
            raise EncoderError(
                say(
                    "{spec_title} gave numbers that are not finite for tile "
                    "{row} (counted from 0). Choose precision fp32; if it is "
                    "that already, the weights are damaged.",
                    spec_title=spec.title,
                    row=row,
                )
            )
