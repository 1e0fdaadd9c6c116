"""Slides that are open and belong to no cohort on disk, and making one of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pathgui.core.cohort.new_slides import free_name
from pathgui.core.cohort.opened import Cohort, OpenCohort, make_cohort, open_cohort
from pathgui.core.cohort.places import is_there
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_search import content_of, find_moved
from pathgui.core.cohort.slide_table import FILE, SLIDE_ID, SlideTable, as_text
from pathgui.core.errors import CohortError
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.manifest import find_picture


def with_slides(slides: SlideTable, paths: Sequence[Path]) -> SlideTable:
    """The table with a row for each file at its end, called by the file. No file is looked at."""
    taken = {name.casefold() for name in slides.slide_ids}
    added = []
    for path in paths:
        name = free_name(path, taken)
        taken.add(name.casefold())
        added.append({SLIDE_ID: name, FILE: as_text(path.name)})
    return slides.with_rows(added)


def found_beside(
    slides: SlideTable, files: Sequence[Path | None], beside: Sequence[Path]
) -> list[Path | None]:
    """The files of rows, those without one sought under their name in some folders."""
    names = slides.column(FILE)
    found = list(files)
    for row, path in enumerate(files):
        if path is None and names[row]:
            places = (find_picture(folder, names[row]) for folder in beside)
            found[row] = next((each for each in places if is_there(each)), None)
    return found


def found_again(
    slides: SlideTable,
    files: Sequence[Path | None],
    where: Path,
    report: ProgressFn = ignore_progress,
) -> list[Path | None]:
    """The files of rows, those without one sought by name in a folder and below."""
    wanted = {
        row: (slides.cell(row, FILE) or slides.cell(row, SLIDE_ID), "")
        for row, path in enumerate(files)
        if path is None
    }
    found = find_moved(wanted, where, report)
    return [found.get(row, path) for row, path in enumerate(files)]


def save_as(
    folder: Path,
    places_folder: Path,
    slides: SlideTable,
    roles: Roles,
    files: Sequence[Path | None],
    report: ProgressFn = ignore_progress,
) -> tuple[OpenCohort, tuple[str, ...]]:
    """Make a cohort of a table, and leave it open to be changed.

    Parameters
    ----------
    folder
        ``NAME.pgcohort``, where nothing is yet.
    places_folder
        Where this computer keeps what it knows of the places of slides.
    files
        The file of each row, or None. One that cannot be read keeps its row, and is noted.

    Returns
    -------
    The cohort, which the caller closes, and the notes.

    Raises
    ------
    CohortError
        If there is something at ``folder`` or it cannot be written; nothing is left of it then.
    """
    found: dict[int, tuple[Path, str]] = {}
    notes = []
    for row, path in enumerate(files):
        report(Progress("Looking at slides", row, len(files)))
        if path is None:
            continue
        try:
            found[row] = (path, content_of(path))
        except CohortError as error:
            found[row] = (path, "")
            notes.append(str(error))
    make_cohort(folder)
    try:
        opened = open_cohort(folder, places_folder)
        try:
            info = replace(opened.cohort.info, roles=roles)
            opened.save(Cohort(info, opened.with_files(slides, found)))
        except BaseException:
            opened.close()
            raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # it holds nothing but what was begun here
        raise
    return opened, tuple(notes)
