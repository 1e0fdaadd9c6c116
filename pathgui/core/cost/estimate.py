"""What an evaluation will cost, before it is begun: tiles, time per encoder, disk.

What follows embedding is in :mod:`~pathgui.core.cost.step_cost`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cost.rates import Rates
from pathgui.core.cost.step_cost import StepCost
from pathgui.core.embedding.embed import default_readers
from pathgui.core.embedding.encoder_pass import batch_size_for, embedding_key, faults_of, input_px
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource, resize_exact, resize_fast
from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision, Preparation
from pathgui.core.errors import EncoderError, UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.system.background import watched
from pathgui.core.system.devices import Device, free_device_memory

Basis = Literal["stored", "earlier run", "warm-up", "unknown"]
TRIED_TILES = 8  # read to time the reading


@dataclass(frozen=True)
class EncoderCost:
    """What embedding with one encoder will cost."""

    name: str
    tiles: int  # to embed; those in the store are not counted
    stored: int
    seconds: float | None  # None where it cannot be known, see ``reason``
    disk_bytes: int  # that its embeddings take
    basis: Basis
    reason: str = ""  # why it is not known


@dataclass(frozen=True)
class Cost:
    """What all will cost. ``encoders`` is the order to run them in: see :func:`estimate`."""

    encoders: tuple[EncoderCost, ...]
    tiles_reference: int = 0  # whether embedded already or not
    tiles_slide: int = 0
    steps: tuple[StepCost, ...] = ()  # what follows, of the encoders whose time is known

    @property
    def seconds(self) -> float | None:
        """All together; None if one of them is not known."""
        return self.known_seconds if all(c.seconds is not None for c in self.encoders) else None

    @property
    def known_seconds(self) -> float:
        """All that is known, together."""
        embedding = sum(cost.seconds for cost in self.encoders if cost.seconds is not None)
        return embedding + sum(step.seconds for step in self.steps)

    @property
    def disk_bytes(self) -> int:
        """All together."""
        return sum(cost.disk_bytes for cost in self.encoders)


# Multiplications per second that encoders reach, roughly: enough to put them in order.
_SPEED = {"cpu": 3e10, "mps": 3e12, "cuda": 1e14}
_PATCH_PX = 16


def disk_of_tile(spec: EncoderSpec) -> int:
    """Bytes of an embedding: float32, and whether it is done and readable."""
    return 4 * spec.dim + 2


def likely_seconds(
    spec: EncoderSpec,
    source: TileSource,
    device: Device,
    precision: Precision = "fp32",
    rates: Rates | None = None,
) -> float:
    """Seconds a tile: of earlier runs on this machine, or a guess from the encoder's size."""
    px = input_px(spec, source)
    known = None if rates is None else rates.rate(spec, px, device.title, precision)
    if known is not None:
        return 1 / known
    # Parameters stand for arithmetic; small convolutional encoders do more with each of theirs.
    work = max(spec.params_m, 2.0) * 1e6 * (px / _PATCH_PX) ** 2
    return work / _SPEED.get(device.kind, _SPEED["cpu"])


def estimate(
    sources: Sequence[TileSource],
    specs: Sequence[EncoderSpec],
    *,
    device: Device,
    precision: Precision | Mapping[str, Precision] = "fp32",
    preparation: Preparation = "exact",
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    warm_up: bool = True,
    rows: Sequence[NDArray[np.intp] | None] | None = None,
    report: ProgressFn = ignore_progress,
) -> Cost:
    """What it will cost to embed all of ``sources``, or these ``rows``, with each of ``specs``.

    The rate comes from earlier runs on this machine where there are any, else from a warm-up:
    the encoder is loaded, two of its batches are run, a few tiles are read; what that says is kept
    in ``rates``, so that it is done once. Without ``warm_up`` such an encoder stays unknown.
    Loading is not counted.

    The encoders come back in the order to run them in: the total is the same in any, so those
    that are done soonest come first, and the user has answers soonest; those that cannot run
    come last.
    """
    costs = []
    parts = [
        _Part(source, None if rows is None else rows[number])
        for number, source in enumerate(sources)
    ]
    for number, spec in enumerate(specs):
        here = Progress(say("Estimating time"), number, len(specs), part=Part.READING)
        report(here)
        chosen = precision if isinstance(precision, str) else precision[spec.name]
        work = partial(_cost_of, parts, spec, device, chosen, preparation, store, rates, warm_up)
        costs.append(watched(lambda _, work=work: work(), report, here))  # type: ignore[misc]
    report(Progress(say("Estimating time"), len(specs), len(specs), part=Part.READING))
    costs.sort(key=lambda cost: math.inf if cost.seconds is None else cost.seconds)
    return Cost(tuple(costs))


@dataclass(frozen=True)
class _Part:
    """Tiles to embed: all of a source, or some rows."""

    source: TileSource
    rows: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.source) if self.rows is None else len(self.rows)


def _cost_of(
    parts: Sequence[_Part],
    spec: EncoderSpec,
    device: Device,
    precision: Precision,
    preparation: Preparation,
    store: EmbeddingStore | None,
    rates: Rates | None,
    warm_up: bool,
) -> EncoderCost:
    total = sum(len(part) for part in parts)
    try:
        with faults_of(spec):
            readiness = spec.readiness()
    except EncoderError as error:
        return EncoderCost(spec.name, total, 0, None, 0, "unknown", str(error))
    left = [len(part) for part in parts]
    if store is not None and readiness.ready:
        for number, part in enumerate(parts):
            key = embedding_key(
                part.source,
                spec,
                readiness.weights_sha256,
                precision,
                preparation,
                batch_size=batch_size_for(spec, part.source, device.name),
            )
            left[number] -= min(
                left[number], store.count_done(key, part.rows, part.source.identity())
            )
    tiles = sum(left)
    disk = tiles * disk_of_tile(spec)

    def cost(seconds: float | None, basis: Basis, reason: str = "") -> EncoderCost:
        return EncoderCost(spec.name, tiles, total - tiles, seconds, disk, basis, reason)

    if not readiness.ready:
        return cost(None, "unknown", readiness.detail)
    if tiles == 0:
        return cost(0.0, "stored")
    todo = [(part.source, n) for part, n in zip(parts, left, strict=True) if n]
    known = [
        (n, rates.rate(spec, input_px(spec, source), device.title, precision) if rates else None)
        for source, n in todo
    ]
    if all(rate is not None for _, rate in known):
        return cost(sum(n / rate for n, rate in known if rate is not None), "earlier run")
    if not warm_up:
        return cost(None, "unknown", say("it has not run on this machine yet"))
    try:
        with faults_of(spec):
            seconds = _seconds_by_warm_up(todo, spec, device, precision, preparation)
    except EncoderError as error:  # the same will end this encoder when it is run
        return cost(None, "unknown", str(error))
    finally:
        free_device_memory()  # the encoder is gone by now
    if rates is not None:
        px = input_px(spec, todo[0][0])
        rates.record(spec, px, device.title, precision, tiles / max(seconds, 1e-9))
    return cost(seconds, "warm-up")


def _seconds_by_warm_up(
    todo: Sequence[tuple[TileSource, int]],
    spec: EncoderSpec,
    device: Device,
    precision: Precision,
    preparation: Preparation,
) -> float:
    encoder = spec.load(device.name, precision)
    seconds = 0.0
    for source, tiles in todo:
        px = input_px(spec, source)
        size = batch_size_for(spec, source, device.name)
        forward = _seconds_of_forward(encoder, px, size) / size
        reading = _seconds_of_reading(source, px, preparation) / default_readers([device.name])
        seconds += tiles * max(forward, reading)  # they overlap
    return seconds


def _seconds_of_forward(encoder: Encoder, px: int, size: int) -> float:
    """Seconds for a batch: the second of two, as the first is like no other."""
    rng = np.random.default_rng(0)
    seconds = 0.0
    for _ in range(2):
        tiles = rng.integers(0, 256, (size, px, px, 3), np.uint8)
        started = time.perf_counter()
        encoder(tiles)
        seconds = time.perf_counter() - started
    return seconds


def _seconds_of_reading(source: TileSource, px: int, preparation: Preparation) -> float:
    """Seconds for one reader to read and prepare a tile, from a few spread over the source."""
    resize = resize_fast if preparation == "fast" else resize_exact
    rows = np.unique(np.linspace(0, len(source) - 1, TRIED_TILES).astype(int))
    started = time.perf_counter()
    for row in rows.tolist():
        try:
            resize(source.read(row, px), px)
        except UnreadableRegionError:
            continue
    return (time.perf_counter() - started) / len(rows)
