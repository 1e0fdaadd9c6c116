"""One encoder on its way through an evaluation, from embeddings to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cost.rates import Rates
from pathgui.core.cost.step_cost import Step, map_rule, measure_rule
from pathgui.core.crossfit.results import Corrections
from pathgui.core.embedding.device_check import DeviceChecks
from pathgui.core.embedding.encoder_pass import Embeddings, embedding_key, faults_of
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.precision_check import USABLE_COSINE, Agreement, check_agreement
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision
from pathgui.core.errors import EncoderError, PathguiError, plural
from pathgui.core.evaluation.correcting import (
    EmbeddedSet,
    chosen_corrections,
    chosen_recolorings,
    how_many,
    try_corrections,
)
from pathgui.core.evaluation.encoder_steps import EncoderSteps
from pathgui.core.evaluation.recoloring import Embedder, with_recolorings
from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.evaluation.slide_plan import SlidePlan
from pathgui.core.evaluation.slide_work import SlideWork
from pathgui.core.explore.exploration import Exploration
from pathgui.core.language.texts import say
from pathgui.core.measurement.map_accuracy import map_accuracies
from pathgui.core.measurement.measure import find_k, measure
from pathgui.core.measurement.results import MapAccuracies, ReferenceMeasurement
from pathgui.core.measurement.sample import FoundNeighbors
from pathgui.core.metrics.copies import all_alike
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.neighbors.shared_k import KVote, SharedK
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Notice, Part, ProgressFn, during
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.reference.role_columns import PREPARED, factor_columns, further_centers
from pathgui.core.results.substitutes import proposal
from pathgui.core.runs.options import PrecisionChoice
from pathgui.core.runs.record import (
    EncoderFacts,
    EncoderResult,
    PrecisionCheck,
)
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.system.device_agreement import DeviceCheck
from pathgui.core.system.devices import Device, product_device


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


class EncoderWork(EncoderSteps):
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
        super().__init__(spec, precision, report)
        self.on_slide: SlideWork | None = None
        self._request = request
        self._settings = request.settings
        self._reference = reference
        self._plan = plan
        self._exploration = exploration
        self._warnings: list[str] = []
        self._batch_size = 0
        self._values = np.empty((0, spec.dim), np.float32)  # of readable reference tiles
        self._rows = np.empty(0, np.intp)
        self._found: FoundNeighbors | None = None  # kept from voting on k until measuring
        self._check: PrecisionCheck | None = None
        self._device_checks: list[DeviceCheck] = []
        self._measurement: ReferenceMeasurement | None = None
        self._among: Neighbors | None = None  # of the readable tiles among each other
        self._sha256 = ""
        self._found_in_store = False  # whether another process embedded the reference set
        self._corrections: Corrections | NotAssessable | None = None

    def fail(self, error: PathguiError) -> None:
        """Go no further."""
        super().fail(error)
        self._values = np.empty((0, self.spec.dim), np.float32)
        self._found = None

    def look(self) -> None:
        """Whether it could run at all."""
        with faults_of(self.spec):
            readiness = self.watched(lambda _: self.spec.readiness(), say("Looking for weights"))
        if not readiness.ready:
            meanwhile = proposal(self.spec, readiness.state)
            raise EncoderError(f"{readiness.detail} {meanwhile}".strip())
        self._sha256 = readiness.weights_sha256

    def take_reference(self, known: Embeddings, models: Models) -> None:
        """The embeddings of the reference set."""
        self.note_speed(known, say("embed reference set"), models)
        if unreadable := int((~known.readable).sum()):
            lost = plural(unreadable, "tile")
            self._warnings.append(say("{lost} of the reference set could not be read.", lost=lost))
        if self.spec.corrected_on == self._reference.info.tiles_sha256:
            self._warnings.append(
                say(
                    "Its correction was fitted on this reference set, so its numbers on the set "
                    "are too good. What it does to new slides stands in the file of the "
                    "correction, and is what pathgui correct says."
                )
            )
        self._batch_size = known.batch_size
        self.take_values(known)

    def take_values(self, known: Embeddings, _: Models | None = None) -> None:
        """The embeddings of the reference set alone: all else is known, they were let go of."""
        self._rows = np.flatnonzero(known.readable).astype(np.intp)
        self._values = known.values[known.readable]
        self._found_in_store = known.resumed == len(known.readable)

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
        report = during(Part.MEASURING, self._report)
        found = self._agreement(device, threads, report, store=store)
        self._check = PrecisionCheck(
            found.n_tiles, found.cosine_min, found.cosine_mean, found.centered_cosine_min
        )
        if found.cosine_min < USABLE_COSINE:
            raise EncoderError(
                say(
                    "{how} its embeddings are not those it gives in fp32: cosine "
                    "{cosine_min:.4f} at worst, over {n_tiles} tiles. {advice}",
                    how=found.how,
                    cosine_min=found.cosine_min,
                    n_tiles=found.n_tiles,
                    advice=found.advice,
                )
            )
        if found.notice:
            self._warnings.append(found.notice)
            self._report(Notice(f"{self.spec.title}: {found.notice}"))

    def check_device(self, checks: DeviceChecks, device: Device, threads: int) -> None:
        """Compare a few reference tiles on ``device`` with the CPU, once for all runs.

        Where they cannot be compared, that is a warning: the encoder goes on.
        """
        tiles, report = ReferenceTiles(self._reference), during(Part.MEASURING, self._report)
        try:
            found = checks.look(tiles, self.spec, device, threads=threads, report=report)
        except PathguiError as error:
            title = device.title
            text = say("{title} was not compared with the CPU: {error}", title=title, error=error)
            self._warnings.append(text)
            return
        if found is not None:
            self._device_checks.append(found)
            if found.notice:
                self._warnings.append(found.notice)
                self._report(Notice(f"{self.spec.title}: {found.notice}"))

    def _products_on(self, names: Sequence[str]) -> str:
        """Which of the devices the products of neighbors run on."""
        return product_device(names, self._values.nbytes)

    def vote(self, devices: Sequence[str] = ("cpu",)) -> KVote:
        """What this encoder says about the k of all."""
        found = self._found = self.watched(
            lambda report: find_k(
                self._values,
                self._reference.labels.take(self._rows),
                seed=self._settings.seed,
                single_cells=self._settings.single_cells,
                report=report,
                device=self._products_on(devices),
            ),
            say("Choosing k with {spec_title}", spec_title=self.spec.title),
            "measure",
        )
        return KVote(self.spec.name, found.own_k, found.least_k, found.most_k, self.spec.control)

    def measure(self, shared: SharedK, devices: Sequence[str] = ("cpu",)) -> None:
        """All that the reference set alone tells, at the k of all encoders."""
        named = self._settings.center_columns
        further = further_centers(self._reference, named)
        factors = factor_columns(self._reference, named, PREPARED)
        self._measurement = self.watched(
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
                confounders={name: values[self._rows] for name, values in further.items()},
                factors={name: values[self._rows] for name, values in factors.items()},
            ),
            say("Measuring {spec_title}", spec_title=self.spec.title),
            "measure",
        )
        self._found = None

    def correct(
        self,
        devices: Sequence[Device],
        models: Models | None = None,
        store: EmbeddingStore | None = None,
        rates: Rates | None = None,
    ) -> None:
        """What corrections would do to new slides, where some are to be tried.

        Those of tiles embed the reference set again, and keep that in ``store``.
        """
        measurement, names = self._measurement, self._settings.corrections
        if not names or measurement is None:
            return
        labels = self._reference.labels.take(self._rows)
        embedded = EmbeddedSet(self.spec, self._values, labels, self._rows)
        of_embeddings, of_tiles = chosen_corrections(names), chosen_recolorings(names)
        seed, found = self._settings.seed, None
        products_on = self._products_on([each.name for each in devices])
        if of_embeddings:
            found = self.watched(
                lambda report: try_corrections(
                    embedded,
                    of_embeddings,
                    measurement.k,
                    seed=seed,
                    device=products_on,
                    report=report,
                ),
                say("Trying corrections on {title}", title=self.spec.title),
                "measure",
            )
        if of_tiles and not isinstance(found, NotAssessable):
            embedder = Embedder(
                self._reference, devices, self.precision, self._settings.preparation,
                self._batch_size or None, store, rates, models=models,
            )  # fmt: skip
            earlier = found
            found = self.watched(
                lambda report: with_recolorings(
                    earlier,
                    embedded,
                    of_tiles,
                    measurement.k,
                    embedder,
                    seed=seed,
                    product_device=products_on,
                    report=report,
                ),
                say("Trying corrections of tiles on {title}", title=self.spec.title),
            )
        self._corrections = found

    @property
    def sha256(self) -> str:
        """Of the weights; "" where they have none."""
        return self._sha256

    def take_up(self, earlier: EncoderResult) -> None:
        """What an earlier process has measured. Raises EncoderError if it had other weights."""
        if earlier.encoder.weights_sha256 != self._sha256:
            raise EncoderError(say("Its weights are not those that the run was begun with."))
        self._measurement = earlier.reference
        self._corrections = earlier.corrections

    def agreement_here(self, device: str, threads: int) -> float | None:
        """The smallest cosine between embeddings that were found, and as this machine makes them.

        Of a few reference tiles. None where none were found, so that all were made here.
        """
        if not self._found_in_store or self.spec.embeddings:
            return None
        return self.watched(
            lambda report: self._agreement(device, threads, report, again=True),
            say("Comparing this machine with {spec_title}", spec_title=self.spec.title),
        ).cosine_min

    def _agreement(
        self,
        device: str,
        threads: int,
        report: ProgressFn,
        *,
        store: EmbeddingStore | None = None,
        again: bool = False,
    ) -> Agreement:
        """Of some embeddings of the reference set with others; see :func:`check_agreement`."""
        return check_agreement(
            ReferenceTiles(self._reference),
            self.spec,
            device=device,
            precision=self.precision,
            preparation=self._settings.preparation,
            known=(self._values, self._rows),
            store=store,
            again=again,
            threads=threads,
            report=report,
        )

    def fit(self, devices: Sequence[str] = ("cpu",)) -> None:
        """Prepare to judge the slide, if there is one."""
        plan, measurement = self._plan, self._measurement
        assert measurement is not None
        device = self._products_on(devices)

        def fit(report: ProgressFn) -> ReferenceFit | None:
            self._among = self._exploration.add_neighbors(
                self.spec.name, self._values, self._rows, measurement.k, device
            )
            return None if plan is None else self.fitted(plan.admissible, devices, report)

        stage = say("Fitting probes on {spec_title}", spec_title=self.spec.title)
        fitted = self.watched(fit, stage, "measure")
        if plan is not None and fitted is not None:
            self.on_slide = SlideWork(
                self._request, self.spec, self.precision, fitted, plan, self._report
            )

    def fitted(
        self, admissible: NDArray[np.bool_], devices: Sequence[str], report: ProgressFn
    ) -> ReferenceFit:
        """What judging slides takes, on the reference tiles that are ``admissible`` (n,)."""
        measurement = self._measurement
        assert measurement is not None
        may = admissible[self._rows]
        return ReferenceFit(
            self._values[may],
            self._reference.labels.take(self._rows).take(may),
            reference=self._reference,
            k=measurement.k,
            seed=self._settings.seed,
            rows=self._rows[may],
            among=self._among if may.all() else None,
            device=self._products_on(devices),
            report=report,
        )

    def take_slide(self) -> None:
        """What its work on the slide took, and whether it failed there."""
        done = self.on_slide
        if done is None:
            return
        self.seconds.update(done.seconds)
        self.embedded += done.embedded
        self.embedding_seconds += done.embedding_seconds
        for step, seconds in done.took.items():
            self.took[step] = self.took.get(step, 0.0) + seconds
        if done.failure is not None:
            self.failure = done.failure
            self._values = np.empty((0, self.spec.dim), np.float32)

    def map(self) -> None:
        """Lay the tiles out on a map, and see what can be read off it."""
        name, measurement = self.spec.name, self._measurement
        sample = None if self.on_slide is None else self.on_slide.sample
        assert measurement is not None

        def lay_out(report: ProgressFn) -> MapAccuracies | None:
            if all_alike(self._values):  # a map would spread by chance what lies at one point
                return None
            self._exploration.add_map(name, self._values, self._rows, sample, report)
            made = self._exploration.maps([name]).get(name)
            if made is None:
                return None
            labels = self._reference.labels.take(made.rows.astype(np.intp))
            return map_accuracies(
                made.positions, labels, measurement.k, self._settings.seed, report
            )

        on_map = self.watched(
            lay_out, say("Mapping {spec_title}", spec_title=self.spec.title), "map"
        )
        self._measurement = replace(measurement, on_map=on_map)

    def record_steps(self, rates: Rates, device_title: str) -> None:
        """Remember how long measuring and the map took, for the next estimate."""
        n, dim, plan = len(self._values), self.spec.dim, self._plan
        n_slide = 0 if plan is None else len(plan.grid)
        further = max(0, len(self._settings.center_columns) - 1)
        rules: dict[Step, float] = {
            "measure": measure_rule(
                n, dim, self._settings.shortcut, further, how_many(self._settings.corrections)
            ),
            "map": map_rule(n, n_slide, dim),
        }
        for step, took in self.took.items():
            rates.record_step(step, device_title, rules[step], took)

    def finish(self) -> None:
        """Let go of the embeddings; what is left is results."""
        self._values = np.empty((0, self.spec.dim), np.float32)
        if self.on_slide is not None:
            self.on_slide.sample = None

    def result(self, device_title: str) -> EncoderResult:
        """What the record says of it. Only if nothing failed."""
        assert self._measurement is not None
        rate = self.rate
        return EncoderResult(
            encoder=self._facts(device_title),
            reference=self._measurement,
            slide=None if self.on_slide is None else self.on_slide.slide,
            seconds=self.seconds,
            tiles_per_second=None if rate is None else round(rate, 2),
            warnings=self._warnings,
            map=self._exploration.facts(self.spec.name),
            corrections=self._corrections,
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
            slide_batch_size=None if self.on_slide is None else self.on_slide.batch_size,
            precision_check=self._check,
            device_checks=self._device_checks,
            preparation=self._settings.preparation,
            correction=spec.correction,
        )
