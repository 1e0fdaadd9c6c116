"""Embeddings made elsewhere: a file with embeddings and what is known of each tile."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, PathguiError
from pathgui.core.labels import TextArray, TileLabels

COLUMNS = ("embeddings", "tissue", "center", "slide")
OPTIONAL = ("patient", "pair")


@dataclass(frozen=True)
class LabeledEmbeddings:
    """Embeddings (n, d), float32 or float64, and the labels of their tiles."""

    values: NDArray[np.floating[Any]]
    labels: TileLabels
    # Parts of two tissues at two centers to be evaluated each on its own: their rows, by name.
    subsets: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """A file of embeddings that its reader stumbles over is an EmbeddingsError."""
    try:
        yield
    except PathguiError:
        raise
    except Exception as error:
        raise EmbeddingsError(
            f"{path.name} is damaged, or its parts are not as they should be "
            f"({type(error).__name__}: {error}). Copy or export it again."
        ) from error


def read_embeddings(path: Path, *, each_tile_a_slide: bool = False) -> LabeledEmbeddings:
    """Read ``.npz`` (arrays) or ``.parquet`` (columns) with the names of :data:`COLUMNS`.

    ``embeddings`` (n, d), in Parquet a list column; ``tissue``, ``center``, ``slide`` and, if
    there, ``patient`` and ``pair`` (n,). A missing label is "" or null; such tiles are left out
    later, with their number. Embeddings in half precision are widened to float32.

    With ``each_tile_a_slide`` a file without ``slide`` is taken as one slide per tile. Only for
    who knows that it is so: tiles of one slide that count as neighbours make everything look
    better than it is.

    Raises
    ------
    EmbeddingsError
        If the file cannot be read, or an array is missing or has the wrong shape or kind.
    """
    path = Path(path)
    with damage_told(path):
        return _read(path, each_tile_a_slide)


def _read(path: Path, each_tile_a_slide: bool) -> LabeledEmbeddings:
    if not path.is_file():
        raise EmbeddingsError(f"There is no file {path}.")
    if path.suffix.lower() == ".npz":
        columns = _read_npz(path)
    elif path.suffix.lower() in (".parquet", ".pq"):
        columns = _read_parquet(path)
    else:
        raise EmbeddingsError(
            f"{path.name} is neither .npz nor .parquet. Save the arrays "
            f"{', '.join(COLUMNS)} with numpy.savez, or as Parquet columns."
        )
    if "slide" not in columns and each_tile_a_slide and "embeddings" in columns:
        columns["slide"] = np.arange(len(columns["embeddings"])).astype(str)
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        hint = (
            " Without slides, tiles of one slide would count as each other's neighbours and "
            "every number would be too good."
            if missing == ["slide"]
            else ""
        )
        raise EmbeddingsError(
            f"{path.name} has no {' and no '.join(missing)}; it has "
            f"{', '.join(sorted(columns)) or 'nothing'}.{hint}"
        )
    values = _as_embeddings(columns["embeddings"], path)
    texts = {
        name: _as_text(columns[name], name, len(values), path)
        for name in (*COLUMNS[1:], *OPTIONAL)
        if name in columns
    }
    return LabeledEmbeddings(
        values,
        TileLabels(
            texts["tissue"],
            texts["center"],
            texts["slide"],
            texts.get("patient"),
            texts.get("pair"),
        ),
    )


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    try:
        # The file is opened here since np.load leaves it open where it is no archive.
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise EmbeddingsError(
                    f"{path.name} holds one array without a name. Save {', '.join(COLUMNS)} "
                    f"with numpy.savez."
                )
            columns = {}
            for name in {*COLUMNS, *OPTIONAL} & set(arrays.files):
                try:
                    columns[name] = arrays[name]
                except ValueError as error:
                    raise EmbeddingsError(
                        f"{path.name}: the array {name} holds Python objects, which are not "
                        f"loaded because they can run code. Save it as text, for example "
                        f"{name}.astype(str)."
                    ) from error
            return columns
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise EmbeddingsError(f"{path.name} cannot be read as .npz: {error}") from error


def _read_parquet(path: Path) -> dict[str, NDArray[Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        names = set(file.schema_arrow.names)
        table = file.read(columns=sorted(names & {*COLUMNS, *OPTIONAL}))
    except (OSError, pa.ArrowException) as error:
        raise EmbeddingsError(f"{path.name} cannot be read as Parquet: {error}") from error
    columns: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if name != "embeddings":
            texts = ["" if value is None else str(value) for value in column.to_pylist()]
            columns[name] = np.array(texts, dtype=str)
            continue
        kind = column.type
        is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        if not (is_list or pa.types.is_fixed_size_list(kind)):
            raise EmbeddingsError(
                f"{path.name}: the column embeddings is of type {kind}; it must be a list of "
                f"numbers for each tile."
            )
        if column.null_count:
            raise EmbeddingsError(
                f"{path.name}: {column.null_count} tile(s) have no embedding (null). "
                f"Leave their rows out."
            )
        flat = column.flatten().to_numpy(zero_copy_only=False)
        lengths = np.array([len(item) for item in column]) if is_list else np.array([])
        if len(np.unique(lengths)) > 1:
            raise EmbeddingsError(
                f"{path.name}: embeddings differ in length, from {lengths.min()} to "
                f"{lengths.max()}. They must be of one encoder."
            )
        columns[name] = flat.reshape(len(column), -1) if len(column) else flat.reshape(0, 0)
    return columns


def _as_embeddings(values: NDArray[Any], path: Path) -> NDArray[np.floating[Any]]:
    if values.dtype.kind not in "fiu":
        raise EmbeddingsError(
            f"{path.name}: embeddings are of type {values.dtype}, not numbers with a point."
        )
    if values.ndim != 2 or 0 in values.shape:
        raise EmbeddingsError(
            f"{path.name}: embeddings have shape {values.shape}; expected (tiles, dimensions) "
            f"with at least one of each."
        )
    return values.astype(np.float64 if values.dtype.itemsize == 8 else np.float32, copy=False)


def _as_text(values: NDArray[Any], name: str, n: int, path: Path) -> TextArray:
    if values.shape != (n,):
        raise EmbeddingsError(
            f"{path.name}: {name} has shape {values.shape}, but there are {n} embeddings; "
            f"expected one entry for each."
        )
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8")
    if values.dtype.kind == "f":
        # A table with gaps turns whole numbers into floats and gaps into NaN.
        return np.array(["" if np.isnan(value) else f"{value:g}" for value in values])
    return values.astype(str)
