"""One encoder on its way through some steps: timed, and ended by its own faults alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pathgui.core.cost.step_cost import Step
from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, during
from pathgui.core.runs.record import EncoderFailure
from pathgui.core.system.background import watched

T = TypeVar("T")

_PARTS: dict[Step, Part] = {"measure": Part.MEASURING, "map": Part.MAPS}


class EncoderSteps:
    """Steps of one encoder. One that fails ends this encoder only."""

    def __init__(self, spec: EncoderSpec, precision: Precision, report: ProgressFn) -> None:
        self.spec = spec
        self.precision = precision
        self.failure: EncoderFailure | None = None
        self.seconds: dict[str, float] = {}
        self.embedded = 0  # tiles, in this run
        self.embedding_seconds = 0.0
        self.took: dict[Step, float] = {}  # seconds of work: waiting while paused is none
        self._report = report

    @property
    def alive(self) -> bool:
        """Whether nothing has failed yet."""
        return self.failure is None

    @property
    def rate(self) -> float | None:
        """Tiles per second of what was embedded in this run; None if all was in the store."""
        if not self.embedded or self.embedding_seconds <= 0:
            return None
        return self.embedded / self.embedding_seconds

    @contextmanager
    def step(self, name: str = "") -> Iterator[None]:
        """One step, timed under ``name``; what the user can act on ends this encoder only."""
        begun = time.perf_counter()
        try:
            yield
        except PathguiError as error:
            self.fail(error)
        if name:
            took = time.perf_counter() - begun
            self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 3)

    def fail(self, error: PathguiError) -> None:
        """Go no further."""
        self.failure = EncoderFailure(self.spec.name, self.spec.title, str(error))
        self._report(
            Notice(
                say("{spec_title} could not run: {error}", spec_title=self.spec.title, error=error)
            )
        )

    def note_speed(self, embedded: Embeddings, stage: str, models: Models) -> None:
        """Keep how long loading and embedding took."""
        if self.spec.name in models.seconds:
            self.seconds.setdefault("load", round(models.seconds[self.spec.name], 3))
        self.seconds[stage] = round(embedded.seconds, 3)
        self.embedded += len(embedded.readable) - embedded.resumed
        self.embedding_seconds += embedded.seconds

    def watched(self, work: Callable[[ProgressFn], T], stage: str, step: Step | None = None) -> T:
        """``work(report)`` in a thread of its own, timed as a ``step`` whose cost is estimated."""
        part = Part.READING if step is None else _PARTS[step]

        def timed(report: ProgressFn) -> T:
            begun = time.perf_counter()
            done = work(report)
            if step is not None:
                took = time.perf_counter() - begun
                self.took[step] = self.took.get(step, 0.0) + took
            return done

        return watched(timed, during(part, self._report), Progress(stage, 0, 1))
