"""A made-up reference set in memory, and tables of answers about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.errors import ClassifierError
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import ReferenceInfo, ReferenceSet
from pathgui.core.tables.read import read_table


def reference(slides: int = 6, tiles: int = 2, both: bool = True) -> ReferenceSet:
    """Tissues normal and tumor; ``both``: on each slide, else on every other one."""
    slide = np.repeat(np.arange(slides), tiles)
    tissue = np.arange(len(slide)) % 2 if both else slide % 2
    n = len(slide)
    labels = TileLabels(
        np.array(["normal", "tumor"])[tissue],
        np.array(["Aa", "Bb"])[slide * 2 // slides],
        np.array([f"s{each}.svs" for each in slide]),
    )
    info = ReferenceInfo(1, "made up", "1", "", "", "", None, "", 0)
    names = tuple(f"tiles/t{each}.png" for each in range(n))
    places = np.column_stack([np.arange(n) * 100.0, np.zeros(n)])
    checksums = tuple(f"{each:064x}" for each in range(n))
    return ReferenceSet(Path(), info, labels, names, names, places, checksums)


def table(folder: Path, heading: str, *rows: Any, sep: str = ",") -> Any:
    """A table as it is read from a CSV file."""
    lines = [heading, *(sep.join(map(str, row)) for row in rows)]
    (folder / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(folder / "answers.csv", ClassifierError)
