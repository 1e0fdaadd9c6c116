"""Why a tile is read as it is: its nearest reference tiles, tile by tile.

What a run keeps of this (:class:`KnownTiles`, ``reference_neighbors.parquet``) is enough to
explore it without the reference set; only the pictures need that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors.kinds import KINDS, OS, SO, kinds_among
from pathgui.core.metrics.neighbors.search import Neighbors

NEIGHBORS_FILE = "reference_neighbors.parquet"
KEPT_LEAST = 10  # nearest tiles kept where fewer count, so that there is something to look at
KEPT_MOST = 100  # where more count

Part = Literal["slide", "reference"]


class TileId(NamedTuple):
    """A tile of the evaluated slide (row of its tile grid) or of the reference set (its row)."""

    part: Part
    row: int


@dataclass(frozen=True)
class KeptNeighbors:
    """The nearest reference tiles of n tiles, as a run keeps them; nearest first."""

    rows: NDArray[np.int32]  # (n, depth) rows of the reference set; -1 where there is none
    distances: NDArray[np.float32]  # (n, depth) cosine distances; NaN where there is none


@dataclass(frozen=True)
class KnownTiles:
    """The tiles of a reference set as a run keeps them, and each one's own nearest tiles."""

    names: tuple[str, ...]  # in the manifest
    files: tuple[str, ...]  # pictures, relative to the folder of the reference set
    slides: tuple[str, ...]
    tissue: NDArray[np.int16]  # (n,) index into ``Run.reference.tissues``
    center: NDArray[np.int16]  # (n,) index into ``Run.reference.centers``
    places_l0: NDArray[np.float64]  # (n, 2) x, y in the tile's slide; NaN where not known
    neighbors: dict[str, KeptNeighbors] = field(default_factory=dict)  # by encoder

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Neighbor:
    """One of the nearest reference tiles of a tile."""

    row: int  # of the reference set
    distance: float  # cosine
    kind: str  # SS, SO, OS, OO: same or other tissue, same or other center
    counts: bool  # whether it is among the k that the measurements look at


@dataclass(frozen=True)
class Neighborhood:
    """A tile and its nearest reference tiles, nearest first."""

    tile: TileId
    tissue: int  # that "same tissue" refers to; -1: unknown
    center: int  # that "same center" refers to; -1: not in the reference set
    neighbors: tuple[Neighbor, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of those that count are of each kind."""
        kinds = [each.kind for each in self.neighbors if each.counts]
        return {kind: kinds.count(kind) for kind in KINDS}


def kept_depth(k: int, available: int) -> int:
    """How many neighbors a run keeps where the k nearest count.

    >>> kept_depth(1, 960), kept_depth(31, 960), kept_depth(301, 960), kept_depth(5, 3)
    (10, 31, 100, 3)
    """
    return min(max(k, KEPT_LEAST), KEPT_MOST, available)


def kept(
    found: Neighbors, depth: int, *, rows: NDArray[np.intp], of: NDArray[np.intp], n: int
) -> KeptNeighbors:
    """Neighbors as they are kept.

    Parameters
    ----------
    found
        Neighbors of q tiles among m reference tiles.
    depth : int
        Columns to keep.
    rows : (m,) int array
        Which rows of the reference set those m are.
    of : (q,) int array
        Which of the n tiles those q are; the others get none.
    """
    neighbors = KeptNeighbors(
        np.full((n, depth), -1, np.int32), np.full((n, depth), np.nan, np.float32)
    )
    indices, distances = found.indices[:, :depth], found.distances[:, :depth]
    there = indices >= 0
    width = indices.shape[1]
    neighbors.rows[of, :width] = np.where(there, rows[indices], -1)
    neighbors.distances[of, :width] = np.where(there, distances, np.nan)
    return neighbors


def kinds_of(
    neighbors: NDArray[np.integer],
    tissue: NDArray[np.integer],
    center: NDArray[np.integer],
    known: KnownTiles,
) -> NDArray[np.int8]:
    """Index into ``KINDS`` of each neighbor (n, depth); -1 where there is none.

    ``tissue`` and ``center`` (n,) are the tiles' own, as indices; -1 shares nothing.
    """
    return kinds_among(neighbors, tissue, center, known.tissue, known.center)


class Explorer:
    """Answers for a run: which tiles lie nearest to a tile, and which tiles follow the center.

    Of a reference tile, "same" refers to its own tissue and center. Of a slide's tile it refers
    to what is given for the slide, and where nothing is given, to what the encoder itself says of
    the tile: its tissue and its center, after the probes.
    """

    def __init__(
        self,
        known: KnownTiles,
        slide: dict[str, KeptNeighbors],
        *,
        k: dict[str, int],
        predicted_tissue: dict[str, NDArray[np.int16]],
        predicted_center: dict[str, NDArray[np.int16]],
        given_tissue: int | None = None,
        given_center: int | None = None,
    ) -> None:
        """``slide`` and the predictions are by encoder; ``k`` is how many neighbors count.

        What is given for the slide is an index into the labels of the reference set, -1 where it
        is a label that the set has not; None: nothing is given.
        """
        self.known = known
        self._slide = slide
        self._k = k
        self._predicted = {"tissue": predicted_tissue, "center": predicted_center}
        self._given = {"tissue": given_tissue, "center": given_center}

    def encoders(self, part: Part) -> list[str]:
        """Those that have neighbors of that part's tiles."""
        return list(self._slide if part == "slide" else self.known.neighbors)

    def k(self, encoder: str) -> int:
        """How many neighbors count for an encoder."""
        return self._k[encoder]

    def neighborhood(self, encoder: str, tile: TileId) -> Neighborhood | None:
        """A tile's nearest reference tiles; None where the run has none of it."""
        kept_of = (self._slide if tile.part == "slide" else self.known.neighbors).get(encoder)
        if kept_of is None or not 0 <= tile.row < len(kept_of.rows):
            return None
        rows = kept_of.rows[tile.row]
        if rows[0] < 0:
            return None
        one = np.array([tile.row])
        tissue, center = (self._labels(encoder, tile.part, what)[one] for what in _LABELS)
        kinds = kinds_of(rows[None], tissue, center, self.known)[0]
        return Neighborhood(
            tile,
            int(tissue[0]),
            int(center[0]),
            tuple(
                Neighbor(int(row), float(distance), KINDS[kind], rank < self._k[encoder])
                for rank, (row, distance, kind) in enumerate(
                    zip(rows, kept_of.distances[tile.row], kinds, strict=True)
                )
                if row >= 0
            ),
        )

    def following(self, encoder: str, part: Part) -> list[TileId]:
        """Tiles that follow the center: more of their k nearest are OS than SO.

        OS: other tissue, same center. SO: same tissue, other center. The strongest come first.
        """
        kept_of = (self._slide if part == "slide" else self.known.neighbors).get(encoder)
        if kept_of is None:
            return []
        tissue, center = (self._labels(encoder, part, what) for what in _LABELS)
        kinds = kinds_of(kept_of.rows[:, : self._k[encoder]], tissue, center, self.known)
        excess = (kinds == OS).sum(axis=1) - (kinds == SO).sum(axis=1)
        order = np.argsort(-excess, kind="stable")
        return [TileId(part, int(row)) for row in order if excess[row] > 0]

    def _labels(self, encoder: str, part: Part, what: str) -> NDArray[np.integer[Any]]:
        if part == "reference":
            return self.known.tissue if what == "tissue" else self.known.center
        given = self._given[what]
        predicted = self._predicted[what][encoder]
        return predicted if given is None else np.full(len(predicted), given, np.int16)


_LABELS = ("tissue", "center")


def to_arrow(known: KnownTiles, tissues: Sequence[str], centers: Sequence[str]) -> pa.Table:
    """One row a reference tile, labels as text."""

    def named(indices: NDArray[np.int16], names: Sequence[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(indices.astype(np.int32)), pa.array(list(names), pa.string())
        )

    place = [pa.array(column, mask=np.isnan(column)) for column in known.places_l0.T]
    columns: dict[str, Any] = {
        "tile": list(known.names),
        "file": list(known.files),
        "slide": list(known.slides),
        "tissue": named(known.tissue, tissues),
        "center": named(known.center, centers),
        "x_l0": place[0],
        "y_l0": place[1],
    }
    for name, each in known.neighbors.items():
        columns |= columns_of(name, each)
    return pa.table(columns)


def from_arrow(
    table: pa.Table, encoders: Sequence[str], tissues: Sequence[str], centers: Sequence[str]
) -> KnownTiles:
    """What :func:`to_arrow` wrote. Raises KeyError where a column or a label lacks."""

    def indices(column: str, names: Sequence[str]) -> NDArray[np.int16]:
        index_of = {name: index for index, name in enumerate(names)}
        return np.array([index_of[name] for name in table.column(column).to_pylist()], np.int16)

    places = [np.asarray(table.column(name).to_numpy(), np.float64) for name in ("x_l0", "y_l0")]
    return KnownTiles(
        names=tuple(table.column("tile").to_pylist()),
        files=tuple(table.column("file").to_pylist()),
        slides=tuple(table.column("slide").to_pylist()),
        tissue=indices("tissue", tissues),
        center=indices("center", centers),
        places_l0=np.column_stack(places),
        neighbors=neighbors_in(table, encoders),
    )


def columns_of(encoder: str, neighbors: KeptNeighbors) -> dict[str, pa.Array]:
    """Neighbors as columns ``{encoder}.neighbors`` and ``{encoder}.neighbor_distance``."""
    depth = neighbors.rows.shape[1]
    return {
        f"{encoder}.{name}": pa.FixedSizeListArray.from_arrays(
            pa.array(np.ascontiguousarray(values).ravel()), depth
        )
        for name, values in (
            ("neighbors", neighbors.rows),
            ("neighbor_distance", neighbors.distances),
        )
    }


def neighbors_in(table: pa.Table, encoders: Sequence[str]) -> dict[str, KeptNeighbors]:
    """The neighbors in a table, of those encoders that it has any of."""
    found = {}
    for encoder in encoders:
        if f"{encoder}.neighbors" not in table.column_names:
            continue
        rows, distances = (
            _matrix(table.column(f"{encoder}.{name}"))
            for name in ("neighbors", "neighbor_distance")
        )
        found[encoder] = KeptNeighbors(rows.astype(np.int32), distances.astype(np.float32))
    return found


def _matrix(column: pa.ChunkedArray) -> NDArray[Any]:
    combined = column.combine_chunks()
    flat = np.asarray(combined.flatten().to_numpy(zero_copy_only=False))
    return flat.reshape(len(combined), combined.type.list_size)
