"""What files of other programs have in common: embeddings, and columns of labels beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, PathguiError, one_line
from pathgui.core.language.texts import say
from pathgui.core.reference.labels import TextArray
from pathgui.core.tables.cells import label_column, label_text, spelling_notice
from pathgui.core.tables.headings import AmbiguousHeading, assign

# What programs call the same thing, the first that is there is taken.
VALUES = ("embeddings", "features", "feats", "embedding", "X")
PLACES = ("x", "y", "size_l0", "patch_size_level0")
TILE_EDGE = "tile_edge_um"  # what pathgui's own files also say of the tiles
ENCODER_NAME = "encoder"
# By the name of a column in tables: what it is called here.
LABEL_COLUMNS = {
    "tissue": "tissue",
    "center": "center",
    "slide_id": "slide",
    "patient_id": "patient",
    "pair": "pair",
    "subset": "subset",
}


@dataclass(frozen=True)
class ExternalEmbeddings:
    """Embeddings (n, d) computed elsewhere, and what their file says of the tiles."""

    values: NDArray[np.floating[Any]]
    source: str  # the format, in words
    encoder: str = ""  # as the file names it
    tiles: TextArray | None = None  # (n,) names
    labels: Mapping[str, TextArray] = field(default_factory=dict)  # tissue, center, slide, ...
    coords_l0: NDArray[np.int64] | None = None  # (n, 2) top-left corner, x and y
    size_l0: int | None = None  # edge of a tile in level-0 pixels
    edge_um: float | None = None  # edge of a tile in µm
    notices: tuple[str, ...] = ()  # labels that may be the same thing

    def __len__(self) -> int:
        return len(self.values)


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """A file of embeddings that its reader stumbles over is an EmbeddingsError."""
    try:
        yield
    except PathguiError:
        raise
    except UnicodeDecodeError as error:
        raise EmbeddingsError(
            say("{path_name} holds text that is not UTF-8. Export it again.", path_name=path.name)
        ) from error
    except Exception as error:
        raise EmbeddingsError(
            say(
                "{path_name} is damaged, or its parts are not as they should be "
                "({name}: {one_line}). Copy or export it again.",
                path_name=path.name,
                name=type(error).__name__,
                one_line=one_line(error),
            )
        ) from error


def from_columns(
    columns: Mapping[str, NDArray[Any]], path: Path, source: str, array: str
) -> ExternalEmbeddings:
    """Arrays with the usual names: values, tile names, labels, coordinates."""
    name = next((name for name in ((array,) if array else VALUES) if name in columns), None)
    if name is None:
        raise EmbeddingsError(
            say(
                "{path_name} has no array {array}; it has {columns}. Say with "
                "--array which holds the embeddings.",
                path_name=path.name,
                array=array or say(" or ").join(VALUES[:2]),
                columns=", ".join(sorted(columns)[:8]) or say("nothing"),
            )
        )
    values = as_values(columns[name], path)
    known = _known(columns, len(values), path)
    names = known.get("tile", known.get("path"))
    if "coords" in columns:
        coords = columns["coords"]
    elif {"x", "y"} <= set(known):
        coords = np.stack([known["x"], known["y"]], axis=1)
    else:
        coords = None
    size = columns.get("size_l0", columns.get("patch_size_level0"))
    labels, notices = labels_of(columns, len(values), path)
    return ExternalEmbeddings(
        values,
        source,
        tiles=None if names is None else as_names(names, len(values), path),
        labels=labels,
        coords_l0=None if coords is None else as_coords(coords, len(values), path),
        size_l0=None if size is None else round(float(np.asarray(size).ravel()[0])),
        edge_um=edge_of(columns),
        encoder=encoder_of(columns),
        notices=notices,
    )


def edge_of(columns: Mapping[str, Any]) -> float | None:
    """Edge of a tile in µm, where a column says it."""
    value = _first(columns, TILE_EDGE)
    return None if value is None else float(value)


def encoder_of(columns: Mapping[str, Any]) -> str:
    """Name of the encoder, where a column says it; "" if none does."""
    value = _first(columns, ENCODER_NAME)
    return "" if value is None else str(plain(value))


def _first(columns: Mapping[str, Any], name: str) -> Any:
    """What a column says of all tiles: its first entry, None where there is none."""
    values = np.asarray(columns.get(name, ())).ravel().tolist()
    return values[0] if values else None


def _known(columns: Mapping[str, NDArray[Any]], n: int, path: Path) -> dict[str, NDArray[Any]]:
    """Columns by their names in tables (see ``core/tables/headings``).

    An array that only may be meant, as "label", counts where it has one entry for each of the n
    embeddings; one that has the program's own name always does, so that a wrong length is noticed.
    """
    usual = {*LABEL_COLUMNS, *LABEL_COLUMNS.values(), "tile", "path", "x", "y"}
    names = [name for name, array in columns.items() if name in usual or array.shape == (n,)]
    try:
        known = assign(names)
    except AmbiguousHeading as error:
        raise EmbeddingsError(f"{path.name}: {error}.") from error
    return {ours: columns[theirs] for ours, theirs in zip(known, names, strict=True)}


def labels_of(
    columns: Mapping[str, NDArray[Any]], n: int, path: Path
) -> tuple[dict[str, TextArray], tuple[str, ...]]:
    """Labels of n tiles by what they are called here, and what is to be said of their spelling."""
    found, written = {}, {}
    for name, values in _known(columns, n, path).items():
        if name in LABEL_COLUMNS:
            _require_entries(values, n, name, path)
            texts = [plain(value) for value in values.tolist()]
            labels = label_column(texts)
            found[LABEL_COLUMNS[name]] = np.array(labels, dtype=np.str_)
            if name != "subset":
                written[LABEL_COLUMNS[name]] = (texts, labels)
    notice = spelling_notice(written)
    return found, (notice,) if notice else ()


def as_values(values: NDArray[Any], path: Path) -> NDArray[np.floating[Any]]:
    """Embeddings as floats (tiles, dimensions); half precision is widened."""
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiu":
        raise EmbeddingsError(
            say(
                "{path_name}: embeddings of shape {shape} and type {dtype}; "
                "expected numbers of shape (tiles, dimensions), at least one of "
                "each.",
                path_name=path.name,
                shape=values.shape,
                dtype=values.dtype,
            )
        )
    return widened(values)


def widened(values: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """Numbers of any kind as float32 or, where they have 8 bytes each, as float64."""
    return values.astype(np.float64 if values.dtype.itemsize >= 8 else np.float32, copy=False)


def as_names(values: NDArray[Any], n: int, path: Path) -> TextArray:
    """Names of n tiles, as text."""
    _require_entries(values, n, "names", path)
    texts = [plain(value) for value in values.tolist()]
    return np.array(
        [text.strip() if isinstance(text, str) else label_text(text) for text in texts],
        dtype=np.str_,
    )


def _require_entries(values: NDArray[Any], n: int, name: str, path: Path) -> None:
    if values.shape != (n,):
        raise EmbeddingsError(
            say(
                "{path_name}: there are {n} embeddings, but {name} has the shape "
                "{shape}; expected one entry for each.",
                path_name=path.name,
                n=n,
                name=name,
                shape=values.shape,
            )
        )


def as_coords(values: NDArray[Any], n: int, path: Path) -> NDArray[np.int64]:
    """Corners of n tiles as whole numbers (n, 2)."""
    if values.shape != (n, 2) or values.dtype.kind not in "iuf":
        raise EmbeddingsError(
            say(
                "{path_name}: there are {n} embeddings, but coordinates of shape "
                "{shape}; expected one pair of numbers (x, y) for each.",
                path_name=path.name,
                n=n,
                shape=values.shape,
            )
        )
    if not np.isfinite(values).all():
        raise EmbeddingsError(
            say("{path_name}: some coordinates are no numbers.", path_name=path.name)
        )
    whole: NDArray[np.int64] = np.rint(values).astype(np.int64)
    return whole


def plain(value: Any) -> Any:
    """``value``, as text where it is bytes."""
    return value.decode() if isinstance(value, bytes) else value
