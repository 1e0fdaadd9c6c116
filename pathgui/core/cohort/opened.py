"""Opening, making and writing a cohort on disk.

Whoever opens a cohort first may change it; a second program opens it read-only, and so does
everybody where the folder cannot be written. Each change writes a draft and renames it. What
slides.csv held before is kept as ``slides.csv~``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pathgui.core.cohort.places import Places, files_of, key_of, named_from
from pathgui.core.cohort.record import CohortInfo, new_info, read_info
from pathgui.core.cohort.slide_table import (
    CONTENT_ID,
    FILE,
    SLIDE_ID,
    SlideTable,
    as_text,
    from_csv,
    to_csv,
)
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.system.endings import COHORT_ENDING
from pathgui.core.system.file_lock import FileLock
from pathgui.core.system.files import Stamp, draft_folder, stamp, write_file
from pathgui.core.system.json_records import to_json
from pathgui.core.system.plain_files import read_plain

COHORT_FILE, SLIDES_FILE, REGIONS_FOLDER = "cohort.json", "slides.csv", "regions"
EARLIER_FILE = f"{SLIDES_FILE}~"
DAMAGED_FILE = f"{SLIDES_FILE}.damaged"
_LOCK_FILE = ".lock"
_NOT_FOR_GIT = f"{_LOCK_FILE}\n*~\n*.draft\n"
_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class Cohort:
    """The slides of one study, and which column plays which role."""

    info: CohortInfo
    slides: SlideTable


class OpenCohort:
    """A cohort on disk. Get it from :func:`open_cohort`; use it in a ``with``, or close it.

    Attributes
    ----------
    folder : Path
    cohort : Cohort
        As it was read, or saved last.
    places : Places
        Where this computer has seen its slides.
    why_read_only : str
        A sentence; "" if it may be changed.
    notices : tuple of str
        What the user should know of how it was read.
    """

    def __init__(self, folder: Path, places: Places, *, to_change: bool = True) -> None:
        self.folder = folder
        self.places = places
        self.why_read_only = ""
        self._to_change = to_change
        self._lock = FileLock(folder / _LOCK_FILE)
        self._take_lock()
        if not to_change:
            self.close()
        try:
            self._stamp: Stamp | None = stamp(folder / SLIDES_FILE)
            info = read_info(_content(folder, COHORT_FILE), str(folder / COHORT_FILE))
            read = _read_slides(folder)
        except BaseException:
            self.close()
            raise
        self._damaged = read.damaged
        self.cohort = Cohort(info, read.slides)
        self.notices = tuple(f"{folder / SLIDES_FILE} {text}." for text in read.told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others change it."""
        self._lock.release()

    def files(self) -> list[Path | None]:
        """The file, or DICOM folder, of each row; None where it is not found."""
        return files_of(self.folder, self.cohort.slides, self.places)

    def with_files(self, slides: SlideTable, found: Mapping[int, tuple[Path, str]]) -> SlideTable:
        """``slides`` with the files of some rows, each a path and its content id.

        This computer remembers where they lie.
        """
        cells: dict[tuple[int, str], str] = {}
        for row, (path, content) in found.items():
            cells[row, FILE] = named_from(self.folder, path)
            cells[row, CONTENT_ID] = content
        slides = slides.with_cells(cells)
        with contextlib.suppress(OSError):  # then it is looked for again next time
            self.places.remember({key_of(slides, row): path for row, (path, _) in found.items()})
        return slides

    def require_change(self) -> None:
        """Raise CohortError if the cohort may not be changed."""
        why = self.why_read_only
        if not self._to_change:
            why = why or say("{folder_name} was opened to be read.", folder_name=self.folder.name)
        if why:
            raise CohortError(say("{why} Nothing was changed.", why=why))

    def save(self, cohort: Cohort) -> None:
        """Write what changed; what slides.csv held is kept beside it.

        Raises
        ------
        CohortError
            If the cohort is read-only, was changed by somebody else since it was read, or cannot
            be written.
        """
        self.require_change()
        table = self.folder / SLIDES_FILE
        content = to_csv(cohort.slides)
        try:
            if stamp(table) != self._stamp:
                raise CohortError(
                    say(
                        "{table} was changed by another program since it was "
                        "opened. Nothing was written; open the cohort again and "
                        "repeat what you did.",
                        table=table,
                    )
                )
            if cohort.info != self.cohort.info:
                write_file(self.folder / COHORT_FILE, to_json(cohort.info))
            if cohort.slides != self.cohort.slides:
                if self._damaged is None:
                    write_file(self.folder / EARLIER_FILE, table.read_bytes())
                elif self._damaged:
                    write_file(self.folder / DAMAGED_FILE, self._damaged)
                write_file(table, content)
                self._damaged = None
            self._stamp = stamp(table)
        except OSError as error:
            raise CohortError(
                say(
                    "{folder} cannot be written: {strerror}. Make room, or check "
                    "the rights of the folder.",
                    folder=self.folder,
                    strerror=error.strerror or error,
                )
            ) from error
        self.cohort = cohort

    def _take_lock(self) -> None:
        try:
            if not self._lock.acquire():
                self.why_read_only = say(
                    "{owner} has {folder_name} open, so it is read-only here.",
                    owner=self._lock.owner(),
                    folder_name=self.folder.name,
                )
        except OSError as error:
            self.why_read_only = say(
                "{folder_name} cannot be written ({strerror}), so it is read-only here.",
                folder_name=self.folder.name,
                strerror=error.strerror or error,
            )
            return
        if not self.why_read_only and not os.access(self.folder, os.W_OK):
            self.why_read_only = say(
                "{folder_name} cannot be written, so it is read-only here.",
                folder_name=self.folder.name,
            )
        if not self.why_read_only:
            for left in self.folder.glob(f".{SLIDES_FILE}*.draft"):  # of a program that was killed
                with contextlib.suppress(OSError):
                    left.unlink()


@dataclass(frozen=True)
class _SlidesRead:
    """The table of slides as it was found."""

    slides: SlideTable
    told: tuple[str, ...]
    damaged: bytes | None = None  # what slides.csv holds where it cannot be read


def _read_slides(folder: Path) -> _SlidesRead:
    """The table; where it cannot be read, as it was before the last change."""
    content = b""
    try:
        content = _content(folder, SLIDES_FILE)
        slides, told = from_csv(content)
        return _SlidesRead(slides, tuple(told))
    except CohortError as error:
        try:
            slides, _ = from_csv(_content(folder, EARLIER_FILE))
        except CohortError:
            raise CohortError(
                say(
                    "{folder} cannot be read: {error}. Restore it from a copy.",
                    folder=folder / SLIDES_FILE,
                    error=error,
                )
            ) from error
        when = say("as it was before the last change ({EARLIER_FILE})", EARLIER_FILE=EARLIER_FILE)
        told_now = say(
            "cannot be read: {error}. The cohort is shown {when}", error=error, when=when
        )
        return _SlidesRead(slides, (told_now,), content)


def open_cohort(folder: Path, places_folder: Path, *, to_change: bool = True) -> OpenCohort:
    """Open a cohort.

    Parameters
    ----------
    folder
        ``NAME.pgcohort``.
    places_folder
        Where this computer keeps what it knows of the places of slides.
    to_change
        Whether others must not change it meanwhile. Without, it cannot be saved.

    Raises
    ------
    CohortError
        If the folder is no cohort, or its files are damaged or of a later version.
    """
    if not folder.is_dir():
        what = say("is a file") if folder.exists() else say("does not exist")
        raise CohortError(
            say(
                "{folder} {what}. A cohort is a folder whose name ends in .pgcohort.",
                folder=folder,
                what=what,
            )
        )
    info = read_info(_content(folder, COHORT_FILE), str(folder / COHORT_FILE))
    places = Places(places_folder / f"{_safe(info.id)}.json")
    return OpenCohort(folder, places, to_change=to_change)


def find_cohort(folders: Iterable[Path], identity: str) -> Path | None:
    """The first of some folders that is the cohort of that id; what is no cohort is passed over."""
    for folder in folders:
        try:
            info = read_info(_content(folder, COHORT_FILE), str(folder / COHORT_FILE))
        except CohortError:
            continue
        if info.id == identity:
            return folder
    return None


def make_cohort(folder: Path) -> None:
    """Make a cohort without slides.

    Raises
    ------
    CohortError
        If there is something at ``folder`` already, its name does not end as a cohort's does, or
        it cannot be written.
    """
    if folder.suffix != COHORT_ENDING:
        raise CohortError(
            say("A cohort's name ends in .pgcohort; {folder} does not.", folder=folder)
        )
    if folder.exists() or folder.is_symlink():
        raise CohortError(
            say(
                "{folder} exists. Choose another name, or add slides with pathgui cohort add.",
                folder=folder,
            )
        )
    try:
        with draft_folder(folder, record=COHORT_FILE, replacing=None) as draft:
            (draft / REGIONS_FOLDER).mkdir()
            (draft / ".gitignore").write_text(_NOT_FOR_GIT, encoding="utf-8")
            (draft / SLIDES_FILE).write_bytes(to_csv(SlideTable()))
            (draft / COHORT_FILE).write_bytes(to_json(new_info(as_text(folder.stem))))
    except OSError as error:
        raise CohortError(
            say(
                "The cohort cannot be written to {folder}: {strerror}. Choose another folder.",
                folder=folder,
                strerror=error.strerror or error,
            )
        ) from error


def with_role(cohort: Cohort, role: str, column: str) -> Cohort:
    """The cohort with a column in a role.

    Raises
    ------
    CohortError
        If there is no such role or no such column.
    """
    if not cohort.slides.has(column):
        raise CohortError(
            say(
                "There is no column {column}. There are: {columns}.",
                column=column,
                columns=", ".join(cohort.slides.columns),
            )
        )
    info = replace(cohort.info, roles=cohort.info.roles.playing(role, column))
    return replace(cohort, info=info)


def _content(folder: Path, name: str) -> bytes:
    return read_plain(folder / name, CohortError, _MOST_BYTES)


def _safe(identity: str) -> str:
    """The id of a cohort as a name of a file, whatever somebody wrote into cohort.json."""
    return "".join(each for each in identity if each.isalnum())[:64] or SLIDE_ID
