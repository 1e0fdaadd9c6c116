"""Small pictures of tiles that are kept with a run, so that it can be shown without its slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

PICTURES_FILE = "pictures.parquet"


@dataclass(frozen=True)
class TilePicture:
    """A tile of the slide (``rank`` 0), or one of its nearest reference tiles (1 the nearest)."""

    encoder: str
    row: int  # of the slide's tile, in tiles.parquet
    rank: int
    reference: int  # row of the reference set; -1 for the slide's tile
    jpeg: bytes


def to_arrow(pictures: Sequence[TilePicture]) -> pa.Table:
    """One row a picture."""
    return pa.table(
        {
            "encoder": pa.array([each.encoder for each in pictures], pa.string()),
            "row": pa.array([each.row for each in pictures], pa.int32()),
            "rank": pa.array([each.rank for each in pictures], pa.int8()),
            "reference": pa.array([each.reference for each in pictures], pa.int32()),
            "jpeg": pa.array([each.jpeg for each in pictures], pa.binary()),
        }
    )


def from_arrow(table: pa.Table) -> tuple[TilePicture, ...]:
    """The pictures that :func:`to_arrow` wrote. Raises KeyError where a column lacks."""
    return tuple(
        TilePicture(each["encoder"], each["row"], each["rank"], each["reference"], each["jpeg"])
        for each in table.to_pylist()
    )
