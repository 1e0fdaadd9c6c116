"""Tiles in, embeddings out: reading, preparing and the forward pass overlap.

Reader threads read tiles and bring them to the encoder's input size. On a CPU the forward runs on
the caller's thread, on GPUs in one thread each. Decoding, resizing and the forward all leave
Python's lock, so threads suffice.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from contextlib import ExitStack, contextmanager
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.devices import free_device_memory, usable_cores
from pathgui.core.encoders.registry import Encoder, EncoderSpec, Precision
from pathgui.core.errors import EmbeddingsError, PathguiError
from pathgui.core.lane import (
    Computed,
    Counter,
    Embeddings,
    Lane,
    OnEncoderBatch,
    embedding_key,
    input_px,
)
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.store import EmbeddingStore
from pathgui.core.tile_feed import BEAT_SECONDS, Preparation, TileBlock, TileFeed, TileSource

__all__ = [
    "Embeddings",
    "TileSource",
    "default_readers",
    "embed",
    "embed_many",
    "embedding_key",
    "input_px",
]

LISTED_ENCODERS = 3  # in the name of a stage

OnBatch = Callable[[NDArray[np.intp], NDArray[np.float32]], None]


def embed(
    source: TileSource,
    spec: EncoderSpec,
    *,
    device: str | Sequence[str] = "cpu",
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

    The tiles are taken in blocks of consecutive rows, always the same blocks, so that a run that
    was stopped and went on gives the numbers of one that was not. To pause is to cancel.

    Parameters
    ----------
    device
        As torch calls it, see :func:`pathgui.core.devices.resolve_device`. Several share the
        tiles.
    batch_size
        Tiles per forward. Default: on a CPU small enough that a forward takes about a second; on
        a GPU found by a short warm-up.
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
        ``exact`` or ``fast``, see :mod:`pathgui.core.tile_feed`.
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
    results = embed_many(
        source,
        [spec],
        device=device,
        precision=precision,
        batch_size=batch_size,
        store=store,
        rows=rows,
        on_batch=None if on_batch is None else lambda _, found, values: on_batch(found, values),
        report=report,
        stage=stage,
        encoders=None if encoder is None else {spec.name: encoder},
        preparation=preparation,
        readers=readers,
        threads=threads,
    )
    result = results[spec.name]
    if isinstance(result, PathguiError):
        raise result
    return result


def embed_many(
    source: TileSource,
    specs: Sequence[EncoderSpec],
    *,
    device: str | Sequence[str] = "cpu",
    precision: Precision = "fp32",
    batch_size: int | None = None,
    store: EmbeddingStore | None = None,
    rows: NDArray[np.intp] | None = None,
    on_batch: OnEncoderBatch | None = None,
    report: ProgressFn = ignore_progress,
    stage: str | None = None,
    encoders: Mapping[str, Encoder] | None = None,
    preparation: Preparation = "exact",
    readers: int | None = None,
    threads: int | None = None,
) -> dict[str, Embeddings | PathguiError]:
    """Embed the same tiles with several encoders, reading each tile once where they agree.

    Encoders with the same input size share every tile as it is read and prepared, as long as
    their weights fit into memory together. The numbers are those of :func:`embed`.

    An encoder that fails gives its error as its result, and the others go on. Errors of the
    source are raised. ``on_batch`` gets the encoder's name first; all else as in :func:`embed`.
    """
    wanted = np.arange(len(source), dtype=np.intp) if rows is None else np.asarray(rows, np.intp)
    if len(wanted) == 0:
        raise EmbeddingsError("There are no tiles to embed.")
    if len({spec.name for spec in specs}) < len(specs):
        raise ValueError("each encoder can be asked for once")
    devices = (device,) if isinstance(device, str) else tuple(device)
    names = [spec.title for spec in specs]
    if len(names) > LISTED_ENCODERS:
        names = [f"{len(names)} encoders"]
    progress = Counter(stage or f"Embedding with {', '.join(names)}", len(wanted) * len(specs))

    def beat() -> None:
        report(progress.event())

    beat()
    results: dict[str, Embeddings | PathguiError] = {}
    for group in _groups(source, specs, devices):
        with ExitStack() as stack:
            # In one order everywhere: two processes must not wait for each other's keys.
            lanes = [
                Lane(source, spec, wanted, precision, preparation, on_batch, progress, report)
                for spec in sorted(group, key=lambda spec: spec.name)
            ]
            for lane in lanes:
                with lane.failing():
                    lane.open(store, stack, batch_size, devices)
            todo = [lane for lane in lanes if lane.error is None and lane.missing(wanted).any()]
            if todo:
                stack.enter_context(_torch_threads(threads))
                for lane in todo:
                    with lane.failing():
                        lane.load((encoders or {}).get(lane.spec.name), devices)
                count = default_readers(devices) if readers is None else readers
                _run(source, todo, wanted, preparation, count, devices, beat)
            for lane in lanes:
                results[lane.spec.name] = lane.result(wanted, rows is None)
        del lanes, todo  # with their encoders, before the next group's are loaded
        if len(results) < len(specs):
            free_device_memory()
    return {spec.name: results[spec.name] for spec in specs}


def default_readers(devices: Sequence[str]) -> int:
    """Reader threads. Beside a forward on the CPU one keeps up; a GPU needs what there is."""
    cores = usable_cores()
    if all(device.startswith("cpu") for device in devices):
        return 1 if cores < 8 else 2
    return min(8 * len(devices), max(1, cores - 1))


def _run(
    source: TileSource,
    lanes: Sequence[Lane],
    wanted: NDArray[np.intp],
    preparation: Preparation,
    readers: int,
    devices: Sequence[str],
    beat: Callable[[], None],
) -> None:
    """Embed what the lanes lack; they have one input size in common."""
    lanes = [lane for lane in lanes if lane.error is None]
    if not lanes:
        return
    # Whole batches of every lane, so that each sees the batches it would see alone.
    size = int(np.lcm.reduce([lane.size for lane in lanes]))
    blocks = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    blocks = [block for block in blocks if any(lane.missing(block).any() for lane in lanes)]
    started = time.perf_counter()
    busy = dict.fromkeys(lanes, 0.0)
    with ExitStack() as stack:
        feed = TileFeed(source, blocks, lanes[0].px, readers=readers, preparation=preparation)
        stack.enter_context(feed)
        # A GPU's forward leaves this thread free for what is done with the last batch.
        workers = len(devices) if len(devices) > 1 or devices[0].startswith("cuda") else 0
        pool = stack.enter_context(_pool(workers)) if workers else None
        for lane, block, outcome in _outcomes(feed, lanes, pool, workers, beat):
            if lane.error is not None:
                continue
            with lane.failing():
                todo, values, seconds = outcome()
                busy[lane] += seconds
                lane.put(block, todo, values)
            if all(lane.error is not None for lane in lanes):
                break
    wall = time.perf_counter() - started
    for lane in lanes:
        lane.seconds = wall * busy[lane] / max(sum(busy.values()), 1e-9)


def _outcomes(
    feed: TileFeed,
    lanes: Sequence[Lane],
    pool: ThreadPoolExecutor | None,
    workers: int,
    beat: Callable[[], None],
) -> Iterator[tuple[Lane, TileBlock, Callable[[], Computed]]]:
    """Each lane's work on each block, in order; calling the last item gives what came of it."""
    running: deque[tuple[Lane, TileBlock, Future[Computed]]] = deque()
    for block in feed.blocks(beat):
        for lane in lanes:
            if lane.error is not None or not lane.missing(block.rows).any():
                continue
            if pool is None:
                yield lane, block, partial(lane.compute, block, beat)
                continue
            running.append((lane, block, pool.submit(lane.compute, block, None)))
            if len(running) > 2 * workers:
                yield _first(running, beat)
    while running:
        yield _first(running, beat)


def _first(
    running: deque[tuple[Lane, TileBlock, Future[Computed]]], beat: Callable[[], None]
) -> tuple[Lane, TileBlock, Callable[[], Computed]]:
    lane, block, future = running.popleft()
    while True:
        try:
            future.exception(BEAT_SECONDS)
        except StillRunning:
            beat()
        else:
            return lane, block, future.result


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for the forwards; on leaving, those not begun are dropped."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="forward")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _groups(
    source: TileSource, specs: Sequence[EncoderSpec], devices: Sequence[str]
) -> list[list[EncoderSpec]]:
    """Encoders that run side by side: of one input size, and small enough to be in memory."""
    budget = _free_memory(devices) / 2  # the other half is for their activations
    groups: list[tuple[int, float, list[EncoderSpec]]] = []
    for spec in specs:
        px, need = input_px(spec, source), spec.params_m * 4e6
        for number, (group_px, taken, group) in enumerate(groups):
            if group_px == px and taken + need <= budget:
                groups[number] = (px, taken + need, [*group, spec])
                break
        else:
            groups.append((px, need, [spec]))
    return [group for _, _, group in groups]


def _free_memory(devices: Sequence[str]) -> float:
    """Bytes that are free where the encoders go."""
    import psutil

    free = float(psutil.virtual_memory().available)
    if any(device.startswith("cuda") for device in devices):
        import torch

        of_gpus = [torch.cuda.mem_get_info(d)[0] for d in devices if d.startswith("cuda")]
        free = min(free, *of_gpus)
    return free


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
