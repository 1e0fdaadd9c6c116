"""Phantom reference sets whose centers differ in one thing only: colors, focus, or thickness."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

from pathgui.core.phantom.optics import Center, centers
from pathgui.core.phantom.reference import Piece, draw, in_parallel, pieces
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceSet

# What the second half of the centers has otherwise than the first.
DIFFERENCES: dict[str, dict[str, Any]] = {
    "color": {
        "hematoxylin": (0.50, 0.82, 0.22),
        "eosin": (0.22, 0.90, 0.32),
        "illumination": (0.90, 0.93, 0.99),
    },
    "blur": {"blur_px": 2.5},
    "thickness": {"thickness": 1.6},
}


def center_of(center: Center, number: int, difference: str) -> Center:
    """A center of the phantom without a center effect, but for the one difference."""
    changed = DIFFERENCES[difference] if number % 2 else {}
    return replace(center, jpeg_quality=95, **changed)


def phantom_reference(
    folder: Path,
    difference: str,
    *,
    n_slides: int = 4,
    n_tiles: int = 2,
    size_px: int = 64,
    tissues: tuple[str, ...],
    n_centers: int = 2,
    seed: int = 0,
) -> ReferenceSet:
    """A set on disk; see :func:`pathgui.core.phantom.reference.reference_tiles`."""
    same = centers(0.0)
    number_of = {center.name: number for number, center in enumerate(same)}
    plan = [
        replace(piece, center=center_of(piece.center, number_of[piece.center.name], difference))
        for piece in pieces(0.0, n_slides, seed, tissues)
        if number_of[piece.center.name] < n_centers
    ]

    def drawn(piece: Piece) -> list[Any]:
        return draw(piece, n_tiles, size_px)

    rows = []
    folder.mkdir(parents=True)
    for tiles in in_parallel(drawn, plan):
        for tile in tiles:
            path = f"{len(rows)}.jpg"
            (folder / path).write_bytes(tile.data)
            piece = tile.piece
            rows.append(
                {
                    "path": path,
                    "slide_id": piece.slide,
                    "patient_id": piece.patient,
                    "center": piece.center.name,
                    "tissue": piece.tissue,
                    "mpp": 0.5,
                }
            )
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return build_reference(folder / "manifest.csv", folder / "phantom.pgref").reference
