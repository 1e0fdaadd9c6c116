"""Making a reference set of published tiles, whatever their layout."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.public_sets.layout import Embedded, FoundTiles
from pathgui.core.public_sets.tile_choice import TileChoice, choose
from pathgui.core.reference.manifest import (
    RefusedRow,
    Row,
    TooManyRefused,
    check_agreement,
    check_loss,
    refused_rows,
)
from pathgui.core.reference.reference_set import FORMAT, KeptEmbeddings, ReferenceInfo, ReferenceSet
from pathgui.core.reference.set_writing import IMAGES_FOLDER, Described, write_set
from pathgui.core.reference.tile_files import NotATile, decode_tile, suffix_of
from pathgui.core.system.files import ANYTHING, Replaceable
from pathgui.core.system.plain_files import sha256_of_files

_EMBEDDINGS_FOLDER = "embeddings"
_MEND = say("Get the files again")


@dataclass(frozen=True)
class ImportedSet:
    """A new reference set, and what was left out of it."""

    reference: ReferenceSet
    refused: tuple[RefusedRow, ...]


def import_tiles(
    found: FoundTiles,
    where: Path,
    out: Path,
    *,
    choice: TileChoice = TileChoice(),
    described: Described = Described(),
    replacing: Replaceable = ANYTHING,
    allow_missing: bool = False,
    report: ProgressFn = ignore_progress,
) -> ImportedSet:
    """Write published tiles as a reference set, their pictures as they are stored.

    Embeddings without pictures are kept as float32 in place of them.

    One picture is in memory at a time. A tile whose label is missing, whose picture cannot be
    decoded, is not square, or is there twice, is refused with the reason, and the rest is taken.
    If ``report`` raises, nothing is left.

    Parameters
    ----------
    found
        What an importer read.
    where
        What messages call the place of the files.
    replacing
        What may be replaced, as in :func:`~pathgui.core.system.files.draft_folder`.
    allow_missing
        Take the rest also where a file, more than a tenth of the tiles or a center is lost.

    Raises
    ------
    TooManyRefused
        If so much is lost and that was not allowed.
    ReferenceSetError
        If no tile is left, none is of the subset, or the set cannot be written.
    """
    choice.check()
    for told in found.told:
        report(Notice(told))
    _check_files(found, allow_missing, report)
    _check_loss(found.rows, where, allow_missing)
    chosen = choose(found.rows, choice)
    if len(chosen) < (whole := sum(not row.reason for row in found.rows)):
        report(
            Notice(
                say(
                    "{n_chosen:,} of {whole:,} tiles are taken, as was asked for.",
                    n_chosen=len(chosen),
                    whole=whole,
                )
            )
        )
    writing = _Writing(found, chosen, where, allow_missing, report)

    def record() -> ReferenceInfo:
        edges = [row.edge_um for row in chosen if not row.reason and row.edge_um is not None]
        return ReferenceInfo(
            format=FORMAT,
            name=described.name_at(out),
            version=described.version,
            description=described.description or " ".join(found.told),
            licence=described.licence or found.about.licence,
            citation=described.citation or found.about.citation,
            edge_um=found.embedded.edge_um if found.embedded else _usual(edges),
            tiles_sha256="",
            refused=len(refused_rows(found.rows)),
            embeddings=writing.kept,
        )

    made = write_set(out, record, writing.fill, replacing)
    return ImportedSet(made, refused_rows(found.rows))


def _usual(edges: Sequence[float]) -> float | None:
    return float(np.median(edges)) if edges else None


def _file_name(encoder: str) -> str:
    """The name of an encoder as that of a file, on every system."""
    return re.sub(r"[^\w.-]+", "-", encoder).strip("-.")[:80] or "embeddings"


def _check_files(found: FoundTiles, allow_missing: bool, report: ProgressFn) -> None:
    if found.lost and not allow_missing:
        raise TooManyRefused("; ".join(found.lost) + ".", (), _MEND)
    for sentence in found.lost:
        report(Notice(f"{sentence}."))


def _check_loss(rows: Sequence[Row], where: Path, allow_missing: bool) -> None:
    try:
        check_loss(rows, where, allow_missing=allow_missing)
    except TooManyRefused as error:
        raise TooManyRefused(error.facts, error.refused, _MEND) from error


@dataclass
class _Writing:
    """Puts the pictures of some rows into the draft of a set."""

    found: FoundTiles
    rows: Sequence[Row]
    where: Path
    allow_missing: bool
    report: ProgressFn
    kept: tuple[KeptEmbeddings, ...] = ()

    def fill(self, draft: Path) -> Mapping[str, Sequence[Any]]:
        """Write the pictures; returns the columns of the table of tiles."""
        if not self.rows:
            raise ReferenceSetError(say("{where} holds no tile.", where=self.where))
        embedded = self.found.embedded
        files = self._write(draft) if embedded is None else {row.number: "" for row in self.rows}
        check_agreement(self.rows)
        for row in self.rows:
            if row.reason and (file := files.pop(row.number, "")):
                (draft / file).unlink()
        # Of a sample, what was lost before it was drawn is judged already, as a share of all.
        sampled = any(not row.reason and row.number not in files for row in self.found.rows)
        judged = self.rows if sampled else self.found.rows
        _check_loss(judged, self.where, self.allow_missing)
        taken = [row for row in self.rows if not row.reason]
        if embedded is not None:
            self._keep_embeddings(draft, embedded, [row.number - 1 for row in taken])
        columns: dict[str, Sequence[Any]] = {
            "tile": [row.values["tile"] for row in taken],
            "file": [files[row.number] for row in taken],
            "slide": [row.values["slide_id"] for row in taken],
            "patient": [row.values.get("patient_id") or None for row in taken],
            "center": [row.values["center"] for row in taken],
            "tissue": [row.values["tissue"] for row in taken],
            "mpp": [row.mpp for row in taken],
            "x": [row.place[0] for row in taken],
            "y": [row.place[1] for row in taken],
            "sha256": [row.sha256 for row in taken],
        }
        if any(row.values.get("pair") for row in taken):
            columns["pair"] = [row.values.get("pair") or None for row in taken]
        for name in self.found.further:
            columns[name] = [row.values.get(name, "") for row in taken]
        return columns

    def _keep_embeddings(self, draft: Path, embedded: Embedded, rows: list[int]) -> None:
        file = f"{_EMBEDDINGS_FOLDER}/{_file_name(embedded.encoder)}.npy"
        (draft / file).parent.mkdir()
        values = np.ascontiguousarray(embedded.values[rows], dtype=np.float32)
        np.save(draft / file, values)
        sha256 = sha256_of_files([draft / file])
        self.kept = (KeptEmbeddings(embedded.encoder, file, values.shape[1], sha256),)

    def _write(self, draft: Path) -> dict[int, str]:
        """Check and write each picture; returns the files by number of row."""
        first_with: dict[str, int] = {}
        files: dict[int, str] = {}
        wanted = {row.number for row in self.rows}
        left, done = set(wanted), 0
        for row, content in self.found.pictures(wanted):
            if done % 64 == 0:
                self._tell(done)
            done += 1
            left.discard(row.number)
            name = row.values["tile"]
            try:
                if isinstance(content, NotATile):
                    raise content
                height, width = decode_tile(content).shape[:2]
            except NotATile as error:
                row.refuse(
                    say("the picture of {name} {error}", name=name, error=error),
                    say("the picture {kind}", kind=error.kind),
                )
                continue
            row.side_px, row.sha256 = width, hashlib.sha256(content).hexdigest()
            if width != height:
                row.refuse(
                    say(
                        "the picture of {name} is not square: {width} x {height} px",
                        name=name,
                        width=width,
                        height=height,
                    ),
                    say("the picture is not square"),
                )
            elif row.sha256 in first_with:
                twin = first_with[row.sha256]
                row.refuse(
                    say("the same picture as in row {twin}", twin=twin),
                    say("the same picture as in another row"),
                )
            else:
                first_with[row.sha256] = row.number
                file = f"{IMAGES_FOLDER}/{len(files):06d}{suffix_of(content)}"
                (draft / file).write_bytes(content)
                files[row.number] = file
        for row in self.rows:
            if row.number in left:
                row.refuse(
                    say("the picture of {values} is missing", values=row.values["tile"]),
                    say("no picture"),
                )
        self._tell(len(self.rows))
        return files

    def _tell(self, done: int) -> None:
        self.report(Progress(say("Taking the tiles"), done, len(self.rows), part=Part.SAVING))
