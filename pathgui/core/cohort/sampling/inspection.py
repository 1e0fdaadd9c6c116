"""Drawing tiles that are not spoiled: what is drawn is looked at, and thrown out tiles replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cohort.quality.flaws import Flaw, find_flaw, is_telling
from pathgui.core.cohort.quality.look import Look, look_at, typical
from pathgui.core.cohort.sampling.cutting import over_tiles
from pathgui.core.cohort.sampling.drawing import (
    Choice,
    SlideTaken,
    draw_tiles,
    order_of,
    tile_name,
)
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.reference.sampling_plan import SamplingPlan

_TELLING = 24  # tiles that say what is usual on a slide

At = tuple[int, int]  # a tile: which choice it is of, and its row there


@dataclass(frozen=True)
class Seen:
    """A slide that was looked at, and its tiles that may be taken."""

    taken: SlideTaken  # without tiles yet
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class ThrownOut:
    """A tile that would have been drawn."""

    row: int  # of slides.csv, from 0
    slide_id: str
    center: str
    tissue: str
    origin: tuple[int, int]  # x, y, level-0 pixels
    flaw: Flaw

    @property
    def name(self) -> str:
        """By which it can be taken back."""
        return tile_name(self.slide_id, self.origin)


def draw_sound(
    seen: Sequence[Seen], plan: SamplingPlan, report: ProgressFn
) -> tuple[list[NDArray[np.intp]], tuple[ThrownOut, ...]]:
    """Rows that are drawn of each choice of each slide, and what was thrown out before.

    As :func:`~pathgui.core.cohort.sampling.drawing.draw_tiles`. With ``plan.quality`` each tile
    that is drawn is looked at; a spoiled one is passed over, and it is drawn again, until all are
    sound or none is left. A tile that cannot be read is not judged: who writes it says so.
    """
    inspection = _Inspection(seen, plan, report)
    rows = draw_tiles(inspection.choices, plan)
    while plan.quality and inspection.judge(rows):
        rows = draw_tiles(inspection.choices, plan, inspection.out)
    thrown = sorted(inspection.thrown.items())
    return rows, tuple(each for _, each in thrown)


@dataclass
class _Inspection:
    """What was seen of tiles so far."""

    seen: Sequence[Seen]
    plan: SamplingPlan
    report: ProgressFn
    choices: list[Choice] = field(default_factory=list)
    out: list[set[int]] = field(default_factory=list)  # rows of each choice
    thrown: dict[At, ThrownOut] = field(default_factory=dict)
    _looks: dict[At, Look | None] = field(default_factory=dict)
    _judged: set[At] = field(default_factory=set)
    _telling: list[list[At]] = field(default_factory=list)  # of each slide
    _of_slide: list[range] = field(default_factory=list)  # its choices

    def __post_init__(self) -> None:
        for each in self.seen:
            first = len(self.choices)
            self.choices += each.choices
            self._of_slide.append(range(first, len(self.choices)))
            share = -(-_TELLING // max(1, len(each.choices)))
            self._telling.append([
                (at, int(row))
                for at in self._of_slide[-1]
                for row in order_of(self.choices[at], self.plan.seed)[:share]
            ])  # fmt: skip
        self.out = [set() for _ in self.choices]

    def judge(self, rows: Sequence[NDArray[np.intp]]) -> bool:
        """Look at drawn tiles that were not looked at yet; whether any is thrown out."""
        kept = set(self.plan.kept_anyway)
        new: dict[int, list[At]] = {}
        for number, choices in enumerate(self._of_slide):
            drawn = [(at, int(row)) for at in choices for row in rows[at]]
            if unjudged := [tile for tile in drawn if tile not in self._judged]:
                new[number] = unjudged
        self._look_at({
            number: {*tiles, *self._telling[number]}.difference(self._looks)
            for number, tiles in new.items()
        })  # fmt: skip
        before = len(self.thrown)
        for number, tiles in new.items():
            taken = self.seen[number].taken
            seen = (self._looks.get(tile) for tile in self._telling[number])
            telling = [look for look in seen if look is not None and is_telling(look)]
            self._judged.update(tiles)
            for at, row in tiles:
                look = self._looks.get((at, row))
                if look is None:
                    continue
                usual, needs = typical(telling or [look]), self.plan.min_tissue > 0
                flaw = find_flaw(look, usual, len(telling), needs_tissue=needs)
                choice = self.choices[at]
                x, y = choice.origins[row].tolist()
                if flaw is not None and tile_name(taken.slide_id, (x, y)) not in kept:
                    self.out[at].add(row)
                    self.thrown[at, row] = ThrownOut(
                        taken.row, taken.slide_id, taken.center, choice.tissue, (x, y), flaw
                    )
        return len(self.thrown) > before

    def _look_at(self, wanted: dict[int, set[At]]) -> None:
        slides, asked = [], {}
        for number, tiles in wanted.items():
            if tiles:
                slide = self._with(number, tiles)
                slides.append(slide)
                asked[slide.row] = tiles
        total, done = sum(map(len, asked.values())), 0

        def beat() -> None:
            self.report(Progress(say("Looking at the tiles"), done, total, part=Part.READING))

        measure = partial(look_at, mpp=self.plan.edge_um / self.plan.side_px)
        with closing(over_tiles(slides, self.plan.side_px, measure, beat)) as pieces:
            for piece in pieces:
                places = self._places(asked[piece.slide.row])
                for tile in piece.tiles:
                    beat()
                    done += 1
                    if tile is not None:
                        self._looks[places[tile.tissue, tile.origin]] = tile.made
        for tiles in asked.values():
            for at in tiles:
                self._looks.setdefault(at, None)

    def _with(self, number: int, tiles: Iterable[At]) -> SlideTaken:
        """The slide with these tiles, row by row, so that neighbors are read together."""
        places = sorted(self._places(tiles), key=lambda place: place[1][::-1])
        return replace(
            self.seen[number].taken,
            tissues=tuple(tissue for tissue, _ in places),
            origins=tuple(origin for _, origin in places),
        )

    def _places(self, tiles: Iterable[At]) -> dict[tuple[str, tuple[int, int]], At]:
        found = {}
        for at, row in tiles:
            x, y = self.choices[at].origins[row].tolist()
            found[self.choices[at].tissue, (x, y)] = (at, row)
        return found
