"""Pictures of reference tiles, small enough to be shown by the dozen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import (
    REFERENCE_FILE,
    ReferenceInfo,
    ReferenceSet,
    picture_checksums,
)
from pathgui.core.reference.tile_files import read_small
from pathgui.core.system.json_records import InvalidRecord, from_json
from pathgui.core.system.plain_files import read_bytes


def find_reference(folders: Iterable[Path], sha256: str) -> Path | None:
    """The first of ``folders`` that holds the reference set whose table has that checksum."""
    for folder in folders:
        try:
            info = from_json(ReferenceInfo, read_bytes(folder / REFERENCE_FILE))
        except (OSError, InvalidRecord):
            continue
        if info.tiles_sha256 == sha256:
            return folder
    return None


def tile_pictures(
    folder: Path, files: Sequence[str], px: int, report: ProgressFn = ignore_progress
) -> list[NDArray[np.uint8] | None]:
    """RGB pictures (h, w, 3), ``px`` at the longer side or as small as they are.

    ``files`` are relative to ``folder``. None where a picture is gone, cannot be read, or is not
    the one that the set was made with.
    """
    sha256 = picture_checksums(folder) if files else {}
    pictures: list[NDArray[np.uint8] | None] = []
    for done, name in enumerate(files):
        report(Progress(say("Reading tiles"), done, len(files), part=Part.READING))
        pictures.append(_picture(folder / name, px, sha256.get(name, "")))
    return pictures


def pictures_of(
    reference: ReferenceSet, rows: Iterable[int], px: int
) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
    """As :func:`tile_pictures`, of rows of an open set, one after the other as they are asked for.

    Row and picture; None for all rows of a set that has no pictures.
    """
    for row in rows:
        sha256 = reference.sha256[row] if reference.sha256 else ""
        name = reference.files[row] if reference.has_pictures else ""
        yield row, _picture(reference.folder / name, px, sha256) if name else None


def _picture(path: Path, px: int, sha256: str) -> NDArray[np.uint8] | None:
    """``sha256`` "": whatever picture lies there is taken."""
    try:
        picture = read_small(path, px)
        found = hashlib.sha256(path.read_bytes()).hexdigest() if sha256 else ""
    except (OSError, ValueError):
        return None
    return picture if found == sha256 else None
