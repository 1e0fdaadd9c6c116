"""Slides that are open and belong to no cohort on disk, and making one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pathgui.core.cohort.labeled_regions import add_regions
from pathgui.core.cohort.new_slides import free_name
from pathgui.core.cohort.opened import (
    REGIONS_FOLDER,
    Cohort,
    OpenCohort,
    make_cohort,
    open_cohort,
)
from pathgui.core.cohort.places import is_there
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_facts import facts_of
from pathgui.core.cohort.slide_search import content_of, find_moved
from pathgui.core.cohort.slide_table import FILE, SLIDE_ID, SlideTable, as_text
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.manifest import find_picture
from pathgui.core.slides.drawn_regions import Color, DrawnRegion, areas_of


@dataclass(frozen=True)
class DrawnOnSlide:
    """Regions that were drawn on a slide, and the colors of their classes where known."""

    regions: tuple[DrawnRegion, ...] = ()
    colors: Mapping[str, Color] = field(default_factory=dict)


NOTHING_DRAWN = DrawnOnSlide()


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
    slides: SlideTable,
    files: Sequence[Path | None],
    beside: Sequence[Path],
    report: ProgressFn = ignore_progress,
) -> list[Path | None]:
    """The files of rows, those without one sought under their name in some folders."""
    names = slides.column(FILE)
    found = list(files)
    for row, path in enumerate(files):
        if row % 16 == 0:
            report(Progress(say("Looking for slides"), row, len(files)))
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
    drawn: Callable[[str], DrawnOnSlide] = lambda content_id: NOTHING_DRAWN,
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
    drawn
        What was drawn on a slide, by its content. Regions that have a class become labeled regions
        of the cohort.

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
        report(Progress(say("Looking at slides"), row, len(files)))
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
            notes += _keep_drawn(opened, found, drawn, report)
        except BaseException:
            opened.close()
            raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # it holds nothing but what was begun here
        raise
    return opened, tuple(notes)


def _keep_drawn(
    opened: OpenCohort,
    found: Mapping[int, tuple[Path, str]],
    drawn: Callable[[str], DrawnOnSlide],
    report: ProgressFn,
) -> list[str]:
    """Write the regions that have a class into a new cohort; returns notes."""
    notes = []
    for number, (row, (path, content_id)) in enumerate(found.items()):
        report(Progress(say("Keeping regions"), number, len(found)))
        on_slide = drawn(content_id) if content_id else NOTHING_DRAWN
        named = [region for region in on_slide.regions if region.kind]
        if not named:
            continue
        facts = facts_of(path)
        if facts.fault:
            notes.append(
                say(
                    "Regions of {path_name} were not kept: {fault}",
                    path_name=path.name,
                    fault=facts.fault,
                )
            )
            continue
        areas = areas_of(named, facts.bounds_l0, on_slide.colors.get)
        add_regions(opened.folder / REGIONS_FOLDER, opened.cohort.slides.slide_ids[row], areas)
    return notes
