"""Where the files of a cohort's slides lie.

A file below the folder that holds the cohort is named in slides.csv relative to the cohort
(``../slides/a.svs``), so that the study can be moved or shared. Of any other file slides.csv holds
the name alone. Its place on this computer is kept in a file of this computer, which no other sees.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, SLIDE_ID, SlideTable
from pathgui.core.reference.manifest import find_picture
from pathgui.core.system.files import write_file


class Places:
    """Places of slides on this computer, kept in ``book``; a book that is damaged knows none."""

    def __init__(self, book: Path) -> None:
        self._book = book
        self._known = _read(book)

    def get(self, key: str) -> Path | None:
        """Where the slide of that key lay; None if this computer has not seen it."""
        found = self._known.get(key)
        return None if found is None else Path(found)

    def remember(self, found: Mapping[str, Path]) -> None:
        """Keep where slides lie, by their keys. Raises OSError where it cannot be written."""
        new = {key: str(absolute(path)) for key, path in found.items() if key}
        if any(self._known.get(key) != path for key, path in new.items()):
            self._known |= new
            write_file(self._book, json.dumps(self._known, indent=1, sort_keys=True).encode())


def key_of(slides: SlideTable, row: int) -> str:
    """By what this computer knows a slide: its content id, else its slide_id."""
    return slides.cell(row, CONTENT_ID) or slides.cell(row, SLIDE_ID)


def files_of(folder: Path, slides: SlideTable, places: Places) -> list[Path | None]:
    """The file, or DICOM folder, of each row; None if it lies neither where named nor remembered.

    Another spelling of the same name (backslashes, Unicode forms) counts as the name.
    """
    found: list[Path | None] = []
    keys = zip(slides.column(CONTENT_ID), slides.slide_ids, strict=True)
    for named, (content, slide_id) in zip(slides.column(FILE), keys, strict=True):
        path = folder / named if named else None
        if path is not None and not is_there(path):
            path = find_picture(folder, named)
            path = path if is_there(path) else None
        if path is None:
            path = places.get(content or slide_id)
            path = path if path is not None and is_there(path) else None
        found.append(path)
    return found


def named_from(folder: Path, path: Path) -> str:
    """What slides.csv calls a file: relative to the cohort, or its name alone.

    >>> named_from(Path("/study/C.pgcohort"), Path("/study/slides/a.svs"))
    '../slides/a.svs'
    >>> named_from(Path("/study/C.pgcohort"), Path("/archive/b.svs"))
    'b.svs'
    """
    folder, path = absolute(folder), absolute(path)
    above = folder.parent
    if path.is_relative_to(above) and above != Path(above.anchor):
        return PurePosixPath(*Path(os.path.relpath(path, folder)).parts).as_posix()
    return path.name


def absolute(path: Path) -> Path:
    """The path from the root, links kept."""
    return Path(os.path.abspath(path))


def is_there(path: Path) -> bool:
    """Whether there is anything at ``path``; a name that no file can have is no error."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a null character
        return False


def _read(book: Path) -> dict[str, str]:
    try:
        found = json.loads(book.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    good = isinstance(found, dict) and all(isinstance(each, str) for each in found.values())
    return found if good else {}
