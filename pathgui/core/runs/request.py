"""What the user asks of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pathgui.core.embedding.tile_feed import Preparation
from pathgui.core.encoders.facts.registry import Precision
from pathgui.core.measurement.measure import SingleCells, SweepEffort
from pathgui.core.metrics.neighbors.k_rule import KRule
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.slides.region import Region
from pathgui.core.slides.slide import Slide

# auto: what an encoder's authors use on a GPU, fp32 on a CPU
PrecisionChoice = Precision | Literal["auto"]


@dataclass(frozen=True)
class EvaluationRequest:
    """What the user asked for."""

    reference: ReferenceSet
    encoders: tuple[str, ...]
    slide: Slide | None = None
    center: str | None = None  # of the slide, if known
    new_center: bool = False  # whether it is said to be one that the reference set does not have
    tissue: str | None = None  # of the whole slide, if known
    k: KRule = "auto"  # of all encoders: see k_rule.py and shared_k.py in core/metrics/neighbors
    k_origin: str = ""  # where a number is from, in words; "": the user gave it
    single_cells: SingleCells = "drop"  # tissues of one center, centers of one tissue
    device: str = "auto"
    precision: PrecisionChoice = "fp32"
    preparation: Preparation = "exact"  # how tiles are brought to the encoder's size
    max_tiles: int | None = None
    threads: int | None = None  # of the encoder on a CPU; None: one less than there are cores
    seed: int = 0
    offline: bool = False
    criteria: tuple[Criterion, ...] = ()  # what the results have to meet
    intended_use: IntendedUse | None = None  # what the encoders are to be used for
    command: str = ""
    region_l0: Region = ()  # of the slide: tiles with their center in any polygon; empty: all
    # Lay the tiles out on a map: 2 CPU seconds an encoder for 1,000 reference tiles, 16 for 5,000
    # and more (core/explore/maps.py draws a sample), half a second for 1,000 tiles of the slide.
    maps: bool = True
    shortcut: SweepEffort = "quick"  # how thoroughly shortcuts are swept
    # Whether the run keeps names of slides and tiles; else it holds pseudonyms made by the key,
    # which should be one of the user that no run holds (core/reference/pseudonyms.py).
    keep_names: bool = False
    pseudonym_key: bytes = b""
