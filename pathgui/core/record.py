"""A finished evaluation as it is kept: ``NAME.pgrun/run.json`` and ``tiles.parquet``.

Every number that is shown anywhere is in here; panel, report and terminal read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.measurement import ReferenceMeasurement

FORMAT = 1


@dataclass(frozen=True)
class RunSettings:
    """What the user chose."""

    k: int | Literal["auto"]
    device: str  # as resolved: "cpu", "cuda:0 (NVIDIA ...)"
    precision: str
    seed: int
    max_tiles: int | None
    offline: bool


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
    batch_size: int


@dataclass(frozen=True)
class Composition:
    """How the slide's tiles divide over the tissues or centers of the reference set."""

    names: list[str]
    counts: list[int]
    mean_probability: list[float]


@dataclass(frozen=True)
class SlideMeasurement:
    """What one encoder says of the slide; per tile it is in ``tiles.parquet``."""

    n_tiles: int  # readable
    tissue: Composition
    center: Composition
    outside_share: float  # tiles farther from the reference set than 95 % of its own
    outside_threshold: float  # cosine distance
    counts: dict[str, int] | None  # SS, SO, OS, OO; None where the slide's center is not given
    counts_basis: str  # which tissue and center the kinds refer to, in words


@dataclass(frozen=True)
class EncoderResult:
    """One encoder's part of a run."""

    encoder: EncoderFacts
    reference: ReferenceMeasurement
    slide: SlideMeasurement | None
    seconds: dict[str, float]  # by stage
    tiles_per_second: float | None
    warnings: list[str] = field(default_factory=list)


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


@dataclass(frozen=True)
class TileTable:
    """Per tile and encoder, the rows of ``tiles.parquet``; arrays of shape (n,) or (n, 4)."""

    cells: NDArray[np.int32]  # (n, 2) column, row of the lattice
    readable: NDArray[np.bool_]
    tissue: dict[str, NDArray[np.int16]]  # by encoder; -1 where unreadable
    tissue_probability: dict[str, NDArray[np.float32]]
    center: dict[str, NDArray[np.int16]]
    center_probability: dict[str, NDArray[np.float32]]
    distance: dict[str, NDArray[np.float32]]
    outside: dict[str, NDArray[np.bool_]]
    kinds: dict[str, NDArray[np.int16]]  # (n, 4): SS, SO, OS, OO among the k nearest


@dataclass(frozen=True)
class Evaluation:
    """A run and its tiles."""

    run: Run
    tiles: TileTable | None  # None where no slide was evaluated
