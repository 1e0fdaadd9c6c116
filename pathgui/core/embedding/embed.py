"""Tiles in, embeddings out: reading, preparing and the forward pass overlap.

Reader threads read tiles and bring them to the encoder's input size (a GPU does that itself), and
each device has a thread for its forwards; a GPU two, so that one brings tiles while it works for
the other. Decoding, resizing and the forward all leave Python's lock, so threads suffice. The
caller's thread only hands on, so that cancelling never waits for a forward.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.encoder_pass import (
    Computed,
    Counter,
    Embeddings,
    Lane,
    OnEncoderBatch,
    input_px,
)
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.normalized_tiles import NormalizedTiles, normalized
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileBlock, TileFeed, TileSource
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation
from pathgui.core.errors import EmbeddingsError, PathguiError
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import Cancelled, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.slides.identity import DIGEST_BYTES
from pathgui.core.system.background import BEAT_SECONDS, Outcome, Workers, watched
from pathgui.core.system.devices import usable_cores

LISTED_ENCODERS = 3  # in the name of a stage
LOOK_ROWS = 64  # tiles read at a time to be compared

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
        As torch calls it, see :func:`pathgui.core.system.devices.resolve_device`. Several share the
        tiles.
    batch_size
        Tiles per forward. Default: of the encoder and the kind of device alone. Halved on lack of
        memory, and then for all tiles of the call.
    store
        Where embeddings are kept, and found again. What cannot be stored is a notice, no error.
    rows : (m,) int array, optional
        The tiles to embed, in this order; all by default.
    on_batch
        Called as ``on_batch(rows, values)`` with readable rows only: first with those found in
        the store, in big batches, then with each batch as it comes.
    stage
        The phrase in :class:`~pathgui.core.progress.Progress`.
    preparation
        ``exact`` or ``fast``, see :mod:`pathgui.core.embedding.tile_feed`.
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
    result = embed_many(
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
        preparation=preparation,
        readers=readers,
        threads=threads,
    )[spec.name]
    if isinstance(result, PathguiError):
        raise result
    return result


def embed_many(
    source: TileSource,
    specs: Sequence[EncoderSpec],
    *,
    device: str | Sequence[str] = "cpu",
    precision: Precision | Mapping[str, Precision] = "fp32",
    batch_size: int | None = None,
    store: EmbeddingStore | None = None,
    rows: NDArray[np.intp] | None = None,
    on_batch: OnEncoderBatch | None = None,
    report: ProgressFn = ignore_progress,
    stage: str | None = None,
    part: Part | None = None,
    models: Models | None = None,
    preparation: Preparation = "exact",
    readers: int | None = None,
    threads: int | None = None,
    keep_values: bool = True,
) -> dict[str, Embeddings | PathguiError]:
    """Embed the same tiles with several encoders, reading each tile once where they agree.

    Encoders with the same input size share every tile as it is read and prepared, as long as
    their weights fit into memory together. The numbers are those of :func:`embed`.

    An encoder that fails gives its error as its result, and the others go on. Errors of the
    source are raised. ``on_batch`` gets the encoder's name first; all else as in :func:`embed`.

    Parameters
    ----------
    precision
        Of all, or of each encoder by its name.
    part
        What the tiles are of, for whoever follows the progress.
    models
        Encoders that are in memory, and stay there; those that are not are loaded into it. By
        default they are loaded for this call only.
    keep_values
        False: embeddings go to ``on_batch`` and ``store`` and are then forgotten, so that memory
        does not grow with the number of tiles.
    """
    wanted = np.arange(len(source), dtype=np.intp) if rows is None else np.asarray(rows, np.intp)
    if len(wanted) == 0:
        raise EmbeddingsError(say("There are no tiles to embed."))
    if len({spec.name for spec in specs}) < len(specs):
        raise ValueError("each encoder can be asked for once")
    devices = (device,) if isinstance(device, str) else tuple(device)
    progress = Counter(
        stage or say("Embedding with {titles}", titles=titles(specs)),
        len(wanted) * len(specs),
        [spec.name for spec in specs],
        part,
    )

    def beat() -> None:
        report(progress.event())

    def precision_of(spec: EncoderSpec) -> Precision:
        return precision if isinstance(precision, str) else precision[spec.name]

    beat()
    count = default_readers(devices) if readers is None else readers
    results: dict[str, Embeddings | PathguiError] = {}
    for group in side_by_side(source, specs, devices, models):
        with ExitStack() as stack:
            seen = normalized(source, group[0].recolorings, input_px(group[0], source))
            identity = watched(lambda _, of=seen: of.identity(), report, progress.event())  # type: ignore[misc]
            # In one order everywhere: two processes must not wait for each other's keys.
            lanes = [
                Lane(
                    seen,
                    spec,
                    wanted,
                    precision_of(spec),
                    preparation,
                    on_batch,
                    progress,
                    report,
                    keep_values,
                    identity,
                )
                for spec in sorted(group, key=lambda spec: spec.name)
            ]
            for lane in lanes:
                with lane.failing():
                    lane.open(store, stack, batch_size, devices)
            _look_again(seen, lanes, count, report)
            for lane in lanes:
                if lane.error is None:
                    lane.resume()
            todo = [lane for lane in lanes if lane.error is None and lane.missing(wanted).any()]
            if todo:
                stack.enter_context(_torch_threads(threads))
                held = stack.enter_context(Models()) if models is None else models
                for lane in todo:
                    with lane.failing():
                        lane.load(held, devices)
                digests = bool(identity.stamp)
                while any(lane.error is None and lane.missing(wanted).any() for lane in todo):
                    _run(seen, todo, wanted, preparation, count, held, beat, digests)
                    # Another pass only where memory was short, see Lane.put.
                    reopened = [lane for lane in todo if lane.error is None and lane.reopened]
                    _look_again(seen, reopened, count, report)
                    for lane in reopened:
                        lane.resume()
                    for lane in todo:
                        lane.next_pass()
            _say_unchanged(seen, lanes)
            for lane in lanes:
                results[lane.spec.name] = lane.result(wanted, rows is None)
            del lanes, todo  # with their encoders, before the memory of these is given back
    return {spec.name: results[spec.name] for spec in specs}


def _say_unchanged(seen: TileSource, lanes: Sequence[Lane]) -> None:
    """Say how many slides could not be brought to a stain."""
    count = seen.unchanged if isinstance(seen, NormalizedTiles) else 0
    for lane in lanes if count else ():
        lane.note(
            counted(
                count,
                "{n:,} slide has too little stain to be recolored. Its tiles were embedded as they "
                "are.",
                "{n:,} slides have too little stain to be recolored. Their tiles were embedded as "
                "they are.",
            )
        )


def titles(specs: Sequence[EncoderSpec]) -> str:
    """Which encoders, in words: by their titles, or how many they are."""
    if len(specs) > LISTED_ENCODERS:
        return say("{n_specs} encoders", n_specs=len(specs))
    return ", ".join(spec.title for spec in specs)


def default_readers(devices: Sequence[str]) -> int:
    """Reader threads. Beside a forward on the CPU one keeps up; a GPU needs what there is.

    While a GPU works, the threads that feed it wait: no core is kept for them.
    """
    cores = usable_cores()
    if all(device.startswith("cpu") for device in devices):
        return 1 if cores < 8 else 2
    return min(8 * len(devices), cores)


def _look_again(
    source: TileSource, lanes: Sequence[Lane], readers: int, report: ProgressFn
) -> None:
    """Read tiles of which what is stored may no longer hold, and tell the lanes what they are.

    The lanes have one input size in common, so one look serves all.
    """
    lanes = [lane for lane in lanes if lane.error is None]
    doubted = [lane.doubted() for lane in lanes]
    rows = np.unique(np.concatenate([np.empty(0, np.intp), *doubted]))
    if not len(rows):
        return
    blocks = [rows[start : start + LOOK_ROWS] for start in range(0, len(rows), LOOK_ROWS)]
    digests = np.zeros((len(rows), DIGEST_BYTES), np.uint8)
    readable = np.zeros(len(rows), np.bool_)
    done = 0

    def beat() -> None:
        stage = say("Comparing tiles with those embedded before")
        report(Progress(stage, done, len(rows), part=Part.READING))

    beat()
    feed = TileFeed(source, blocks, lanes[0].px, readers=readers, digests=True, pixels=False)
    with feed:
        for block in feed.blocks(beat):
            span = slice(done, done + len(block.rows))
            digests[span], readable[span] = block.digests, block.readable
            done += len(block.rows)
            beat()
    for lane in lanes:
        lane.settle(rows, digests, readable)


def _run(
    source: TileSource,
    lanes: Sequence[Lane],
    wanted: NDArray[np.intp],
    preparation: Preparation,
    readers: int,
    held: Models,
    beat: Callable[[], None],
    digests: bool,
) -> None:
    """Embed what the lanes lack; they have one input size in common."""
    lanes = [lane for lane in lanes if lane.error is None]
    if not lanes:
        return
    # Whole batches of every lane, so that each sees the batches it would see alone.
    size = int(np.lcm.reduce([lane.size for lane in lanes]))
    blocks = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    blocks = [block for block in blocks if any(lane.missing(block).any() for lane in lanes)]
    px = lanes[0].px
    resized_there = preparation == "exact" and all(lane.resizes for lane in lanes)
    edge_px = source.edge_px(px) if resized_there else None
    threads = max(lane.start(edge_px) for lane in lanes)
    started = time.perf_counter()
    busy = dict.fromkeys(lanes, 0.0)
    with ExitStack() as stack:
        feed = TileFeed(
            source,
            blocks,
            px,
            readers=readers,
            preparation=preparation,
            edge_px=edge_px,
            digests=digests,
        )
        stack.enter_context(feed)
        workers = stack.enter_context(held.workers(threads))
        for lane, block, outcome in _outcomes(feed, lanes, workers, threads, beat):
            if lane.error is not None:
                continue
            with lane.failing():
                computed = outcome.result()
                busy[lane] += computed.seconds
                lane.put(block, computed)
            if all(lane.error is not None for lane in lanes):
                break
    wall = time.perf_counter() - started
    for lane in lanes:
        lane.seconds += wall * busy[lane] / max(sum(busy.values()), 1e-9)


def _outcomes(
    feed: TileFeed,
    lanes: Sequence[Lane],
    workers: Workers,
    ahead: int,
    beat: Callable[[], None],
) -> Iterator[tuple[Lane, TileBlock, Outcome[Computed]]]:
    """Each lane's work on each block, in order, once it is done; ``ahead`` wait for a device."""
    running: deque[tuple[Lane, TileBlock, Outcome[Computed]]] = deque()

    def first() -> tuple[Lane, TileBlock, Outcome[Computed]]:
        lane, block, outcome = running.popleft()
        while not outcome.wait(BEAT_SECONDS):
            beat()
        return lane, block, outcome

    blocks = feed.blocks(beat)
    failure: Exception | None = None
    while True:
        try:
            block = next(blocks)
        except StopIteration:
            break
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - raised below, once what came before it is kept
            failure = error
            break
        for lane in lanes:
            if lane.error is not None or not lane.missing(block.rows).any():
                continue
            work = partial(lane.compute, block, workers.check)
            running.append((lane, block, workers.submit(work)))
            while len(running) > 2 * ahead or (running and running[0][2].wait(0)):
                yield first()
    while running:
        yield first()
    if failure is not None:
        raise failure


def side_by_side(
    source: TileSource,
    specs: Sequence[EncoderSpec],
    devices: Sequence[str],
    models: Models | None = None,
) -> list[list[EncoderSpec]]:
    """Encoders that run side by side: they see the same pixels, and fit into memory.

    The first of each group are in the order of ``specs``. Those that ``models`` holds take no
    more memory.
    """
    budget = _free_memory(devices) / 2  # the other half is for their activations
    groups: list[tuple[tuple[int, str], float, list[EncoderSpec]]] = []
    for spec in specs:
        held = models is not None and models.holds(spec.name)
        need = 0.0 if held else spec.params_m * 4e6
        sees = input_px(spec, source), spec.correction if spec.recolorings else ""
        for number, (seen, taken, group) in enumerate(groups):
            if seen == sees and taken + need <= budget:
                groups[number] = (sees, taken + need, [*group, spec])
                break
        else:
            groups.append((sees, need, [spec]))
    return [group for _, _, group in groups]


def fit_together(specs: Sequence[EncoderSpec], devices: Sequence[str]) -> bool:
    """Whether all of these encoders can stay in memory, and leave half of it free."""
    return sum(spec.params_m * 4e6 for spec in specs) <= _free_memory(devices) / 2


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
