"""A reference set in one zip, to be given away; with pseudonyms where names must stay here."""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from pathgui.core.errors import ReferenceSetError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.barcodes import collections_of
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.core.reference.reference_set import REFERENCE_FILE, TILES_FILE, ReferenceSet
from pathgui.core.system.files import draft_file
from pathgui.core.system.json_records import to_json

# Columns of the table that a set is measured by; others are the manifest's own and may tell a name.
_KEPT = ("tile", "file", "slide", "patient", "center", "tissue", "mpp", "x", "y", "sha256", "pair")


def pack_reference(
    reference: ReferenceSet,
    out: Path,
    *,
    pseudonymous: bool = False,
    report: ProgressFn = ignore_progress,
) -> Path:
    """Write a reference set into one zip; returns ``out``.

    With ``pseudonymous``, slides and patients bear pseudonyms made with a key that is thrown away:
    which tiles are of one slide or patient can still be told, who it is cannot. Tiles bear their
    numbers, further columns are left out, and pictures are written anew as PNG of the same pixels,
    without what cameras and scanners note in them. Such a set is another one: it has a checksum of
    its own.

    Raises
    ------
    ReferenceSetError
        If a picture cannot be read, or the zip cannot be written.
    """
    folder = PurePosixPath(reference.folder.name)
    made = partial(zipfile.ZipFile, compression=zipfile.ZIP_DEFLATED, strict_timestamps=False)
    with (
        # Pillow's errors about a picture are of this kind, too.
        os_errors_as(
            ReferenceSetError, say("The reference set could not be packed into {out}", out=out)
        ),
        draft_file(out) as draft,
        made(draft, "x") as packed,
    ):
        table = pq.ParquetFile(reference.folder / TILES_FILE).read(use_threads=False)
        files, digests = [], []
        for row, file in enumerate(reference.files):
            if row % 16 == 0:
                report(
                    Progress(
                        say("Packing the reference set"), row, len(reference), part=Part.SAVING
                    )
                )
            if not file:  # a set of embeddings alone
                files.append("")
                digests.append("")
                continue
            content = (reference.folder / file).read_bytes()
            if pseudonymous:
                content, file = _pixels_alone(content), f"images/{row:06d}.png"
            packed.writestr(str(folder / file), content)
            files.append(file)
            digests.append(hashlib.sha256(content).hexdigest())
        info = reference.info
        for kept in info.embeddings:  # rows by number: they name nobody
            packed.writestr(str(folder / kept.file), (reference.folder / kept.file).read_bytes())
        content = (reference.folder / TILES_FILE).read_bytes()
        if pseudonymous:
            content = _written(_nameless(table, files, digests))
            sampled = info.sampled and replace(
                info.sampled, cohort="", plan=info.sampled.plan.without_names
            )
            sha256 = hashlib.sha256(content).hexdigest()
            # Whether an encoder was trained on these slides is asked of a set without names, too.
            told = set(info.collections) | collections_of(_all_names(reference))
            info = replace(
                info,
                tiles_sha256=sha256,
                sampled=sampled,
                collections=tuple(sorted(told)),
                changes=tuple(replace(each, dropped=(), relabeled=()) for each in info.changes),
            )
        packed.writestr(str(folder / TILES_FILE), content)
        packed.writestr(str(folder / REFERENCE_FILE), to_json(info))
    return out


def _all_names(reference: ReferenceSet) -> set[str]:
    labels = reference.labels
    patients = [] if labels.patient is None else labels.patient.tolist()
    return {*labels.slide.tolist(), *patients, *reference.tiles}


def _pixels_alone(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        pixels = Image.fromarray(np.asarray(picture.convert("RGB")))
    draft = io.BytesIO()
    pixels.save(draft, "PNG")
    return draft.getvalue()


def _nameless(table: pa.Table, files: list[str], digests: list[str]) -> pa.Table:
    names = Pseudonyms(secrets.token_bytes(32), "")
    new = {
        "tile": [PurePosixPath(file).stem or f"{row:06d}" for row, file in enumerate(files)],
        "file": files,
        "sha256": digests,
        "slide": [names.slide(name or "") for name in table.column("slide").to_pylist()],
        "patient": [names.patient(name or "") or None for name in _column(table, "patient")],
        "pair": [names.patient(name or "") or None for name in _column(table, "pair")],
    }
    columns = {}
    for name in table.column_names:
        if name in new:
            columns[name] = pa.array(new[name], pa.string())
        elif name in _KEPT:
            columns[name] = table.column(name)
    return pa.table(columns)


def _column(table: pa.Table, name: str) -> list[str | None]:
    there = name in table.column_names
    values: list[str | None] = table.column(name).to_pylist() if there else [None] * len(table)
    return values


def _written(table: pa.Table) -> bytes:
    draft = io.BytesIO()
    pq.write_table(table, draft)
    return draft.getvalue()
