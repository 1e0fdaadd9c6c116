"""Pictures of reference tiles, small enough to be shown by the dozen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import REFERENCE_FILE, ReferenceInfo, picture_checksums
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
        report(Progress("Reading tiles", done, len(files), part=Part.READING))
        try:
            picture = read_small(folder / name, px)
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except (OSError, ValueError):
            pictures.append(None)
            continue
        pictures.append(picture if sha256.get(name, found) == found else None)
    return pictures
