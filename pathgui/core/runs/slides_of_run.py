"""The slides of a run on a cohort: their files, and each one as an evaluation of one slide.

The files of a slide lie in ``NAME.pgrun/slides/FOLDER`` and are called as in a run of one slide.
They are written when the slide is done, so a run of many slides needs no memory for all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import RecordError
from pathgui.core.explore import maps as map_tables
from pathgui.core.explore.maps import MAPS_FILE, TileMap
from pathgui.core.language.texts import say
from pathgui.core.runs.record import Evaluation, Run, SlideOfRun, read_tiles, tile_rows
from pathgui.core.runs.run_files import TILES_FILE, read_looks, write_looks
from pathgui.core.runs.slide_records import SLIDES_FOLDER as SLIDES_FOLDER
from pathgui.core.slides.drawn_tissue import DRAWN

log = logging.getLogger(__name__)


def done_slides(run: Run) -> Iterator[SlideOfRun]:
    """The slides that were evaluated, in the order of the cohort."""
    return (slide for slide in run.slides if slide.state == "done")


def find_slide(run: Run, slide_id: str) -> SlideOfRun:
    """A slide of a run by the slide_id that the run holds, which may be a pseudonym.

    Raises
    ------
    RecordError
        If the run has no such slide.
    """
    for slide in run.slides:
        if slide.slide_id == slide_id:
            return slide
    if not run.slides:
        raise RecordError(say("This run is of no cohort, so it has no slides to choose from."))
    shown = ", ".join(slide.slide_id for slide in run.slides[:5])
    more = (
        "" if len(run.slides) <= 5 else say(" and {n_slides:,} more", n_slides=len(run.slides) - 5)
    )
    raise RecordError(
        say(
            "The run has no slide {slide_id}. It has {shown}{more}.",
            slide_id=slide_id,
            shown=shown,
            more=more,
        )
    )


def run_of_slide(run: Run, slide: SlideOfRun) -> Run:
    """The record of one slide of a cohort, as that of a run of this slide alone.

    Encoders that could not run on the slide are among the failures.

    Raises
    ------
    RecordError
        If the slide was not evaluated.
    """
    if slide.state != "done":
        why = f": {slide.reason}" if slide.reason else "."
        raise RecordError(
            say("The slide {slide_id} was not evaluated{why}", slide_id=slide.slide_id, why=why)
        )
    said = {each.encoder: each for each in slide.encoders}
    encoders = [
        replace(
            result,
            encoder=replace(result.encoder, slide_batch_size=each.batch_size),
            slide=each.slide,
            seconds={**result.seconds, **each.seconds},
            tiles_per_second=each.tiles_per_second,
            map=each.map or result.map,
        )
        for result in run.encoders
        if (each := said.get(result.encoder.name)) is not None
    ]
    settings = run.settings
    if slide.slide is not None:
        facts = slide.slide
        drawn = facts.tissue_mask_method == DRAWN or (
            settings.tissue_from_region and facts.tissue_threshold is None
        )
        region = slide.slide.own_region_l0
        settings = replace(settings, region_l0=region, tissue_from_region=drawn)
    return replace(
        run,
        settings=settings,
        slide=slide.slide,
        encoders=encoders,
        failures=[*run.failures, *slide.failures],
        events=[*run.events, *slide.events],
        agreement=slide.agreement,
        cohort=None,
        slides=[],
    )


def evaluation_of(folder: Path, evaluation: Evaluation, slide_id: str) -> Evaluation:
    """The evaluation of one slide of a cohort, as a run of that slide alone would give it.

    Parameters
    ----------
    folder
        Of the run on the cohort, ``NAME.pgrun``.
    evaluation
        That run, as :func:`~pathgui.core.runs.run_files.load_evaluation` reads it.
    slide_id
        As the run holds it.

    Raises
    ------
    RecordError
        If the run has no such slide, it was not evaluated, or its files are damaged.
    """
    slide = find_slide(evaluation.run, slide_id)
    run = run_of_slide(evaluation.run, slide)
    files = folder / SLIDES_FOLDER / slide.folder
    try:
        tiles = read_tiles(run, files / TILES_FILE)
        thumbnail, pictures = read_looks(files)
        placed = map_tables.load_maps(files)
    except Exception as error:  # a damaged file fails in whatever way its reader stumbles
        raise RecordError(
            say(
                "The tiles of the slide {slide_id} in {folder} cannot be read: "
                "{error}. Restore the folder from a copy, or evaluate again.",
                slide_id=slide.slide_id,
                folder=folder,
                error=error,
            )
        ) from error
    names = {result.encoder.name for result in run.encoders}
    maps = {
        name: _with_slide(laid, placed.get(name))
        for name, laid in evaluation.maps.items()
        if name in names
    }
    return replace(
        evaluation, run=run, tiles=tiles, thumbnail=thumbnail, maps=maps, pictures=pictures, told=()
    )


def nearest_rows(folder: Path, slide: SlideOfRun) -> dict[str, NDArray[np.int32]]:
    """Of each encoder: the row in the reference set of each tile's nearest reference tile.

    -1 where a tile has none. Empty where the slide's file is damaged, or of a version that did not
    keep neighbors. ``folder``: of the run on the cohort.
    """
    file = folder / SLIDES_FOLDER / slide.folder / TILES_FILE
    try:
        there = set(pq.read_schema(file).names)
        columns = {each.encoder: f"{each.encoder}.neighbors" for each in slide.encoders}
        wanted = {name: column for name, column in columns.items() if column in there}
        table = pq.read_table(file, columns=list(wanted.values()))
        return {
            name: np.asarray(pc.list_element(table.column(column), 0).to_numpy(), np.int32)
            for name, column in wanted.items()
        }
    except Exception:  # a damaged file fails in whatever way its reader stumbles
        log.exception("the neighbors of a slide cannot be read")
        return {}


def write_slide_files(evaluation: Evaluation, folder: Path) -> None:
    """Write what an evaluation of one slide holds of that slide into ``folder``.

    Its record, and what it holds of the reference set, are not among it. Raises OSError.
    """
    run = evaluation.run
    assert evaluation.tiles is not None
    assert run.slide is not None
    pq.write_table(tile_rows(run, evaluation.tiles), folder / TILES_FILE)
    write_looks(evaluation, folder)
    if evaluation.maps:
        none, nowhere = np.empty(0, np.int32), np.empty((0, 2), np.float32)
        placed = {
            name: replace(each, rows=none, positions=nowhere)
            for name, each in evaluation.maps.items()
        }
        own = run.slide.pseudonym
        table = map_tables.to_arrow(placed, tissues=(), centers=(), slides=(), own_slide=own)
        pq.write_table(table, folder / MAPS_FILE)


def _with_slide(reference: TileMap, slide: TileMap | None) -> TileMap:
    if slide is None:
        return reference
    return replace(reference, slide_rows=slide.slide_rows, slide_positions=slide.slide_positions)
