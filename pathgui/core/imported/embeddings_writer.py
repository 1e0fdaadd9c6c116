"""Embeddings of named tiles as one file, in the formats that are read back here."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pathgui.core.errors import EmbeddingsError, os_errors_as
from pathgui.core.imported.anndata_file import Column, write_anndata
from pathgui.core.imported.embeddings_columns import (
    ENCODER_NAME,
    LABEL_COLUMNS,
    TILE_EDGE,
    ExternalEmbeddings,
)
from pathgui.core.language.texts import in_english, say
from pathgui.core.system.files import write_file


@in_english()
def write_embeddings(path: Path, embeddings: ExternalEmbeddings) -> None:
    """Write embeddings with the names of their tiles, labels and places.

    The suffix says the format: ``.h5`` (the layout of TRIDENT, with a dataset for each label),
    ``.npz``, ``.parquet`` or ``.h5ad``. :func:`~pathgui.core.imported.readers.read_file` reads
    the same from each.

    Raises
    ------
    EmbeddingsError
        If the suffix is none of these, tiles have no names or one name twice, or the file cannot
        be written.
    """
    require_format(path)
    if embeddings.tiles is None:
        raise EmbeddingsError(say("Embeddings can be written only with the names of their tiles."))
    name, times = Counter(embeddings.tiles.tolist()).most_common(1)[0]
    if times > 1:
        raise EmbeddingsError(
            say(
                "{times} tiles are called {name}, so they cannot be told apart.",
                times=times,
                name=name,
            )
        )
    _WRITERS[path.suffix.lower()](path, embeddings)


def require_format(path: Path) -> None:
    """Refuse a name whose suffix is no format of embeddings that is written here."""
    if path.suffix.lower() not in _WRITERS:
        raise EmbeddingsError(
            say(
                "The name of a file of embeddings ends in {WRITERS}; {path_name} does not.",
                WRITERS=", ".join(_WRITERS),
                path_name=path.name,
            )
        )


def _columns(embeddings: ExternalEmbeddings) -> dict[str, Column]:
    """One entry a tile, under the names that tables have."""
    known = {name: embeddings.labels.get(ours) for name, ours in LABEL_COLUMNS.items()}
    columns: dict[str, Column] = {
        name: texts.tolist() for name, texts in known.items() if texts is not None
    }
    if embeddings.coords_l0 is not None:
        columns |= {"x": embeddings.coords_l0[:, 0], "y": embeddings.coords_l0[:, 1]}
    facts = ((TILE_EDGE, embeddings.edge_um), ("size_l0", embeddings.size_l0))
    for name, value in facts:
        if value is not None:
            columns[name] = np.full(len(embeddings), value)
    if embeddings.encoder:
        columns[ENCODER_NAME] = [embeddings.encoder] * len(embeddings)
    return columns


def _tiles(embeddings: ExternalEmbeddings) -> list[str]:
    assert embeddings.tiles is not None  # write_embeddings has looked
    return [str(name) for name in embeddings.tiles]


def _write_hdf5(path: Path, embeddings: ExternalEmbeddings) -> None:
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        features = file.create_dataset("features", data=embeddings.values)
        features.attrs["encoder"] = embeddings.encoder
        if embeddings.coords_l0 is not None:
            coords = file.create_dataset("coords", data=embeddings.coords_l0)
            if embeddings.size_l0 is not None:
                coords.attrs["patch_size_level0"] = embeddings.size_l0
        columns = {"tile": _tiles(embeddings), **_columns(embeddings)}
        for name in columns.keys() - {"x", "y", "size_l0", ENCODER_NAME}:
            column = columns[name]
            texts = None if isinstance(column, np.ndarray) else h5py.string_dtype("utf-8")
            file.create_dataset(name, data=column, dtype=texts)
    _write(path, content.getvalue())


def _write_npz(path: Path, embeddings: ExternalEmbeddings) -> None:
    columns = {"tile": _tiles(embeddings), **_columns(embeddings)}
    arrays: dict[str, Any] = {name: np.asarray(column) for name, column in columns.items()}
    content = io.BytesIO()
    np.savez(content, embeddings=embeddings.values, **arrays)
    _write(path, content.getvalue())


def _write_parquet(path: Path, embeddings: ExternalEmbeddings) -> None:
    values = np.ascontiguousarray(embeddings.values)
    matrix = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
    columns = {"tile": _tiles(embeddings), **_columns(embeddings)}
    sink = io.BytesIO()
    pq.write_table(pa.table({**columns, "embeddings": matrix}), sink)
    _write(path, sink.getvalue())


def _write_h5ad(path: Path, embeddings: ExternalEmbeddings) -> None:
    coords = embeddings.coords_l0
    write_anndata(
        path,
        _columns(embeddings),
        _tiles(embeddings),
        x=embeddings.values,
        obsm={} if coords is None else {"spatial": coords},
    )


_WRITERS: dict[str, Callable[[Path, ExternalEmbeddings], None]] = {
    ".h5": _write_hdf5,
    ".npz": _write_npz,
    ".parquet": _write_parquet,
    ".h5ad": _write_h5ad,
}


def _write(path: Path, content: bytes) -> None:
    with os_errors_as(
        EmbeddingsError, say("The embeddings could not be written to {path}", path=path)
    ):
        write_file(path, content)
