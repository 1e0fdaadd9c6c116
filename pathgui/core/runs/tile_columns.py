"""What encoders say of a slide's tiles, as columns: the rows of ``tiles.parquet``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pathgui.core.explore import neighborhood
from pathgui.core.explore.neighborhood import KeptNeighbors
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import in_english, noted, say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.roles import USUAL, RoleColumns

FAR = noted("far from every reference tile")
FAR_MEANS = noted(  # said of a tile
    "farther from its nearest reference tile than 95 % of the reference tiles lie from the nearest "
    "of another slide"
)
NO_KNOWN_CENTER = "no known center"  # in files, whatever column plays the center
NO_KNOWN_CENTER_MEANS = noted(  # said of a slide
    "farther from every reference slide than 95 % of those lie from the nearest other"
)


@dataclass(frozen=True)
class TileTable:
    """Per tile and encoder, the rows of ``tiles.parquet``; arrays of shape (n,) or (n, 4)."""

    cells: NDArray[np.int32]  # (n, 2) column, row of the lattice
    readable: NDArray[np.bool_]
    tissue: dict[str, NDArray[np.int16]]  # by encoder; -1 where unreadable
    tissue_probability: dict[str, NDArray[np.float32]]  # NaN outside; in earlier runs nowhere
    center: dict[str, NDArray[np.int16]]
    center_probability: dict[str, NDArray[np.float32]]
    distance: dict[str, NDArray[np.float32]]
    outside: dict[str, NDArray[np.bool_]]  # far, or of no known center; in earlier runs: far
    kinds: dict[str, NDArray[np.int16]]  # (n, 4): SS, SO, OS, OO among the k nearest
    # (n, depth) rows of the reference set, nearest first, -1 where there is none, and cosine
    # distances, NaN where there is none. Runs kept earlier have neither.
    neighbors: dict[str, NDArray[np.int32]] = field(default_factory=dict)
    neighbor_distance: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    nearest_center: dict[str, NDArray[np.int16]] = field(default_factory=dict)
    far: dict[str, NDArray[np.bool_]] = field(default_factory=dict)  # none in earlier runs
    no_known_center: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def why_outside(self, encoder: str, row: int) -> str:
        """Why a tile lies outside the reference set; "" if it does not, or no reason is kept."""
        if encoder not in self.far or not self.outside[encoder][row]:
            return ""
        return outside_reason(
            bool(self.far[encoder][row]), bool(self.no_known_center[encoder][row])
        )


def outside_reason(far: bool, no_known_center: bool, columns: RoleColumns = USUAL) -> str:
    """Why a tile lies outside the reference set, in words.

    >>> outside_reason(True, False), outside_reason(False, False)
    ('far from every reference tile', '')
    >>> outside_reason(False, True, RoleColumns("scanner"))
    'no known scanner'
    """
    unknown = columns.say(say("no known {center}"))
    reasons = (retold(FAR), far), (unknown, no_known_center)
    return "; ".join(words for words, there in reasons if there)


@in_english()
def to_arrow(
    tiles: TileTable,
    *,
    tissues: list[str],
    centers: list[str],
    origin_l0: tuple[int, int],
    stride_l0: int,
    size_l0: int,
    mpp: float,
) -> pa.Table:
    """One row a tile; labels as text, so that the file can be read without ``run.json``."""
    origins = tiles.cells.astype(np.int64) * stride_l0 + np.array(origin_l0)
    columns: dict[str, Any] = {
        "column": tiles.cells[:, 0],
        "row": tiles.cells[:, 1],
        "x_l0": origins[:, 0],
        "y_l0": origins[:, 1],
        "size_l0": np.full(len(origins), size_l0, np.int32),
        "mpp_l0": np.full(len(origins), mpp),
        "readable": tiles.readable,
    }
    for name in tiles.tissue:
        probability = tiles.tissue_probability[name]
        columns |= {
            f"{name}.tissue": _names(tiles.tissue[name], tissues),
            f"{name}.tissue_probability": pa.array(probability, mask=np.isnan(probability)),
            f"{name}.center": _names(tiles.center[name], centers),
            f"{name}.center_probability": tiles.center_probability[name],
            f"{name}.distance": tiles.distance[name],
            f"{name}.outside": tiles.outside[name],
        }
        if name in tiles.nearest_center:
            columns[f"{name}.nearest_center"] = _names(tiles.nearest_center[name], centers)
        if name in tiles.far:
            reasons = [tiles.why_outside(name, row) or None for row in range(len(origins))]
            columns[f"{name}.outside_reason"] = pa.array(reasons, pa.string()).dictionary_encode()
        if name in tiles.kinds:
            for index, kind in enumerate(KINDS):
                columns[f"{name}.{kind}"] = tiles.kinds[name][:, index]
        if name in tiles.neighbors:
            kept = KeptNeighbors(tiles.neighbors[name], tiles.neighbor_distance[name])
            columns |= neighborhood.columns_of(name, kept)
    return pa.table(columns)


def from_arrow(
    table: pa.Table, encoders: Sequence[str], tissues: list[str], centers: list[str]
) -> TileTable:
    """What :func:`to_arrow` wrote, now or in an earlier version. KeyError: a column lacks."""

    def column(name: str) -> NDArray[Any]:
        return np.asarray(table.column(name).to_numpy())

    def having(what: str) -> list[str]:
        return [name for name in encoders if f"{name}.{what}" in table.column_names]

    kinds = {
        name: np.column_stack([column(f"{name}.{kind}") for kind in KINDS])
        for name in having(KINDS[0])
    }
    reasons = {
        name: [text or "" for text in table.column(f"{name}.outside_reason").to_pylist()]
        for name in having("outside_reason")
    }
    kept = neighborhood.neighbors_in(table, encoders)
    return TileTable(
        cells=np.column_stack([column("column"), column("row")]).astype(np.int32),
        readable=column("readable"),
        tissue={n: _indices(table.column(f"{n}.tissue"), tissues) for n in encoders},
        tissue_probability={
            n: column(f"{n}.tissue_probability").astype(np.float32) for n in encoders
        },
        center={n: _indices(table.column(f"{n}.center"), centers) for n in encoders},
        center_probability={n: column(f"{n}.center_probability") for n in encoders},
        distance={n: column(f"{n}.distance") for n in encoders},
        outside={n: column(f"{n}.outside") for n in encoders},
        kinds=kinds,
        neighbors={name: each.rows for name, each in kept.items()},
        neighbor_distance={name: each.distances for name, each in kept.items()},
        nearest_center={
            n: _indices(table.column(f"{n}.nearest_center"), centers)
            for n in having("nearest_center")
        },
        far={n: np.array([FAR in text for text in texts], bool) for n, texts in reasons.items()},
        no_known_center={
            n: np.array([NO_KNOWN_CENTER in text for text in texts], bool)
            for n, texts in reasons.items()
        },
    )


def _names(indices: NDArray[np.int16], names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(indices.astype(np.int32), mask=indices < 0), pa.array(names, pa.string())
    )


def _indices(column: pa.ChunkedArray, names: list[str]) -> NDArray[np.int16]:
    index_of = {name: index for index, name in enumerate(names)}
    return np.array(
        [-1 if value is None else index_of[value] for value in column.to_pylist()], np.int16
    )
