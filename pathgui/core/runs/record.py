"""A finished evaluation as it is kept: ``NAME.pgrun`` with ``run.json`` and ``tiles.parquet``.

Every number that is shown anywhere is in here; panel, report and terminal read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.crossfit.results import Corrections
from pathgui.core.explore.maps import MapFacts, TileMap
from pathgui.core.explore.neighborhood import KnownTiles
from pathgui.core.measurement.comparison import Comparison
from pathgui.core.measurement.confounders import Association, Factor
from pathgui.core.measurement.measurable import Measurable
from pathgui.core.measurement.over_slides import OverSlides
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.measurement.slide_level import Agreement, CenterDraw
from pathgui.core.metrics.calibration import Reliability
from pathgui.core.metrics.neighbors.shared_k import SharedK
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.outside import SlideOutside
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.reference.same_slide import LeftOut
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.tile_columns import TileTable as TileTable
from pathgui.core.runs.tile_columns import from_arrow as tiles_from_arrow
from pathgui.core.runs.tile_columns import to_arrow as tiles_to_arrow
from pathgui.core.slides.region import Region
from pathgui.core.slides.region_choice import ClassChoice, RegionClasses
from pathgui.core.slides.tissue_left_out import TissueLeftOut
from pathgui.core.system.device_agreement import DeviceCheck
from pathgui.core.what_if.results import WhatIf


@dataclass(frozen=True)
class ConfounderFacts:
    """A column of the reference set that was measured beside the center."""

    column: str
    values: list[str]  # sorted
    tissue_by_value: list[list[int]]  # tiles of each tissue (row) of each value (column)
    slides_by_cell: list[list[int]]


@dataclass(frozen=True)
class ReferenceFacts:
    """The reference set a run was made with."""

    name: str
    version: str
    description: str
    licence: str
    citation: str
    sha256: str
    n_tiles: int
    n_slides: int
    n_patients: int | None
    tissues: list[str]  # in the order that all indices in this record refer to
    centers: list[str]
    tissue_by_center: list[list[int]]  # tiles of each tissue (row) at each center (column)
    slides_by_cell: list[list[int]]
    edge_um: float | None
    refused: int  # rows of the manifest that were not taken
    measurable: Measurable | None = None  # None: of a version that did not look at it
    # Columns that played center and tissue. A run of an earlier version had the set's own.
    columns: RoleColumns = USUAL
    left_out: int = 0  # tiles of the set of which one of these says nothing; n_tiles is without
    confounders: list[ConfounderFacts] = field(default_factory=list)  # further columns
    associations: list[Association] = field(default_factory=list)  # of center and these
    # What was found of the set without a look at its pictures; None: of an earlier version.
    appraisal: Appraisal | None = None
    # Center, scanner, stain and the like, as far as the set has them, and how far each two of them
    # go together. []: of an earlier version.
    factors: list[Factor] = field(default_factory=list)
    factors_together: list[Association] = field(default_factory=list)


@dataclass(frozen=True)
class SlideFacts:
    """The slide that was evaluated. The file's name is here, but reports print the pseudonym."""

    pseudonym: str
    file_name: str
    content_id: str
    format: str
    vendor: str
    size_l0: tuple[int, int]
    levels: int
    mpp: float
    mpp_source: Literal["file", "user"]
    objective: float | None
    has_icc_profile: bool
    reader: str
    given_center: str | None
    given_tissue: str | None
    tissue_mask_method: str
    tissue_area_mm2: float
    tile_size_l0: int
    tile_stride_l0: int
    tile_origin_l0: tuple[int, int]
    lattice: tuple[int, int]  # columns, rows
    tile_edge_um: float
    tiles_tissue: int  # cells with enough tissue
    tiles_used: int  # of those, the ones evaluated (see RunSettings.max_tiles)
    tiles_unreadable: int
    thumbnail: str | None  # file name in the run's folder
    tiles_region: int | None = None  # of tiles_tissue, those in the region; None: no region
    new_center: bool = False  # given_center is said not to be in the reference set
    # Slides of the reference set that did not judge, being this one or of its patient. None in a
    # run of an earlier version, which compared whole names only.
    left_out: list[LeftOut] | None = None
    file_stamp: str = ""  # sizes and times of the files; "" in a run of an earlier version
    # x, y, width, height of what was scanned; None in a run of an earlier version.
    bounds_l0: tuple[int, int, int, int] | None = None
    # That tissue had to exceed, 0..1; None: the mask was drawn, or in a run of an earlier version.
    tissue_threshold: float | None = None
    # Of the regions that were evaluated, and of those cut out of them. None: there were no regions,
    # or they had no classes, as in a run of an earlier version.
    region_classes: RegionClasses | None = None
    # What was evaluated of a slide of a cohort, by its labeled regions, in level-0 pixels; (): all
    # of it. Of a run of one slide the settings say it.
    own_region_l0: Region = ()
    # Tissue that regions and threshold, as the user chose them, leave out. None: nothing was
    # chosen, the region was the mask, or in a run of an earlier version.
    tissue_left_out: TissueLeftOut | None = None
    # What was done to its values before tiles were cut: 16 bits mapped to 8, pixels made square.
    # Empty where nothing was, and in a run of an earlier version.
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrecisionCheck:
    """How embeddings compare with those of the same tiles in fp32, exactly prepared."""

    n_tiles: int
    cosine_min: float  # of the tile that moved most
    cosine_mean: float
    centered_cosine_min: float  # after the mean embedding is taken off both


@dataclass(frozen=True)
class EncoderFacts:
    """Which encoder, exactly, and how it ran."""

    name: str
    title: str
    dim: int
    licence: str
    source: str
    weights_sha256: str
    transform: str
    pooling: str
    params_m: float
    mpp_expected: float
    mpp_used: float | None
    input_px: int
    precision: str
    device: str
    batch_size: int  # tiles per forward of the reference set, after halving on lack of memory
    precision_check: PrecisionCheck | None = None  # None in fp32 with the exact preparation
    preparation: str = "exact"  # how tiles were brought to input_px
    correction: str = ""  # sha256 of the file of the correction of its embeddings; "": none
    slide_batch_size: int | None = None  # of the slide's tiles; None: no slide, or an earlier run
    # Of each device but a CPU, how its embeddings compare with the CPU's: looked at once per
    # device, build of the system, torch and architecture. []: on a CPU, or in an earlier run.
    device_checks: list[DeviceCheck] = field(default_factory=list)


@dataclass(frozen=True)
class Composition:
    """How the slide's tiles divide over the tissues or centers of the reference set."""

    names: list[str]
    counts: list[int]
    mean_probability: list[float]
    low: list[float] | None = None  # 95 % intervals of the shares, squares of tiles resampled
    high: list[float] | None = None


@dataclass(frozen=True)
class SlideMeasurement:
    """What one encoder says of the slide; per tile it is in ``tiles.parquet``."""

    n_tiles: int  # readable
    tissue: Composition
    center: Composition
    # Share of tiles farther from their nearest reference tile than 95 % of the reference tiles lie
    # from the nearest of another slide, and that cosine distance. None where the set's tiles have
    # no others to be near to: all of one slide or patient.
    outside_share: float | None
    outside_threshold: float | None
    counts: dict[str, int] | None  # SS, SO, OS, OO; None where the slide's center is not given
    counts_basis: str  # which tissue and center the kinds refer to, in words
    center_draw: CenterDraw | None = None  # in the order of the reference set's centers
    sharpness_of_reference: float | None = None  # that 95 % of the reference slides stay below
    # None: a run of an earlier version, whose probabilities were not calibrated.
    tissue_reliability: Reliability | NotAssessable | None = None
    center_reliability: Reliability | NotAssessable | None = None
    nearest_center: Composition | None = None  # centers of the tiles' nearest reference tiles
    outside: SlideOutside | None = None  # None: an earlier run, or as outside_share


@dataclass(frozen=True)
class EncoderAgreement:
    """How far two encoders say the same of the slide's tiles."""

    one: str
    other: str
    tissue: Agreement | None
    center: Agreement | None


@dataclass(frozen=True)
class EncoderResult:
    """One encoder's part of a run."""

    encoder: EncoderFacts
    reference: ReferenceMeasurement
    slide: SlideMeasurement | None
    seconds: dict[str, float]  # by stage
    tiles_per_second: float | None  # None: all were found in the store
    warnings: list[str] = field(default_factory=list)
    map: MapFacts | None = None
    corrections: Corrections | NotAssessable | None = None  # None: none were tried


@dataclass(frozen=True)
class EncoderFailure:
    """An encoder that was ticked and could not run."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True)
class RunEvent:
    """Something that happened on the way."""

    time: str
    text: str


@dataclass(frozen=True)
class TissueRight:
    """How many tiles of known tissue an encoder's probe gives that tissue."""

    n_tiles: int  # readable, of a tissue that the reference set has
    n_right: int
    basis: Literal["regions", "slide"]  # labeled regions, or the tissue of the whole slide


@dataclass(frozen=True)
class SlideByEncoder:
    """What one encoder says of one slide of a cohort."""

    encoder: str  # its name
    slide: SlideMeasurement
    seconds: dict[str, float]  # by stage
    tiles_per_second: float | None  # None: all were found in the store
    batch_size: int | None = None  # tiles per forward
    map: MapFacts | None = None
    tissue_right: TissueRight | None = None  # None: no tissue of the slide is known


@dataclass(frozen=True)
class SlideOfRun:
    """One slide of a cohort in a run: its row of the cohort, and what came of it.

    A slide that is done has files like those of a run of one slide, in ``slides/FOLDER``.
    """

    slide_id: str  # of the cohort; a pseudonym unless names are kept
    folder: str  # of its files, below slides/
    state: Literal["done", "failed", "waiting"]
    reason: str = ""  # why it failed
    center: str | None = None  # what the cohort says; None: nothing
    tissue: str | None = None
    patient: str | None = None  # a pseudonym unless names are kept
    columns: dict[str, str] = field(default_factory=dict)  # further cells of its row
    slide: SlideFacts | None = None  # None unless done
    encoders: list[SlideByEncoder] = field(default_factory=list)  # in the order of the run's
    failures: list[EncoderFailure] = field(default_factory=list)  # encoders, on this slide
    agreement: list[EncoderAgreement] = field(default_factory=list)
    seconds: float = 0.0  # from opening it to writing its files, waits of other slides aside
    events: list[RunEvent] = field(default_factory=list)
    # What kind of failure: no tissue was found, or anything else. "": it did not fail, or it did in
    # a run of an earlier version, so the kind is not known.
    failure: Literal["", "no_tissue", "other"] = ""


@dataclass(frozen=True)
class ShardOfRun:
    """One try of one machine at a shard of the slides of a cohort."""

    number: int  # 1 to ``of``; 0: the reference set alone
    of: int
    device: str  # in words
    environment: dict[str, str]  # versions and machine
    started: str  # ISO 8601 with zone
    finished: str = ""  # "": it was killed, or stopped, and another try went on
    done: int = 0  # slides, in this try
    failed: int = 0
    # By encoder, the smallest cosine between embeddings of reference tiles as they were measured
    # and as this machine makes them. {}: same kind of device and same versions, or not compared.
    agreement: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CohortFacts:
    """The cohort whose slides a run evaluates, and which column plays which role."""

    name: str
    id: str
    center_column: str
    tissue_column: str
    patient_column: str
    # What was asked for of the labeled regions of all slides; SlideFacts.region_classes says what
    # of it each slide has. None: in a run of an earlier version, which evaluated all of a slide,
    # regions of Ignore* too.
    region_choice: ClassChoice | None = None


@dataclass(frozen=True)
class Run:
    """One evaluation. ``encoders`` is in the order of the request.

    A run is of the reference set alone, of one slide (``slide``), or of the slides of a cohort
    (``cohort`` and ``slides``, where ``slide`` and each ``EncoderResult.slide`` are None). Whatever
    speaks of all slides reads ``slides``: those in state "done" have one :class:`SlideByEncoder`
    for each encoder that could run on them. What is known of one slide alone is read from the
    one-slide evaluation that :func:`pathgui.core.runs.slides_of_run.evaluation_of` makes of it.
    """

    format: int
    id: str
    pathgui: str
    started: str  # ISO 8601 with zone
    finished: str
    command: str  # that repeats it
    settings: RunSettings
    reference: ReferenceFacts
    slide: SlideFacts | None
    encoders: list[EncoderResult]
    failures: list[EncoderFailure]
    events: list[RunEvent]
    environment: dict[str, str]
    comparison: Comparison | None = None
    agreement: list[EncoderAgreement] = field(default_factory=list)
    criteria: JudgedCriteria | None = None  # set before the run
    intended_use: IntendedUse | None = None  # set before the run; None: it was not
    k: SharedK | None = None  # None in older runs: each encoder was measured at its own k
    cohort: CohortFacts | None = None  # None: no cohort was evaluated
    slides: list[SlideOfRun] = field(default_factory=list)  # of the cohort, in its order
    over_slides: list[OverSlides] = field(default_factory=list)  # what encoders say of all of them
    # Tries of the machines that evaluated the slides. []: one process did, or an earlier version.
    shards: list[ShardOfRun] = field(default_factory=list)


@dataclass(frozen=True)
class Evaluation:
    """A run, its tiles, and a small picture of the slide."""

    run: Run
    tiles: TileTable | None  # None where no slide was evaluated
    thumbnail: NDArray[np.uint8] | None = None  # RGB, whole slide
    later: tuple[JudgedCriteria, ...] = ()  # criteria set when the results could be seen
    known: KnownTiles | None = None  # the reference tiles; None in runs kept earlier
    maps: dict[str, TileMap] = field(default_factory=dict)  # by encoder, where they were made
    pictures: tuple[TilePicture, ...] = ()  # of the worst tiles; none in runs kept earlier
    what_if: dict[str, WhatIf] = field(default_factory=dict)  # by encoder, where it was tried
    # Failures with the true names of files, to be told where the run was made; not kept.
    told: tuple[EncoderFailure, ...] = ()
    classifiers: tuple[AssessedClassifier, ...] = ()  # the lab's own, judged on its reference set

    @property
    def failures(self) -> tuple[EncoderFailure, ...]:
        """Encoders that could not run, in the words for who made the run where those are known."""
        return self.told or tuple(self.run.failures)


def tile_rows(run: Run, tiles: TileTable) -> pa.Table:
    """The rows of ``tiles.parquet``. ValueError: the run is of no slide."""
    slide = run.slide
    if slide is None:
        raise ValueError("a run without a slide has no tiles")
    return tiles_to_arrow(
        tiles,
        tissues=run.reference.tissues,
        centers=run.reference.centers,
        origin_l0=slide.tile_origin_l0,
        stride_l0=slide.tile_stride_l0,
        size_l0=slide.tile_size_l0,
        mpp=slide.mpp,
    )


def read_tiles(run: Run, path: Path) -> TileTable:
    """The tiles that :func:`tile_rows` gave the rows of, from a file."""
    names = [result.encoder.name for result in run.encoders if result.slide is not None]
    return tiles_from_arrow(
        pq.read_table(path), names, run.reference.tissues, run.reference.centers
    )
