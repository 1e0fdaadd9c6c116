"""Which of the tiles that may be taken are: a function of places, names and a plan."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cohort.sampling.placing import Origins
from pathgui.core.reference.sampling_plan import SamplingPlan

# Tiles that the patient gave to the pair, tiles that the slide gave, what decides between equals,
# and which choice it is.
_Turn = tuple[int, int, str, int]


@dataclass(frozen=True)
class Choice:
    """The tiles of one tissue on one slide that may be taken."""

    slide: str  # its slide_id
    patient: str  # who it is from, the same text for the same patient; the slide where not known
    center: str
    tissue: str
    origins: Origins  # (n, 2), level-0 pixels
    reach: int  # level-0 pixels from one tile to the next, at least, across or down; 0: any

    @property
    def pair(self) -> tuple[str, str]:
        """Tissue and center."""
        return self.tissue, self.center


@dataclass(frozen=True)
class SlideTaken:
    """The tiles that are taken of one slide."""

    row: int  # of slides.csv, from 0
    slide_id: str
    path: Path
    mpp: float  # µm per level-0 pixel
    given_mpp: float | None  # what the table says of it; None: the file does
    content_id: str
    center: str
    size_l0: int  # side of a tile
    tissues: tuple[str, ...]  # of each tile
    origins: tuple[tuple[int, int], ...]  # x, y of each tile, level-0 pixels


def tile_name(slide_id: str, origin: tuple[int, int]) -> str:
    """What a tile is called in a set, and where it is taken back."""
    return f"{slide_id} {origin[0]} {origin[1]}"


def order_of(choice: Choice, seed: int) -> NDArray[np.intp]:
    """Rows of a choice in the order in which they are drawn, if all are."""
    key = int(_key(seed, choice.slide, choice.tissue), 16)
    return np.random.default_rng(key).permutation(len(choice.origins))


def draw_tiles(
    choices: Sequence[Choice], plan: SamplingPlan, out: Sequence[Collection[int]] = ()
) -> list[NDArray[np.intp]]:
    """Rows of each choice's origins that are taken, ascending; the same ones for the same seed.

    Tissue-center pairs take one tile in turn. It is of the patient that gave the pair the fewest
    tiles so far, and of that patient's slide that gave the fewest. Within a slide the order is
    random. A pair stops at ``plan.tiles_a_pair``. The limit of a slide, ``plan.tiles_a_slide``, is
    shared by its tissues evenly; what one cannot use, the others may. With ``plan.equal_pairs``
    all stop when the first pair has no more tile to give.

    The order within a slide depends on the seed and the slide alone: another slide in the cohort
    leaves it as it is. Rows in ``out``, of each choice, are passed over.
    """
    drawing = _Drawing(choices, plan, out or [()] * len(choices))
    pairs = sorted({choice.pair for choice in choices if len(choice.origins)})
    while True:
        turn = []
        for pair in pairs:
            if plan.tiles_a_pair is None or drawing.of_pair[pair] < plan.tiles_a_pair:
                turn.append(drawing.take(pair))
        given = [at for at in turn if at is not None]
        if plan.equal_pairs and len(given) < len(turn):
            for at in given:
                drawing.give_back(at)
            break
        if not given:
            break
    return [np.sort(np.array(rows, np.intp)) for rows in drawing.taken]


class _Drawing:
    """What was drawn so far."""

    def __init__(
        self, choices: Sequence[Choice], plan: SamplingPlan, out: Sequence[Collection[int]]
    ) -> None:
        self._choices = choices
        self._out = out
        self.taken: list[list[int]] = [[] for _ in choices]
        self.of_pair: Counter[tuple[str, str]] = Counter()
        self._of_patient: Counter[tuple[tuple[str, str], str]] = Counter()
        self._places: dict[str, _Places] = defaultdict(_Places)  # of each slide
        # Whose turn it is, first on top of a heap. A turn may be out of date: then it is later.
        self._open: dict[tuple[str, str], list[_Turn]] = defaultdict(list)
        self._orders: list[NDArray[np.intp]] = []
        self._looked_at: list[int] = [0] * len(choices)  # of each order
        self._rank: list[str] = []
        self._most = _limits(choices, plan.tiles_a_slide, out)
        for at, choice in enumerate(choices):
            self._orders.append(order_of(choice, plan.seed))
            self._rank.append(_key(plan.seed, choice.slide, choice.tissue))
            heappush(self._open[choice.pair], self._turn(at))

    def _turn(self, at: int) -> _Turn:
        choice = self._choices[at]
        of_patient = self._of_patient[choice.pair, choice.patient]
        return of_patient, len(self.taken[at]), self._rank[at], at

    def take(self, pair: tuple[str, str]) -> int | None:
        """One tile for a pair: of which choice it is; None if there is none."""
        turns = self._open[pair]
        while turns:
            at = turns[0][-1]
            if turns[0] != self._turn(at):
                heapreplace(turns, self._turn(at))
                continue
            row = self._next_row(at)
            if row is not None:
                choice = self._choices[at]
                self.taken[at].append(row)
                self.of_pair[pair] += 1
                self._of_patient[pair, choice.patient] += 1
                x, y = choice.origins[row].tolist()
                self._places[choice.slide].add(x, y, choice.reach)
                return at
            heappop(turns)
        return None

    def give_back(self, at: int) -> None:
        """Undo the last tile of a choice."""
        self.taken[at].pop()

    def _next_row(self, at: int) -> int | None:
        """The next tile of a choice that keeps its distance to those of its slide."""
        choice, order = self._choices[at], self._orders[at]
        places = self._places[choice.slide]
        if len(self.taken[at]) >= self._most[at]:
            return None
        while self._looked_at[at] < len(order):
            row = int(order[self._looked_at[at]])
            self._looked_at[at] += 1
            if row in self._out[at]:
                continue
            x, y = choice.origins[row].tolist()
            if not places.has_near(x, y, choice.reach):
                return row
        return None


class _Places:
    """The tiles that were taken of a slide, to be asked which are near."""

    def __init__(self) -> None:
        # By fields that are as wide as tiles are apart, so that only nine have to be looked at.
        # ``reach`` is the same for all tissues of a slide.
        self._in_field: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)

    def add(self, x: int, y: int, reach: int) -> None:
        if reach:
            self._in_field[x // reach, y // reach].append((x, y))

    def has_near(self, x: int, y: int, reach: int) -> bool:
        """Whether a tile was taken less than ``reach`` away, across and down."""
        if not reach:
            return False
        column, row = x // reach, y // reach
        return any(
            max(abs(x - left), abs(y - top)) < reach
            for across in (column - 1, column, column + 1)
            for down in (row - 1, row, row + 1)
            for left, top in self._in_field.get((across, down), ())
        )


def _limits(
    choices: Sequence[Choice], tiles_a_slide: int, out: Sequence[Collection[int]]
) -> list[int]:
    """The most tiles of each choice, so that no slide gives more than its limit."""
    of_slide: dict[str, list[int]] = defaultdict(list)
    for at, choice in enumerate(choices):
        of_slide[choice.slide].append(at)
    most = [0] * len(choices)
    sizes = [len(choice.origins) - len(rows) for choice, rows in zip(choices, out, strict=True)]
    for members in of_slide.values():
        left = tiles_a_slide
        # Those with few tiles first: what they leave is shared by the rest.
        members = sorted(members, key=lambda at: (sizes[at], choices[at].tissue))
        for number, at in enumerate(members):
            most[at] = min(sizes[at], left // (len(members) - number))
            left -= most[at]
    return most


def _key(*what: object) -> str:
    """Hexadecimal digits that follow from ``what`` on every computer."""
    return hashlib.sha256("\0".join(map(str, what)).encode()).hexdigest()
