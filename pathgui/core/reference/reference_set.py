"""Reference sets: tiles whose tissue, center and slide are known; import, check, save.

On disk a reference set is a folder ``NAME.pgref`` with ``reference.json``, ``tiles.parquet`` and
the pictures in ``images/``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import ReferenceSetError, UnreadableRegionError, one_line
from pathgui.core.language.texts import say
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import CENTER, RoleColumns
from pathgui.core.reference.sampling_plan import Sampling
from pathgui.core.reference.set_changes import SetChange
from pathgui.core.reference.tile_files import decode_tile, tile_content
from pathgui.core.slides.identity import TileIdentity, digests_of
from pathgui.core.system.endings import REFERENCE_ENDING, no_folder
from pathgui.core.system.json_records import InvalidRecord, from_json
from pathgui.core.system.plain_files import read_bytes

FORMAT = 1
REFERENCE_FILE = "reference.json"
TILES_FILE = "tiles.parquet"
# Columns of the table of tiles that say which tile it is, and can play no role.
NO_ROLE = (
    "tile", "file", "slide", "patient", "pair", "mpp", "x", "y", "sha256", "slide_content_id",
)  # fmt: skip


@dataclass(frozen=True)
class KeptEmbeddings:
    """Embeddings that a set keeps in place of pictures."""

    encoder: str  # as their authors call it
    file: str  # relative to the set: .npy, a row for each tile in the order of tiles.parquet
    dim: int
    sha256: str  # of the file


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
    sampled: Sampling | None = None  # the cohort and plan that gave the tiles; absent: a manifest
    collections: tuple[str, ...] = ()  # public ones that names told, where names were left out
    changes: tuple[SetChange, ...] = ()  # what made this version of the one before, the first first
    # embeddings of tiles without pictures; absent: the set has pictures
    embeddings: tuple[KeptEmbeddings, ...] = ()


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
    # All columns of its table that can play a role; None: the set is not from a folder.
    further: pa.Table | None = field(default=None, repr=False, compare=False)
    # With the roles that it has of its own; None: this is it.
    own: ReferenceSet | None = field(default=None, repr=False, compare=False)
    left_out: int = 0  # tiles of which a column that plays a role says nothing

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def has_pictures(self) -> bool:
        """Whether encoders can embed its tiles; else it holds embeddings alone."""
        return any(self.files)

    @property
    def why_no_pictures(self) -> str:
        """For the user: why something that needs pictures cannot be done with this set."""
        names = ", ".join(each.encoder for each in self.info.embeddings)
        return say(
            "The reference set {info_name} holds embeddings of {names} and "
            "no pictures, so other encoders cannot see its tiles. Take these "
            "embeddings, or a set with pictures.",
            info_name=self.info.name,
            names=names,
        )

    @property
    def place(self) -> ReferenceFolder:
        """Where this very set is opened again."""
        return ReferenceFolder(self.folder.absolute(), self.info.tiles_sha256)

    @property
    def columns(self) -> RoleColumns:
        """The columns that play the roles of center and tissue."""
        return self.labels.columns

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
        return self.labels.tiles_by_cell()

    def slide_table(self) -> NDArray[np.intp]:
        """Slides of each tissue (row) at each center (column)."""
        return self.labels.slides_by_cell()


@dataclass(frozen=True)
class ReferenceFolder:
    """A reference set that is not open; plain data, which can go to another process."""

    folder: Path
    sha256: str = ""  # of its table of tiles; "": of whatever set lies there

    def open(self) -> ReferenceSet:
        """Open the set.

        Raises
        ------
        ReferenceSetError
            What :func:`load_reference` raises; and if another set lies in the folder.
        """
        reference = load_reference(self.folder)
        if self.sha256 and reference.info.tiles_sha256 != self.sha256:
            raise ReferenceSetError(
                say(
                    "Another reference set lies in {folder} than the one that is "
                    "meant: it has other tiles or other labels. Choose the set "
                    "again.",
                    folder=self.folder,
                )
            )
        return reference


class ReferenceTiles:
    """The pictures of a reference set, to be embedded."""

    def __init__(self, reference: ReferenceSet) -> None:
        self._reference = reference
        # By the pictures: labels may change without a tile being embedded again.
        whole = f"reference-{reference.info.tiles_sha256}"
        known = reference.sha256 or (whole, *reference.files)
        digest = hashlib.sha256("\n".join(known).encode()).hexdigest()
        self.content_key = f"pictures-{digest}" if reference.sha256 else whole
        # Earlier versions kept embeddings row by row of the whole set, of which a part has others.
        formerly = "" if reference.left_out else whole
        if reference.left_out and not reference.sha256:
            self.content_key = f"part-{digest}"
        self.edge_um = reference.info.edge_um
        digests = digests_of(reference.sha256) if reference.sha256 else None
        self._identity = TileIdentity(digests=digests, formerly=formerly)

    def identity(self) -> TileIdentity:
        """By the sha256 of each picture, which :meth:`read` makes sure of."""
        return self._identity

    @property
    def slide_of(self) -> NDArray[np.intp]:
        """The slide of each tile, 0-based, shape (n,)."""
        return self._reference.labels.slides

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
        if not reference.has_pictures:
            raise ReferenceSetError(reference.why_no_pictures)
        path = reference.folder / reference.files[index]
        try:
            content = tile_content(path)  # once: what is decoded is what the checksum is of
            picture = decode_tile(content)
        except (OSError, ValueError) as error:
            raise UnreadableRegionError(
                say("The reference tile {path} cannot be read: {error}", path=path, error=error)
            ) from error
        if reference.sha256 and hashlib.sha256(content).hexdigest() != reference.sha256[index]:
            raise ReferenceSetError(
                say(
                    "{path} is not the picture that the reference set "
                    "{info_name} was made with: its checksum differs. Copy the "
                    "set again from where it is whole, or build it again.",
                    path=path,
                    info_name=reference.info.name,
                )
            )
        return picture


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
        if not folder.exists():
            raise ReferenceSetError(no_folder(folder, REFERENCE_ENDING)) from error
        raise ReferenceSetError(
            say(
                "{folder} is not a reference set: {filename} cannot be read. "
                "Choose a folder whose name ends in .pgref, or build one from a "
                "manifest.",
                folder=folder,
                filename=error.filename or folder,
            )
        ) from error
    except InvalidRecord as error:
        raise ReferenceSetError(f"{folder / REFERENCE_FILE}: {error}") from error
    if info.format > FORMAT:
        raise ReferenceSetError(
            say("{folder} was made by a newer pathgui. Update pathgui to use it.", folder=folder)
        )
    if hashlib.sha256(content).hexdigest() != info.tiles_sha256:
        raise ReferenceSetError(
            say(
                "{folder} is not the table this reference set was made with: its "
                "checksum differs. Build the reference set again from its manifest.",
                folder=folder / TILES_FILE,
            )
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
            columns=RoleColumns(CENTER if info.sampled is None else info.sampled.center),
        )
        files = tuple(str(name) for name in table.column("file").to_pylist())
        tiles = tuple(str(name) for name in table.column("tile").to_pylist())
        places = np.column_stack([_numbers(table, name) for name in ("x", "y")])
    except (KeyError, UnicodeDecodeError, pa.ArrowException) as error:
        raise ReferenceSetError(
            say(
                "{folder} cannot be read: {one_line}.",
                folder=folder / TILES_FILE,
                one_line=one_line(error),
            )
        ) from error
    _require_inside(folder, [each.file for each in info.embeddings])
    if not info.embeddings or any(files):
        _require_inside(folder, files)
    further = table.select([name for name in table.column_names if name not in NO_ROLE])
    return ReferenceSet(
        folder, info, labels, files, tiles, places, _checksums(table), _contents(table), further
    )


def tiles_with(reference: ReferenceSet, text: str) -> list[int]:
    """Rows of the tiles with that text in their name, slide, patient, tissue or center.

    Letters are compared without case.
    """
    labels = reference.labels
    columns = [reference.tiles, labels.slide, labels.tissue, labels.center]
    if labels.patient is not None:
        columns.append(labels.patient)
    wanted = text.casefold()
    return [
        row
        for row, cells in enumerate(zip(*columns, strict=True))
        if any(wanted in str(cell).casefold() for cell in cells)
    ]


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
                say(
                    "{folder} names a picture outside the reference set "
                    "({name}). It is not opened: build it again from its "
                    "manifest, or ask who made it.",
                    folder=folder / TILES_FILE,
                    name=name,
                )
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
