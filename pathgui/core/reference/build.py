"""Making a reference set of a manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.manifest import (
    LABELS,
    RefusedRow,
    Row,
    check_agreement,
    check_loss,
    check_pictures,
    read_manifest,
    refused_rows,
)
from pathgui.core.reference.reference_set import (
    FORMAT,
    ReferenceInfo,
    ReferenceSet,
)
from pathgui.core.reference.set_writing import IMAGES_FOLDER, write_set
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.core.system.files import ANYTHING, Replaceable


@dataclass(frozen=True)
class BuildResult:
    """A new reference set, and what was left out of it."""

    reference: ReferenceSet
    refused: tuple[RefusedRow, ...]


def build_reference(
    manifest: Path,
    out: Path,
    *,
    name: str | None = None,
    version: str = "1",
    description: str = "",
    licence: str = "",
    citation: str = "",
    replacing: Replaceable = ANYTHING,
    allow_missing: bool = False,
    report: ProgressFn = ignore_progress,
) -> BuildResult:
    """Import labeled tiles from a manifest (CSV, Excel, Parquet) into a new reference set.

    The manifest has the columns ``path`` (relative to it), ``slide_id``, ``center``, ``tissue``
    and optionally ``patient_id``, ``mpp`` (µm per pixel of that picture), ``x``, ``y``, ``pair``
    (the same on tiles of the same piece of tissue on several slides); further columns are kept.
    How the table was read, and labels that may be the same thing, are reported as notices.
    A row that is incomplete, double, unreadable or contradicts others is refused with the reason,
    and the rest is taken. With ``allow_missing`` that is so however many are refused.
    ``replacing`` is what :func:`~pathgui.core.runs.targets.require_target` returned; None: nothing
    is replaced.

    Raises
    ------
    TooManyRefused
        If more than a tenth of the rows, or all rows of a center, were refused and
        ``allow_missing`` is not set.
    ReferenceSetError
        If the manifest cannot be read, lacks a column, or has no usable row; if something else is
        at ``out`` by the end, which stays: then the text says where the new set is.
    """
    read = read_manifest(manifest)
    rows = read.rows
    for told in read.told:
        report(Notice(told))
    check_pictures(rows, report)
    check_agreement(rows)
    check_loss(rows, manifest, allow_missing=allow_missing)
    taken = [row for row in rows if not row.reason]
    refused = refused_rows(rows)
    edges = [row.edge_um for row in taken if row.edge_um is not None]
    info = ReferenceInfo(
        format=FORMAT,
        name=name or out.name.removesuffix(REFERENCE_ENDING),
        version=version,
        description=description,
        licence=licence,
        citation=citation,
        edge_um=float(np.median(edges)) if edges else None,
        tiles_sha256="",
        refused=len(refused),
    )
    if info.edge_um is None:
        report(
            Notice(
                say(
                    "The manifest has no column mpp, so the scale of the tiles "
                    "is unknown: the set can be measured, but no slide can be "
                    "evaluated against it."
                )
            )
        )
    made = write_set(out, info, partial(_fill, taken, read.headings, report), replacing)
    return BuildResult(made, refused)


def _fill(
    rows: Sequence[Row], headings: Mapping[str, str], report: ProgressFn, draft: Path
) -> Mapping[str, Sequence[Any]]:
    """Copy the pictures into the draft of a set; returns the columns of its table of tiles."""
    fixed = {"path", "slide_id", "patient_id", "center", "tissue", "mpp", "x", "y"}
    data: dict[str, list[Any]] = {
        "tile": [row.values["path"] for row in rows],
        "file": [
            f"{IMAGES_FOLDER}/{i:06d}{row.picture.suffix.lower()}" for i, row in enumerate(rows)
        ],
        "slide": [row.values["slide_id"] for row in rows],
        "patient": [row.values.get("patient_id") or None for row in rows],
        "center": [row.values["center"] for row in rows],
        "tissue": [row.values["tissue"] for row in rows],
        "mpp": [row.mpp for row in rows],
        "x": [row.place[0] for row in rows],
        "y": [row.place[1] for row in rows],
        "sha256": [row.sha256 for row in rows],
    }
    for name, heading in headings.items():
        if name and name not in fixed:
            own = name if name in LABELS else heading
            data[own if own not in data else f"{own} (manifest)"] = [
                row.values[name] for row in rows
            ]
    for done, (row, file) in enumerate(zip(rows, data["file"], strict=True)):
        if done % 64 == 0:
            report(Progress(say("Copying the tiles"), done, len(rows), part=Part.SAVING))
        shutil.copyfile(row.picture, draft / file)
    report(Progress(say("Copying the tiles"), len(rows), len(rows), part=Part.SAVING))
    return data
