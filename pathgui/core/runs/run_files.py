"""The files of a run: written whole, read back, checked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import RecordError, os_errors_as
from pathgui.core.explore import maps as map_tables
from pathgui.core.explore import neighborhood
from pathgui.core.explore.maps import MAPS_FILE
from pathgui.core.explore.neighborhood import NEIGHBORS_FILE, KnownTiles
from pathgui.core.language.texts import say
from pathgui.core.pictures.tile_pictures import PICTURES_FILE, TilePicture
from pathgui.core.pictures.tile_pictures import from_arrow as pictures_from_arrow
from pathgui.core.pictures.tile_pictures import to_arrow as pictures_to_arrow
from pathgui.core.runs.beside import read_beside
from pathgui.core.runs.criteria import JudgedCriteria, LaterCriteria
from pathgui.core.runs.format_1 import as_format_2
from pathgui.core.runs.kept_appraisal import APPRAISAL_FILE
from pathgui.core.runs.kept_classifiers import CLASSIFIERS_FILE, load_classifiers
from pathgui.core.runs.kept_corrections import CORRECTIONS_FILE, with_corrections
from pathgui.core.runs.kept_what_if import WHAT_IF_FILE, load_what_if
from pathgui.core.runs.qualification import QUALIFICATION_FILE
from pathgui.core.runs.record import Evaluation, Run, read_tiles, tile_rows
from pathgui.core.runs.slide_records import with_written
from pathgui.core.runs.tile_columns import TileTable as TileTable
from pathgui.core.system.endings import RUN_ENDING, no_folder
from pathgui.core.system.files import ANYTHING, NotInPlace, Replaceable, draft_folder, write_file
from pathgui.core.system.json_records import (
    InvalidRecord,
    json_object,
    to_json,
    to_record,
)

FORMAT = 2
RUN_FILE = "run.json"
TILES_FILE = "tiles.parquet"
THUMBNAIL_FILE = "thumbnail.png"
LATER_FILE = "criteria-after-results.json"  # apart from run.json, which never changes
BASELINE_FILE = "baseline.json"  # of a run that is filed as baseline: it stays as it is
CHECKS_FILE = "baseline-checks.json"  # beside it: when it was checked, and what came out
CHECK_FILE = "check.json"  # of a run that was held against a baseline: how it stands to it
OWN_FILES = (
    RUN_FILE, TILES_FILE, THUMBNAIL_FILE, LATER_FILE, CORRECTIONS_FILE, WHAT_IF_FILE,
    NEIGHBORS_FILE, MAPS_FILE, PICTURES_FILE, BASELINE_FILE, CHECKS_FILE, CHECK_FILE,
    CLASSIFIERS_FILE,
    QUALIFICATION_FILE, APPRAISAL_FILE,
)  # fmt: skip
STAYS = say("It is filed as a baseline, which stays as it was filed.")


def save_evaluation(
    evaluation: Evaluation, folder: Path, *, replacing: Replaceable = ANYTHING
) -> None:
    """Write ``folder`` (``NAME.pgrun``), in the place of what was there.

    ``replacing`` is what :func:`~pathgui.core.runs.targets.require_target` returned; None: nothing
    is replaced.

    Raises
    ------
    RecordError
        If it cannot be written. If something else is at ``folder`` by now, that stays, and the run
        is kept under a name beside it, which the text says.
    """
    with _draft_of_run(folder, replacing) as draft:
        if evaluation.tiles is not None:
            pq.write_table(tile_rows(evaluation.run, evaluation.tiles), draft / TILES_FILE)
        _write_exploration(evaluation, draft)
        write_looks(evaluation, draft)
        # The last one: a draft that has it is complete, see core/runs/leftovers.py.
        run = replace(evaluation.run, format=max(evaluation.run.format, FORMAT))
        (draft / RUN_FILE).write_bytes(to_json(run))


@contextmanager
def _draft_of_run(folder: Path, replacing: Replaceable) -> Iterator[Path]:
    """A draft of a run, which takes its place; what goes wrong is a RecordError."""
    try:
        with draft_folder(folder, record=RUN_FILE, replacing=replacing) as draft:
            yield draft
    except NotInPlace as error:
        raise RecordError(
            say("{why} This run is kept as {kept}.", why=error.why, kept=error.kept)
        ) from error
    except OSError as error:
        raise RecordError(
            say(
                "The run could not be saved in {folder}: {error}. Choose another "
                "folder, or make room.",
                folder=folder,
                error=error,
            )
        ) from error


def copy_run(source: Path, folder: Path, *, replacing: Replaceable = ANYTHING) -> None:
    """Write a copy of a run with all its files; see :func:`save_evaluation`."""
    with _draft_of_run(folder, replacing) as draft:
        shutil.copytree(source, draft, dirs_exist_ok=True)


def load_evaluation(folder: Path) -> Evaluation:
    """Read a run that :func:`save_evaluation` wrote.

    Raises
    ------
    RecordError
        If the folder is no run, or a file in it is damaged or of a later version.
    """
    run = load_run(folder)
    tiles = None
    try:
        if run.slide is not None:
            tiles = read_tiles(run, folder / TILES_FILE)
        thumbnail, pictures = read_looks(folder)
        known = _read_known(run, folder / NEIGHBORS_FILE)
        maps = map_tables.load_maps(folder)
    except Exception as error:  # a damaged file fails in whatever way its reader stumbles
        raise RecordError(
            say(
                "The tiles of the run {folder} cannot be read: {error}. Restore "
                "the folder from a copy, or evaluate again.",
                folder=folder,
                error=error,
            )
        ) from error
    classifiers = tuple(each.found for each in load_classifiers(folder, run))
    return Evaluation(
        run,
        tiles,
        thumbnail,
        load_later(folder, run),
        known,
        maps,
        pictures,
        what_if={each.encoder: each.found for each in load_what_if(folder, run)},
        classifiers=classifiers,
    )


def read_looks(folder: Path) -> tuple[NDArray[np.uint8] | None, tuple[TilePicture, ...]]:
    """What a slide looks like, as :func:`write_looks` wrote it: thumbnail, tiles. Raises anything.

    None, and no tiles, where there are none.
    """
    thumbnail = None
    if (folder / THUMBNAIL_FILE).exists():
        from PIL import Image

        with Image.open(folder / THUMBNAIL_FILE) as picture:
            thumbnail = np.asarray(picture.convert("RGB"))
    kept = folder / PICTURES_FILE
    return thumbnail, pictures_from_arrow(pq.read_table(kept)) if kept.is_file() else ()


def write_looks(evaluation: Evaluation, folder: Path) -> None:
    """Write what the slide looks like: its thumbnail, and pictures of tiles. Raises OSError."""
    if evaluation.pictures:
        pq.write_table(pictures_to_arrow(evaluation.pictures), folder / PICTURES_FILE)
    if evaluation.thumbnail is not None:
        from PIL import Image

        Image.fromarray(evaluation.thumbnail).save(folder / THUMBNAIL_FILE)


def load_later(folder: Path, run: Run) -> tuple[JudgedCriteria, ...]:
    """Criteria that were set for a finished run; none where there is no file of them.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    kept = read_beside(LaterCriteria, folder / LATER_FILE, run.id)
    return () if kept is None else tuple(kept.sets)


def add_later(folder: Path, run: Run, judged: JudgedCriteria) -> tuple[JudgedCriteria, ...]:
    """Keep criteria that were set after the results beside the run; returns all there are.

    Criteria that are there already are not kept twice.

    Raises
    ------
    RecordError
        If the file cannot be read or written.
    """
    sets = load_later(folder, run)
    if any(each.items == judged.items for each in sets):
        return sets
    sets = (*sets, judged)
    with os_errors_as(
        RecordError, say("The criteria could not be kept in {folder}", folder=folder), advice=""
    ):
        write_file(folder / LATER_FILE, to_json(LaterCriteria(run.id, list(sets))))
    return sets


def _write_exploration(evaluation: Evaluation, folder: Path) -> None:
    """What a run can be explored by: neighbors of the reference tiles, and maps."""
    run, known = evaluation.run, evaluation.known
    if known is None:
        return
    tissues, centers = run.reference.tissues, run.reference.centers
    pq.write_table(neighborhood.to_arrow(known, tissues, centers), folder / NEIGHBORS_FILE)
    if evaluation.maps:
        table = map_tables.to_arrow(
            evaluation.maps,
            tissues=[tissues[index] for index in known.tissue],
            centers=[centers[index] for index in known.center],
            slides=known.slides,
            own_slide="" if run.slide is None else run.slide.pseudonym,
        )
        pq.write_table(table, folder / MAPS_FILE)


def _read_known(run: Run, path: Path) -> KnownTiles | None:
    if not path.is_file():
        return None  # a run of an earlier version
    names = [result.encoder.name for result in run.encoders]
    reference = run.reference
    table = pq.read_table(path)
    return neighborhood.from_arrow(table, names, reference.tissues, reference.centers)


class LaterFormat(Exception):
    """A record of a format that a later version made; the text says of which and what to do."""


def read_run(text: bytes) -> Run:
    """The record that a ``run.json`` holds, of this format or an earlier one.

    Raises
    ------
    InvalidRecord
        If a field is missing or of the wrong type, or it is not JSON.
    LaterFormat
        If it was made by a later version.
    """
    data = json_object(text)
    written = data.get("format")
    if isinstance(written, int) and written > FORMAT:
        made_by = data.get("pathgui", "of a later version")
        raise LaterFormat(
            say(
                "was written by pathgui {made_by}, which is newer than this one. "
                "Update pathgui to open it.",
                made_by=made_by,
            )
        )
    run: Run = to_record(Run, as_format_2(data) if written == 1 else data)
    if any(result.encoder.preparation == "fast" for result in run.encoders):
        # In earlier records each encoder has it, and the settings do not.
        run = replace(run, settings=replace(run.settings, preparation="fast"))
    if "--reader openslide" in run.command:
        # In earlier records the command alone says it.
        run = replace(run, settings=replace(run.settings, reader="openslide"))
    return run


def load_run(folder: Path) -> Run:
    """The record of a run alone, without its tiles.

    Of a run over slides that is not finished, the slides that are done so far are in it.

    Raises
    ------
    RecordError
        If the folder is no run, or the file is damaged or of a later version.
    """
    path = folder / RUN_FILE
    try:
        run = with_written(read_run(path.read_bytes()), folder)
    except OSError as error:
        if not folder.exists():
            raise RecordError(no_folder(folder, RUN_ENDING)) from error
        raise RecordError(
            say(
                "{folder} is not a finished run: {RUN_FILE} cannot be read "
                "({strerror}). Choose a folder whose name ends in .pgrun.",
                folder=folder,
                RUN_FILE=RUN_FILE,
                strerror=error.strerror,
            )
        ) from error
    except InvalidRecord as error:
        raise RecordError(
            say("{path}: {error}. The file was changed or damaged.", path=path, error=error)
        ) from error
    except LaterFormat as error:
        raise RecordError(f"{path} {error}") from error
    return with_corrections(run, folder)
