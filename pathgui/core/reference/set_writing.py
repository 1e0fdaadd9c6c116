"""Writing a reference set: a draft takes its place once it is complete."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import in_english, say
from pathgui.core.reference.reference_set import (
    REFERENCE_FILE,
    TILES_FILE,
    ReferenceInfo,
    ReferenceSet,
    load_reference,
)
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.core.system.files import NotInPlace, Replaceable, draft_folder
from pathgui.core.system.json_records import to_json

IMAGES_FOLDER = "images"
# Columns of every table of tiles; others are further columns of who made the set.
OWN_COLUMNS = (
    "tile", "file", "slide", "patient", "center", "tissue", "mpp", "x", "y", "sha256",
)  # fmt: skip
_TYPES = {"patient": pa.string(), "mpp": pa.float64(), "x": pa.string(), "y": pa.string()}

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Described:
    """What reports print of a new set; "": its folder's name, or what its tiles came with."""

    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = ""
    citation: str = ""

    def name_at(self, folder: Path) -> str:
        """The name of the set in this folder."""
        return self.name or folder.name.removesuffix(REFERENCE_ENDING)


@in_english()
def write_set(
    out: Path,
    info: ReferenceInfo | Callable[[], ReferenceInfo],
    fill: Callable[[Path], Columns],
    replacing: Replaceable,
) -> ReferenceSet:
    """Write a reference set and open it.

    Parameters
    ----------
    info
        Its record, or what gives it once the set is filled; ``tiles_sha256`` is found here.
    fill
        Given the draft of the set, puts the pictures into its :data:`IMAGES_FOLDER` and returns
        the columns of the table of tiles, :data:`OWN_COLUMNS` first.
    replacing
        What may be replaced, as in :func:`~pathgui.core.system.files.draft_folder`.

    Raises
    ------
    ReferenceSetError
        If it cannot be written, or something else is at ``out`` by the end, which stays: then the
        text says where the new set is. Whatever ``fill`` raises; nothing is left then.
    """
    try:
        with draft_folder(out, record=REFERENCE_FILE, replacing=replacing) as draft:
            (draft / IMAGES_FOLDER).mkdir()
            columns = fill(draft)
            with suppress(OSError):  # one that holds pictures stays
                (draft / IMAGES_FOLDER).rmdir()
            arrays = {name: pa.array(cells, _TYPES.get(name)) for name, cells in columns.items()}
            pq.write_table(pa.table(arrays), draft / TILES_FILE)
            sha256 = hashlib.sha256((draft / TILES_FILE).read_bytes()).hexdigest()
            record = info() if callable(info) else info
            (draft / REFERENCE_FILE).write_bytes(to_json(replace(record, tiles_sha256=sha256)))
    except NotInPlace as error:
        raise ReferenceSetError(
            say("{why} The new set is kept as {kept}.", why=error.why, kept=error.kept)
        ) from error
    except OSError as error:
        raise ReferenceSetError(
            say(
                "The reference set could not be written to {out}: {strerror}. "
                "Choose another folder, or make room.",
                out=out,
                strerror=error.strerror or error,
            )
        ) from error
    return load_reference(out)
