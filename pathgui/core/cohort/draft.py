"""A table of slides that is no cohort yet, kept so that neither a crash nor the end loses it.

Each table has a file of its own in a folder of this computer: everything is in one file, so that
rows, roles and places of slides are never of different moments. A lock beside it says that a
program works on the table; a draft without one was left behind.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathgui.core.cohort.places import absolute, is_there
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_table import SLIDE_ID, SlideTable
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.system.file_lock import FileLock
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, to_record
from pathgui.core.system.plain_files import read_plain

FORMAT = 1
ENDING, DAMAGED = ".json", ".damaged"
_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class DraftTable:
    """What is kept of a table. A file is "" where none is known of the row."""

    format: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    files: tuple[str, ...]
    roles: Roles = field(default_factory=Roles)

    @property
    def slides(self) -> SlideTable:
        """The table."""
        return SlideTable(self.columns, self.rows)

    def found(self) -> tuple[Path | None, ...]:
        """The file of each row, None where it is no longer there."""
        paths = (Path(text) if text else None for text in self.files)
        return tuple(path if path is not None and is_there(path) else None for path in paths)


def table_of(slides: SlideTable, roles: Roles, files: Sequence[Path | None]) -> DraftTable:
    """A table of slides, as it is kept."""
    places = tuple("" if path is None else str(absolute(path)) for path in files)
    return DraftTable(FORMAT, slides.columns, slides.rows, places, roles)


class Draft:
    """The draft of one table, which no other program takes while this one has it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = FileLock(file.with_suffix(".lock"))
        self._held = False

    def take(self) -> bool:
        """Hold it, unless another program does. Raises OSError where no lock can be made."""
        if not self._held:
            # A table may name patients, so it is for its owner alone.
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = self._lock.acquire()
        return self._held

    def keep(self, table: DraftTable) -> None:
        """Write it. Raises CohortError where it cannot be."""
        try:
            self.take()
            # Names of files may hold halves of letters, which only this module writes.
            write_file(self.file, json.dumps(_plain(table), indent=1).encode())
        except OSError as error:
            raise CohortError(
                say(
                    "The table of slides cannot be kept in {parent}: {strerror}. "
                    "Save it as a cohort to keep it.",
                    parent=self.file.parent,
                    strerror=error.strerror or error,
                )
            ) from error

    def read(self) -> DraftTable | None:
        """What it holds; None if it was made by a later version. CohortError if it is damaged."""
        try:
            data = json.loads(read_plain(self.file, CohortError, _MOST_BYTES))
            if not isinstance(data, dict):
                raise InvalidRecord(say("the file: no table of slides"))
            if isinstance(data.get("format"), int) and data["format"] > FORMAT:
                return None
            table = to_record(DraftTable, data)
        except (ValueError, RecursionError, InvalidRecord) as error:
            raise CohortError(
                say("{file} cannot be read: {error}.", file=self.file, error=error)
            ) from error
        if len(table.files) != len(table.rows) or not table.slides.has(SLIDE_ID):
            raise CohortError(
                say("{file} cannot be read: rows or columns are missing.", file=self.file)
            )
        return table

    def leave(self) -> None:
        """Let the next program have it."""
        self._held = False
        self._lock.release()

    def forget(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
        if self._held:
            self._lock.forget()
        self.leave()


def new_draft(folder: Path) -> Draft:
    """A draft of which nothing is written yet."""
    return Draft(folder / f"{uuid.uuid4().hex}{ENDING}")


def take_left(folder: Path) -> tuple[Draft, DraftTable] | None:
    """The newest draft that a program has left behind, held; None if there is none.

    Raises
    ------
    CohortError
        If that one is damaged. It is kept under another name, and the next call finds the next.
    """
    for file in sorted(folder.glob(f"*{ENDING}"), key=_changed, reverse=True):
        draft = Draft(file)
        try:
            if not draft.take():
                continue
        except OSError:
            continue  # the folder cannot be written
        try:
            table = draft.read()
        except CohortError as error:
            aside = file.with_suffix(DAMAGED)
            with contextlib.suppress(OSError):
                file.replace(aside)
            draft.forget()
            raise CohortError(
                say(
                    "A table of slides that was not saved as a cohort: {error} "
                    "It is kept as {aside}.",
                    error=error,
                    aside=aside,
                )
            ) from error
        if table is not None:
            return draft, table
        draft.leave()
    return None


def _plain(table: DraftTable) -> dict[str, object]:
    roles = {name: getattr(table.roles, name) for name in Roles.__dataclass_fields__}
    return {
        "format": table.format, "roles": roles, "columns": table.columns, "rows": table.rows,
        "files": table.files,
    }  # fmt: skip


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
