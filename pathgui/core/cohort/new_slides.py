"""Slides that come into a cohort, and files that its rows get."""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PureWindowsPath

from pathgui.core.cohort.opened import OpenCohort
from pathgui.core.cohort.places import Places, absolute, files_of, is_there, key_of
from pathgui.core.cohort.slide_search import (
    SlideIndex,
    content_of,
    find_moved,
    slide_name,
    slides_named,
)
from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, SLIDE_ID, SlideTable
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.manifest import find_picture
from pathgui.core.reference.same_slide import file_key


@dataclass(frozen=True)
class NewSlides:
    """A table with further slides; ``added`` are their ids, ``notes`` sentences on the others."""

    slides: SlideTable
    added: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FoundFiles:
    """A table whose rows have more files: ``found`` and still ``missing`` are ids of slides."""

    slides: SlideTable
    found: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()


def add_slides(
    opened: OpenCohort, paths: Iterable[Path], report: ProgressFn = ignore_progress
) -> NewSlides:
    """Add files, DICOM folders, and all slides in folders, as rows at the end.

    A slide is called by its file. One that is in the cohort already, by what is in it, is not
    added again: if its row had lost its file, it has it back. One that cannot be read is noted.

    Raises
    ------
    CohortError
        If there is nothing at a path, or no slide.
    """
    files = [file for path in paths for file in slides_named(path)]
    slides = opened.cohort.slides
    row_of = {content: row for row, content in enumerate(slides.column(CONTENT_ID)) if content}
    names = {name.casefold() for name in slides.slide_ids}
    there = opened.files()
    found: dict[int, tuple[Path, str]] = {}
    new: list[tuple[str, Path, str]] = []
    notes = []
    by_file = _rows_without_file(slides, there)
    for done, path in enumerate(dict.fromkeys(files)):
        report(Progress(say("Looking at slides"), done, len(files)))
        try:
            content = content_of(path)
        except CohortError as error:
            notes.append(say("{error} It was not added.", error=error))
            continue
        row = row_of.get(content)
        if row is None and file_key(path.name) not in by_file:
            name = free_name(path, names)
            names.add(name.casefold())
            row_of[content] = len(slides) + len(new)
            new.append((name, path, content))
            continue
        if row is None:
            row = by_file.pop(file_key(path.name))
            row_of[content] = row
        if row >= len(slides):
            twin = new[row - len(slides)][0]
            notes.append(
                say(
                    "{path} is the same slide as {twin}; it was not added again.",
                    path=path,
                    twin=twin,
                )
            )
        elif there[row] is None and row not in found:
            found[row] = (path, content)
            notes.append(
                say(
                    "{slide_ids} was in the cohort without its file; it has one.",
                    slide_ids=slides.slide_ids[row],
                )
            )
        else:
            notes.append(
                say(
                    "{path} is in the cohort already, as {slide_ids}.",
                    path=path,
                    slide_ids=slides.slide_ids[row],
                )
            )
    report(Progress(say("Looking at slides"), len(files), len(files)))
    first = len(slides)
    longer = slides.with_rows([{SLIDE_ID: name} for name, _, _ in new])
    found |= {first + i: (path, content) for i, (_, path, content) in enumerate(new)}
    return NewSlides(
        opened.with_files(longer, found), tuple(name for name, _, _ in new), tuple(notes)
    )


def locate(
    opened: OpenCohort,
    slides: SlideTable,
    beside: Sequence[Path],
    index: SlideIndex,
    report: ProgressFn = ignore_progress,
) -> FoundFiles:
    """Give rows that name no file that is there the file that they mean.

    A row whose content is known gets no file of another content.

    Parameters
    ----------
    slides
        The table, which need not be saved yet.
    beside
        Folders from which a name in the table may count: that of the table it came from, say.
    index
        Slides among which names are sought, with ending or without.
    """
    found: dict[int, tuple[Path, str]] = {}
    missing, notes = [], []
    there = files_of(opened.folder, slides, opened.places)
    for row, slide_id in enumerate(slides.slide_ids):
        if row % 16 == 0:
            report(Progress(say("Looking for slides"), row, len(slides)))
        text, content, path = slides.cell(row, FILE), slides.cell(row, CONTENT_ID), there[row]
        if path is not None and content:
            continue
        try:
            path = path or _meant(text, slide_id, beside, index)
            if path is None:
                missing.append(slide_id)
            elif content in ("", now := content_of(path)):
                found[row] = (path, now)
            else:
                raise CohortError(
                    say("{path} has the name of this slide, but is another one.", path=path)
                )
        except CohortError as error:
            notes.append(f"{slide_id}: {error}")
            missing.append(slide_id)
    report(Progress(say("Looking for slides"), len(slides), len(slides)))
    slides = slides.with_cells(_without_folders(slides, found, there, opened.places))
    named = tuple(slides.slide_ids[row] for row in found)
    return FoundFiles(opened.with_files(slides, found), named, tuple(missing), tuple(notes))


def _meant(text: str, slide_id: str, beside: Sequence[Path], index: SlideIndex) -> Path | None:
    """The file that a row means; CohortError if it may be one of several."""
    exact = [find_picture(folder, text) for folder in beside if text]
    paths = [path for path in exact if is_there(path)][:1] or index.named(text or slide_id)
    if len(paths) > 1:
        raise CohortError(
            say(
                "{n_paths} files have that name, {paths} and {paths2}; say in "
                "the column file which one is meant.",
                n_paths=len(paths),
                paths=paths[0],
                paths2=paths[1],
            )
        )
    return paths[0] if paths else None


def find_again(opened: OpenCohort, where: Path, report: ProgressFn = ignore_progress) -> FoundFiles:
    """Find files that were moved, by what is in them, in a folder or around one file.

    Raises
    ------
    CohortError
        If there is nothing at ``where``.
    """
    if not where.exists():
        raise CohortError(
            say(
                "There is nothing at {where}. Choose the folder that holds the slides.", where=where
            )
        )
    slides = opened.cohort.slides
    gone = [row for row, path in enumerate(opened.files()) if path is None]
    wanted = {
        row: (slides.cell(row, FILE) or slides.cell(row, SLIDE_ID), slides.cell(row, CONTENT_ID))
        for row in gone
    }
    paths = _moved_alike(opened, wanted, where) if where.is_file() else {}
    left = {row: each for row, each in wanted.items() if row not in paths}
    paths |= find_moved(left, where, report) if left else {}
    found: dict[int, tuple[Path, str]] = {}
    for row, path in paths.items():
        found[row] = (path, slides.cell(row, CONTENT_ID) or content_of(path))
    ids = slides.slide_ids
    return FoundFiles(
        opened.with_files(slides, found),
        tuple(ids[row] for row in sorted(found)),
        tuple(ids[row] for row in gone if row not in found),
    )


def _without_folders(
    slides: SlideTable,
    found: Mapping[int, tuple[Path, str]],
    there: Sequence[Path | None],
    places: Places,
) -> dict[tuple[int, str], str]:
    """The names alone of files that were not found, where a table gave places of one computer.

    This computer remembers the places, in case that they are on a disk that is away.
    """
    cells, away = {}, {}
    for row, text in enumerate(slides.column(FILE)):
        if row in found or not (PureWindowsPath(text).is_absolute() or text.startswith("/")):
            continue
        cells[row, FILE] = PureWindowsPath(text).name
        away[key_of(slides, row)] = there[row] or Path(text)
    with contextlib.suppress(OSError):
        places.remember(away)
    return cells


def _moved_alike(
    opened: OpenCohort, wanted: Mapping[int, tuple[str, str]], where: Path
) -> dict[int, Path]:
    """Slides that were moved together with the one at ``where``, folders between them included."""
    content = content_of(where)
    row = next((row for row, (_, known) in wanted.items() if known == content), None)
    if row is None:
        return {}
    found = {row: where}
    old, new = _last_place(opened, row).parent, absolute(where).parent
    while old.name and old.name == new.name:
        old, new = old.parent, new.parent
    for other, (_, known) in wanted.items():
        place = _last_place(opened, other)
        if known and other != row and place.is_relative_to(old):
            path = new / place.relative_to(old)
            if is_there(path) and content_of(path) == known:
                found[other] = path
    return found


def _last_place(opened: OpenCohort, row: int) -> Path:
    """Where a slide lay, as this computer or the table says."""
    slides = opened.cohort.slides
    known = opened.places.get(key_of(slides, row))
    return known or absolute(opened.folder / slides.cell(row, FILE).replace("\\", "/"))


def _rows_without_file(slides: SlideTable, there: Sequence[Path | None]) -> dict[str, int]:
    """Rows that have neither a file nor a content, by the name of the file that they mean."""
    return {
        file_key(slides.cell(row, FILE) or slides.cell(row, SLIDE_ID)): row
        for row, path in enumerate(there)
        if path is None and not slides.cell(row, CONTENT_ID)
    }


def free_name(path: Path, taken: Container[str]) -> str:
    """A slide_id for a file: its name; where that is taken, with the name of its folder.

    ``taken`` are the casefolded names of other slides.
    """
    name = slide_name(path.name)
    numbered = (f"{name} ({number})" for number in count(2))
    choices = chain((name, f"{path.parent.name}-{name}"), numbered)
    return next(choice for choice in choices if choice.casefold() not in taken)
