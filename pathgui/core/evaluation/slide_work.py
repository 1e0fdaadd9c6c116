"""One encoder on one slide, from fitted probes to what it says of the slide."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision
from pathgui.core.evaluation.encoder_steps import EncoderSteps
from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.evaluation.slide_judge import SlideJudge
from pathgui.core.evaluation.slide_plan import SlidePlan
from pathgui.core.evaluation.tile_blocks import TileBlocks
from pathgui.core.explore.exploration import SlideSample
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, TileAnswers
from pathgui.core.runs.record import SlideMeasurement
from pathgui.core.runs.request import EvaluationRequest


class SlideWork(EncoderSteps):
    """What is known so far of one encoder on one slide."""

    def __init__(
        self,
        request: EvaluationRequest,
        spec: EncoderSpec,
        precision: Precision,
        fit: ReferenceFit,
        plan: SlidePlan,
        report: ProgressFn,
    ) -> None:
        """``request`` says the center and tissue of this slide; ``fit`` may judge it."""
        super().__init__(spec, precision, report)
        self._plan = plan
        self._seed = request.settings.seed
        self.judge = SlideJudge(
            spec.name,
            fit,
            n_tiles=len(plan.grid),
            center=request.center,
            tissue=request.tissue,
        )
        self.sample = (
            SlideSample(len(plan.grid), spec.dim, seed=self._seed)
            if request.settings.maps
            else None
        )
        self.readable: NDArray[np.bool_] | None = None
        self.batch_size: int | None = None
        self.slide: SlideMeasurement | None = None
        self._blocks = TileBlocks(len(plan.grid))

    def answer(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> Iterator[TileAnswers]:
        """Judge tiles; ``rows`` (m,) of the plan's grid, embeddings (m, d)."""
        if self.sample is not None:
            self.sample.take(rows, values)
        for block in self._blocks.take(rows, values):
            yield self.judge(*block)

    def rest(self) -> Iterator[TileAnswers]:
        """Judge what still waits, once all tiles that can be read are embedded."""
        for block in self._blocks.rest():
            yield self.judge(*block)

    def take_slide(self, embedded: Embeddings, models: Models) -> None:
        """The slide is embedded; what was to be judged is."""
        self.note_speed(embedded, say("embed slide"), models)
        for answers in self.rest():
            self._report(answers)
        readable = self.readable = embedded.readable
        self.batch_size = embedded.batch_size
        self.slide = self.watched(
            lambda _: self.judge.summarize(readable, self._plan.grid.cells, self._seed),
            say("Measuring the slide with {spec_title}", spec_title=self.spec.title),
            "measure",
        )
