"""Readers of embeddings that other programs wrote: each file becomes an ExternalEmbeddings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, one_line
from pathgui.core.imported.embeddings_columns import (
    LABEL_COLUMNS,
    PLACES,
    TILE_EDGE,
    VALUES,
    ExternalEmbeddings,
    as_coords,
    as_names,
    as_values,
    damage_told,
    edge_of,
    encoder_of,
    from_columns,
    labels_of,
    plain,
)
from pathgui.core.imported.hdf5_files import open_hdf5, read_dataset
from pathgui.core.imported.numpy_files import read_npy, read_npz
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import REFERENCE_FILE, load_reference
from pathgui.core.system.plain_files import read_plain, require_plain, sha256_of_files
from pathgui.core.tables.cells import label_text

_NOT_EMBEDDINGS = ("spatial", "X_spatial", "X_pca", "X_umap", "X_tsne", "X_diffmap")  # of obsm
_MAPS = "X_tsne_"  # of several encoders, by their names


_MOST_JSON = 1 << 24


def read_file(path: Path, array: str = "") -> ExternalEmbeddings:
    """Read one file, or a folder of them (TRIDENT, slide2vec, PathoROB); numbers are not checked.

    ``array`` names what holds the embeddings where a file holds several that may.

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
        ".npy": _read_npy,
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
        ".pt": _read_tensor,
    }
    if path.is_dir():
        with damage_told(path):
            return _read_folder(path, array)
    if not path.exists():
        raise EmbeddingsError(say("There is no file {path}.", path=path))
    require_plain(path, EmbeddingsError)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise EmbeddingsError(
            say(
                "{path_name} is no file of embeddings that can be read here: "
                "{readers}, or a folder of TRIDENT's .h5, of .pt, or with one "
                ".npz for each center (PathoROB).",
                path_name=path.name,
                readers=", ".join(readers),
            )
        )
    with damage_told(path):
        return reader(path, array)


def _read_folder(folder: Path, array: str) -> ExternalEmbeddings:
    """One file a slide, as TRIDENT and slide2vec write them, or PathoROB's one for each center."""
    for pattern, read in (("*.h5", _read_trident), ("*.npz", None), ("*.pt", _read_tensor)):
        files = sorted(folder.glob(pattern))
        if not files:
            continue
        if read is None:
            return _read_pathorob(folder, files)
        parts = []
        for path in files:
            require_plain(path, EmbeddingsError)
            with damage_told(path):
                parts.append(read(path, array))
        return joined(parts, files)
    raise EmbeddingsError(
        say(
            "{folder} holds no .h5, .npz or .pt file. Choose the folder with the embeddings.",
            folder=folder,
        )
    )


def joined(parts: Sequence[ExternalEmbeddings], files: Sequence[Path]) -> ExternalEmbeddings:
    """Files of one slide each as one.

    Raises EmbeddingsError if they are not of one encoder.
    """
    widths = {part.values.shape[1]: path.name for part, path in zip(parts, files, strict=True)}
    if len(widths) > 1:
        told = say(" and ").join(
            say("{width} numbers a tile in {name}", width=width, name=name)
            for width, name in widths.items()
        )
        raise EmbeddingsError(
            say("These files are not of one encoder: {told}. Import them apart.", told=told)
        )
    coords = [part.coords_l0 for part in parts if part.coords_l0 is not None]
    tiles = [part.tiles for part in parts if part.tiles is not None]
    sizes = {part.size_l0 for part in parts}
    edges = {part.edge_um for part in parts}
    return ExternalEmbeddings(
        np.concatenate([part.values for part in parts]),
        parts[0].source,
        encoder=parts[0].encoder,
        tiles=np.concatenate(tiles) if len(tiles) == len(parts) else None,
        labels={"slide": np.concatenate([part.labels["slide"] for part in parts])},
        coords_l0=np.concatenate(coords) if len(coords) == len(parts) else None,
        size_l0=sizes.pop() if len(sizes) == 1 else None,
        edge_um=edges.pop() if len(edges) == 1 else None,
    )


def may_be_embeddings(name: str) -> bool:
    """Whether the part of AnnData's ``obsm`` of that name may be: maps and places are none."""
    return not (name in _NOT_EMBEDDINGS or name.startswith(_MAPS))


def looks_like_embeddings(path: Path) -> bool:
    """Whether ``path`` holds embeddings rather than the weights of a model.

    Told by the suffix, and where that leaves it open (``.pt``, folders) by what is inside.
    """
    if path.is_dir():
        return any(path.glob("*.h5")) or any(path.glob("*.npz"))
    suffix = path.suffix.lower()
    if suffix != ".pt":
        return suffix in {".h5", ".hdf5", ".h5ad", ".npz", ".npy", ".parquet", ".pq"}
    from pathgui.core.encoders.weights.weights_files import read_pickle
    from pathgui.core.errors import WeightsError

    try:
        inside = read_pickle(path, "meta")
    except WeightsError:
        return False  # said where it is read as weights
    found = inside.get(VALUES[0], inside.get(VALUES[1])) if isinstance(inside, dict) else inside
    return getattr(found, "ndim", 0) == 2


def _read_trident(path: Path, array: str) -> ExternalEmbeddings:
    """TRIDENT (and CLAM): ``features`` (n, d), ``coords`` (n, 2) with attributes."""
    array = array or "features"
    with open_hdf5(path) as file:
        if array not in file:
            raise EmbeddingsError(
                say(
                    "{path_name} has no dataset {array!r}; it has {file}. Choose "
                    "the file of features, not that of coordinates or masks.",
                    path_name=path.name,
                    array=array,
                    file=", ".join(file) or say("nothing"),
                )
            )
        features = file[array]
        values = read_dataset(features, path)
        if values.ndim == 3 and values.shape[0] == 1:  # older files keep a batch of one
            values = values[0]
        of_slide = values.ndim == 1  # one vector: the slide is its own tile
        values = as_values(values[None] if of_slide else values, path)
        encoder = plain(features.attrs.get("encoder", features.attrs.get("name", "")))
        columns = _labels_beside(file, len(values), path)
        coords, facts = None, {}
        if "coords" in file and not of_slide:
            coords = read_dataset(file["coords"], path)
            coords = coords[0] if coords.ndim == 3 and coords.shape[0] == 1 else coords
            facts = dict(file["coords"].attrs)
    labels, notices = labels_of(columns, len(values), path)
    tiles = columns.get("tile")
    name = label_text(facts.get("name", "")) or path.stem
    if of_slide and tiles is None:
        tiles = np.array([name], object)
    size = facts.get("patch_size_level0")
    magnification = float(facts.get("target_magnification", 0) or 0)
    patch = float(facts.get("patch_size", 0) or 0)
    return ExternalEmbeddings(
        values,
        "TRIDENT" if of_slide or size is not None else "HDF5",  # CLAM and others write such files
        encoder=str(encoder),
        tiles=None if tiles is None else as_names(tiles, len(values), path),
        labels={"slide": np.full(len(values), name)} | labels,
        coords_l0=None if coords is None else as_coords(coords, len(values), path),
        size_l0=None if size is None else round(float(size)),
        # 10 µm per pixel at 1 x is what every scanner's magnification stands for
        edge_um=patch * 10 / magnification if patch > 0 and magnification > 0 else edge_of(columns),
        notices=notices,
    )


def _labels_beside(file: Any, n: int, path: Path) -> dict[str, NDArray[Any]]:
    """Names and labels of the n tiles that pathgui writes beside TRIDENT's datasets."""
    return {
        name: np.array([plain(value) for value in read_dataset(file[name], path)], object)
        for name in ("tile", TILE_EDGE, *LABEL_COLUMNS)
        if name in file and file[name].shape == (n,)
    }


def _read_anndata(path: Path, array: str) -> ExternalEmbeddings:
    """AnnData, read as HDF5: ``X`` or one of ``obsm``, ``obs`` for labels, ``obsm/spatial``."""
    with open_hdf5(path) as file:
        values = as_values(read_dataset(_anndata_values(file, path, array), path), path)
        columns = {name: text for name in file["obs"] if (text := _column(file["obs"], name, path))}
        index = str(plain(file["obs"].attrs.get("_index", "_index")))
        spatial = file["obsm"]["spatial"] if "obsm" in file and "spatial" in file["obsm"] else None
        places = None if spatial is None else read_dataset(spatial, path)[:, :2]
        coords = None if places is None else as_coords(places, len(values), path)
    tiles = columns.pop(index, None)
    texts = {name: np.array(text, object) for name, text in columns.items()}
    labels, notices = labels_of(texts, len(values), path)
    return ExternalEmbeddings(
        values,
        "AnnData",
        encoder=encoder_of(columns),
        tiles=None if tiles is None else np.array(tiles),
        labels=labels,
        coords_l0=coords,
        size_l0=round(float(sizes[0])) if (sizes := columns.get("size_l0")) else None,
        edge_um=edge_of(columns),
        notices=notices,
    )


def _anndata_values(file: Any, path: Path, array: str) -> Any:
    """The dataset with the embeddings: the one that was named, or the only one that can be."""
    import h5py

    found = {"X": file.get("X")} | {
        name: part
        for name, part in (file["obsm"].items() if "obsm" in file else ())
        if array or may_be_embeddings(name)
    }
    dense = {
        name: part
        for name, part in found.items()
        if isinstance(part, h5py.Dataset) and part.ndim == 2 and part.shape[1] > 0
    }
    if array and dense:
        if array not in dense:
            raise EmbeddingsError(
                say(
                    "{path_name} has no embeddings called {array}; it has {dense}.",
                    path_name=path.name,
                    array=array,
                    dense=", ".join(sorted(dense)),
                )
            )
        return dense[array]
    if len(dense) == 1:
        return next(iter(dense.values()))
    if dense:
        raise EmbeddingsError(
            say(
                "{path_name}: the embeddings may be {dense} (X, or a part of "
                "obsm). Say which with --array, or keep only one.",
                path_name=path.name,
                dense=say(" or ").join(dense),
            )
        )
    raise EmbeddingsError(
        say(
            "{path_name} has no dense matrix X and none in obsm (embeddings are "
            'never sparse). Put the embeddings there: adata.obsm["embeddings"] = '
            "...",
            path_name=path.name,
        )
    )


def _column(table: Any, name: str, path: Path) -> list[Any]:
    """One column of AnnData's table; empty where it is no column of text or numbers."""
    column = table[name]
    if not hasattr(column, "keys"):
        return [plain(value) for value in read_dataset(column, path)]
    if {"categories", "codes"} <= set(column):
        names = [plain(value) for value in read_dataset(column["categories"], path)]
        codes = read_dataset(column["codes"], path)
        return [None if code < 0 else names[code] for code in codes]
    if {"values", "mask"} <= set(column):  # columns that may have gaps
        values, gaps = read_dataset(column["values"], path), read_dataset(column["mask"], path)
        return [None if gap else plain(v) for v, gap in zip(values, gaps, strict=True)]
    return []


def _read_npz(path: Path, array: str) -> ExternalEmbeddings:
    return from_columns(read_npz(path), path, ".npz", array)


def _read_npy(path: Path, array: str) -> ExternalEmbeddings:
    """A lone matrix: its user knows which tile is which, or the reference set that keeps it."""
    values = as_values(read_npy(path), path)
    if (path.parent.parent / REFERENCE_FILE).is_file():
        return _of_reference_set(path, values)
    return ExternalEmbeddings(values, ".npy")


def _of_reference_set(path: Path, values: NDArray[np.floating[Any]]) -> ExternalEmbeddings:
    """Embeddings that a reference set keeps: row by row its tiles."""
    reference = load_reference(path.parent.parent)
    kept = next(
        (each for each in reference.info.embeddings if Path(each.file).name == path.name), None
    )
    if kept is None or len(values) != len(reference) or sha256_of_files([path]) != kept.sha256:
        raise EmbeddingsError(
            say(
                "{path} is not the file that the reference set {info_name} was "
                "made with. Copy the set again from where it is whole, or import "
                "it again.",
                path=path,
                info_name=reference.info.name,
            )
        )
    known = {"tissue": reference.labels.tissue, "center": reference.labels.center,
             "slide": reference.labels.slide, "patient": reference.labels.patient,
             "pair": reference.labels.pair}  # fmt: skip
    return ExternalEmbeddings(
        values,
        "reference set",
        encoder=kept.encoder,
        tiles=np.array(reference.tiles, dtype=np.str_),
        labels={name: text for name, text in known.items() if text is not None},
        edge_um=reference.info.edge_um,
    )


def _read_parquet(path: Path, array: str) -> ExternalEmbeddings:
    try:
        file = pq.ParquetFile(path)  # not read_table, which makes columns of folders' names
        kinds = {field.name: field.type for field in file.schema_arrow}
        table = file.read(columns=[name for name, kind in kinds.items() if _is_read(kind)])
    except (OSError, pa.ArrowException) as error:
        raise EmbeddingsError(
            say(
                "{path_name} cannot be read as Parquet: {one_line}.",
                path_name=path.name,
                one_line=one_line(error),
            )
        ) from error
    columns: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        kind, column = kinds[name], table.column(name).combine_chunks()
        if _is_list(kind):
            columns[name] = _matrix(column, name, path)
        elif not column.null_count and (
            pa.types.is_integer(kind) or (name in PLACES and pa.types.is_floating(kind))
        ):
            columns[name] = column.to_numpy(zero_copy_only=False)
        else:
            columns[name] = np.array(column.to_pylist(), object)
    return from_columns(columns, path, "Parquet", array)


def _is_list(kind: Any) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return bool(is_list or pa.types.is_fixed_size_list(kind))


def _is_read(kind: Any) -> bool:
    """Text, numbers and lists of numbers; pictures and what is nested deeper are passed over."""
    if _is_list(kind):
        return bool(pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))
    return not (pa.types.is_nested(kind) or "binary" in str(kind))


def _matrix(column: Any, name: str, path: Path) -> NDArray[Any]:
    """A column of lists of numbers as an array (tiles, numbers)."""
    lengths = column.value_lengths().to_pylist() if len(column) else []
    if len(set(lengths)) > 1 or column.null_count:
        raise EmbeddingsError(
            say(
                "{path_name}: the lists of {name} differ in length, or some are "
                "missing. They must be of one encoder, one for each tile.",
                path_name=path.name,
                name=name,
            )
        )
    flat: NDArray[Any] = column.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(column), -1) if len(column) else flat.reshape(0, 0)


def _read_pathorob(folder: Path, files: Sequence[Path]) -> ExternalEmbeddings:
    """PathoROB: one ``.npz`` for each center, which holds one array for each ``slide-patch``."""
    names: list[str] = []
    rows: list[NDArray[Any]] = []
    for path in files:
        for name, array in read_npz(path).items():
            names.append(name)
            rows.append(array)
    shapes = {array.shape for array in rows}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise EmbeddingsError(
            say(
                "{folder}: in PathoROB's layout every array is one embedding; "
                "these have the shapes {shapes}.",
                folder=folder,
                shapes=", ".join(str(shape) for shape in sorted(shapes)[:4]),
            )
        )
    values = as_values(np.stack(rows), folder)
    return ExternalEmbeddings(values, "PathoROB", tiles=np.array(names))


def _read_tensor(path: Path, array: str) -> ExternalEmbeddings:
    """A tensor (n, d); slide2vec keeps coordinates beside it or in the folder ``tiles``."""
    from pathgui.core.encoders.weights.weights_files import read_pickle
    from pathgui.core.errors import WeightsError

    try:
        loaded = read_pickle(path)
    except WeightsError as error:
        raise EmbeddingsError(str(error)) from error
    if isinstance(loaded, dict):
        names = (array,) if array else VALUES
        loaded = next((loaded[name] for name in names if name in loaded), None)
    if not hasattr(loaded, "numpy"):
        raise EmbeddingsError(
            say("{path_name} holds no tensor of embeddings.", path_name=path.name)
        )
    values = as_values(loaded.float().numpy(), path)
    coords, size = None, None
    for folder in (path.parent, path.parent.parent / "tiles"):
        place = folder / f"{path.stem}.coordinates.npz"
        if place.is_file():
            arrays = read_npz(place)
            coords = as_coords(np.stack([arrays["x"], arrays["y"]], axis=1), len(values), place)
            size = _find_number(place.with_suffix("").with_suffix(".coordinates.meta.json"))
            break
    return ExternalEmbeddings(
        values,
        "PyTorch" if coords is None else "slide2vec",  # others write such tensors, too
        labels={"slide": np.full(len(values), path.stem)},
        coords_l0=coords,
        size_l0=size,
    )


def _find_number(path: Path, key: str = "tile_size_lv0") -> int | None:
    """The number called ``key`` anywhere in a JSON file."""
    try:
        left: list[Any] = [json.loads(read_plain(path, EmbeddingsError, _MOST_JSON))]
    except (EmbeddingsError, ValueError, RecursionError):
        return None
    while left:
        item = left.pop()
        if isinstance(item, dict):
            found: object = item.get(key)
            if isinstance(found, int | float):
                return round(found)
            left.extend(item.values())
    return None
