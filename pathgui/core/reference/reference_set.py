"""Reference sets: tiles whose tissue, center and slide are known; import, check, save.

On disk a reference set is a folder ``NAME.pgref`` with ``reference.json``, ``tiles.parquet`` and
the pictures in ``images/``.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import ReferenceSetError, UnreadableRegionError, one_line
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.progress import Notice, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels
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
from pathgui.core.reference.tile_files import decode_tile, tile_content
from pathgui.core.slides.identity import TileIdentity, digests_of
from pathgui.core.system.files import ANYTHING, NotInPlace, Replaceable, draft_folder
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json
from pathgui.core.system.plain_files import read_bytes

FORMAT = 1
REFERENCE_FILE = "reference.json"
TILES_FILE = "tiles.parquet"


@dataclass(frozen=True)
class ReferenceInfo:
    """What ``reference.json`` holds."""

    format: int
    name: str
    version: str
    description: str
    licence: str
    citation: str
    edge_um: float | None  # edge of a tile in µm; None if the manifest gave no mpp
    tiles_sha256: str  # of tiles.parquet, which holds the sha256 of each picture
    refused: int  # rows of the manifest that were not taken


@dataclass(frozen=True)
class ReferenceSet:
    """Tiles whose tissue, center and slide are known."""

    folder: Path
    info: ReferenceInfo
    labels: TileLabels
    files: tuple[str, ...]  # of each tile, relative to ``folder``
    tiles: tuple[str, ...]  # each tile's name in the manifest
    places_l0: NDArray[np.float64] | None = None  # (n, 2) x, y in its slide; NaN where not given
    sha256: tuple[str, ...] = ()  # of each picture; empty in a table without them
    slide_contents: tuple[str, ...] = ()  # content id of each tile's slide, "" where not known

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def tissues(self) -> list[str]:
        """Names of the tissues, sorted: what tissue indices refer to."""
        return [str(name) for name in np.unique(self.labels.tissue)]

    @property
    def centers(self) -> list[str]:
        """Names of the centers, sorted: what center indices refer to."""
        return [str(name) for name in np.unique(self.labels.center)]

    @cached_property
    def measurable(self) -> Measurable:
        """What it can measure: half a second for 20,000 tiles when it is first asked for."""
        return measurable(self.labels, edge_um=self.info.edge_um)

    def table(self) -> NDArray[np.intp]:
        """Tiles of each tissue (row) at each center (column)."""
        return self._cross_table(np.ones(len(self), bool))

    def slide_table(self) -> NDArray[np.intp]:
        """Slides of each tissue (row) at each center (column)."""
        keys = np.char.add(np.char.add(self.labels.slide, "\0"), self.labels.tissue)
        first = np.zeros(len(self), bool)
        first[np.unique(keys, return_index=True)[1]] = True
        return self._cross_table(first)

    def _cross_table(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        tissues, tissue = np.unique(self.labels.tissue, return_inverse=True)
        centers, center = np.unique(self.labels.center, return_inverse=True)
        table = np.zeros((len(tissues), len(centers)), np.intp)
        np.add.at(table, (tissue[rows], center[rows]), 1)
        return table


class ReferenceTiles:
    """The pictures of a reference set, to be embedded."""

    def __init__(self, reference: ReferenceSet) -> None:
        self._reference = reference
        # By the pictures: labels may change without a tile being embedded again.
        formerly = f"reference-{reference.info.tiles_sha256}"
        digest = hashlib.sha256("\n".join(reference.sha256).encode()).hexdigest()
        self.content_key = f"pictures-{digest}" if reference.sha256 else formerly
        self.edge_um = reference.info.edge_um
        digests = digests_of(reference.sha256) if reference.sha256 else None
        self._identity = TileIdentity(digests=digests, formerly=formerly)

    def identity(self) -> TileIdentity:
        """By the sha256 of each picture, which :meth:`read` makes sure of."""
        return self._identity

    def __len__(self) -> int:
        return len(self._reference)

    def edge_px(self, min_px: int) -> int | None:
        """Not known before all are read."""
        return None

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """RGB tile ``index`` as it is stored, shape (h, w, 3).

        Raises
        ------
        ReferenceSetError
            If another picture lies in its place.
        UnreadableRegionError
            If it is gone or damaged.
        """
        reference = self._reference
        path = reference.folder / reference.files[index]
        try:
            content = tile_content(path)  # once: what is decoded is what the checksum is of
            picture = decode_tile(content)
        except (OSError, ValueError) as error:
            raise UnreadableRegionError(
                f"The reference tile {path} cannot be read: {error}"
            ) from error
        if reference.sha256 and hashlib.sha256(content).hexdigest() != reference.sha256[index]:
            raise ReferenceSetError(
                f"{path} is not the picture that the reference set {reference.info.name} was made "
                "with: its checksum differs. Copy the set again from where it is whole, or build "
                "it again."
            )
        return picture


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
    """Import labelled tiles from a manifest (CSV, Excel, Parquet) into a new reference set.

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
        name=name or out.name.removesuffix(".pgref"),
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
                "The manifest has no column mpp, so the scale of the tiles is unknown: "
                "the set can be measured, but no slide can be evaluated against it."
            )
        )
    _write(taken, read.headings, info, out, replacing, report)
    return BuildResult(load_reference(out), refused)


def load_reference(folder: Path) -> ReferenceSet:
    """Open a reference set.

    Raises
    ------
    ReferenceSetError
        If the folder is none, or its files are missing, damaged or were changed.
    """
    try:
        info = from_json(ReferenceInfo, read_bytes(folder / REFERENCE_FILE))
        content = read_bytes(folder / TILES_FILE)
    except OSError as error:
        raise ReferenceSetError(
            f"{folder} is not a reference set: {error.filename or folder} cannot be read. "
            "Choose a folder whose name ends in .pgref, or build one from a manifest."
        ) from error
    except InvalidRecord as error:
        raise ReferenceSetError(f"{folder / REFERENCE_FILE}: {error}") from error
    if info.format > FORMAT:
        raise ReferenceSetError(f"{folder} was made by a newer pathgui. Update pathgui to use it.")
    if hashlib.sha256(content).hexdigest() != info.tiles_sha256:
        raise ReferenceSetError(
            f"{folder / TILES_FILE} is not the table this reference set was made with: its "
            "checksum differs. Build the reference set again from its manifest."
        )
    try:
        # Not pq.read_table: its threads may give ``content`` back when the interpreter is gone.
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
        patient = _text(table, "patient")
        pair = _text(table, "pair") if "pair" in table.column_names else None
        labels = TileLabels(
            tissue=_text(table, "tissue"),
            center=_text(table, "center"),
            slide=_text(table, "slide"),
            patient=patient if (patient != "").any() else None,
            pair=pair if pair is not None and (pair != "").any() else None,
        )
        files = tuple(str(name) for name in table.column("file").to_pylist())
        tiles = tuple(str(name) for name in table.column("tile").to_pylist())
        places = np.column_stack([_numbers(table, name) for name in ("x", "y")])
    except (KeyError, UnicodeDecodeError, pa.ArrowException) as error:
        raise ReferenceSetError(
            f"{folder / TILES_FILE} cannot be read: {one_line(error)}."
        ) from error
    _require_inside(folder, files)
    return ReferenceSet(
        folder, info, labels, files, tiles, places, _checksums(table), _contents(table)
    )


def picture_checksums(folder: Path) -> dict[str, str]:
    """The sha256 of each picture of a reference set, by its file; empty where not known."""
    try:
        table = pq.read_table(folder / TILES_FILE, columns=["file", "sha256"])
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return {}
    return dict(zip(table.column("file").to_pylist(), _checksums(table), strict=False))


def _contents(table: pa.Table) -> tuple[str, ...]:
    """The content id of each tile's slide; none where the manifest gave none."""
    if "slide_content_id" not in table.column_names:
        return ()
    return tuple(str(each or "") for each in table.column("slide_content_id").to_pylist())


def _checksums(table: pa.Table) -> tuple[str, ...]:
    """The sha256 of each picture; none unless the table has all."""
    if "sha256" not in table.column_names:
        return ()
    found = [str(value or "").lower() for value in table.column("sha256").to_pylist()]
    return tuple(found) if all(re.fullmatch(r"[0-9a-f]{64}", each) for each in found) else ()


def _require_inside(folder: Path, files: Sequence[str]) -> None:
    """A reference set that was handed on holds its pictures, and leads to no other file."""
    for name in files:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or ".." in parts or parts[0] == "/" or ":" in parts[0]:
            raise ReferenceSetError(
                f"{folder / TILES_FILE} names a picture outside the reference set ({name}). It is "
                "not opened: build it again from its manifest, or ask who made it."
            )


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column of text as numbers; NaN where it holds none, or is not there."""
    values = np.full(len(table), np.nan)
    if name in table.column_names:
        for row, text in enumerate(table.column(name).to_pylist()):
            with suppress(TypeError, ValueError):
                values[row] = float(text)
    return values


def _text(table: pa.Table, name: str) -> NDArray[np.str_]:
    return np.array([value or "" for value in table.column(name).to_pylist()], dtype=np.str_)


def _write(
    rows: Sequence[Row],
    headings: Mapping[str, str],
    info: ReferenceInfo,
    out: Path,
    replacing: Replaceable,
    report: ProgressFn,
) -> None:
    fixed = {"path", "slide_id", "patient_id", "center", "tissue", "mpp", "x", "y"}
    data: dict[str, list[Any]] = {
        "tile": [row.values["path"] for row in rows],
        "file": [f"images/{i:06d}{row.picture.suffix.lower()}" for i, row in enumerate(rows)],
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
    types = {"patient": pa.string(), "mpp": pa.float64(), "x": pa.string(), "y": pa.string()}
    table = pa.table({key: pa.array(values, types.get(key)) for key, values in data.items()})
    try:
        with draft_folder(out, record=REFERENCE_FILE, replacing=replacing) as draft:
            (draft / "images").mkdir()
            for done, (row, file) in enumerate(zip(rows, data["file"], strict=True)):
                if done % 64 == 0:
                    report(Progress("Copying the tiles", done, len(rows)))
                shutil.copyfile(row.picture, draft / file)
            pq.write_table(table, draft / TILES_FILE)
            sha256 = hashlib.sha256((draft / TILES_FILE).read_bytes()).hexdigest()
            (draft / REFERENCE_FILE).write_bytes(to_json(replace(info, tiles_sha256=sha256)))
    except NotInPlace as error:
        raise ReferenceSetError(f"{error.why} The new set is kept as {error.kept}.") from error
    except OSError as error:
        raise ReferenceSetError(
            f"The reference set could not be written to {out}: {error}. "
            "Choose another folder, or make room."
        ) from error
    report(Progress("Copying the tiles", len(rows), len(rows)))
