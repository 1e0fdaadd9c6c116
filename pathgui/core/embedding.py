"""Tiles in, embeddings out: reading, preparing and the forward pass overlap.

Reader threads read tiles and bring them to the encoder's input size; the forward runs on the
caller's thread. Decoding, resizing and the forward all leave Python's lock, so threads suffice.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.devices import free_device_memory, usable_cores
from pathgui.core.encoders.registry import Encoder, EncoderSpec, Precision
from pathgui.core.errors import EmbeddingsError, EncoderError, StoreError, WeightsError
from pathgui.core.progress import Notice, Progress, ProgressFn, ignore_progress
from pathgui.core.store import EmbeddingBuffer, EmbeddingKey, EmbeddingStore
from pathgui.core.tile_feed import Preparation, TileFeed, TileSource

__all__ = ["Embeddings", "TileSource", "embed", "embedding_key"]

log = logging.getLogger(__name__)

CODE_VERSION = 1  # raise it when the same tiles would give other numbers than before

OnBatch = Callable[[NDArray[np.intp], NDArray[np.float32]], None]


@dataclass(frozen=True)
class Embeddings:
    """One embedding per row asked for, and how they came about."""

    values: NDArray[np.float32]  # (n, d); NaN where not readable
    readable: NDArray[np.bool_]  # (n,)
    batch_size: int  # of the forward at the end, after halving on lack of memory
    input_px: int
    resumed: int = 0  # rows found in the store
    seconds: float = 0.0  # reading, preparing and forward of the other rows; loading apart
    notices: tuple[str, ...] = ()

    @property
    def tiles_per_second(self) -> float | None:
        """Rate of what was embedded now; None if nothing was."""
        count = len(self.readable) - self.resumed
        return count / self.seconds if count > 0 and self.seconds > 0 else None


def embed(
    source: TileSource,
    spec: EncoderSpec,
    *,
    device: str = "cpu",
    precision: Precision = "fp32",
    batch_size: int | None = None,
    store: EmbeddingStore | None = None,
    rows: NDArray[np.intp] | None = None,
    on_batch: OnBatch | None = None,
    report: ProgressFn = ignore_progress,
    stage: str | None = None,
    encoder: Encoder | None = None,
    preparation: Preparation = "exact",
    readers: int | None = None,
    threads: int | None = None,
) -> Embeddings:
    """Embed tiles of ``source`` with the encoder ``spec``.

    The tiles are taken in blocks of ``batch_size`` consecutive rows, always the same blocks, so
    that a run that was stopped and went on gives the numbers of one that was not.

    Parameters
    ----------
    device
        As torch calls it, see :func:`pathgui.core.devices.resolve_device`.
    batch_size
        Tiles per forward. Default: small enough on a CPU that a forward takes about a second.
    store
        Where embeddings are kept, and found again. What cannot be stored is a notice, no error.
    rows : (m,) int array, optional
        The tiles to embed, in this order; all by default.
    on_batch
        Called as ``on_batch(rows, values)`` with readable rows only: first with those found in
        the store, in big batches, then with each batch as it comes.
    stage
        The phrase in :class:`~pathgui.core.progress.Progress`.
    encoder
        ``spec.load(device, precision)``, if it was loaded before.
    preparation
        ``exact``: Pillow's bicubic. ``fast``: see :mod:`pathgui.core.tile_feed`.
    readers, threads
        Reader threads; threads of torch, set for the time of the call (None: left alone).

    Returns
    -------
    Embeddings
        Row i is that of ``rows[i]``.

    Raises
    ------
    WeightsError
        If the encoder is not ready.
    EncoderError
        If an embedding is not finite or has the wrong width, or one tile exceeds the memory.
    EmbeddingsError
        If there are no tiles, or none can be read.
    Cancelled
        If ``report`` raised it. What was embedded is in the store.
    """
    wanted = np.arange(len(source), dtype=np.intp) if rows is None else np.asarray(rows, np.intp)
    if len(wanted) == 0:
        raise EmbeddingsError("There are no tiles to embed.")
    px = input_px(spec, source)
    size = batch_size or default_batch_size(spec, px, device)
    stage = stage or f"Embedding with {spec.title}"
    notices: list[str] = []

    def note(text: str) -> None:
        notices.append(text)
        report(Notice(text))

    readiness = spec.readiness()
    if not readiness.ready:
        raise WeightsError(f"{spec.title} cannot run: {readiness.detail}")
    key = embedding_key(source, spec, readiness.weights_sha256, precision, preparation)
    with ExitStack() as stack:
        kept = _open(store, key, stack, note, report)
        work = _Work(kept, wanted, on_batch, note, lambda done: report(_at(done)))

        def _at(done: int) -> Progress:
            return Progress(stage, done, len(wanted))

        resumed = work.resume()
        blocks = [
            block
            for block in (wanted[i : i + size] for i in range(0, len(wanted), size))
            if not kept.done[block].all()
        ]
        seconds = 0.0
        if blocks:
            stack.enter_context(_torch_threads(threads))
            model = encoder if encoder is not None else spec.load(device, precision)
            started = time.perf_counter()
            forward = _Forward(model, spec, size, note, work.beat)
            count = readers or default_readers(device)
            feed = TileFeed(source, blocks, px, readers=count, preparation=preparation)
            with feed:
                for block in feed.blocks(work.beat):
                    values = np.full((len(block.rows), spec.dim), np.nan, np.float32)
                    if len(block.tiles):
                        values[block.readable] = forward(
                            block.tiles, block.rows[block.readable], len(source)
                        )
                    work.put(block.rows, values, block.readable)
            work.finish()
            seconds = time.perf_counter() - started
            size = min(size, forward.limit)
    readable = kept.readable[wanted]
    if not readable.any():
        raise EmbeddingsError(
            f"None of the {len(wanted)} tiles could be read. The file is damaged; copy it again."
        )
    values = kept.values if rows is None else kept.values[wanted]
    return Embeddings(values, readable, size, px, resumed, seconds, tuple(notices))


def embedding_key(
    source: TileSource,
    spec: EncoderSpec,
    weights_sha256: str,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
) -> EmbeddingKey:
    """The key under which the embeddings of ``source`` are stored."""
    return EmbeddingKey(
        tiles=source.content_key,
        n_tiles=len(source),
        encoder=spec.name,
        dim=spec.dim,
        weights_sha256=weights_sha256,
        transform=spec.transform,
        pooling=spec.pooling,
        precision=precision,
        input_px=input_px(spec, source),
        preparation=preparation,
        code_version=CODE_VERSION,
    )


def input_px(spec: EncoderSpec, source: TileSource) -> int:
    """Side in pixels at which the encoder sees the tiles of ``source``."""
    return spec.tile.size_px if source.edge_um is None else spec.input_px(source.edge_um)


def default_batch_size(spec: EncoderSpec, px: int, device: str) -> int:
    """Tiles per forward, a power of two so that blocks and chunks of the store share borders.

    It depends on the encoder and the kind of device only: the same on every machine. On a CPU
    larger batches gain nothing, but delay cancelling.
    """
    if not device.startswith("cpu"):
        return 64
    load = spec.params_m * (px / 224) ** 2
    for most, size in ((2, 32), (10, 16), (50, 8), (150, 2)):
        if load <= most:
            return size
    return 1


def default_readers(device: str) -> int:
    """Reader threads. Beside a forward on the CPU one keeps up; a GPU needs what there is."""
    cores = usable_cores()
    if device.startswith("cpu"):
        return 1 if cores < 8 else 2
    return min(8, max(1, cores - 1))


def is_out_of_memory(error: Exception) -> bool:
    """Whether a forward failed for lack of memory on any kind of device."""
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


class _Work:
    """What is done of one encoder's rows; tells the caller and the store."""

    def __init__(
        self,
        kept: EmbeddingBuffer,
        wanted: NDArray[np.intp],
        on_batch: OnBatch | None,
        note: Callable[[str], None],
        progress: Callable[[int], None],
    ) -> None:
        self.kept = kept
        self._wanted = np.zeros(len(kept.done), np.bool_)
        self._wanted[wanted] = True
        self._on_batch = on_batch
        self._note = note
        self._progress = progress
        self._done = 0

    def beat(self) -> None:
        """Let the caller cancel."""
        self._progress(self._done)

    def resume(self) -> int:
        """Take what the store has; how many of the wanted rows that is."""
        self.beat()
        for rows in self.kept.load():
            self._tell(rows[self._wanted[rows]])
        if self.kept.dropped:
            self._note(
                f"A damaged part of the embedding store was dropped; {self.kept.dropped} tiles "
                "are embedded again."
            )
        return self._done

    def put(
        self, rows: NDArray[np.intp], values: NDArray[np.float32], readable: NDArray[np.bool_]
    ) -> None:
        """Take one block."""
        new = ~self.kept.done[rows]
        with self._storing():
            self.kept.put(rows, values, readable)
        self._tell(rows[new])

    def finish(self) -> None:
        """Write what is not on disk yet."""
        with self._storing():
            self.kept.flush()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """A store that fails must not take the run with it."""
        try:
            yield
        except StoreError as error:
            self.kept.abandon()
            self._note(f"{error} The embeddings of this run are kept in memory only.")

    def _tell(self, rows: NDArray[np.intp]) -> None:
        if len(rows) == 0:
            return
        self._done += len(rows)
        readable = rows[self.kept.readable[rows]]
        if self._on_batch is not None and len(readable):
            self._on_batch(readable, self.kept.values[readable])
        self.beat()


class _Forward:
    """The encoder in batches that fit: on lack of memory the batch is halved and repeated."""

    def __init__(
        self,
        encoder: Encoder,
        spec: EncoderSpec,
        limit: int,
        note: Callable[[str], None],
        beat: Callable[[], None],
    ) -> None:
        self.limit = limit
        self._encoder = encoder
        self._spec = spec
        self._note = note
        self._beat = beat

    def __call__(
        self, tiles: NDArray[np.uint8], rows: NDArray[np.intp], total: int
    ) -> NDArray[np.float32]:
        parts: list[NDArray[np.float32]] = []
        start = 0
        while start < len(tiles):
            part = self._try(tiles[start : start + self.limit])
            if part is None:
                # Only here, with the error and its frames gone, can memory be given back.
                free_device_memory()
                continue
            self._check(part, rows[start : start + self.limit], total)
            parts.append(part)
            start += self.limit
            if start < len(tiles):
                self._beat()
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _try(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """The embeddings, or None after halving the limit."""
        try:
            return np.asarray(self._encoder(tiles), np.float32)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(tiles) == 1:
                raise EncoderError(
                    f"{self._spec.title} needs more memory than there is, even for one tile. "
                    "Close other programs, choose precision bf16, or device cpu."
                ) from error
            self.limit = len(tiles) // 2
        text = f"Not enough memory for {len(tiles)} tiles at once; going on with {self.limit}."
        log.warning(text)
        self._note(text)
        return None

    def _check(self, values: NDArray[np.float32], rows: NDArray[np.intp], total: int) -> None:
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
                f"{spec.title} gave numbers that are not finite for tile {row} (counted from 0, "
                f"of {total}). Choose precision fp32; if it is that already, the weights are "
                "damaged."
            )


def _open(
    store: EmbeddingStore | None,
    key: EmbeddingKey,
    stack: ExitStack,
    note: Callable[[str], None],
    report: ProgressFn,
) -> EmbeddingBuffer:
    if store is not None:
        try:
            return stack.enter_context(store.open(key, report))
        except StoreError as error:
            note(f"{error} The embeddings of this run are kept in memory only.")
    return EmbeddingBuffer(key.n_tiles, key.dim)


@contextmanager
def _torch_threads(threads: int | None) -> Iterator[None]:
    if threads is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
