"""The main job: embed the reference set and the slide, measure, predict, record.

Nothing here knows a formula: those are in ``metrics``, ``probe`` and ``neighbors``. This module
knows the order of the steps, and that no tile may ever be judged by its own slide or patient.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import pathgui
from pathgui.core.acceptance import check_criteria, judge
from pathgui.core.criteria import Criterion
from pathgui.core.devices import Device, resolve_device, usable_cores
from pathgui.core.embedding import Embeddings, embed
from pathgui.core.encoders import EncoderSpec, Precision, encoder
from pathgui.core.environment import environment
from pathgui.core.errors import EncoderError, PathguiError, ReferenceSetError, ScaleError
from pathgui.core.exploration import Exploration
from pathgui.core.imports import MatchedImports
from pathgui.core.judge import SlideJudge
from pathgui.core.labels import TileLabels
from pathgui.core.measurement import SingleCells, measure
from pathgui.core.metrics.comparison import compare
from pathgui.core.metrics.slide_level import Agreement, agreement
from pathgui.core.progress import (
    Event,
    Notice,
    ProgressFn,
    TilePlan,
    ignore_progress,
)
from pathgui.core.record import (
    FORMAT,
    EncoderAgreement,
    EncoderFacts,
    EncoderFailure,
    EncoderResult,
    Evaluation,
    ReferenceFacts,
    Run,
    RunEvent,
    RunSettings,
    SlideFacts,
    TileTable,
)
from pathgui.core.reference import ReferenceSet, ReferenceTiles
from pathgui.core.region import Region, tiles_inside
from pathgui.core.slide import Slide, require_mpp
from pathgui.core.store import EmbeddingStore
from pathgui.core.tiling import SlideTiles, TileGrid, sample_tiles, tile_grid
from pathgui.core.tissue import TissueMask, find_tissue


@dataclass(frozen=True)
class EvaluationRequest:
    """What the user asked for."""

    reference: ReferenceSet
    encoders: tuple[str, ...]
    slide: Slide | None = None
    center: str | None = None  # of the slide, if known
    tissue: str | None = None  # of the whole slide, if known
    k: int | Literal["auto"] = "auto"
    single_cells: SingleCells = "drop"  # tissues of one center, centers of one tissue
    device: str = "auto"
    precision: Precision = "fp32"
    max_tiles: int | None = None
    threads: int | None = None  # of the encoder on a CPU; None: one less than there are cores
    seed: int = 0
    offline: bool = False
    criteria: tuple[Criterion, ...] = ()  # what the results have to meet
    command: str = ""
    region_l0: Region = ()  # of the slide: tiles with their center in any polygon; empty: all
    # Lay the tiles out on a map: 2 CPU seconds an encoder for 1,000 reference tiles, 16 for 5,000
    # and more (core/maps.py draws a sample), and half a second for 1,000 tiles of the slide.
    maps: bool = True


def evaluate(
    request: EvaluationRequest,
    *,
    store: EmbeddingStore | None = None,
    report: ProgressFn = ignore_progress,
) -> Evaluation:
    """Run every requested encoder over the reference set and, where given, the slide.

    An encoder that cannot run is recorded as failed and the others go on. Reports
    :class:`Progress`, :class:`Notice`, one :class:`TilePlan`, then :class:`TileAnswers` while the
    slide is embedded. With a ``store``, embeddings made before are used again.

    Raises
    ------
    EncoderError
        If no encoder could run.
    ReferenceSetError, ScaleError, NoTissueError, DeviceError, CriteriaError
        If the request cannot be carried out at all.
    Cancelled
        If ``report`` raised it; what was embedded stays in the store.
    """
    if not request.encoders:
        raise EncoderError("No encoder is chosen. Tick at least one.")
    check_criteria(request.criteria, request.encoders, slide=request.slide is not None)
    log = _EventLog(report)
    started = _now()
    device = resolve_device(request.device)
    specs = [encoder(name) for name in dict.fromkeys(request.encoders)]
    imports = MatchedImports(specs)
    plan = None if request.slide is None else _plan(request, request.slide, imports, log)
    tiles_of_slide = None if plan is None else SlideTiles(plan.slide, plan.grid)
    store = imports.bind(request.reference, tiles_of_slide, store)
    results: list[EncoderResult] = []
    failures: list[EncoderFailure] = []
    table = _TableBuilder(None if plan is None else plan.grid)
    exploration = Exploration(request.reference, seed=request.seed)
    for spec in specs:
        try:
            imports.check(spec.name)
            results.append(
                _run_encoder(request, spec, device, plan, table, exploration, store, log)
            )
        except PathguiError as error:
            table.discard(spec.name)
            failures.append(EncoderFailure(spec.name, spec.title, str(error)))
            log(Notice(f"{spec.title} could not run: {error}"))
    if not results:
        raise EncoderError(
            "No encoder could run. "
            + " ".join(f"{failure.title}: {failure.reason}" for failure in failures)
        )
    tiles = table.build()
    run = Run(
        format=FORMAT,
        id=str(uuid.uuid4()),
        pathgui=pathgui.__version__,
        started=started,
        finished=_now(),
        command=request.command,
        settings=RunSettings(
            k=request.k,
            single_cells=request.single_cells,
            device=device.title,
            precision=request.precision,
            seed=request.seed,
            max_tiles=request.max_tiles,
            offline=request.offline,
            region_l0=request.region_l0,
            maps=request.maps,
        ),
        reference=_reference_facts(request.reference),
        slide=None if plan is None else plan.facts(request, tiles),
        encoders=results,
        failures=failures,
        events=log.events,
        environment=environment(),
        comparison=compare({result.encoder.name: result.reference for result in results}),
        agreement=_agreement(tiles),
        criteria=judge(request.criteria, results, failures, frozen_at=started),
    )
    thumbnail = None if request.slide is None else request.slide.thumbnail()
    names = [result.encoder.name for result in results]
    return Evaluation(
        run, tiles, thumbnail, known=exploration.known(names), maps=exploration.maps(names)
    )


@dataclass(frozen=True)
class _SlidePlan:
    """Where the slide's tiles lie, and which reference tiles may judge them."""

    slide: Slide
    mask: TissueMask
    grid: TileGrid
    tiles_tissue: int
    tiles_region: int | None  # of those, the ones in the region; None: no region
    admissible: NDArray[np.bool_]  # (n_reference,): not of this slide, not of its patient

    def facts(self, request: EvaluationRequest, tiles: TileTable | None) -> SlideFacts:
        """What the record says of the slide."""
        slide, grid = self.slide, self.grid
        mpp = require_mpp(slide)
        return SlideFacts(
            pseudonym=f"slide-{slide.content_id[:8]}",
            file_name=slide.path.name,
            content_id=slide.content_id,
            format=slide.format,
            vendor=slide.vendor,
            size_l0=slide.size_l0,
            levels=len(slide.levels),
            mpp=mpp,
            mpp_source="user" if slide.mpp_source == "user" else "file",
            objective=slide.objective,
            has_icc_profile=slide.icc_profile is not None,
            reader=slide.reader,
            given_center=request.center,
            given_tissue=request.tissue,
            tissue_mask_method=self.mask.method,
            tissue_area_mm2=self.mask.area_mm2(mpp),
            tile_size_l0=grid.size_l0,
            tile_stride_l0=grid.stride_l0,
            tile_origin_l0=grid.origin_l0,
            lattice=grid.shape,
            tile_edge_um=grid.edge_um,
            tiles_tissue=self.tiles_tissue,
            tiles_used=len(grid),
            tiles_unreadable=0 if tiles is None else int((~tiles.readable).sum()),
            thumbnail="thumbnail.png",
            tiles_region=self.tiles_region,
        )


def _plan(
    request: EvaluationRequest, slide: Slide, imports: MatchedImports, report: ProgressFn
) -> _SlidePlan:
    reference = request.reference
    require_mpp(slide)
    if reference.info.edge_um is None:
        raise ScaleError(
            f"The reference set {reference.info.name} does not say how many µm its tiles show, so "
            "no slide can be cut to match. Build it again from a manifest with a column mpp."
        )
    mask = find_tissue(slide, report)
    imported = imports.grid(slide, reference.info.edge_um)
    if imported is None:
        whole = tile_grid(slide, mask, reference.info.edge_um)
    else:
        whole, title = imported
        report(Notice(f"The slide's {len(whole)} tiles are those of {title}, which is imported."))
    grid, place = whole, "slide"
    if request.region_l0:
        grid, place = tiles_inside(whole, request.region_l0, slide.path.name), "region"
        report(Notice(f"{len(grid)} of the slide's {len(whole)} tiles lie in the region."))
    in_region = len(grid)
    if request.max_tiles is not None and request.max_tiles < in_region:
        grid = sample_tiles(grid, request.max_tiles, request.seed)
        report(Notice(f"{len(grid)} of the {place}'s {in_region} tiles are evaluated, as asked."))
    admissible = _admissible(reference.labels, slide.path.stem)
    if not admissible.any():
        raise ReferenceSetError(
            f"Every tile of the reference set {reference.info.name} comes from this slide or its "
            "patient, so nothing is left to compare with. Choose another reference set."
        )
    if dropped := int((~admissible).sum()):
        report(
            Notice(
                f"{dropped} reference tiles come from this slide or its patient; they are left "
                "out wherever the slide is judged."
            )
        )
    if request.center is not None and request.center not in reference.centers:
        report(
            Notice(
                f"The slide's center, {request.center}, is not in the reference set: none of its "
                "neighbours can share it."
            )
        )
    report(
        TilePlan(
            cells=grid.cells,
            shape=grid.shape,
            size_l0=grid.size_l0,
            stride_l0=grid.stride_l0,
            origin_l0=grid.origin_l0,
            tissues=tuple(reference.tissues),
            centers=tuple(reference.centers),
        )
    )
    counted = in_region if request.region_l0 else None
    return _SlidePlan(slide, mask, grid, len(whole), counted, admissible)


def _admissible(labels: TileLabels, slide_name: str) -> NDArray[np.bool_]:
    """Reference tiles that share neither slide nor patient with the slide of that name."""
    own = labels.slide == slide_name
    if labels.patient is not None:
        patients = set(labels.patient[own]) - {""}
        own |= np.isin(labels.patient, list(patients))
    admissible: NDArray[np.bool_] = ~own
    return admissible


def _run_encoder(
    request: EvaluationRequest,
    spec: EncoderSpec,
    device: Device,
    plan: _SlidePlan | None,
    table: _TableBuilder,
    exploration: Exploration,
    store: EmbeddingStore | None,
    report: ProgressFn,
) -> EncoderResult:
    """One encoder from tiles to numbers."""
    readiness = spec.readiness()
    if not readiness.ready:
        raise EncoderError(readiness.detail)
    reference = request.reference
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[stage] = round(now - clock, 3)
        clock = now

    source = ReferenceTiles(reference)
    known = embed(
        source,
        spec,
        device=device.name,
        precision=request.precision,
        store=store,
        threads=_threads(request),
        report=report,
        stage=f"Embedding reference set with {spec.title}",
    )
    lap("embed reference set")
    warnings = []
    if unreadable := int((~known.readable).sum()):
        warnings.append(f"{unreadable} tiles of the reference set could not be read.")
    labels = reference.labels.take(known.readable)
    values = known.values[known.readable]
    measurement = measure(
        values,
        labels,
        k=request.k,
        seed=request.seed,
        single_cells=request.single_cells,
        report=report,
    )
    lap("measure")
    slide_measurement = embedded = None
    rate = known.tiles_per_second
    rows = np.flatnonzero(known.readable)
    among = exploration.add_neighbors(spec.name, values, rows, measurement.k)
    if plan is not None:
        admissible = plan.admissible[known.readable]
        judge = SlideJudge(
            spec.name,
            values[admissible],
            labels.take(admissible),
            reference=reference,
            n_tiles=len(plan.grid),
            k=measurement.k,
            seed=request.seed,
            center=request.center,
            tissue=request.tissue,
            rows=rows[admissible],
            among=among if admissible.all() else None,
        )
        lap("fit probes")
        embedded = _embed_slide(request, spec, device, plan, judge, store, report)
        lap("embed slide")
        rate = embedded.tiles_per_second or rate
        table.add(spec.name, embedded.readable, judge)
        slide_measurement = judge.summarize(embedded.readable, plan.grid.cells, request.seed)
    if request.maps:
        exploration.add_map(spec.name, values, rows, embedded, report)
        lap("map")
    return EncoderResult(
        encoder=_encoder_facts(spec, readiness.weights_sha256, reference, request, device, known),
        reference=measurement,
        slide=slide_measurement,
        seconds=seconds,
        tiles_per_second=None if rate is None else round(rate, 2),
        warnings=warnings,
        map=exploration.facts(spec.name),
    )


def _threads(request: EvaluationRequest) -> int:
    """Threads of torch. One core is left to the reader and the window.

    With every core asked for and one taken by other work, threads wait for each other at each
    step, and several are slower than one.
    """
    return request.threads or max(1, usable_cores() - 1)


def _embed_slide(
    request: EvaluationRequest,
    spec: EncoderSpec,
    device: Device,
    plan: _SlidePlan,
    judge: SlideJudge,
    store: EmbeddingStore | None,
    report: ProgressFn,
) -> Embeddings:
    def on_batch(rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        report(judge(rows, values))

    return embed(
        SlideTiles(plan.slide, plan.grid),
        spec,
        device=device.name,
        precision=request.precision,
        store=store,
        on_batch=on_batch,
        threads=_threads(request),
        report=report,
        stage=f"Embedding slide with {spec.title}",
    )


def _agreement(tiles: TileTable | None) -> list[EncoderAgreement]:
    """Every pair of encoders, on the tiles that could be read."""
    if tiles is None or not tiles.readable.any():
        return []
    readable = tiles.readable

    def between(answers: dict[str, NDArray[np.int16]], one: str, other: str) -> Agreement | None:
        return agreement(
            answers[one][readable].astype(np.intp), answers[other][readable].astype(np.intp)
        )

    return [
        EncoderAgreement(
            one, other, between(tiles.tissue, one, other), between(tiles.center, one, other)
        )
        for one, other in combinations(tiles.tissue, 2)
    ]


class _TableBuilder:
    """Collects the per-tile columns of the encoders."""

    def __init__(self, grid: TileGrid | None) -> None:
        self._grid = grid
        self._readable: NDArray[np.bool_] | None = None
        self._judges: dict[str, SlideJudge] = {}

    def add(self, name: str, readable: NDArray[np.bool_], judge: SlideJudge) -> None:
        """A tile counts as readable where every encoder could read it."""
        self._readable = readable if self._readable is None else self._readable & readable
        self._judges[name] = judge

    def discard(self, name: str) -> None:
        """Forget an encoder that failed on the way."""
        self._judges.pop(name, None)

    def build(self) -> TileTable | None:
        """The table; None without a slide."""
        if self._grid is None or self._readable is None:
            return None
        judges = self._judges
        return TileTable(
            cells=self._grid.cells,
            readable=self._readable,
            tissue={name: judge.tissue for name, judge in judges.items()},
            tissue_probability={n: j.tissue_probability for n, j in judges.items()},
            center={name: judge.center for name, judge in judges.items()},
            center_probability={n: j.center_probability for n, j in judges.items()},
            distance={name: judge.distance for name, judge in judges.items()},
            outside={name: judge.outside() for name, judge in judges.items()},
            kinds={name: judge.kinds for name, judge in judges.items() if judge.has_kinds},
            neighbors={name: judge.neighbors().rows for name, judge in judges.items()},
            neighbor_distance={n: judge.neighbors().distances for n, judge in judges.items()},
        )


class _EventLog:
    """Passes events on and keeps the notices for the record."""

    def __init__(self, report: ProgressFn) -> None:
        self._report = report
        self.events: list[RunEvent] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.events.append(RunEvent(_now(), event.text))
        self._report(event)


def _encoder_facts(
    spec: EncoderSpec,
    weights_sha256: str,
    reference: ReferenceSet,
    request: EvaluationRequest,
    device: Device,
    known: Embeddings,
) -> EncoderFacts:
    edge_um = reference.info.edge_um
    input_px = spec.input_px(edge_um if edge_um is not None else spec.tile.edge_um)
    return EncoderFacts(
        name=spec.name,
        title=spec.title,
        dim=spec.dim,
        licence=spec.licence,
        source=spec.source,
        weights_sha256=weights_sha256,
        transform=spec.transform,
        pooling=spec.pooling,
        params_m=spec.params_m,
        mpp_expected=spec.tile.mpp,
        mpp_used=None if edge_um is None or spec.embeddings else edge_um / input_px,
        input_px=input_px,
        precision=request.precision,
        device=device.title,
        batch_size=known.batch_size,
    )


def _reference_facts(reference: ReferenceSet) -> ReferenceFacts:
    info, labels = reference.info, reference.labels
    return ReferenceFacts(
        name=info.name,
        version=info.version,
        description=info.description,
        licence=info.licence,
        citation=info.citation,
        sha256=info.tiles_sha256,
        n_tiles=len(reference),
        n_slides=len(np.unique(labels.slide)),
        n_patients=None if labels.patient is None else len(set(labels.patient) - {""}),
        tissues=reference.tissues,
        centers=reference.centers,
        tissue_by_center=reference.table().tolist(),
        slides_by_cell=reference.slide_table().tolist(),
        edge_um=info.edge_um,
        refused=info.refused,
    )


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
