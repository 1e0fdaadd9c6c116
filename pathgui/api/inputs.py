"""What users hand in, as arrays: embeddings and labels from lists, numpy, torch, pandas and others.

No library is imported to recognize its objects: what an object can do says how it is read.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Set
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, first_few, one_line, plural
from pathgui.core.imported.embeddings_columns import ExternalEmbeddings, labels_of, widened
from pathgui.core.language.texts import counted, say
from pathgui.core.reference.labels import TextArray
from pathgui.core.tables.cells import label_column

_EXPECTED = say("expected numbers of shape (tiles, dimensions), at least one of each")
_NO_COLLECTION = (str, bytes, PathLike, Mapping, Set)  # or one without an order
_IN_TABLES = {"slide": "slide_id", "patient": "patient_id"}  # what the columns are called there


def arrays_of(embeddings: object, labels: Mapping[str, object]) -> ExternalEmbeddings:
    """Embeddings and their labels as arrays.

    Parameters
    ----------
    embeddings
        (n, d) numbers: a list, an array, a tensor, a table of numbers, a column of vectors.
    labels
        By name ("tissue", "center", "slide", "patient", "pair", "subset"): n texts, whole numbers
        or truth values in the order of the embeddings. None, NaN and "" are missing.

    Raises
    ------
    EmbeddingsError
        If they are something else, or not finite. Rows of zeros are left out later, and said.
    """
    values = matrix(embeddings)
    broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(broken):
        raise EmbeddingsError(
            counted(
                len(broken),
                "{n} of {embeddings} is not finite, the first in row {broken}. Leave these "
                "tiles out, or compute them again in full precision.",
                "{n} of {embeddings} are not finite, the first in row {broken}. Leave these "
                "tiles out, or compute them again in full precision.",
                embeddings=plural(len(values), "embedding"),
                broken=broken[0],
            )
        )
    columns = {name: _column(given, name, len(values)) for name, given in labels.items()}
    _require_one_order({"embeddings": embeddings, **labels})
    in_tables = {_IN_TABLES.get(name, name): column for name, column in columns.items()}
    known, notices = labels_of(in_tables, len(values), Path("labels"))
    return ExternalEmbeddings(values, "arrays", labels=known, notices=notices)


def labels_in_order(
    embeddings: object, labels: Mapping[str, object], n: int
) -> dict[str, TextArray]:
    """Further columns of labels of n embeddings, as texts; "" is missing. Raises as above."""
    columns = {name: _column(given, name, n) for name, given in labels.items()}
    _require_one_order({"embeddings": embeddings, **labels})
    return {
        name: np.array(label_column(column.tolist()), dtype=np.str_)
        for name, column in columns.items()
    }


def is_sparse(values: object) -> bool:
    """Whether it is a sparse matrix; views of AnnData are arrays that only call themselves so."""
    return hasattr(values, "toarray") and not isinstance(values, np.ndarray)


def matrix(embeddings: object) -> NDArray[np.floating[Any]]:
    """Embeddings as a float32 or float64 array of shape (tiles, dimensions)."""
    array = _array(embeddings)
    if array.dtype == object and array.ndim == 1:
        array = _stacked(array)
    if array.dtype == object:
        strange = next((each for each in array.flat if not isinstance(each, numbers.Real)), None)
        hint = (
            say('They are numbers kept as objects; convert them with .astype("float32").')
            if strange is None
            else say("They hold {shown}, which is no number.", shown=_shown(strange))
        )
        raise EmbeddingsError(
            say(
                "The embeddings are Python objects; {EXPECTED}. {hint}",
                EXPECTED=_EXPECTED,
                hint=hint,
            )
        )
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiu":
        raise EmbeddingsError(
            say(
                "The embeddings have the shape {shape} and the type {dtype}; {EXPECTED}.",
                shape=array.shape,
                dtype=array.dtype,
                EXPECTED=_EXPECTED,
            )
        )
    return widened(array)


def _array(values: Any) -> NDArray[Any]:
    """Any collection of numbers as an array; a column of vectors as an array of objects."""
    if values is None or isinstance(values, _NO_COLLECTION):
        is_file = isinstance(values, str | PathLike)
        hint = say(" Files are measured by pathgui metrics in the terminal.") if is_file else ""
        raise EmbeddingsError(
            say(
                "The embeddings are {shown}; {EXPECTED}.{hint}",
                shown=_shown(values),
                EXPECTED=_EXPECTED,
                hint=hint,
            )
        )
    try:
        if hasattr(values, "detach"):  # a tensor of torch; numpy knows no bfloat16
            values = values.detach().cpu()
            return np.asarray(values.float() if "bfloat16" in str(values.dtype) else values)
        if is_sparse(values):
            return np.asarray(values.toarray())
        if hasattr(getattr(values, "dtypes", None), "items"):  # a table of pandas
            return _table(values)
        if isinstance(values, list | tuple) and any(hasattr(each, "detach") for each in values):
            return np.stack([_array(each) for each in values])
        if isinstance(values, np.ma.MaskedArray):
            return np.ma.filled(values.astype(np.float64), np.nan)
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise EmbeddingsError(
            say(
                "The embeddings cannot be read as numbers ({one_line}); {EXPECTED}.",
                one_line=one_line(error),
                EXPECTED=_EXPECTED,
            )
        ) from error


def _table(values: Any) -> NDArray[Any]:
    """The columns of a table of pandas, all of which have to be numbers; gaps become NaN."""
    kinds = dict(values.dtypes.items())
    wrong = [str(name) for name, kind in kinds.items() if getattr(kind, "kind", "O") not in "fiu"]
    if wrong:
        raise EmbeddingsError(
            say(
                "These columns of the embeddings hold no numbers: {wrong}. Give "
                "the columns of numbers alone, or the one column that holds "
                'vectors: table["name"].',
                wrong=first_few(wrong, 3),
            )
        )
    wide = any(kind.itemsize >= 8 for kind in kinds.values())
    dtype = np.float64 if wide else np.float32
    array: NDArray[Any] = values.to_numpy(dtype=dtype, na_value=np.nan)
    return array


def _stacked(column: NDArray[Any]) -> NDArray[Any]:
    """A column of vectors as one array; the column as it is where something else is in it."""
    rows = [each if each is None else _array_or_none(each) for each in column]
    if not rows or any(row is None or row.ndim != 1 for row in rows):
        return column
    lengths = sorted({len(row) for row in rows if row is not None})
    if len(lengths) > 1:
        raise EmbeddingsError(
            say(
                "The embeddings differ in length: from {lengths} to {lengths2} "
                "numbers a tile. They have to be of one encoder.",
                lengths=lengths[0],
                lengths2=lengths[-1],
            )
        )
    return np.stack([row for row in rows if row is not None])


def _array_or_none(values: object) -> NDArray[Any] | None:
    try:
        return _array(values)
    except EmbeddingsError:
        return None


def _column(values: Any, name: str, n: int) -> NDArray[Any]:
    """Labels as objects (n,): texts, numbers, None."""
    items = _items(values, name)
    if len(items) != n:
        raise EmbeddingsError(
            say(
                "There are {n} embeddings, but {name} has {n_items} labels; expected one for each.",
                n=n,
                name=name,
                n_items=len(items),
            )
        )
    for row, each in enumerate(items):
        if isinstance(each, float | np.floating) and np.isfinite(each) and each != int(each):
            raise EmbeddingsError(
                say(
                    "{name} holds {each} (row {row}); expected names or whole "
                    "numbers. Was another column meant?",
                    name=name,
                    each=each,
                    row=row,
                )
            )
        if isinstance(each, list | tuple | np.ndarray | Mapping | Set):
            raise EmbeddingsError(
                say(
                    "{name} holds {shown} (row {row}); expected one label for each tile.",
                    name=name,
                    shown=_shown(each),
                    row=row,
                )
            )
        if isinstance(each, bytes):
            try:
                each.decode()
            except UnicodeDecodeError:
                raise EmbeddingsError(
                    say(
                        "{name} holds bytes that are not UTF-8 (row {row}). Give text.",
                        name=name,
                        row=row,
                    )
                ) from None
    column = np.empty(n, object)
    column[:] = items
    return column


def _items(values: Any, name: str) -> list[Any]:
    """The entries of a column in Python's own types."""
    if isinstance(values, str):
        raise EmbeddingsError(
            say(
                "{name} is the text {values!r}; expected one label for each "
                "tile. Only with AnnData does a text name a column; else give "
                'the column itself: table["{values}"].',
                name=name,
                values=values,
            )
        )
    if hasattr(values, "columns"):
        raise EmbeddingsError(
            say('{name} is a table; give one of its columns: table["name"].', name=name)
        )
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    for method in ("to_pylist", "tolist", "to_list"):  # pyarrow; numpy, pandas, torch; polars
        if hasattr(values, method):
            values = getattr(values, method)()
            break
    else:
        if hasattr(values, "__array__"):
            values = np.asarray(values).tolist()
    if isinstance(values, _NO_COLLECTION) or not isinstance(values, Iterable):
        raise EmbeddingsError(
            say(
                "{name} is {shown}; expected one label for each tile.",
                name=name,
                shown=_shown(values),
            )
        )
    return list(values)


def _require_one_order(given: Mapping[str, Any]) -> None:
    """Refuse columns of pandas whose rows are the same in another order: labels would be mixed."""
    indexed: dict[str, Any] = {
        name: values.index
        for name, values in given.items()
        if hasattr(getattr(values, "index", None), "is_unique") and values.index.is_unique
    }
    names = list(indexed)
    for name in names[1:]:
        first, index = indexed[names[0]], indexed[name]
        if not index.equals(first) and set(index) == set(first):
            raise EmbeddingsError(
                say(
                    "{name} has the rows of {names} in another order, as its "
                    "index says. Bring both into one order, for example with "
                    "{name}.loc[{names}.index].",
                    name=name,
                    names=names[0],
                )
            )


def _shown(value: object) -> str:
    """A value in a sentence: what it is, and short ones themselves."""
    if value is None:
        return "None"
    text = repr(value)
    kind = type(value).__name__
    return f"{text} ({kind})" if len(text) <= 60 else f"a {kind}"
