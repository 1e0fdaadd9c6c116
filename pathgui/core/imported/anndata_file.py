"""AnnData ``.h5ad`` files, written with h5py alone.

The layout is that of AnnData's *On-disk format* (anndata 0.8 and later): each element says in
its attributes ``encoding-type`` and ``encoding-version`` how it is to be read.
https://anndata.readthedocs.io/en/stable/fileformat-prose.html
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.system.files import write_file

Column = NDArray[Any] | Sequence[str | None]  # numbers, truth values; or texts, None where none


def write_anndata(
    path: Path,
    obs: Mapping[str, Column],
    names: Sequence[str],
    *,
    x: NDArray[np.floating[Any]] | None = None,
    obsm: Mapping[str, NDArray[Any]] | None = None,
    uns: Mapping[str, Any] | None = None,
) -> None:
    """Write n observations (tiles), their columns and arrays.

    Parameters
    ----------
    obs : mapping
        Columns by name, n entries each. Texts become categoricals.
    names : sequence of str
        Of the n observations, all different.
    x : (n, d) array, optional
        The matrix X; the variables are called 0 to d - 1.
    obsm : mapping, optional
        Further arrays of n rows.
    uns : mapping, optional
        Texts, numbers, and mappings of these.

    Raises
    ------
    EmbeddingsError
        If the file cannot be written.
    ValueError
        If something has not n entries, names repeat, or a name is no name in HDF5.
    """
    import h5py

    _require_names(names, obs, obsm or {})
    lengths = {len(column) for column in (*obs.values(), *(obsm or {}).values())}
    if x is not None:
        lengths.add(len(x))
    if lengths - {len(names)}:
        raise ValueError(f"{len(names)} observations, but columns of {sorted(lengths)} entries")
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        _encode(file, "anndata", "0.1.0")
        _write_frame(file, "obs", obs, names)
        width = 0 if x is None else x.shape[1]
        _write_frame(file, "var", {}, [str(index) for index in range(width)])
        if x is not None:
            _write_array(file, "X", x)
        for part in ("layers", "obsp", "varm", "varp"):  # always there, as anndata writes them
            _encode(file.create_group(part), "dict", "0.1.0")
        arrays = _encode(file.create_group("obsm"), "dict", "0.1.0")
        for name, values in (obsm or {}).items():
            _write_array(arrays, name, values)
        _write_mapping(file, "uns", uns or {})
    with os_errors_as(EmbeddingsError, say("The file could not be written to {path}", path=path)):
        write_file(path, content.getvalue())


def _require_names(
    names: Sequence[str], obs: Mapping[str, Column], obsm: Mapping[str, NDArray[Any]]
) -> None:
    if len(set(names)) < len(names):
        raise ValueError("names of observations must differ")
    for name in (*obs, *obsm):
        if "/" in name or name in {"", ".", "_index"}:
            raise ValueError(f"{name!r} is no name of a column")


def _encode(element: Any, kind: str, version: str) -> Any:
    element.attrs["encoding-type"] = kind
    element.attrs["encoding-version"] = version
    return element


def _write_frame(parent: Any, name: str, columns: Mapping[str, Column], index: Any) -> None:
    group = _encode(parent.create_group(name), "dataframe", "0.2.0")
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = np.array(list(columns), _text_type())
    _write_texts(group, "_index", list(index))
    for title, column in columns.items():
        if isinstance(column, np.ndarray) and column.dtype.kind in "biuf":
            _write_array(group, title, column)
        else:
            _write_categorical(group, title, column)


def _write_categorical(parent: Any, name: str, column: Column) -> None:
    texts = [None if text is None else str(text) for text in column]
    categories = sorted({text for text in texts if text is not None})
    code = {text: index for index, text in enumerate(categories)}
    codes = np.array([-1 if text is None else code[text] for text in texts], np.int64)
    kind = next(k for k in (np.int8, np.int16, np.int32) if len(categories) <= np.iinfo(k).max)
    group = _encode(parent.create_group(name), "categorical", "0.2.0")
    group.attrs["ordered"] = False
    _write_array(group, "codes", codes.astype(kind))
    _write_texts(group, "categories", categories)


def _write_array(parent: Any, name: str, values: NDArray[Any]) -> None:
    _encode(parent.create_dataset(name, data=np.ascontiguousarray(values)), "array", "0.2.0")


def _write_texts(parent: Any, name: str, texts: Sequence[str]) -> None:
    data = np.array(texts, object) if len(texts) else np.empty(0, object)
    _encode(parent.create_dataset(name, data=data, dtype=_text_type()), "string-array", "0.2.0")


def _write_mapping(parent: Any, name: str, mapping: Mapping[str, Any]) -> None:
    group = _encode(parent.create_group(name), "dict", "0.1.0")
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            _write_mapping(group, key, value)
        elif isinstance(value, str):
            _encode(group.create_dataset(key, data=value, dtype=_text_type()), "string", "0.2.0")
        else:
            _encode(group.create_dataset(key, data=value), "numeric-scalar", "0.2.0")


def _text_type() -> Any:
    import h5py

    return h5py.string_dtype("utf-8")
