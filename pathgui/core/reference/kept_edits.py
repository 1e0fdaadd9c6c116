"""Edits of reference sets that were not saved yet, kept on disk: a killed program has them back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.set_editing import LABELS, Edits
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json
from pathgui.core.system.plain_files import read_bytes

FORMAT = 1


@dataclass(frozen=True)
class _Kept:
    """One file: rows of the set whose table of tiles has the sha256 that the file is called by."""

    format: int
    dropped: list[int]
    relabeled: dict[str, dict[str, str]]  # row, column, label


def keep_edits(folder: Path, reference: ReferenceSet, edits: Edits) -> None:
    """Keep what is changed of a set and not saved; nothing changed: forget what was kept.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = _file(folder, reference)
    if not edits.dropped and not edits.relabeled:
        path.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    relabeled = {str(row): dict(labels) for row, labels in edits.relabeled.items()}
    write_file(path, to_json(_Kept(FORMAT, sorted(edits.dropped), relabeled)))


def kept_edits(folder: Path, reference: ReferenceSet) -> Edits:
    """What was kept of this set; nothing where the file is gone, damaged or of another kind."""
    with suppress(OSError, InvalidRecord, ValueError):
        kept = from_json(_Kept, read_bytes(_file(folder, reference)))
        edits = Edits(
            frozenset(kept.dropped), {int(row): new for row, new in kept.relabeled.items()}
        )
        rows = {*edits.dropped, *edits.relabeled}
        columns = {column for labels in kept.relabeled.values() for column in labels}
        known = kept.format == FORMAT and columns <= set(LABELS.values())
        if known and all(0 <= row < len(reference) for row in rows):
            return edits
    return Edits()


def _file(folder: Path, reference: ReferenceSet) -> Path:
    return folder / f"{reference.info.tiles_sha256}.json"
