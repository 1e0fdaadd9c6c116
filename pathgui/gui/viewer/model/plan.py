"""Which regions of a slide the view needs, most wanted first. Without Qt.

A slide is cut into cells of 256 pixels per level. Between the slide's own levels and above the
last one lie virtual levels, averaged from the next finer real one, so that no zoom blurs, and
none shimmers because 16 pixels were thrown away for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pathgui.gui.viewer.model.viewport import Point, Rect, Viewport

CELL = 256
SHARP_ENOUGH = 1.15  # a level may be enlarged this much at rest; saves 4x the work for 4 % gain
_WIDEST_STEP = 2.5  # between two real levels; above it virtual ones are put in
_SMALLEST_LEVEL = 512  # px a side: virtual levels go on until the slide is this small
_MOST_AVERAGED = 8  # a virtual level never averages more than 8 x 8 pixels of a real one
_HYSTERESIS = 1.1
_SOON_S = 0.05  # what is there as soon as this needs nothing coarser before it
MAX_CELLS = 768  # in one plan, unless the view itself is larger than that
_SMALLEST_CELL_PX = CELL * SHARP_ENOUGH / 2  # on the screen, of the coarsest level that is sharp


class CellKey(NamedTuple):
    """One cell: index of its level in the pyramid, column, row."""

    level: int
    column: int
    row: int


class LevelFacts(Protocol):
    """What is needed of a slide's level."""

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def downsample(self) -> float: ...


@dataclass(frozen=True)
class PlanLevel:
    """One real or virtual level: ``factor`` x ``factor`` pixels of level ``source`` make one."""

    downsample: float  # level-0 pixels per pixel
    size_px: tuple[int, int]
    source: int
    factor: int
    source_size_px: tuple[int, int]
    source_downsample: float  # as the reader counts: it finds pixel P at floor(P / downsample)

    @property
    def virtual(self) -> bool:
        """Whether it is averaged from a finer level."""
        return self.factor > 1

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows of its cells."""
        return -(-self.size_px[0] // CELL), -(-self.size_px[1] // CELL)


@dataclass(frozen=True)
class Pyramid:
    """All levels of a slide, finest first."""

    size_l0: tuple[int, int]
    levels: tuple[PlanLevel, ...]

    def rect_l0(self, key: CellKey) -> Rect:
        """The part of the slide a cell shows. Neighbors share their edge to the last bit."""
        level = self.levels[key.level]
        step = CELL * level.downsample
        return (
            key.column * step,
            key.row * step,
            min((key.column + 1) * step, level.size_px[0] * level.downsample, self.size_l0[0]),
            min((key.row + 1) * step, level.size_px[1] * level.downsample, self.size_l0[1]),
        )

    def size_px(self, key: CellKey) -> tuple[int, int]:
        """Width and height of a cell; those at the right and lower edge are smaller."""
        width, height = self.levels[key.level].size_px
        return min(CELL, width - key.column * CELL), min(CELL, height - key.row * CELL)

    def cells(self, level: int, rect_l0: Rect) -> Iterator[CellKey]:
        """The cells of ``level`` that touch ``rect_l0``, row by row."""
        step = CELL * self.levels[level].downsample
        columns, rows = self.levels[level].cells
        x0, y0, x1, y1 = rect_l0
        for row in range(max(0, math.floor(y0 / step)), min(rows, math.ceil(y1 / step))):
            for column in range(max(0, math.floor(x0 / step)), min(columns, math.ceil(x1 / step))):
                yield CellKey(level, column, row)

    def count(self, level: int, rect_l0: Rect) -> int:
        """How many cells :meth:`cells` would give."""
        step = CELL * self.levels[level].downsample
        columns, rows = self.levels[level].cells
        x0, y0, x1, y1 = rect_l0
        across = min(columns, math.ceil(x1 / step)) - max(0, math.floor(x0 / step))
        down = min(rows, math.ceil(y1 / step)) - max(0, math.floor(y0 / step))
        return max(0, across) * max(0, down)

    def at_rest(self, scale: float) -> int:
        """The coarsest level that is sharp at ``scale``."""
        need = SHARP_ENOUGH / scale
        fitting = [i for i, level in enumerate(self.levels) if level.downsample <= need]
        return max(fitting, default=0)

    def in_motion(self, scale: float, current: int | None = None) -> int:
        """The real level nearest to ``scale``: cheap, and at most somewhat soft.

        ``current`` is kept while the nearest is not clearly nearer, so that slow zooming does not
        flip levels.
        """
        need = math.log(1 / scale)

        def distance(index: int) -> float:
            return abs(math.log(self.levels[index].downsample) - need)

        real = [i for i, level in enumerate(self.levels) if not level.virtual]
        nearest = min(real, key=distance)
        if current in real and distance(current) <= distance(nearest) + math.log(_HYSTERESIS):
            return current
        return nearest

    def origin_l0(self, key: CellKey) -> tuple[int, int]:
        """Where to tell the reader that a cell begins, so that it finds exactly that pixel."""
        level = self.levels[key.level]
        step = CELL * level.factor
        return (
            reader_position(key.column * step, level.source_downsample),
            reader_position(key.row * step, level.source_downsample),
        )


def reader_position(pixel: int, downsample: float) -> int:
    """A level-0 position p, the first or next to it, with floor(p / downsample) = ``pixel``.

    >>> reader_position(256, 4.0), reader_position(3, 2.000337)
    (1024, 7)
    """
    position = math.ceil(pixel * downsample)
    while math.floor(position / downsample) < pixel:
        position += 1
    return position


def make_pyramid(size_l0: tuple[int, int], levels: Sequence[LevelFacts]) -> Pyramid:
    """The real ``levels`` of a slide with virtual ones between and above."""
    made: list[PlanLevel] = []
    for index, level in enumerate(levels):
        downsample = exact_downsample(size_l0, level.size, level.downsample)
        following = levels[index + 1].downsample if index + 1 < len(levels) else None
        factor = 1
        while True:
            size = (-(-level.size[0] // factor), -(-level.size[1] // factor))
            made.append(
                PlanLevel(downsample * factor, size, index, factor, level.size, level.downsample)
            )
            factor *= 2
            if factor > _MOST_AVERAGED:
                break
            if following is None:
                enough = max(size) <= _SMALLEST_LEVEL
            else:
                adjacent = factor == 2 and following <= _WIDEST_STEP * level.downsample
                enough = adjacent or downsample * factor > following / 1.5
            if enough:
                break
    return Pyramid(size_l0, tuple(made))


def exact_downsample(size_l0: tuple[int, int], size_px: tuple[int, int], reported: float) -> float:
    """The factor a level was really made with.

    Readers report the mean of width and height ratio, which is off from the whole factor where
    sides are odd (2967 / 1483 = 2.0007), and by the far edge of the slide visibly so.

    >>> exact_downsample((2220, 2967), (1110, 1483), 2.000337)
    2.0
    >>> exact_downsample((1000, 1000), (300, 300), 3.3333)
    3.3333
    """
    factor = round(reported)
    if factor >= 1 and all(
        whole // factor <= part <= -(-whole // factor)
        for whole, part in zip(size_l0, size_px, strict=True)
    ):
        return float(factor)
    return reported


@dataclass(frozen=True)
class Plan:
    """``shown`` are the cells in view of the level aimed at, ``wants`` what to read, in order.

    The first ``urgent`` of ``wants`` are in view; the rest are read when nothing else is to do.
    """

    level: int
    shown: tuple[CellKey, ...]
    wants: tuple[CellKey, ...]
    urgent: int


def make_plan(
    pyramid: Pyramid,
    view: Viewport,
    level: int,
    has: Callable[[CellKey], bool],
    *,
    toward_px: Point | None = None,
    velocity_px: Point = (0.0, 0.0),
    ahead: bool = True,
    cell_s: float = math.inf,
) -> Plan:
    """What to read for ``view`` at ``level``.

    Parameters
    ----------
    has
        Whether a cell needs no reading.
    toward_px
        Device position around which to read first; the middle of the view by default.
    velocity_px
        How the picture moves, device px per second.
    ahead
        Whether to read past what is in view: the ring around it, more of it where the view is
        heading, the middle of the next finer level, and the next coarser level.
    cell_s
        Seconds until one more cell is there. Where all will be there at once, the next coarser
        level, which covers much with few cells, is not read before them.
    """
    seen = view.seen_l0
    focus = view.to_l0(toward_px or (view.size_px[0] / 2, view.size_px[1] / 2))

    def near(key: CellKey) -> float:
        x0, y0, x1, y1 = pyramid.rect_l0(key)
        return math.hypot((x0 + x1) / 2 - focus[0], (y0 + y1) / 2 - focus[1])

    most = _most_cells(view)
    # Around a turned view lie up to twice as many that are not in view.
    few = pyramid.count(level, seen) <= 3 * most
    shown = tuple(sorted(_in_view(pyramid, view, level, seen), key=near)) if few else ()
    if not few or len(shown) > most:
        return Plan(level, (), (), 0)
    missing = [key for key in shown if not has(key)]
    wants: dict[CellKey, None] = {}
    coarser = next_coarser(pyramid, level)
    if coarser is not None and len(missing) > 3 and len(missing) * cell_s > _SOON_S:
        wants.update(dict.fromkeys(k for k in pyramid.cells(coarser, seen) if not has(k)))
    wants.update(dict.fromkeys(missing))
    urgent = len(wants)
    if ahead:
        for key in _ahead(pyramid, view, level, velocity_px):
            if not has(key):
                wants.setdefault(key)
    return Plan(level, shown, tuple(wants)[:most], urgent)


def _most_cells(view: Viewport) -> int:
    """More than a view of that size needs of any level that is not far too fine for it."""
    width, height = view.size_px
    return max(MAX_CELLS, round(1.5 * width * height / _SMALLEST_CELL_PX**2))


def next_coarser(pyramid: Pyramid, level: int) -> int | None:
    """The next real level above, which is cheap to read and covers much."""
    for index in range(level + 1, len(pyramid.levels)):
        if not pyramid.levels[index].virtual:
            return index
    return None


def _in_view(pyramid: Pyramid, view: Viewport, level: int, seen: Rect) -> Iterator[CellKey]:
    for key in pyramid.cells(level, seen):
        if not view.aligned:  # a turned view's surrounding rectangle has empty corners
            x0, y0, x1, y1 = view.rect_to_px(pyramid.rect_l0(key))
            if x1 <= 0 or y1 <= 0 or x0 >= view.size_px[0] or y0 >= view.size_px[1]:
                continue
        yield key


def _ahead(pyramid: Pyramid, view: Viewport, level: int, velocity_px: Point) -> Iterator[CellKey]:
    """The ring (twice as wide where the view is heading), finer middle, coarser whole."""
    width, height = view.size_px
    ring = CELL * pyramid.levels[level].downsample * view.scale
    # The picture moving right uncovers what lies to the left.
    left, right = _bias(velocity_px[0])
    top, bottom = _bias(velocity_px[1])
    around = view.rect_to_l0(
        (-ring * left, -ring * top, width + ring * right, height + ring * bottom)
    )
    if pyramid.count(level, around) <= MAX_CELLS:
        yield from pyramid.cells(level, around)
    if level > 0:
        quarter = (width * 0.375, height * 0.375, width * 0.625, height * 0.625)
        yield from pyramid.cells(level - 1, view.rect_to_l0(quarter))
    if level + 1 < len(pyramid.levels):
        yield from pyramid.cells(level + 1, view.seen_l0)


def _bias(velocity: float) -> tuple[float, float]:
    if velocity > 30:
        return 2.0, 0.5
    if velocity < -30:
        return 0.5, 2.0
    return 1.0, 1.0
