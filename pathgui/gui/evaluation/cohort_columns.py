"""What a run over a cohort says of each row of the slide table, as columns of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pathgui.core.cohort.slide_table import CONTENT_ID
from pathgui.core.metrics.outside import FALSE_ALARMS
from pathgui.core.pictures.palette import Color, center_colors
from pathgui.core.results import formatting as fmt
from pathgui.core.results.center_matrix import outside_text, place_text
from pathgui.core.results.cohort_summary import SlideReading, reading
from pathgui.core.runs.record import Composition, Run, SlideOfRun
from pathgui.core.runs.tile_columns import FAR_MEANS
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.slide_model import ResultColumn
from pathgui.gui.results.share_delegate import ShareBar

STATE_TIP = "Where the slide stands in the run over all slides. Rest over one that failed"
_ORDER = {"running": 0.0, "failed": 1.0, "waiting": 2.0, "done": 3.0}


def state_column(states: Mapping[str, tuple[str, str]]) -> ResultColumn:
    """Of each slide_id its state in a run, and why it failed."""
    return ResultColumn(
        "run",
        "Run",
        STATE_TIP,
        {name: f"{state}: {why}" if why else state for name, (state, why) in states.items()},
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
        encoder, place, far = result.encoder, _Cells(), _Cells()
        for name, slide in slides.items():
            said = next((e for e in slide.encoders if e.encoder == encoder.name), None)
            if said is not None:
                found = reading(said)
                _say_place(place, name, found, said.slide.nearest_center, colors)
                _say_far(far, name, found)
        columns += [
            place.column(
                f"{encoder.name} place",
                f"{encoder.title}: nearest {center}",
                f"The {center} that most of the slide's tiles find their nearest reference tile "
                f"of, as {encoder.title} sees it, and the share of its tiles. The bar has the "
                f"share of each {center}",
            ),
            far.column(
                f"{encoder.name} far",
                f"{encoder.title}: outside",
                f"The share of the slide's tiles that are {FAR_MEANS}, as {encoder.title} sees it. "
                f"The dashes stand at {fmt.percent(FALSE_ALARMS)}, the share of reference tiles",
            ),
        ]
    return columns


@dataclass(frozen=True)
class _Cells:
    """What a column says of each slide, by the slide_id of its row."""

    texts: dict[str, str] = field(default_factory=dict)
    sort: dict[str, float] = field(default_factory=dict)
    bars: dict[str, ShareBar] = field(default_factory=dict)
    tips: dict[str, str] = field(default_factory=dict)

    def column(self, key: str, title: str, tip: str) -> ResultColumn:
        return ResultColumn(key, title, tip, self.texts, self.sort, self.bars, self.tips)


def _say_place(
    cells: _Cells,
    name: str,
    found: SlideReading,
    nearest: Composition | None,
    colors: Mapping[str, Color],
) -> None:
    if found.place_share is None or nearest is None:
        return
    cells.texts[name], cells.sort[name] = place_text(found), found.place_share
    total = sum(nearest.counts)
    shares = {
        center: n / total for center, n in zip(nearest.names, nearest.counts, strict=True) if n
    }
    parts = tuple((share, colors.get(center)) for center, share in shares.items())
    cells.bars[name] = ShareBar(parts)
    most = sorted(shares.items(), key=lambda item: -item[1])
    cells.tips[name] = "\n".join(f"{center}: {fmt.percent(share)}" for center, share in most)


def _say_far(cells: _Cells, name: str, found: SlideReading) -> None:
    cells.texts[name] = outside_text(found)
    if found.far_share is not None:
        cells.sort[name] = found.far_share
        cells.bars[name] = ShareBar(((found.far_share, None),), FALSE_ALARMS)
