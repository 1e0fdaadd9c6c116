"""Embeddings alone as a reference set: of tiles, or one vector a slide, with their labels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pathgui.core.errors import EmbeddingsError, ReferenceSetError
from pathgui.core.imported.embeddings_columns import ExternalEmbeddings
from pathgui.core.imported.embeddings_table import LabeledEmbeddings, labeled
from pathgui.core.imported.readers import joined, read_file
from pathgui.core.language.texts import say
from pathgui.core.public_sets.layout import (
    Embedded,
    FoundTiles,
    Given,
    Layout,
    Pictures,
    Wishes,
)
from pathgui.core.public_sets.picture_files import PICTURES
from pathgui.core.public_sets.tile_rows import make_rows
from pathgui.core.reference.manifest import Row
from pathgui.core.tables.read import PARQUET

_FILES = (".h5", ".hdf5", ".h5ad", ".npz", ".npy", ".pt")
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".ods", ".xls")


def _recognizes(given: Given) -> bool:
    return not given.having(*PICTURES) and bool(_embeddings_in(given))


def _embeddings_in(given: Given) -> list[Path]:
    return given.having(*_FILES) or [path for path in given.having(*PARQUET) if _has_lists(path)]


def _has_lists(path: Path) -> bool:
    """Whether a Parquet file has a column of lists of numbers, as embeddings are kept."""
    try:
        with pq.ParquetFile(path) as file:
            kinds = [field.type for field in file.schema_arrow]
    except Exception:  # noqa: BLE001 - pyarrow's errors are of many classes
        return False
    return any(
        (pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind))
        and pa.types.is_floating(kind.value_type)
        for kind in kinds
    )


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    files, tables = _embeddings_in(given), given.having(*_TABLES)
    if not files:
        raise ReferenceSetError(
            say("{top} holds no embeddings ({FILES}).", top=given.top, FILES=", ".join(_FILES))
        )
    if len(tables) > 1:
        names = ", ".join(path.name for path in tables)
        raise ReferenceSetError(
            say(
                "There are several tables: {names}. Name the embeddings and the "
                "table of their labels.",
                names=names,
            )
        )
    table = tables[0] if tables else None
    found, lost = _read_all(files, wishes.array)
    known = labeled(found, table, same_order=wishes.same_order, allow_missing=wishes.allow_missing)
    rows = _rows(found, known, files[0])
    values = known.values
    for row, finite in zip(rows, np.isfinite(values).all(axis=1).tolist(), strict=True):
        if not finite:
            row.reason = ""
            tile = row.values["tile"]
            row.refuse(
                say("the embedding of {tile} is not finite", tile=tile),
                say("its embedding is not finite"),
            )
    encoder = wishes.encoder or found.encoder or _stem(files)
    slides = len(set(known.labels.slide.tolist()))
    unit = (
        say("one vector a slide: each slide is its own tile")
        if slides == len(rows)
        else say("tiles")
    )
    told = [
        say(
            "Embeddings of {encoder} ({source}), {shape} numbers each: "
            "{n_rows:,} of {slides:,} slides, {unit}.",
            encoder=encoder,
            source=found.source,
            shape=values.shape[1],
            n_rows=len(rows),
            slides=slides,
            unit=unit,
        ),
        say(
            "There are no pictures, so no other encoder can be measured on this "
            "set, and no slide's own tiles can be told by pixels."
        ),
        *known.notices,
    ]
    if wishes.same_order:
        told.append(say("Which row is which was said by the user: the table has the same order."))
    if known.labels.patient is None:
        told.append(
            say("No patient is given: each slide is supposed to be of a patient of its own.")
        )
    embedded = Embedded(values, encoder, found.edge_um)
    return FoundTiles(rows, _none, told, tuple(known.further), lost, embedded=embedded)


def _read_all(files: Sequence[Path], array: str) -> tuple[ExternalEmbeddings, list[str]]:
    """One file, or the files of one folder, and a sentence for each that cannot be read."""
    if len(files) == 1:
        return read_file(files[0], array), []
    folders = {path.parent for path in files}
    if len(folders) > 1 or len({path.suffix for path in files}) > 1:
        names = ", ".join(sorted(path.name for path in files)[:4])
        raise ReferenceSetError(
            say(
                "There are several files of embeddings: {names}. Name those of "
                "one encoder: a file, or a folder with one file a slide.",
                names=names,
            )
        )
    if files[0].suffix.lower() == ".npz":  # PathoROB: one for each center
        return read_file(folders.pop(), array), []
    parts, good, lost = [], [], []
    for path in files:
        try:
            parts.append(read_file(path, array))
            good.append(path)
        except EmbeddingsError as error:
            lost.append(str(error).rstrip("."))
    if not parts:
        raise EmbeddingsError(
            say(
                "None of the {n_files} files can be read. The first: {lost}.",
                n_files=len(files),
                lost=lost[0],
            )
        )
    return joined(parts, good), lost


def _stem(files: Sequence[Path]) -> str:
    return files[0].stem if len(files) == 1 else files[0].parent.name


def _rows(found: ExternalEmbeddings, known: LabeledEmbeddings, file: Path) -> list[Row]:
    at = np.arange(len(found)) if known.rows is None else known.rows
    labels = known.labels
    columns: dict[str, list[str]] = {
        "slide_id": labels.slide.tolist(),
        "center": labels.center.tolist(),
        "tissue": labels.tissue.tolist(),
        "patient_id": [""] * len(at) if labels.patient is None else labels.patient.tolist(),
        "pair": [""] * len(at) if labels.pair is None else labels.pair.tolist(),
    }
    places = None if found.coords_l0 is None else found.coords_l0[at].tolist()
    if found.tiles is not None:
        columns["tile"] = found.tiles[at].tolist()
    elif places is not None:
        columns["tile"] = [
            f"{slide} {x} {y}" for slide, (x, y) in zip(columns["slide_id"], places, strict=True)
        ]
    elif len(set(columns["slide_id"])) == len(at):
        columns["tile"] = columns["slide_id"]
    else:
        columns["tile"] = [say("row {row}", row=row + 1) for row in at.tolist()]
    columns |= {name: text.tolist() for name, text in known.further.items()}
    rows = make_rows(columns, mpp=None, file=file)
    if places is not None:
        for row, (x, y) in zip(rows, places, strict=True):
            row.place = (str(x), str(y))
    return rows


def _none(wanted: Collection[int]) -> Pictures:
    return iter(())


EMBEDDINGS = Layout(
    "embeddings",
    say("embeddings with labels"),
    say(
        "TRIDENT's .h5, .h5ad, .npz, .npy, .pt or Parquet, and a table of labels "
        "where they have none"
    ),
    _recognizes,
    _read,
)
