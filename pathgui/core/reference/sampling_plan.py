"""How the tiles of a reference set are drawn from the slides of a cohort: a record in the set."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.reference.tile_files import MOST_PX

SOURCES = ("both", "regions", "slides")
_LEAST_PX = 32  # a side; in a smaller picture no encoder sees a nucleus


@dataclass(frozen=True)
class SamplingPlan:
    """Which tiles are drawn, and how they are stored."""

    edge_um: float = 112.0  # side of a tile in µm: its field of view
    mpp: float = 0.5  # µm per pixel of the stored pictures
    # regions: labeled ones; slides: whole slides, of their row's tissue; both: whole slides where
    # there are no regions
    source: str = "both"
    tiles_a_slide: int = 50  # at most
    tiles_a_pair: int | None = None  # of a tissue-center pair, at most; null: no limit
    equal_pairs: bool = False  # every tissue-center pair has as many tiles as the smallest
    min_tissue: float = 0.5  # least share of tissue in a tile, 0 to 1; with 0 no mask is made
    whole: bool = True  # a tile lies in its region wholly; else its center does
    distance_um: float = 0.0  # between the edges of two tiles of a slide, at least
    left_out: tuple[str, ...] = ()  # classes of regions in which no tile is taken
    seed: int = 0  # of the draw
    # Spoiled tiles are thrown out, and others drawn. Absent: drawn before there was a filter
    quality: bool = False
    kept_anyway: tuple[str, ...] = ()  # names of tiles (SLIDE X Y) that the filter leaves alone
    # What was drawn and taken out by hand, and no other tile drawn for it. Absent: nothing was
    dropped_tiles: tuple[str, ...] = ()  # names of tiles (SLIDE X Y)
    dropped_slides: tuple[str, ...] = ()  # their slide_id

    @property
    def side_px(self) -> int:
        """Side of the stored pictures."""
        return round(self.edge_um / self.mpp)

    @property
    def without_names(self) -> SamplingPlan:
        """The plan in a pseudonymous copy: it names no tile and no slide."""
        return replace(self, kept_anyway=(), dropped_tiles=(), dropped_slides=())

    def check(self) -> None:
        """Raise ReferenceSetError if no tile can be drawn so."""
        for name, value in ((say("field of view"), self.edge_um), ("mpp", self.mpp)):
            if not (math.isfinite(value) and value > 0):
                raise ReferenceSetError(
                    say(
                        "The {name} must be a positive number, not {value:g}.",
                        name=name,
                        value=value,
                    )
                )
        ratio = self.edge_um / self.mpp
        if not _LEAST_PX <= ratio <= MOST_PX:
            raise ReferenceSetError(
                say(
                    "A tile of {edge_um:g} µm at {mpp:g} µm per pixel would be "
                    "{ratio:.4g} pixels wide. Choose a field of view and an mpp "
                    "that give {LEAST_PX} to {MOST_PX} pixels.",
                    edge_um=self.edge_um,
                    mpp=self.mpp,
                    ratio=ratio,
                    LEAST_PX=_LEAST_PX,
                    MOST_PX=MOST_PX,
                )
            )
        if self.source not in SOURCES:
            raise ReferenceSetError(
                say(
                    "Tiles are drawn from {SOURCES}; there is no source {source}.",
                    SOURCES=", ".join(SOURCES),
                    source=self.source,
                )
            )
        if self.tiles_a_slide is not None and self.tiles_a_slide < 1:
            raise ReferenceSetError(
                say("The tiles a slide must be 1 or more, not {n}.", n=self.tiles_a_slide)
            )
        if self.tiles_a_pair is not None and self.tiles_a_pair < 1:
            raise ReferenceSetError(
                say("The tiles a pair must be 1 or more, not {n}.", n=self.tiles_a_pair)
            )
        if not 0 <= self.min_tissue <= 1:
            raise ReferenceSetError(
                say(
                    "The least share of tissue must be from 0 to 1, not {min_tissue:g}.",
                    min_tissue=self.min_tissue,
                )
            )
        if not (math.isfinite(self.distance_um) and self.distance_um >= 0):
            raise ReferenceSetError(
                say(
                    "The distance between tiles must be 0 µm or more, not {distance_um:g}.",
                    distance_um=self.distance_um,
                )
            )
        if self.seed < 0:
            raise ReferenceSetError(say("The seed must be 0 or more, not {seed}.", seed=self.seed))


# What is proposed for a new set. A record without a field means what was done before it was there.
PROPOSED = SamplingPlan(quality=True)


@dataclass(frozen=True)
class Sampling:
    """What a set was drawn from, and by which plan."""

    cohort: str  # its name; "" in a pseudonymous copy
    tissue: str  # the column of the cohort that played the tissue
    center: str  # the column that played the center
    patient: str  # the column that played the patient
    plan: SamplingPlan = field(default_factory=SamplingPlan)
