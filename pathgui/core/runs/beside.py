"""What is kept beside the record of a finished run, which itself never changes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, TypeVar

from pathgui.core.errors import RecordError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json


class Beside(Protocol):
    """A file that says which run it belongs to."""

    @property
    def run_id(self) -> str:
        """The run's own id."""


Kept = TypeVar("Kept", bound=Beside)


def read_beside(kind: type[Kept], path: Path, run_id: str) -> Kept | None:
    """What a file beside the run of that id holds; None where there is no file.

    Raises
    ------
    RecordError
        If the file cannot be read, is damaged, or is of another run.
    """
    try:
        kept = from_json(kind, path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordError(
            say("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror)
        ) from error
    except InvalidRecord as error:
        raise RecordError(
            say(
                "{path}: {error}. The file was changed or damaged; move it away to open the run.",
                path=path,
                error=error,
            )
        ) from error
    if kept.run_id != run_id:
        raise RecordError(
            say("{path} belongs to another run. Move it away to open this one.", path=path)
        )
    return kept


def write_beside(kept: Beside, path: Path, refused: str) -> None:
    """Keep it in a file beside its run, in the place of an earlier one.

    Raises
    ------
    RecordError
        If it cannot be written; it begins with ``refused``.
    """
    with os_errors_as(RecordError, refused, advice=""):
        write_file(path, to_json(kept))
