"""Taking files of regions into a cohort: which slide each is of, and what is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.cohort.labeled_regions import (
    add_regions,
    files_of_slides,
    is_region_file,
    moved,
    read_regions,
)
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.cohort.slide_facts import facts_of
from pathgui.core.errors import CohortError, PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.same_slide import slide_key


@dataclass(frozen=True)
class RegionImport:
    """``added`` regions of some ``slides``, and sentences on what was not taken."""

    added: int
    slides: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RegionChoice:
    """What is taken of files of regions.

    Attributes
    ----------
    unnamed
        The tissue of areas that have no class; "": they are left out.
    left_out
        Classes that are not taken.
    from_corner
        Whether places count from the corner of the slide, not of its scanned part as QuPath's do.
    """

    unnamed: str = ""
    left_out: tuple[str, ...] = ()
    from_corner: bool = False


def import_regions(
    opened: OpenCohort,
    path: Path,
    slide_ids: Sequence[str] = (),
    choice: RegionChoice | None = None,
    report: ProgressFn = ignore_progress,
) -> RegionImport:
    """Add the labeled regions of a GeoJSON file, or of all such files in a folder.

    A file is of the slides ``slide_ids``; without any, of the slide that it is named like. Regions
    that a slide has already are not added twice. In a folder, a file that cannot be used is noted
    and the others are taken.

    Raises
    ------
    RegionError
        If the one file cannot be used.
    CohortError
        If the cohort is read-only or lacks a slide, or the file is named like none.
    """
    opened.require_change()
    ids = opened.cohort.slides.slide_ids
    known = {slide_key(name): name for name in reversed(ids)} | {name: name for name in ids}
    wanted = []
    for name in slide_ids:
        meant = known.get(name) or known.get(slide_key(name))
        if meant is None:
            raise CohortError(
                say(
                    "The cohort has no slide {name}. It has: {ids}.",
                    name=name,
                    ids=", ".join(ids[:5]),
                )
            )
        wanted.append(meant)
    targets, notes = _targets(opened, path, wanted)
    told: list[str] = [
        say("{file_name} is of no slide of the cohort; passed over.", file_name=file.name)
        for file in notes
    ]
    added, changed = 0, []
    for done, (file, row) in enumerate(targets):
        report(Progress(say("Taking regions"), done, len(targets)))
        try:
            new = _take(opened, file, row, choice or RegionChoice(), told)
        except PathguiError as error:
            if not path.is_dir():
                raise
            told.append(say("Not taken: {error}", error=error))
            continue
        added += new
        changed += [ids[row]] if new else []
    report(Progress(say("Taking regions"), len(targets), len(targets)))
    return RegionImport(added, tuple(changed), tuple(dict.fromkeys(told)))


def _targets(
    opened: OpenCohort, path: Path, slide_ids: Sequence[str]
) -> tuple[list[tuple[Path, int]], tuple[Path, ...]]:
    """Files and the rows that they are of; and files of no slide."""
    slides = opened.cohort.slides
    if slide_ids:
        if path.is_dir():
            raise CohortError(
                say("One file of regions can be of slides that you name, not a folder.")
            )
        wanted = set(slide_ids)
        return [(path, row) for row, name in enumerate(slides.slide_ids) if name in wanted], ()
    paths = [path]
    if path.is_dir():
        try:
            paths = sorted(each for each in path.iterdir() if is_region_file(each))
        except OSError as error:
            raise CohortError(
                say(
                    "{path} cannot be read: {strerror}.",
                    path=path,
                    strerror=error.strerror or error,
                )
            ) from error
        if not paths:
            raise CohortError(say("{path} holds no GeoJSON file.", path=path))
    of_slide, of_none = files_of_slides(paths, slides)
    if of_none and not path.is_dir():
        raise CohortError(
            say(
                "{path_name} is not named like a slide of the cohort. Say which "
                "it is of: --slide NAME, or --all-slides.",
                path_name=path.name,
            )
        )
    return list(of_slide.items()), of_none


def _take(opened: OpenCohort, file: Path, row: int, choice: RegionChoice, told: list[str]) -> int:
    """Add the regions of a file to one slide; returns how many are new."""
    slide_id = opened.cohort.slides.slide_ids[row]
    read = read_regions(file, unnamed=choice.unnamed, left_out=choice.left_out)
    areas = read.areas
    if choice.from_corner:
        place = opened.files()[row]
        facts = None if place is None else facts_of(place)
        if facts is None or facts.fault:
            raise CohortError(
                say(
                    "{slide_id}: its file is needed to know where its scanned part begins.",
                    slide_id=slide_id,
                )
            )
        areas = moved(areas, (-facts.bounds_l0[0], -facts.bounds_l0[1]))
    if read.told:
        told.append(read.told)
    return add_regions(opened.folder / REGIONS_FOLDER, slide_id, areas)
