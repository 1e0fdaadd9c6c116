"""One encoder's part of an embedding call: what it has, what it lacks, how it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.embedding_key import EmbeddingKey
from pathgui.core.embedding.forward import LARGEST_BATCH, Forward, default_batch_size
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.stored_embeddings import EmbeddingBuffer
from pathgui.core.embedding.tile_feed import BLOCK_BYTES, TileBlock, TileSource
from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision, Preparation
from pathgui.core.encoders.networks.runner import TorchEncoder
from pathgui.core.errors import (
    EmbeddingsError,
    EncoderError,
    PathguiError,
    StoreError,
    WeightsError,
)
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import Cancelled, Notice, Part, Progress, ProgressFn
from pathgui.core.slides.identity import Digests, TileIdentity
from pathgui.core.system.background import watched

log = logging.getLogger(__name__)

T = TypeVar("T")

CODE_VERSION = 1  # raise it when the same tiles would give other numbers than before

OnEncoderBatch = Callable[[str, NDArray[np.intp], NDArray[np.float32]], None]


@dataclass(frozen=True)
class Computed:
    """What came of one block."""

    todo: NDArray[np.bool_]  # which of its rows were embedded
    values: NDArray[np.float32]  # (todo, d)
    batch_size: int  # of them all
    seconds: float


@dataclass(frozen=True)
class Embeddings:
    """One embedding per row asked for, and how they came about."""

    values: NDArray[np.float32]  # (n, d); NaN where not readable; (0, d) if not to be kept
    readable: NDArray[np.bool_]  # (n,)
    batch_size: int  # of the forward, of all rows, after halving on lack of memory
    input_px: int
    resumed: int = 0  # rows found in the store
    seconds: float = 0.0  # reading, preparing and forward of the other rows; loading apart
    notices: tuple[str, ...] = ()

    @property
    def tiles_per_second(self) -> float | None:
        """Rate of what was embedded now; None if nothing was."""
        count = len(self.readable) - self.resumed
        return count / self.seconds if count > 0 and self.seconds > 0 else None


def embedding_key(
    source: TileSource,
    spec: EncoderSpec,
    weights_sha256: str,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    batch_size: int | None = None,
) -> EmbeddingKey:
    """The key under which embeddings of ``source``, made in batches of that size, are stored.

    None: the size that :func:`batch_size_for` gives on a CPU.
    """
    return EmbeddingKey(
        tiles=source.content_key,
        n_tiles=len(source),
        encoder=spec.name,
        dim=spec.dim,
        weights_sha256=weights_sha256,
        transform=f"{spec.transform} {spec.recipe}".rstrip(),
        pooling=spec.pooling,
        precision=precision,
        input_px=input_px(spec, source),
        preparation=preparation,
        code_version=CODE_VERSION,
        batch_size=batch_size or batch_size_for(spec, source, "cpu"),
        correction=spec.correction,
    )


def batch_size_for(spec: EncoderSpec, source: TileSource, device: str) -> int:
    """Tiles per forward where memory suffices: of encoder, tiles and kind of device alone."""
    px = input_px(spec, source)
    fits = max(1, BLOCK_BYTES // (3 * max(px, source.edge_px(px) or 0) ** 2))
    return min(default_batch_size(spec, px, device), LARGEST_BATCH, 1 << (fits.bit_length() - 1))


def input_px(spec: EncoderSpec, source: TileSource) -> int:
    """Side in pixels at which the encoder sees the tiles of ``source``."""
    return spec.tile.size_px if source.edge_um is None else spec.input_px(source.edge_um)


class Counter:
    """How far a call is, all encoders together."""

    def __init__(
        self, stage: str, total: int, encoders: Sequence[str], part: Part | None = None
    ) -> None:
        self.done = 0
        self._part = part
        self._stage = stage
        self._total = total
        self._encoders = tuple(encoders)

    def event(self) -> Progress:
        return Progress(self._stage, self.done, self._total, self._encoders, self._part)


@contextmanager
def faults_of(spec: EncoderSpec) -> Iterator[None]:
    """Turn what is an encoder's own fault into an EncoderError.

    So is what torch finds wrong with it, and anything that code of the user's own raises.
    """
    try:
        yield
    except (Cancelled, PathguiError):
        raise
    except Exception as error:
        if not (spec.origin or isinstance(error, RuntimeError)):
            raise
        log.exception("%s failed", spec.name)
        first_line = (str(error).strip().splitlines() or [say("no reason given")])[0]
        raise EncoderError(
            say(
                "{spec_title} stopped with an error of its own ({name}: "
                "{first_line}). The log has the details.",
                spec_title=spec.title,
                name=type(error).__name__,
                first_line=first_line,
            )
        ) from error


class Lane:
    """One encoder's part of a call: what it has, what it lacks, and how it fails."""

    def __init__(
        self,
        source: TileSource,
        spec: EncoderSpec,
        wanted: NDArray[np.intp],
        precision: Precision,
        preparation: Preparation,
        on_batch: OnEncoderBatch | None,
        progress: Counter,
        report: ProgressFn,
        keep_values: bool,
        identity: TileIdentity,
    ) -> None:
        self.spec = spec
        self.px = input_px(spec, source)
        self.size = 0  # tiles per batch
        self.error: PathguiError | None = None
        self.forward: Forward | None = None  # once loaded
        self.seconds = 0.0  # of its share in reading and preparing, and of its forwards
        self.kept = EmbeddingBuffer(0, spec.dim)
        self._keep_values = keep_values
        self._loaded: list[Encoder] = []
        self._source = source
        self._precision = precision
        self._preparation: Preparation = preparation
        self._wanted = np.zeros(len(source), np.bool_)
        self._wanted[wanted] = True
        self._on_batch = on_batch
        self._progress = progress
        self._report = report
        self._notices: list[str] = []
        self._resumed = 0
        self._told = 0
        self._identity = identity
        # For a batch size; False: without waiting for another process.
        self._open: Callable[[int, bool], EmbeddingBuffer] | None = None
        self._put_off = False  # until the next pass, as its batches would not be those of this one
        self.reopened = False  # what the store has is still to be looked at

    @contextmanager
    def failing(self) -> Iterator[None]:
        """What is this encoder's fault ends this encoder only."""
        try:
            with faults_of(self.spec):
                yield
        except EncoderError as error:
            self.error = error

    def open(
        self,
        store: EmbeddingStore | None,
        stack: ExitStack,
        batch_size: int | None,
        devices: Sequence[str],
    ) -> None:
        """Find out whether it can run, and open what the store has."""
        # It may have to hash gigabytes of weights.
        readiness = self._watched(self.spec.readiness)
        if not readiness.ready:
            raise WeightsError(
                say(
                    "{spec_title} cannot run: {detail}",
                    spec_title=self.spec.title,
                    detail=readiness.detail,
                )
            )
        self.size = batch_size or batch_size_for(self.spec, self._source, devices[0])

        def opened(size: int, wait: bool) -> EmbeddingBuffer:
            key = embedding_key(
                self._source,
                self.spec,
                readiness.weights_sha256,
                self._precision,
                self._preparation,
                batch_size=size,
            )
            if store is not None:
                try:
                    given = (key, self._report, self._keep_values, self._identity)
                    found = store.open(*given) if wait else store.open(*given, wait=False)
                    return stack.enter_context(found)
                except StoreError as error:
                    self._in_memory_only(error)
            return EmbeddingBuffer(key.n_tiles, key.dim, self._keep_values)

        self._open = opened
        self.kept = opened(self.size, True)
        if self.kept.notice:
            self.note(self.kept.notice)

    def doubted(self) -> NDArray[np.intp]:
        """Rows whose tiles are to be looked at before what is stored of them holds."""
        return self.kept.doubted(self._wanted)

    def settle(self, rows: NDArray[np.intp], digests: Digests, readable: NDArray[np.bool_]) -> None:
        """What a look at these rows, all that are doubted among them, has shown."""
        with self._storing():
            self.kept.settle(rows, digests, readable)
        if self.kept.refused:
            self.note(
                counted(
                    self.kept.refused,
                    "The slide's file has changed since it was embedded: {n:,} tile has other "
                    "pixels now and is embedded again.",
                    "The slide's file has changed since it was embedded: {n:,} tiles have other "
                    "pixels now and are embedded again.",
                )
            )

    def resume(self) -> None:
        """Take what the store has."""
        self.reopened = False
        for loaded in self.kept.load():
            rows = loaded[self._wanted[loaded]]
            self._tell(rows, self.kept.loaded(rows))
        self._resumed = self._told
        if self.kept.dropped:
            self.note(
                counted(
                    self.kept.dropped,
                    "A damaged part of the embedding store was dropped; {n:,} tile is embedded "
                    "again.",
                    "A damaged part of the embedding store was dropped; {n:,} tiles are embedded "
                    "again.",
                )
            )

    def load(self, models: Models, devices: Sequence[str]) -> None:
        """Load the encoder on every device."""

        def load() -> list[Encoder]:
            return [models.get(self.spec, device, self._precision) for device in devices]

        self._loaded = self._watched(load)

    @property
    def resizes(self) -> bool:
        """Whether its encoders had better resize the tiles themselves."""
        return all(isinstance(each, TorchEncoder) and each.resizes for each in self._loaded)

    def start(self, edge_px: int | None) -> int:
        """Get ready for blocks, with ``edge_px`` of tiles as they are read. Threads it can use."""
        side_by_side: list[Encoder] = []
        for encoder in self._loaded:
            if isinstance(encoder, TorchEncoder):
                side_by_side += encoder.beside(None if edge_px is None else self.px)
            else:
                side_by_side.append(encoder)
        self.forward = Forward(side_by_side, self.spec, self.size)
        return len(side_by_side)

    def missing(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which rows of a block to embed: all of a batch in which any is missing.

        Else the batch, and with it the last digits, would depend on where a run was stopped.
        """
        if self._put_off:
            return np.zeros(len(rows), np.bool_)
        missing = ~self.kept.done[rows]
        for start in range(0, len(rows), self.size):
            batch = slice(start, start + self.size)
            missing[batch] = missing[batch].any()
        return missing

    def compute(self, block: TileBlock, beat: Callable[[], None] | None) -> Computed:
        """Embed the rows of a block that are missing."""
        assert self.forward is not None
        started = time.perf_counter()
        todo = self.missing(block.rows)
        if todo.all():
            values, size = self.forward(block.tiles, block.rows, block.readable, beat)
        else:
            tiles = block.tiles[todo[block.readable]]
            values, size = self.forward(tiles, block.rows[todo], block.readable[todo], beat)
        return Computed(todo, values, size, time.perf_counter() - started)

    def put(self, block: TileBlock, computed: Computed) -> None:
        """Take what was computed.

        Where memory was short, from here on everything is of the smaller batch, what was embedded
        before included: another pass makes it again.
        """
        assert self.forward is not None
        while self.forward.notices:
            self.note(self.forward.notices.pop(0))
        if computed.batch_size < self.size:
            self._begin_again(computed.batch_size)
        if computed.batch_size > self.size or self._put_off:
            return  # it was under way when another device ran short
        rows, values = block.rows[computed.todo], computed.values
        new = ~self.kept.done[rows]
        with self._storing():
            digests = block.digests[computed.todo]
            self.kept.put(rows, values, block.readable[computed.todo], digests)
        self._tell(rows[new], values[new])

    def _begin_again(self, size: int) -> None:
        """Take what there is of a smaller batch, and count the rest as not done."""
        assert self._open is not None
        with self._storing():
            self.kept.close()
        self._put_off = self.size % size != 0  # the blocks of this pass are no whole batches
        self.size = size
        self._progress.done -= self._told
        self._told = 0
        # Two processes that hold other keys must not wait for each other.
        self.kept = self._open(size, False)
        if len(self.doubted()):
            self._put_off = self.reopened = True
        else:
            self.resume()

    def next_pass(self) -> None:
        """Take part again."""
        self._put_off = False

    def result(self, wanted: NDArray[np.intp], whole: bool) -> Embeddings | PathguiError:
        """What is to be handed back."""
        self._open = None  # it refers to this lane, whose encoders are to be given back now
        with self._storing():
            self.kept.flush()
        self._identity.check()  # also where nothing is stored
        if self.error is not None:
            return self.error
        readable = self.kept.readable[wanted]
        if not readable.any():
            raise EmbeddingsError(
                say(
                    "None of the {n_wanted} tiles could be read. The file is "
                    "damaged; copy it again.",
                    n_wanted=len(wanted),
                )
            )
        values = np.empty((0, self.spec.dim), np.float32)
        if self._keep_values:
            values = self.kept.values if whole else self.kept.values[wanted]
        return Embeddings(
            values, readable, self.size, self.px, self._resumed, self.seconds, tuple(self._notices)
        )

    def _watched(self, work: Callable[[], T]) -> T:
        """Something slow, cut short only by the caller's wish to cancel."""
        return watched(lambda _: work(), self._report, self._progress.event())

    def note(self, text: str) -> None:
        """Tell the user something, now and with the result."""
        self._notices.append(text)
        self._report(Notice(text))

    def _in_memory_only(self, error: StoreError) -> None:
        self.note(say("{error} The embeddings of this run are kept in memory only.", error=error))

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """A store that fails must not take the run with it."""
        try:
            yield
        except StoreError as error:
            self.kept.abandon()
            self._in_memory_only(error)

    def _tell(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        if len(rows) == 0:
            return
        self._told += len(rows)
        self._progress.done += len(rows)
        readable = self.kept.readable[rows]
        if self._on_batch is not None and readable.any():
            self._on_batch(self.spec.name, rows[readable], values[readable])
        self._report(self._progress.event())
