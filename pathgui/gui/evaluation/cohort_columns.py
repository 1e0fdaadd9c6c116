"""What a run over a cohort says of each row of the slide table, as columns of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pathgui.core.cohort.slide_table import CONTENT_ID
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.metrics.outside import FALSE_ALARMS
from pathgui.core.pictures.palette import Color, center_colors
from pathgui.core.results import formatting as fmt
from pathgui.core.results.center_matrix import outside_text, place_text
from pathgui.core.results.cohort_summary import SlideReading, reading, state_text
from pathgui.core.runs.record import Composition, Run, SlideOfRun
from pathgui.core.runs.tile_columns import FAR_MEANS
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.slide_model import ResultColumn
from pathgui.gui.results.share_delegate import ShareBar

STATE_TIP = say("Where the slide stands in the run over all slides. Rest over one that failed")
_ORDER = {"running": 0.0, "failed": 1.0, "waiting": 2.0, "done": 3.0}


def state_column(states: Mapping[str, tuple[str, str]]) -> ResultColumn:
    """Of each slide_id its state in a run, and why it failed."""
    return ResultColumn(
        "run",
        say("Run"),
        STATE_TIP,
        {name: state_text(state, why) for name, (state, why) in states.items()},
        {name: _ORDER.get(state, 4.0) for name, (state, _) in states.items()},
        in_front=True,
    )


def slides_by_row(run: Run, content: Content, asked: tuple[str, ...] = ()) -> dict[str, SlideOfRun]:
    """The slides of a run by the slide_id of the row that they are.

    A run may hold pseudonyms: then slides are known by their content, or, where it is known in
    which order they were asked for (``asked``, slide_ids), by that.
    """
    of_content = {
        content_id: name
        for name, content_id in zip(
            content.slides.slide_ids, content.slides.column(CONTENT_ID), strict=True
        )
        if content_id
    }
    ids = set(content.slides.slide_ids)
    found = {}
    for at, slide in enumerate(run.slides):
        known = None if slide.slide is None else of_content.get(slide.slide.content_id)
        if known is None and len(asked) == len(run.slides):
            known = asked[at]
        if known is None and slide.slide_id in ids:
            known = slide.slide_id
        if known is not None:
            found[known] = slide
    return found


def result_columns(run: Run, slides: Mapping[str, SlideOfRun]) -> list[ResultColumn]:
    """State, and of each encoder where it places each slide and how much of it lies outside."""
    columns = [state_column({name: (each.state, each.reason) for name, each in slides.items()})]
    colors = dict(
        zip(run.reference.centers, center_colors(len(run.reference.centers)), strict=True)
    )
    center = run.reference.columns.of_center
    for result in run.encoders:
        encoder = result.encoder
        place = _Cells(slides, encoder.name, partial(_place, colors))
        far = _Cells(slides, encoder.name, _far)
        columns += [
            place.column(
                say("{encoder_name} place", encoder_name=encoder.name),
                say(
                    "{encoder_title}: nearest {center}", encoder_title=encoder.title, center=center
                ),
                say(
                    "The {center} that most of the slide's tiles find their "
                    "nearest reference tile of, as {encoder_title} sees it, and "
                    "the share of its tiles. The bar has the share of each {center}",
                    center=center,
                    encoder_title=encoder.title,
                ),
            ),
            far.column(
                say("{encoder_name} far", encoder_name=encoder.name),
                say("{encoder_title}: outside", encoder_title=encoder.title),
                say(
                    "The share of the slide's tiles that are {FAR_MEANS}, as "
                    "{encoder_title} sees it. The dashes stand at "
                    "{FALSE_ALARMS}, the share of reference tiles",
                    FAR_MEANS=retold(FAR_MEANS),
                    encoder_title=encoder.title,
                    FALSE_ALARMS=fmt.percent(FALSE_ALARMS),
                ),
            ),
        ]
    return columns


@dataclass(frozen=True)
class _Cell:
    """What a column says of one slide; None: nothing of that kind."""

    text: str
    sort: float | None = None
    bar: ShareBar | None = None
    tip: str | None = None


class _Cells:
    """The cells of a column, each made when it is first asked for.

    A table shows forty slides of 2,000; all cells of three encoders take 0.2 s.
    """

    def __init__(
        self,
        slides: Mapping[str, SlideOfRun],
        encoder: str,
        make: Callable[[SlideReading, Composition | None], _Cell | None],
    ) -> None:
        self.slides = slides  # by the slide_id of the row
        self._encoder, self._make = encoder, make
        self._made: dict[str, _Cell | None] = {}

    def of(self, name: str) -> _Cell | None:
        """The cell of a slide; None where the encoder did not judge it."""
        if name not in self._made:
            slide = self.slides.get(name)
            each = () if slide is None else slide.encoders
            said = next((e for e in each if e.encoder == self._encoder), None)
            self._made[name] = (
                None if said is None else self._make(reading(said), said.slide.nearest_center)
            )
        return self._made[name]

    def column(self, key: str, title: str, tip: str) -> ResultColumn:
        """As a column of the table."""
        return ResultColumn(
            key, title, tip,
            _Part(self, lambda cell: cell.text), _Part(self, lambda cell: cell.sort),
            _Part(self, lambda cell: cell.bar), _Part(self, lambda cell: cell.tip),
        )  # fmt: skip


T = TypeVar("T")


class _Part(Mapping[str, T]):
    """One thing that cells say, by the slide_id of their row."""

    def __init__(self, cells: _Cells, part: Callable[[_Cell], T | None]) -> None:
        self._cells, self._part = cells, part

    def __getitem__(self, name: str) -> T:
        cell = self._cells.of(name)
        found = None if cell is None else self._part(cell)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._cells.slides if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _place(
    colors: Mapping[str, Color], found: SlideReading, nearest: Composition | None
) -> _Cell | None:
    if found.place_share is None or nearest is None:
        return None
    total = sum(nearest.counts)
    shares = {
        center: n / total for center, n in zip(nearest.names, nearest.counts, strict=True) if n
    }
    parts = tuple((share, colors.get(center)) for center, share in shares.items())
    most = sorted(shares.items(), key=lambda item: -item[1])
    tip = "\n".join(f"{center}: {fmt.percent(share)}" for center, share in most)
    return _Cell(place_text(found), found.place_share, ShareBar(parts), tip)


def _far(found: SlideReading, _: Composition | None) -> _Cell:
    share = found.far_share
    bar = None if share is None else ShareBar(((share, None),), FALSE_ALARMS)
    return _Cell(outside_text(found), share, bar)
