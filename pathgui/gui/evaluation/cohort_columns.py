"""What a run over a cohort says of each row of the slide table, as columns of the table."""

from __future__ import annotations

from collections.abc import Mapping

from pathgui.core.cohort.slide_table import CONTENT_ID
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_summary import reading
from pathgui.core.runs.record import Run, SlideOfRun
from pathgui.core.runs.tile_columns import FAR_MEANS
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.slide_model import ResultColumn

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
    for result in run.encoders:
        encoder = result.encoder
        places: dict[str, str] = {}
        shares: dict[str, float] = {}
        far: dict[str, str] = {}
        far_shares: dict[str, float] = {}
        for name, slide in slides.items():
            said = next((e for e in slide.encoders if e.encoder == encoder.name), None)
            if said is None:
                continue
            found = reading(said)
            tiles = fmt.plural(found.n_tiles, "tile")
            if found.place is not None and found.place_share is not None:
                places[name] = f"{found.place}, {fmt.percent(found.place_share)} of {tiles}"
                shares[name] = found.place_share
            if found.far_share is None:
                far[name] = fmt.NOT_ASSESSABLE
            else:
                far[name] = f"{fmt.percent(found.far_share)} of {tiles}"
                far_shares[name] = found.far_share
        columns += [
            ResultColumn(
                f"{encoder.name} place", f"{encoder.title}: nearest center",
                f"The center that most of the slide's tiles find their nearest reference tile of, "
                f"as {encoder.title} sees it, and the share of its tiles",
                places, shares,
            ),
            ResultColumn(
                f"{encoder.name} far", f"{encoder.title}: outside",
                f"The share of the slide's tiles that are {FAR_MEANS}, as {encoder.title} sees it",
                far, far_shares,
            ),
        ]  # fmt: skip
    return columns
