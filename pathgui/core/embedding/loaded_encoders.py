"""Encoders in memory: loaded once for all that they have to embed, and given back together.

With them go the threads that call them. On a GPU each thread makes plans of its own for every
convolution and batch size, which takes seconds; so the same threads serve from call to call.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision
from pathgui.core.system.background import BEAT_SECONDS, Workers
from pathgui.core.system.devices import free_device_memory

HEAVY_M = 20  # million parameters on a CPU: 80 MB

log = logging.getLogger(__name__)


class Models:
    """Loads each encoder at most once per device and precision. A context manager.

    On leaving, the memory of the device is given back.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}  # that loading took, by encoder
        self._loaded: dict[tuple[str, str, Precision], Encoder] = {}
        self._workers: Workers | None = None
        self._heavy = False  # whether looking for memory to give back is worth its time

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()

    def holds(self, name: str) -> bool:
        """Whether an encoder is in memory."""
        return any(loaded == name for loaded, _, _ in self._loaded)

    def get(self, spec: EncoderSpec, device: str, precision: Precision) -> Encoder:
        """The encoder on ``device``; loaded now if it is not there. Raises what loading raises."""
        key = (spec.name, device, precision)
        if not device.startswith("cpu") or spec.params_m >= HEAVY_M:
            self._heavy = True
        if key not in self._loaded:
            started = time.perf_counter()
            self._loaded[key] = spec.load(device, precision)
            took = time.perf_counter() - started
            self.seconds[spec.name] = self.seconds.get(spec.name, 0.0) + took
            log.info("loaded %s on %s in %.1f s", spec.name, device, took)
        return self._loaded[key]

    @contextmanager
    def workers(self, count: int) -> Iterator[Workers]:
        """At least ``count`` threads to call encoders on: those of the last time, if all went well.

        What is not done when the block is left is dropped.
        """
        workers = self._workers or Workers(count, "forward")
        workers.grow(count)
        self._workers = None
        try:
            yield workers
        except BaseException:
            workers.end(BEAT_SECONDS)
            raise
        workers.drop()
        self._workers = workers

    def end_workers(self) -> None:
        """End the threads, once they have done what they began."""
        if self._workers is not None:
            self._workers.end()
        self._workers = None

    def free(self) -> None:
        """Drop all encoders and give their memory back."""
        self.end_workers()
        worth_it = self._heavy
        self._loaded.clear()
        self._heavy = False
        if worth_it:
            free_device_memory()
