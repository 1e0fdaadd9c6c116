"""Embeddings and labels in an AnnData object, which is told by its parts."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pathgui.api.inputs import is_sparse
from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.readers import may_be_embeddings
from pathgui.core.language.texts import say


def is_annotated(data: object) -> bool:
    """Whether it is an AnnData object, or can do what one can."""
    return all(hasattr(data, part) for part in ("obs", "obsm", "layers"))


def parts_of(
    data: Any, labels: Mapping[str, object], array: str = ""
) -> tuple[object, dict[str, object]]:
    """The embeddings and the labels in AnnData.

    Parameters
    ----------
    labels
        By name; a text is the name of a column of ``obs``, anything else the labels themselves.
    array
        What holds the embeddings: "X", or a name in ``obsm`` or ``layers``. Where X and ``obsm``
        hold one dense matrix that can be embeddings, it need not be said.

    Raises
    ------
    EmbeddingsError
        If there is no such column or matrix, or several that may be meant.
    """
    columns = {
        name: _column(data, given) if isinstance(given, str) else given
        for name, given in labels.items()
    }
    return _matrix(data, array), columns


def _column(data: Any, name: str) -> object:
    names = [str(each) for each in data.obs.columns]
    if name in names:
        return data.obs[name]
    near = difflib.get_close_matches(name, names, n=1)
    suggestion = say(" Did you mean {near!r}?", near=near[0]) if near else ""
    raise EmbeddingsError(
        say(
            "AnnData has no column {name!r} in obs.{suggestion} It has: {names}.",
            name=name,
            suggestion=suggestion,
            names=", ".join(names) or say("none"),
        )
    )


def _matrix(data: Any, array: str) -> object:
    parts = {"X": _x_of(data), **data.obsm}
    if array:
        parts = {**data.layers, **parts}
        if parts.get(array) is not None:
            return parts[array]
        names = ", ".join(name for name, part in parts.items() if part is not None)
        raise EmbeddingsError(
            say(
                "AnnData has no embeddings called {array!r}; it has {names}.",
                array=array,
                names=names or say("none"),
            )
        )
    dense = {
        name: part
        for name, part in parts.items()
        if may_be_embeddings(name)
        and not is_sparse(part)
        and len(getattr(part, "shape", ())) == 2
        and part.shape[1] > 0
    }
    if not dense:
        raise EmbeddingsError(
            say(
                "AnnData has no dense matrix X and none in obsm (embeddings are "
                "never sparse). Put the embeddings there: "
                'adata.obsm["embeddings"] = ...'
            )
        )
    if len(dense) > 1:
        raise EmbeddingsError(
            say(
                "The embeddings may be {dense} (X, or a part of obsm). Say which "
                'with array="{dense2}".',
                dense=say(" or ").join(dense),
                dense2=list(dense)[-1],
            )
        )
    return next(iter(dense.values()))


def _x_of(data: Any) -> Any:
    try:
        return data.X
    except KeyError:  # anndata 0.12, of a file that is opened without X
        return None
