"""A finished evaluation as it is kept: ``NAME.pgrun`` with ``run.json`` and ``tiles.parquet``.

Every number that is shown anywhere is in here; panel, report and terminal read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import RecordError
from pathgui.core.explore import maps as map_tables
from pathgui.core.explore import neighborhood
from pathgui.core.explore.maps import MAPS_FILE, MapFacts, TileMap
from pathgui.core.explore.neighborhood import NEIGHBORS_FILE, KnownTiles
from pathgui.core.measurement.comparison import Comparison
from pathgui.core.measurement.measurable import Measurable
from pathgui.core.measurement.measure import (
    NotAssessable,
    ReferenceMeasurement,
    SingleCells,
    SweepEffort,
)
from pathgui.core.measurement.slide_level import Agreement, CenterDraw
from pathgui.core.metrics.calibration import Reliability
from pathgui.core.metrics.neighbors.k_rule import KRule
from pathgui.core.metrics.neighbors.shared_k import SharedK
from pathgui.core.metrics.outside import SlideOutside
from pathgui.core.pictures.tile_pictures import PICTURES_FILE, TilePicture
from pathgui.core.pictures.tile_pictures import from_arrow as pictures_from_arrow
from pathgui.core.pictures.tile_pictures import to_arrow as pictures_to_arrow
from pathgui.core.reference.same_slide import LeftOut
from pathgui.core.runs.criteria import JudgedCriteria, LaterCriteria
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.tile_columns import TileTable as TileTable
from pathgui.core.runs.tile_columns import from_arrow as tiles_from_arrow
from pathgui.core.runs.tile_columns import to_arrow as tiles_to_arrow
from pathgui.core.slides.region import Region
from pathgui.core.system.files import ANYTHING, NotInPlace, Replaceable, draft_folder, write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json

FORMAT = 1
RUN_FILE = "run.json"
TILES_FILE = "tiles.parquet"
THUMBNAIL_FILE = "thumbnail.png"
LATER_FILE = "criteria-after-results.json"  # apart from run.json, which never changes


@dataclass(frozen=True)
class RunSettings:
    """What the user chose."""

    k: KRule  # what was asked for; Run.k says what it came to
    device: str  # as resolved: "cpu", "cuda:0 (NVIDIA ...)"
    precision: str
    seed: int
    max_tiles: int | None
    offline: bool
    single_cells: SingleCells = "drop"
    region_l0: Region = ()  # polygons of (x, y) on the slide; empty: all of it
    maps: bool = False  # whether maps were asked for
    shortcut: SweepEffort = "none"  # how thoroughly shortcuts were swept
    # Whether slides and tiles bear their names, not pseudonyms; None: an earlier run, which does.
    keep_names: bool | None = None


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
    slide_batch_size: int | None = None  # of the slide's tiles; None: no slide, or an earlier run


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
    # Share of tiles farther from the reference set than 95 % of its own, and that cosine distance.
    # None where the set's tiles have no others to be near to: all of one slide or patient.
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
class Run:
    """One evaluation. ``encoders`` is in the order of the request."""

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
    # Failures with the true names of files, to be told where the run was made; not kept.
    told: tuple[EncoderFailure, ...] = ()

    @property
    def failures(self) -> tuple[EncoderFailure, ...]:
        """Encoders that could not run, in the words for who made the run where those are known."""
        return self.told or tuple(self.run.failures)


def save_evaluation(
    evaluation: Evaluation, folder: Path, *, replacing: Replaceable = ANYTHING
) -> None:
    """Write ``folder`` (``NAME.pgrun``), in the place of what was there.

    ``replacing`` is what :func:`~pathgui.core.runs.targets.require_target` returned; None: nothing
    is replaced.

    Raises
    ------
    RecordError
        If it cannot be written. If something else is at ``folder`` by now, that stays, and the run
        is kept under a name beside it, which the text says.
    """
    try:
        with draft_folder(folder, record=RUN_FILE, replacing=replacing) as draft:
            if evaluation.tiles is not None:
                _write_tiles(evaluation.run, evaluation.tiles, draft / TILES_FILE)
            _write_exploration(evaluation, draft)
            if evaluation.pictures:
                pq.write_table(pictures_to_arrow(evaluation.pictures), draft / PICTURES_FILE)
            if evaluation.thumbnail is not None:
                from PIL import Image

                Image.fromarray(evaluation.thumbnail).save(draft / THUMBNAIL_FILE)
            # The last one: a draft that has it is complete, see core/runs/leftovers.py.
            (draft / RUN_FILE).write_bytes(to_json(evaluation.run))
    except NotInPlace as error:
        raise RecordError(f"{error.why} This run is kept as {error.kept}.") from error
    except OSError as error:
        raise RecordError(
            f"The run could not be saved in {folder}: {error}. Choose another folder, or make room."
        ) from error


def load_evaluation(folder: Path) -> Evaluation:
    """Read a run that :func:`save_evaluation` wrote.

    Raises
    ------
    RecordError
        If the folder is no run, or a file in it is damaged or of a later version.
    """
    run = load_run(folder)
    tiles = thumbnail = None
    try:
        if run.slide is not None:
            tiles = _read_tiles(run, folder / TILES_FILE)
        if (folder / THUMBNAIL_FILE).exists():
            from PIL import Image

            with Image.open(folder / THUMBNAIL_FILE) as picture:
                thumbnail = np.asarray(picture.convert("RGB"))
        known = _read_known(run, folder / NEIGHBORS_FILE)
        maps = map_tables.load_maps(folder)
        kept = folder / PICTURES_FILE
        pictures = pictures_from_arrow(pq.read_table(kept)) if kept.is_file() else ()
    except Exception as error:  # a damaged file fails in whatever way its reader stumbles
        raise RecordError(
            f"The tiles of the run {folder} cannot be read: {error}. "
            "Restore the folder from a copy, or evaluate again."
        ) from error
    return Evaluation(run, tiles, thumbnail, load_later(folder, run), known, maps, pictures)


def load_later(folder: Path, run: Run) -> tuple[JudgedCriteria, ...]:
    """Criteria that were set for a finished run; none where there is no file of them.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    path = folder / LATER_FILE
    try:
        kept = from_json(LaterCriteria, path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}.") from error
    except InvalidRecord as error:
        raise RecordError(
            f"{path}: {error}. The file was changed or damaged; move it away to open the run."
        ) from error
    if kept.run_id != run.id:
        raise RecordError(f"{path} belongs to another run. Move it away to open this one.")
    return tuple(kept.sets)


def add_later(folder: Path, run: Run, judged: JudgedCriteria) -> tuple[JudgedCriteria, ...]:
    """Keep criteria that were set after the results beside the run; returns all there are.

    Criteria that are there already are not kept twice.

    Raises
    ------
    RecordError
        If the file cannot be read or written.
    """
    sets = load_later(folder, run)
    if any(each.items == judged.items for each in sets):
        return sets
    sets = (*sets, judged)
    try:
        write_file(folder / LATER_FILE, to_json(LaterCriteria(run.id, list(sets))))
    except OSError as error:
        raise RecordError(
            f"The criteria could not be kept in {folder}: {error.strerror or error}."
        ) from error
    return sets


def _write_exploration(evaluation: Evaluation, folder: Path) -> None:
    """What a run can be explored by: neighbours of the reference tiles, and maps."""
    run, known = evaluation.run, evaluation.known
    if known is None:
        return
    tissues, centers = run.reference.tissues, run.reference.centers
    pq.write_table(neighborhood.to_arrow(known, tissues, centers), folder / NEIGHBORS_FILE)
    if evaluation.maps:
        table = map_tables.to_arrow(
            evaluation.maps,
            tissues=[tissues[index] for index in known.tissue],
            centers=[centers[index] for index in known.center],
            slides=known.slides,
            own_slide="" if run.slide is None else run.slide.pseudonym,
        )
        pq.write_table(table, folder / MAPS_FILE)


def _write_tiles(run: Run, tiles: TileTable, path: Path) -> None:
    slide = run.slide
    assert slide is not None
    table = tiles_to_arrow(
        tiles,
        tissues=run.reference.tissues,
        centers=run.reference.centers,
        origin_l0=slide.tile_origin_l0,
        stride_l0=slide.tile_stride_l0,
        size_l0=slide.tile_size_l0,
        mpp=slide.mpp,
    )
    pq.write_table(table, path)


def _read_tiles(run: Run, path: Path) -> TileTable:
    names = [result.encoder.name for result in run.encoders if result.slide is not None]
    return tiles_from_arrow(
        pq.read_table(path), names, run.reference.tissues, run.reference.centers
    )


def _read_known(run: Run, path: Path) -> KnownTiles | None:
    if not path.is_file():
        return None  # a run of an earlier version
    names = [result.encoder.name for result in run.encoders]
    reference = run.reference
    table = pq.read_table(path)
    return neighborhood.from_arrow(table, names, reference.tissues, reference.centers)


def load_run(folder: Path) -> Run:
    """The record of a run alone, without its tiles.

    Raises
    ------
    RecordError
        If the folder is no run, or the file is damaged or of a later version.
    """
    path = folder / RUN_FILE
    try:
        run = from_json(Run, path.read_bytes())
    except OSError as error:
        raise RecordError(
            f"{folder} is not a finished run: {RUN_FILE} cannot be read ({error.strerror}). "
            "Choose a folder whose name ends in .pgrun."
        ) from error
    except InvalidRecord as error:
        raise RecordError(f"{path}: {error}. The file was changed or damaged.") from error
    if run.format > FORMAT:
        raise RecordError(
            f"{path} was written by pathgui {run.pathgui}, which is newer than this one. "
            "Update pathgui to open it."
        )
    return run
