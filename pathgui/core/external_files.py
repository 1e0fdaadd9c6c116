"""Readers of embeddings that other programs wrote: each file becomes an ExternalEmbeddings."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embeddings_file import damage_told
from pathgui.core.errors import EmbeddingsError
from pathgui.core.labels import TextArray

# What programs call the same thing, the first that is there is taken.
_VALUES = ("embeddings", "features", "feats", "embedding", "X")
_NAMES = ("tile", "tiles", "id", "ids", "path", "name", "patch_id", "tile_id")
_PLACES = ("x", "y", "size_l0", "patch_size_level0")
_LABELS = {
    "tissue": ("tissue", "biological_class"),
    "center": ("center", "medical_center"),
    "slide": ("slide", "slide_id"),
    "patient": ("patient", "patient_id"),
    "pair": ("pair",),
}


@dataclass(frozen=True)
class ExternalEmbeddings:
    """Embeddings (n, d) computed elsewhere, and what their file says of the tiles."""

    values: NDArray[np.floating[Any]]
    source: str  # the format, in words
    encoder: str = ""  # as the file names it
    tiles: TextArray | None = None  # (n,) names
    labels: Mapping[str, TextArray] = field(default_factory=dict)  # tissue, center, slide, patient
    coords_l0: NDArray[np.int64] | None = None  # (n, 2) top-left corner, x and y
    size_l0: int | None = None  # edge of a tile in level-0 pixels
    edge_um: float | None = None  # edge of a tile in µm

    def __len__(self) -> int:
        return len(self.values)


def read_file(path: Path) -> ExternalEmbeddings:
    """Read one file or PathoROB's folder, without a look at the numbers.

    Raises
    ------
    EmbeddingsError
        If the format is not known, or the file is damaged or lacks something.
    """
    readers = {
        ".h5": _read_trident,
        ".hdf5": _read_trident,
        ".h5ad": _read_anndata,
        ".npz": _read_npz,
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
        ".pt": _read_slide2vec,
    }
    if path.is_dir():
        with damage_told(path):
            return _read_pathorob(path)
    if not path.is_file():
        raise EmbeddingsError(f"There is no file {path}.")
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise EmbeddingsError(
            f"{path.name} is no file of embeddings that can be read here: {', '.join(readers)}, or "
            "a folder with one .npz for each center (PathoROB)."
        )
    with damage_told(path):
        return reader(path)


def looks_like_embeddings(path: Path) -> bool:
    """Whether ``path`` holds embeddings rather than the weights of a model.

    Told by the suffix, and where that leaves it open (``.pt``, folders) by what is inside.
    """
    if path.is_dir():
        return any(path.glob("*.h5")) or any(path.glob("*.npz"))
    suffix = path.suffix.lower()
    if suffix != ".pt":
        return suffix in {".h5", ".hdf5", ".h5ad", ".npz", ".parquet", ".pq"}
    from pathgui.core.encoders.weights import read_pickle
    from pathgui.core.errors import WeightsError

    try:
        inside = read_pickle(path, "meta")
    except WeightsError:
        return False  # said where it is read as weights
    found = inside.get(_VALUES[0], inside.get(_VALUES[1])) if isinstance(inside, dict) else inside
    return getattr(found, "ndim", 0) == 2


@contextmanager
def _hdf5(path: Path) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except OSError as error:
        raise EmbeddingsError(
            f"{path.name} is damaged or no HDF5 file ({error}). Copy or export it again."
        ) from error


def _read_trident(path: Path) -> ExternalEmbeddings:
    """TRIDENT (and CLAM): ``features`` (n, d), ``coords`` (n, 2) with attributes."""
    with _hdf5(path) as file:
        if "features" not in file:
            raise EmbeddingsError(
                f"{path.name} has no dataset 'features'; it has {', '.join(file) or 'nothing'}. "
                "Choose the file of features, not that of coordinates or masks."
            )
        features = file["features"]
        values = np.asarray(features)
        if values.ndim == 3 and values.shape[0] == 1:  # older files keep a batch of one
            values = values[0]
        values = _as_values(values, path)
        encoder = _plain(features.attrs.get("encoder", features.attrs.get("name", "")))
        coords, facts = None, {}
        if "coords" in file:
            coords = np.asarray(file["coords"])
            coords = coords[0] if coords.ndim == 3 and coords.shape[0] == 1 else coords
            facts = dict(file["coords"].attrs)
    size = facts.get("patch_size_level0")
    magnification = float(facts.get("target_magnification", 0) or 0)
    patch = float(facts.get("patch_size", 0) or 0)
    return ExternalEmbeddings(
        values,
        "TRIDENT",
        encoder=str(encoder),
        labels={"slide": np.full(len(values), str(_plain(facts.get("name", path.stem))))},
        coords_l0=None if coords is None else _as_coords(coords, len(values), path),
        size_l0=None if size is None else round(float(size)),
        # 10 µm per pixel at 1 x is what every scanner's magnification stands for
        edge_um=patch * 10 / magnification if patch > 0 and magnification > 0 else None,
    )


def _read_anndata(path: Path) -> ExternalEmbeddings:
    """AnnData, read as HDF5: ``X`` dense, ``obs`` for names and labels, ``obsm/spatial``."""
    import h5py

    with _hdf5(path) as file:
        if not isinstance(file.get("X"), h5py.Dataset):
            raise EmbeddingsError(
                f"{path.name} has no dense matrix X (embeddings are never sparse). Put the "
                "embeddings into X: anndata.AnnData(embeddings, obs=...)."
            )
        values = _as_values(np.asarray(file["X"]), path)
        columns = {name: text for name in file["obs"] if (text := _column(file["obs"], name))}
        index = str(_plain(file["obs"].attrs.get("_index", "_index")))
        spatial = file["obsm"]["spatial"] if "obsm" in file and "spatial" in file["obsm"] else None
        coords = None if spatial is None else _as_coords(np.asarray(spatial), len(values), path)
    tiles = columns.pop(index, None)
    texts = {name: np.array(text) for name, text in columns.items()}
    return ExternalEmbeddings(
        values,
        "AnnData",
        tiles=None if tiles is None else np.array(tiles),
        labels=_labels(texts, len(values), path),
        coords_l0=coords,
    )


def _column(table: Any, name: str) -> list[str]:
    """One column of AnnData's table as text; empty where it is no column of text or numbers."""
    column = table[name]
    if hasattr(column, "keys"):  # categories and codes
        if not {"categories", "codes"} <= set(column):
            return []
        names = [str(_plain(value)) for value in np.asarray(column["categories"])]
        return ["" if code < 0 else names[code] for code in np.asarray(column["codes"])]
    return [str(_plain(value)) for value in np.asarray(column)]


def _read_npz(path: Path) -> ExternalEmbeddings:
    columns = _arrays(path)
    return _from_columns(columns, path, ".npz")


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise EmbeddingsError(f"{path.name} holds one array without a name. Use .npz.")
            return {name: arrays[name] for name in arrays.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise EmbeddingsError(f"{path.name} cannot be read as .npz: {error}") from error


def _read_parquet(path: Path) -> ExternalEmbeddings:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise EmbeddingsError(f"{path.name} cannot be read as Parquet: {error}") from error
    columns: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        kind = table.schema.field(name).type
        column = table.column(name).combine_chunks()
        if (
            pa.types.is_list(kind)
            or pa.types.is_large_list(kind)
            or pa.types.is_fixed_size_list(kind)
        ):
            rows = column.to_pylist()
            widths = {len(row) if row is not None else 0 for row in rows}
            if len(widths) != 1:
                raise EmbeddingsError(
                    f"{path.name}: the lists of {name} differ in length, or some are missing."
                )
            columns[name] = np.array(rows)
        elif not column.null_count and (
            pa.types.is_integer(kind) or (name in _PLACES and pa.types.is_floating(kind))
        ):
            columns[name] = column.to_numpy(zero_copy_only=False)
        else:
            columns[name] = np.array(["" if v is None else str(v) for v in column.to_pylist()])
    return _from_columns(columns, path, "Parquet")


def _from_columns(
    columns: Mapping[str, NDArray[Any]], path: Path, source: str
) -> ExternalEmbeddings:
    """Arrays with the usual names: values, tile names, labels, coordinates."""
    values = next((columns[name] for name in _VALUES if name in columns), None)
    if values is None:
        raise EmbeddingsError(
            f"{path.name} has no array {' or '.join(_VALUES[:2])}; it has "
            f"{', '.join(sorted(columns)[:8]) or 'nothing'}."
        )
    values = _as_values(values, path)
    names = next((columns[name] for name in _NAMES if name in columns), None)
    if "coords" in columns:
        coords = columns["coords"]
    elif {"x", "y"} <= set(columns):
        coords = np.stack([columns["x"], columns["y"]], axis=1)
    else:
        coords = None
    size = columns.get("size_l0", columns.get("patch_size_level0"))
    return ExternalEmbeddings(
        values,
        source,
        tiles=None if names is None else _as_names(names, len(values), path),
        labels=_labels(columns, len(values), path),
        coords_l0=None if coords is None else _as_coords(coords, len(values), path),
        size_l0=None if size is None else round(float(np.asarray(size).ravel()[0])),
    )


def _read_pathorob(folder: Path) -> ExternalEmbeddings:
    """PathoROB: one ``.npz`` for each center, which holds one array for each ``slide-patch``."""
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise EmbeddingsError(f"{folder} holds no .npz file. Choose the folder with them.")
    names: list[str] = []
    rows: list[NDArray[Any]] = []
    for path in files:
        for name, array in _arrays(path).items():
            names.append(name)
            rows.append(array)
    shapes = {array.shape for array in rows}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise EmbeddingsError(
            f"{folder}: in PathoROB's layout every array is one embedding; these have the shapes "
            f"{', '.join(str(shape) for shape in sorted(shapes)[:4])}."
        )
    values = _as_values(np.stack(rows), folder)
    return ExternalEmbeddings(values, "PathoROB", tiles=np.array(names))


def _read_slide2vec(path: Path) -> ExternalEmbeddings:
    """slide2vec: a tensor (n, d); its coordinates lie beside it or in the folder ``tiles``."""
    from pathgui.core.encoders.weights import read_pickle
    from pathgui.core.errors import WeightsError

    try:
        loaded = read_pickle(path)
    except WeightsError as error:
        raise EmbeddingsError(str(error)) from error
    if isinstance(loaded, dict):
        loaded = next((loaded[name] for name in _VALUES if name in loaded), None)
    if not hasattr(loaded, "numpy"):
        raise EmbeddingsError(f"{path.name} holds no tensor of embeddings.")
    values = _as_values(loaded.float().numpy(), path)
    coords, size = None, None
    for folder in (path.parent, path.parent.parent / "tiles"):
        place = folder / f"{path.stem}.coordinates.npz"
        if place.is_file():
            arrays = _arrays(place)
            coords = _as_coords(np.stack([arrays["x"], arrays["y"]], axis=1), len(values), place)
            size = _find_number(place.with_suffix("").with_suffix(".coordinates.meta.json"))
            break
    return ExternalEmbeddings(
        values,
        "slide2vec",
        labels={"slide": np.full(len(values), path.stem)},
        coords_l0=coords,
        size_l0=size,
    )


def _find_number(path: Path, key: str = "tile_size_lv0") -> int | None:
    """The number called ``key`` anywhere in a JSON file."""
    try:
        left: list[Any] = [json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        return None
    while left:
        item = left.pop()
        if isinstance(item, dict):
            found: object = item.get(key)
            if isinstance(found, int | float):
                return round(found)
            left.extend(item.values())
    return None


def _labels(columns: Mapping[str, NDArray[Any]], n: int, path: Path) -> dict[str, TextArray]:
    found = {}
    for ours, theirs in _LABELS.items():
        name = next((name for name in theirs if name in columns), None)
        if name is not None:
            found[ours] = _as_names(columns[name], n, path)
    return found


def _as_values(values: NDArray[Any], path: Path) -> NDArray[np.floating[Any]]:
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiu":
        raise EmbeddingsError(
            f"{path.name}: embeddings of shape {values.shape} and type {values.dtype}; expected "
            "numbers of shape (tiles, dimensions), at least one of each."
        )
    return values.astype(np.float64 if values.dtype.itemsize == 8 else np.float32, copy=False)


def _as_names(values: NDArray[Any], n: int, path: Path) -> TextArray:
    if values.shape != (n,):
        raise EmbeddingsError(
            f"{path.name}: there are {n} embeddings, but an array of names of shape {values.shape}."
        )
    return np.array([str(_plain(value)) for value in values], dtype=np.str_)


def _as_coords(values: NDArray[Any], n: int, path: Path) -> NDArray[np.int64]:
    if values.shape != (n, 2) or values.dtype.kind not in "iuf":
        raise EmbeddingsError(
            f"{path.name}: there are {n} embeddings, but coordinates of shape {values.shape}; "
            "expected one pair of numbers (x, y) for each."
        )
    if not np.isfinite(values).all():
        raise EmbeddingsError(f"{path.name}: some coordinates are no numbers.")
    whole: NDArray[np.int64] = np.rint(values).astype(np.int64)
    return whole


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
