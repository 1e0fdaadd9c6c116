"""Reference sets that tests make: squares of color, which color statistics can tell apart."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceSet

TISSUE_COLORS = {"stroma": (230, 150, 180), "tumor": (120, 60, 150)}
CENTER_TINTS = {"Lakeside": (0, 0, 0), "Northfield": (12, -12, 6)}

SCANNERS = ("GT450", "P1000")
MARKERS = {"stroma": "negative", "tumor": "positive"}


def make_reference(
    folder: Path,
    *,
    slides: int = 3,
    tiles: int = 4,
    mpp: float | None = 0.5,
    slide_names: dict[str, str] | None = None,
) -> ReferenceSet:
    """Two tissues at two centers; ``slides`` patients a center, ``tiles`` of each tissue on each.

    Slides of each center were scanned by two scanners in turn; a marker goes with each tissue.

    ``slide_names`` renames slides (``"Lakeside-0"``, ...).
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    rows: list[dict[str, object]] = []
    for center, tint in CENTER_TINTS.items():
        for slide in range(slides):
            name = (slide_names or {}).get(f"{center}-{slide}", f"{center}-{slide}")
            for tissue, color in TISSUE_COLORS.items():
                for _ in range(tiles):
                    picture = np.array(color) + tint + rng.normal(0, 14, (64, 64, 3))
                    path = f"{len(rows)}.png"
                    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / path)
                    rows.append(
                        {
                            "path": path,
                            "slide_id": name,
                            "patient_id": f"patient of {name}",
                            "center": center,
                            "tissue": tissue,
                            "scanner": SCANNERS[slide % 2],
                            "marker": MARKERS[tissue],
                        }
                        | ({} if mpp is None else {"mpp": mpp})
                    )
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return build_reference(folder / "manifest.csv", folder / "colors.pgref").reference
