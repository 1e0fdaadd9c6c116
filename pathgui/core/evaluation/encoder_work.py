"""One encoder on its way through an evaluation, from embeddings to numbers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cost.rates import Rates
from pathgui.core.cost.step_cost import Step, map_rule, measure_rule
from pathgui.core.embedding.encoder_pass import Embeddings, embedding_key, faults_of
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.precision_check import USABLE_COSINE, check_agreement
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision
from pathgui.core.errors import EncoderError, PathguiError
from pathgui.core.evaluation.slide_judge import SlideJudge
from pathgui.core.evaluation.slide_plan import SlidePlan
from pathgui.core.explore.exploration import Exploration, SlideSample
from pathgui.core.measurement.map_accuracy import map_accuracies
from pathgui.core.measurement.measure import find_k, measure
from pathgui.core.measurement.results import MapAccuracies, ReferenceMeasurement
from pathgui.core.measurement.sample import FoundNeighbors
from pathgui.core.metrics.copies import all_alike
from pathgui.core.metrics.neighbors.shared_k import KVote, SharedK
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, TileAnswers, during
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.options import PrecisionChoice
from pathgui.core.runs.record import (
    EncoderFacts,
    EncoderFailure,
    EncoderResult,
    PrecisionCheck,
    SlideMeasurement,
)
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.system.background import watched
from pathgui.core.system.devices import product_device

log = logging.getLogger(__name__)

T = TypeVar("T")

_PARTS: dict[Step, Part] = {"measure": Part.MEASURING, "map": Part.MAPS}


def precision_of(spec: EncoderSpec, wanted: PrecisionChoice, device: str) -> Precision:
    """The precision an encoder runs in.

    ``auto`` is what its authors publish on a GPU, where that is known, and fp32 on a CPU, on
    which the others are no faster.

    >>> from pathgui.core.encoders.standard import standard_encoders
    >>> precision_of(standard_encoders().encoder("shell"), "auto", "cuda:0")
    'fp32'
    """
    if wanted != "auto":
        return wanted
    published: dict[str, Precision] = {"fp16": "fp16", "bf16": "bf16"}
    if device.startswith("cpu"):
        return "fp32"
    first = spec.published_precision.split()[:1]
    return published.get(first[0], "fp32") if first else "fp32"


class EncoderWork:
    """What is known of one encoder so far. A step that fails ends this encoder only."""

    def __init__(
        self,
        request: EvaluationRequest,
        reference: ReferenceSet,
        spec: EncoderSpec,
        precision: Precision,
        plan: SlidePlan | None,
        exploration: Exploration,
        report: ProgressFn,
    ) -> None:
        self.spec = spec
        self.precision = precision
        self.failure: EncoderFailure | None = None
        self.judge: SlideJudge | None = None
        self.readable: NDArray[np.bool_] | None = None  # tiles of the slide
        self.seconds: dict[str, float] = {}
        self.embedded = 0  # tiles, in this run
        self._request = request
        self._settings = request.settings
        self._reference = reference
        self._plan = plan
        self._exploration = exploration
        self._report = report
        self._warnings: list[str] = []
        self._batch_size = 0
        self._slide_batch_size: int | None = None
        self._values = np.empty((0, spec.dim), np.float32)  # of readable reference tiles
        self._rows = np.empty(0, np.intp)
        self._found: FoundNeighbors | None = None  # kept from voting on k until measuring
        self._check: PrecisionCheck | None = None
        self._measurement: ReferenceMeasurement | None = None
        self._slide: SlideMeasurement | None = None
        self._sample: SlideSample | None = None
        self._sha256 = ""
        self._embedding_seconds = 0.0
        self._took: dict[Step, float] = {}  # seconds of work: waiting while paused is none

    @property
    def alive(self) -> bool:
        """Whether nothing has failed yet."""
        return self.failure is None

    @property
    def rate(self) -> float | None:
        """Tiles per second of what was embedded in this run; None if all was in the store."""
        if not self.embedded or self._embedding_seconds <= 0:
            return None
        return self.embedded / self._embedding_seconds

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
        self._values = np.empty((0, self.spec.dim), np.float32)
        self._found = None
        self._report(Notice(f"{self.spec.title} could not run: {error}"))

    def look(self) -> None:
        """Whether it could run at all."""
        with faults_of(self.spec):
            readiness = self._watched(lambda _: self.spec.readiness(), "Looking for weights")
        if not readiness.ready:
            raise EncoderError(readiness.detail)
        self._sha256 = readiness.weights_sha256

    def take_reference(self, known: Embeddings, models: Models) -> None:
        """The embeddings of the reference set."""
        self._note_speed(known, "embed reference set", models)
        if unreadable := int((~known.readable).sum()):
            self._warnings.append(f"{unreadable} tiles of the reference set could not be read.")
        self._batch_size = known.batch_size
        self.take_values(known)

    def take_values(self, known: Embeddings, _: Models | None = None) -> None:
        """The embeddings of the reference set alone: all else is known, they were let go of."""
        self._rows = np.flatnonzero(known.readable).astype(np.intp)
        self._values = known.values[known.readable]

    @property
    def held_bytes(self) -> int:
        """Memory that embeddings and neighbors of the reference set take."""
        return self._values.nbytes + (0 if self._found is None else self._found.nbytes)

    @property
    def holds_values(self) -> bool:
        """Whether the embeddings of the reference set are in memory."""
        return len(self._values) > 0

    def let_go_of_neighbors(self) -> None:
        """Forget the neighbors; they are sought again when they are needed."""
        self._found = None

    def let_go_of_values(self, store: EmbeddingStore | None) -> None:
        """Forget the embeddings of the reference set where the store has all of them."""
        if store is None:
            return
        tiles = ReferenceTiles(self._reference)
        key = embedding_key(
            tiles, self.spec, self._sha256, self.precision, self._settings.preparation
        )
        if store.count_done(key) == len(tiles):
            self._values = np.empty((0, self.spec.dim), np.float32)

    @property
    def differs_from_exact(self) -> bool:
        """Whether it runs in a way that may give other embeddings than the exact one."""
        return self.precision != "fp32" or self._settings.preparation != "exact"

    def check_precision(self, device: str, store: EmbeddingStore | None, threads: int) -> None:
        """Compare some embeddings of the reference set with those in fp32."""
        if not self.differs_from_exact:
            return
        found = check_agreement(
            ReferenceTiles(self._reference),
            self.spec,
            device=device,
            precision=self.precision,
            preparation=self._settings.preparation,
            known=(self._values, self._rows),
            store=store,
            threads=threads,
            report=during(Part.MEASURING, self._report),
        )
        self._check = PrecisionCheck(
            found.n_tiles, found.cosine_min, found.cosine_mean, found.centered_cosine_min
        )
        if found.cosine_min < USABLE_COSINE:
            raise EncoderError(
                f"{found.how} its embeddings are not those it gives in fp32: cosine "
                f"{found.cosine_min:.4f} at worst, over {found.n_tiles} tiles. {found.advice}"
            )
        if found.notice:
            self._warnings.append(found.notice)
            self._report(Notice(f"{self.spec.title}: {found.notice}"))

    def _products_on(self, names: Sequence[str]) -> str:
        """Which of the devices the products of neighbors run on."""
        return product_device(names, self._values.nbytes)

    def vote(self, devices: Sequence[str] = ("cpu",)) -> KVote:
        """What this encoder says about the k of all."""
        found = self._found = self._watched(
            lambda report: find_k(
                self._values,
                self._reference.labels.take(self._rows),
                seed=self._settings.seed,
                single_cells=self._settings.single_cells,
                report=report,
                device=self._products_on(devices),
            ),
            f"Choosing k with {self.spec.title}",
            "measure",
        )
        return KVote(self.spec.name, found.own_k, found.least_k, found.most_k, self.spec.control)

    def measure(self, shared: SharedK, devices: Sequence[str] = ("cpu",)) -> None:
        """All that the reference set alone tells, at the k of all encoders."""
        self._measurement = self._watched(
            lambda report: measure(
                self._values,
                self._reference.labels.take(self._rows),
                k=shared.k,
                k_rule=shared.rule,
                found=self._found,
                seed=self._settings.seed,
                single_cells=self._settings.single_cells,
                shortcut=self._settings.shortcut,
                report=report,
                device=self._products_on(devices),
            ),
            f"Measuring {self.spec.title}",
            "measure",
        )
        self._found = None

    def fit(self, devices: Sequence[str] = ("cpu",)) -> None:
        """Prepare to judge the slide."""
        plan, measurement, request = self._plan, self._measurement, self._request
        assert measurement is not None
        device = self._products_on(devices)

        def fit(report: ProgressFn) -> SlideJudge | None:
            among = self._exploration.add_neighbors(
                self.spec.name, self._values, self._rows, measurement.k, device
            )
            if plan is None:
                return None
            admissible = plan.admissible[self._rows]
            return SlideJudge(
                self.spec.name,
                self._values[admissible],
                self._reference.labels.take(self._rows).take(admissible),
                reference=self._reference,
                n_tiles=len(plan.grid),
                k=measurement.k,
                seed=self._settings.seed,
                center=request.center,
                tissue=request.tissue,
                rows=self._rows[admissible],
                among=among if admissible.all() else None,
                device=device,
                report=report,
            )

        self.judge = self._watched(fit, f"Fitting probes on {self.spec.title}", "measure")
        if plan is not None and self._settings.maps:
            self._sample = SlideSample(len(plan.grid), self.spec.dim, seed=self._settings.seed)

    def answer(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> TileAnswers:
        """Judge tiles of the slide; ``rows`` (m,) of the plan's grid, embeddings (m, d)."""
        assert self.judge is not None
        if self._sample is not None:
            self._sample.take(rows, values)
        return self.judge(rows, values)

    def take_slide(self, embedded: Embeddings, models: Models) -> None:
        """The slide is embedded; what was to be judged is."""
        judge, plan = self.judge, self._plan
        assert judge is not None
        assert plan is not None
        self._note_speed(embedded, "embed slide", models)
        readable = self.readable = embedded.readable
        self._slide_batch_size = embedded.batch_size
        self._slide = self._watched(
            lambda _: judge.summarize(readable, plan.grid.cells, self._settings.seed),
            f"Measuring the slide with {self.spec.title}",
            "measure",
        )

    def map(self) -> None:
        """Lay the tiles out on a map, and see what can be read off it."""
        name, measurement = self.spec.name, self._measurement
        assert measurement is not None

        def lay_out(report: ProgressFn) -> MapAccuracies | None:
            if all_alike(self._values):  # a map would spread by chance what lies at one point
                return None
            self._exploration.add_map(name, self._values, self._rows, self._sample, report)
            made = self._exploration.maps([name]).get(name)
            if made is None:
                return None
            labels = self._reference.labels.take(made.rows.astype(np.intp))
            return map_accuracies(
                made.positions, labels, measurement.k, self._settings.seed, report
            )

        on_map = self._watched(lay_out, f"Mapping {self.spec.title}", "map")
        self._measurement = replace(measurement, on_map=on_map)

    def record_steps(self, rates: Rates, device_title: str) -> None:
        """Remember how long measuring and the map took, for the next estimate."""
        n, dim, plan = len(self._values), self.spec.dim, self._plan
        n_slide = 0 if plan is None else len(plan.grid)
        rules: dict[Step, float] = {
            "measure": measure_rule(n, dim, self._settings.shortcut),
            "map": map_rule(n, n_slide, dim),
        }
        for step, took in self._took.items():
            rates.record_step(step, device_title, rules[step], took)

    def finish(self) -> None:
        """Let go of the embeddings; what is left is results."""
        self._values = np.empty((0, self.spec.dim), np.float32)
        self._sample = None

    def result(self, device_title: str) -> EncoderResult:
        """What the record says of it. Only if nothing failed."""
        assert self._measurement is not None
        rate = self.rate
        return EncoderResult(
            encoder=self._facts(device_title),
            reference=self._measurement,
            slide=self._slide,
            seconds=self.seconds,
            tiles_per_second=None if rate is None else round(rate, 2),
            warnings=self._warnings,
            map=self._exploration.facts(self.spec.name),
        )

    def _facts(self, device_title: str) -> EncoderFacts:
        spec, edge_um = self.spec, self._reference.info.edge_um
        input_px = spec.input_px(edge_um if edge_um is not None else spec.tile.edge_um)
        return EncoderFacts(
            name=spec.name,
            title=spec.title,
            dim=spec.dim,
            licence=spec.licence,
            source=spec.source,
            weights_sha256=self._sha256,
            transform=spec.transform,
            pooling=spec.pooling,
            params_m=spec.params_m,
            mpp_expected=spec.tile.mpp,
            mpp_used=None if edge_um is None or spec.embeddings else edge_um / input_px,
            input_px=input_px,
            precision=self.precision,
            device=device_title,
            batch_size=self._batch_size,
            slide_batch_size=self._slide_batch_size,
            precision_check=self._check,
            preparation=self._settings.preparation,
        )

    def _note_speed(self, embedded: Embeddings, stage: str, models: Models) -> None:
        if self.spec.name in models.seconds:
            self.seconds.setdefault("load", round(models.seconds[self.spec.name], 3))
        self.seconds[stage] = round(embedded.seconds, 3)
        self.embedded += len(embedded.readable) - embedded.resumed
        self._embedding_seconds += embedded.seconds

    def _watched(self, work: Callable[[ProgressFn], T], stage: str, step: Step | None = None) -> T:
        part = Part.READING if step is None else _PARTS[step]

        def timed(report: ProgressFn) -> T:
            begun = time.perf_counter()
            done = work(report)
            if step is not None:
                took = time.perf_counter() - begun
                self._took[step] = self._took.get(step, 0.0) + took
            return done

        return watched(timed, during(part, self._report), Progress(stage, 0, 1))
