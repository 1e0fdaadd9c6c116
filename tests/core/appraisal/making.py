"""Reference sets of labels alone, with no picture on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import FORMAT, ReferenceInfo, ReferenceSet


def reference_of(
    rows: Sequence[tuple[str, ...]],
    *,
    pictures: Sequence[str] | None = None,
    contents: Sequence[str] = (),
    name: str = "made",
    description: str = "",
) -> ReferenceSet:
    """A set whose tiles have (tissue, center, slide) or (tissue, center, slide, patient).

    ``pictures``: a text for each tile, the same where the pictures are; all differ without it.
    """
    columns = [np.array(column, np.str_) for column in zip(*rows, strict=True)]
    told = pictures if pictures is not None else [str(row) for row in range(len(rows))]
    info = ReferenceInfo(FORMAT, name, "1", description, "", "", 112.0, "0" * 64, 0)
    return ReferenceSet(
        Path("made.pgref"),
        info,
        TileLabels(*columns),
        files=tuple(f"images/{row:06d}.png" for row in range(len(rows))),
        tiles=tuple(f"tile {row}" for row in range(len(rows))),
        sha256=tuple(hashlib.sha256(text.encode()).hexdigest() for text in told),
        slide_contents=tuple(contents),
    )


def full_rows(slides: int = 8, tiles: int = 3) -> list[tuple[str, str, str]]:
    """Two tissues at two centers, a slide has one tissue."""
    return [
        (tissue, center, f"{center}-{tissue}-{number}")
        for tissue in ("stroma", "tumor")
        for center in ("North", "South")
        for number in range(slides)
        for _ in range(tiles)
    ]
