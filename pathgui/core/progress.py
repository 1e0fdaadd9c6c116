"""How long functions report progress, hand out partial results, and are stopped.

A long core function takes one callback. It is called on the thread that does the work, often,
and must be quick; it may raise :class:`Cancelled` to end the work, and ``with`` and ``finally``
clean up as for any exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import NDArray


class Part(Enum):
    """Which part of the work is going on; the value is how sentences call it."""

    READING = "reading"  # slides, tables, embeddings; tissue and tiles are found
    REFERENCE_SET = "reference set"  # is embedded
    SLIDE = "slide"  # is embedded
    MEASURING = "measuring"
    MAPS = "maps"
    SAVING = "saving"
    REPORT = "report"


@dataclass(frozen=True)
class RunProgress:
    """How far a run over the slides of a cohort is."""

    slide: str  # the slide_id of that which is worked on; "": the reference set is
    over: int  # slides that are done or failed
    failed: int
    total: int
    share: float  # of the whole run, 0..1
    seconds_left: float | None = None  # None: no slide of this run is over yet


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` items of ``stage``.

    ``stage`` is a phrase for the user ("Embedding slide with EfficientNet-Lite0"), which no
    program looks into: ``part`` says what is going on, None where nobody said. ``encoders`` are
    the names of those that embed now; ``done`` and ``total`` are theirs together. In a run over
    many slides ``run`` says how far all of it is; None in any other.
    """

    stage: str
    done: int
    total: int
    encoders: tuple[str, ...] = ()
    part: Part | None = None
    run: RunProgress | None = None

    @property
    def step(self) -> tuple[Part | None, str]:
        """What is counted; another step begins at 0 again, also under the same phrase."""
        return self.part, self.stage


@dataclass(frozen=True)
class Notice:
    """Something the user should know although the work goes on. Kept in the record."""

    text: str


@dataclass(frozen=True)
class TilePlan:
    """Which tiles of the slide will be evaluated; comes once, before the first answers."""

    cells: NDArray[np.int32]  # (n, 2), column and row of the lattice
    shape: tuple[int, int]  # columns, rows
    size_l0: int
    stride_l0: int
    origin_l0: tuple[int, int]
    tissues: tuple[str, ...]  # what the indices of TileAnswers refer to
    centers: tuple[str, ...]
    center_column: str = "center"  # the column of the set that plays the center
    tissue_column: str = "tissue"


@dataclass(frozen=True)
class TileAnswers:
    """What one encoder says of some tiles of the slide, as the work goes on.

    ``rows`` are indices into the tile grid, shape (m,); all other arrays go with them.
    """

    encoder: str
    rows: NDArray[np.intp]
    tissue: NDArray[np.int16]  # index into the reference set's tissues; -1: unreadable
    tissue_probability: NDArray[np.float32]  # 0..1, calibrated; NaN where far
    center: NDArray[np.int16]  # index into the reference set's centers; -1: unreadable
    center_probability: NDArray[np.float32]  # 0..1, calibrated
    distance: NDArray[np.float32]  # cosine distance to the nearest admissible reference tile
    nearest_center: NDArray[np.int16]  # center of that tile; -1: unreadable
    far: NDArray[np.bool_]  # far from every reference tile


@dataclass(frozen=True)
class SlideTurn:
    """What has become of a slide of a run over many.

    Each slide is "waiting" at first and "running" while its tiles are embedded; its
    :class:`TilePlan` and :class:`TileAnswers` come between that and "done" or "failed".
    """

    slide_id: str
    state: Literal["waiting", "running", "done", "failed"]
    reason: str = ""  # why it failed


@dataclass(frozen=True)
class PartialResult:
    """What is known so far of a measurement that goes on; its caller knows of which class it is."""

    result: object


class Cancelled(Exception):
    """Raised by a progress callback to stop the function that called it."""


Event = Progress | Notice | TilePlan | TileAnswers | SlideTurn | PartialResult
ProgressFn = Callable[[Event], None]


def ignore_progress(event: Event) -> None:
    """The default callback: nobody is watching."""


def during(part: Part, report: ProgressFn) -> ProgressFn:
    """``report`` for a function that is one part of the work.

    Its progress says so, unless it says already what is going on.
    """

    def say(event: Event) -> None:
        if isinstance(event, Progress) and event.part is None:
            event = replace(event, part=part)
        report(event)

    return say
