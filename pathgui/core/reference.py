"""Reference sets: tiles whose tissue, center and slide are known; import, check, save.

On disk a reference set is a folder ``NAME.pgref`` with ``reference.json``, ``tiles.parquet`` and
the pictures in ``images/``.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.errors import ReferenceSetError, UnreadableRegionError
from pathgui.core.files import ANYTHING, NotInPlace, Replaceable, draft_folder
from pathgui.core.labels import TileLabels
from pathgui.core.progress import Notice, Progress, ProgressFn, ignore_progress
from pathgui.core.records import InvalidRecord, from_json, to_json

FORMAT = 1
REFERENCE_FILE = "reference.json"
TILES_FILE = "tiles.parquet"

_REQUIRED = ("path", "slide_id", "center", "tissue")
_ALIASES = {"biological_class": "tissue", "medical_center": "center"}  # PathoROB's names
_EDGE_TOLERANCE = 0.05  # tiles of one reference set show the same field of view


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
        self.content_key = f"reference-{reference.info.tiles_sha256}"
        self.edge_um = reference.info.edge_um

    def __len__(self) -> int:
        return len(self._reference)

    def edge_px(self, min_px: int) -> int | None:
        """Not known before all are read."""
        return None

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """RGB tile ``index`` as it is stored, shape (h, w, 3)."""
        path = self._reference.folder / self._reference.files[index]
        try:
            return _read_picture(path)
        except (OSError, ValueError, SyntaxError) as error:
            raise UnreadableRegionError(
                f"The reference tile {path} cannot be read: {error}"
            ) from error


@dataclass(frozen=True)
class RefusedRow:
    """A row of the manifest that was not taken. ``row`` counts data rows from 1."""

    row: int
    reason: str


@dataclass(frozen=True)
class BuildResult:
    """A new reference set, and what was left out of it."""

    reference: ReferenceSet
    refused: tuple[RefusedRow, ...]


@dataclass
class _Row:
    """One row of the manifest while it is checked."""

    number: int
    values: dict[str, str]
    picture: Path
    reason: str = ""
    sha256: str = ""
    side_px: int = 0
    mpp: float | None = None

    @property
    def edge_um(self) -> float | None:
        return None if self.mpp is None else self.mpp * self.side_px


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
    report: ProgressFn = ignore_progress,
) -> BuildResult:
    """Import labelled tiles from a CSV or Parquet manifest into a new reference set.

    The manifest has the columns ``path`` (relative to it), ``slide_id``, ``center``, ``tissue``
    and optionally ``patient_id``, ``mpp`` (µm per pixel of that picture), ``x``, ``y``, ``pair``
    (the same on tiles of the same piece of tissue on several slides); further columns are kept.
    Nothing is guessed: a row that is incomplete, double, unreadable or contradicts others is
    refused with the reason, and the rest is taken. ``replacing`` is what
    :func:`~pathgui.core.targets.require_target` returned; None: nothing is replaced.

    Raises
    ------
    ReferenceSetError
        If the manifest cannot be read, lacks a column, or has no usable row; if something else is
        at ``out`` by the end, which stays: then the text says where the new set is.
    """
    rows, columns = _read_manifest(manifest)
    _check_values(rows)
    _check_pictures(rows, report)
    _check_agreement(rows)
    taken = [row for row in rows if not row.reason]
    refused = tuple(RefusedRow(row.number, row.reason) for row in rows if row.reason)
    if not taken:
        reasons = "; ".join(f"row {row.row}: {row.reason}" for row in refused[:3])
        raise ReferenceSetError(
            f"No row of {manifest} can be used ({len(refused)} refused). The first: {reasons}."
        )
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
    _write(taken, columns, info, out, replacing, report)
    return BuildResult(load_reference(out), refused)


def load_reference(folder: Path) -> ReferenceSet:
    """Open a reference set.

    Raises
    ------
    ReferenceSetError
        If the folder is none, or its files are missing, damaged or were changed.
    """
    try:
        info = from_json(ReferenceInfo, (folder / REFERENCE_FILE).read_bytes())
        content = (folder / TILES_FILE).read_bytes()
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
        table = pq.read_table(pa.BufferReader(content))
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
    except (KeyError, pa.ArrowException) as error:
        raise ReferenceSetError(f"{folder / TILES_FILE} cannot be read: {error}") from error
    return ReferenceSet(folder, info, labels, files, tiles, places)


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


def _read_picture(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def _read_manifest(manifest: Path) -> tuple[list[_Row], list[str]]:
    """All rows as text, and the names of the columns."""
    try:
        if manifest.suffix.lower() in (".parquet", ".pq"):
            table = pq.read_table(manifest)
        else:
            # Everything as text: an mpp of "0.25" must not lose digits, a slide "007" its zeros.
            names = _csv_header(manifest)
            types = {name: pa.string() for name in names}
            options = pa_csv.ConvertOptions(column_types=types, strings_can_be_null=False)
            table = pa_csv.read_csv(manifest, convert_options=options)
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise ReferenceSetError(
            f"The manifest {manifest} cannot be read: {error}. It must be a CSV file (UTF-8, with "
            "a header line) or a Parquet file."
        ) from error
    names = [_ALIASES.get(name.strip(), name.strip()) for name in table.column_names]
    table = table.rename_columns(names)
    if missing := [name for name in _REQUIRED if name not in names]:
        raise ReferenceSetError(
            f"The manifest {manifest} lacks the column{'s' * (len(missing) > 1)} "
            f"{', '.join(missing)}. It has: {', '.join(names)}."
        )
    if double := [name for name, times in Counter(names).items() if times > 1]:
        raise ReferenceSetError(f"The manifest {manifest} has the column {double[0]} twice.")
    rows = []
    for number, record in enumerate(table.to_pylist(), start=1):
        values = {key: "" if value is None else str(value).strip() for key, value in record.items()}
        rows.append(_Row(number, values, manifest.parent / values["path"]))
    if not rows:
        raise ReferenceSetError(f"The manifest {manifest} has no rows.")
    return rows, names


def _csv_header(manifest: Path) -> list[str]:
    with manifest.open(encoding="utf-8-sig") as file:
        line = file.readline()
    return pa_csv.read_csv(pa.BufferReader(line.encode())).column_names  # type: ignore[no-any-return]


def _check_values(rows: Sequence[_Row]) -> None:
    """Required values present, mpp a number, no path twice."""
    has_mpp = any(row.values.get("mpp") for row in rows)
    first_with: dict[str, int] = {}
    for row in rows:
        if missing := [name for name in _REQUIRED if not row.values[name]]:
            row.reason = f"no {' and no '.join(missing)}"
        elif (path := row.values["path"]) in first_with:
            row.reason = f"the same path as in row {first_with[path]}"
        else:
            first_with[path] = row.number
            row.reason = _read_mpp(row, has_mpp)


def _read_mpp(row: _Row, expected: bool) -> str:
    text = row.values.get("mpp", "")
    if not text:
        return "no mpp, though other rows have one" if expected else ""
    try:
        row.mpp = float(text)
    except ValueError:
        return f"mpp is not a number: {text!r}"
    return "" if np.isfinite(row.mpp) and row.mpp > 0 else f"mpp must be above 0, not {text}"


def _check_pictures(rows: Sequence[_Row], report: ProgressFn) -> None:
    """Pictures there, readable, square, and none twice."""
    first_with: dict[str, int] = {}
    for done, row in enumerate(rows):
        if done % 16 == 0:
            report(Progress("Checking the tiles", done, len(rows)))
        if row.reason:
            continue
        try:
            content = row.picture.read_bytes()
            height, width = _read_picture(row.picture).shape[:2]
        except FileNotFoundError:
            row.reason = f"{row.values['path']} does not exist"
            continue
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            row.reason = f"{row.values['path']} cannot be read as a picture: {error}"
            continue
        row.sha256 = hashlib.sha256(content).hexdigest()
        row.side_px = width
        if width != height:
            row.reason = f"{row.values['path']} is not square: {width} x {height} px"
        elif row.sha256 in first_with:
            row.reason = f"the same picture as in row {first_with[row.sha256]}"
        else:
            first_with[row.sha256] = row.number
    report(Progress("Checking the tiles", len(rows), len(rows)))


def _check_agreement(rows: Sequence[_Row]) -> None:
    """A slide has one center and one patient; all tiles show the same field of view."""
    for column, what in (("center", "centers"), ("patient_id", "patients")):
        of_slide: dict[str, set[str]] = {}
        for row in rows:
            if not row.reason:
                of_slide.setdefault(row.values["slide_id"], set()).add(row.values.get(column, ""))
        for row in rows:
            found = of_slide.get(row.values["slide_id"], set())
            if not row.reason and len(found) > 1:
                names = ", ".join(sorted(name or "(none)" for name in found))
                row.reason = f"slide {row.values['slide_id']} has several {what}: {names}"
    edges = [row.edge_um for row in rows if not row.reason and row.edge_um is not None]
    if not edges:
        return
    usual = float(np.median(edges))
    for row in rows:
        edge = row.edge_um
        if not row.reason and edge is not None and abs(edge / usual - 1) > _EDGE_TOLERANCE:
            row.reason = f"shows {edge:.4g} µm a side, while most tiles show {usual:.4g} µm"


def _write(
    rows: Sequence[_Row],
    columns: Sequence[str],
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
        "x": [row.values.get("x") or None for row in rows],
        "y": [row.values.get("y") or None for row in rows],
        "sha256": [row.sha256 for row in rows],
    }
    for name in columns:
        if name not in fixed:
            data[name if name not in data else f"{name} (manifest)"] = [
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
