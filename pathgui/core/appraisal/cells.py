"""Tissues by centers: tiles, slides and patients of each cell, and how far the two go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pathgui.core.metrics.neighbors.tissue_by_center import association, corrected_association
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.same_slide import patient_key, slide_key


@dataclass(frozen=True)
class Cells:
    """What each tissue (row) has at each center (column)."""

    tissues: list[str]
    centers: list[str]
    tiles: list[list[int]]
    slides: list[list[int]]  # a slide with two tissues counts in each
    patients: list[list[int]] | None  # null: no tile says its patient


@dataclass(frozen=True)
class CramersV:
    """Cramér's V of tissue and center: 0 independent, 1 one tells the other.

    Null with a single tissue or center.
    """

    tiles: float | None  # as it is, over the tiles: what the index is measured on
    slides: float | None  # over the slides, without what chance puts into it (Bergsma 2013)


def cells_of(labels: TileLabels) -> Cells:
    """Count the tiles that have tissue, center and slide."""
    tissues, tissue = np.unique(labels.tissue, return_inverse=True)
    centers, center = np.unique(labels.center, return_inverse=True)

    def table(things: TextArray | None) -> list[list[int]]:
        rows = [tissue.ravel(), center.ravel()]
        if things is not None:
            code = np.unique(things, return_inverse=True)[1].ravel()
            rows = list(np.unique(np.stack([*rows, code])[:, things != ""], axis=1)[:2])
        counts = np.zeros((len(tissues), len(centers)), np.intp)
        np.add.at(counts, (rows[0], rows[1]), 1)
        found: list[list[int]] = counts.tolist()
        return found

    def keys(names: TextArray, key: Callable[[str], str]) -> TextArray:
        known = {name: key(name) for name in set(names.tolist())}
        return np.array([known[name] for name in names.tolist()], np.str_)

    return Cells(
        tissues=[str(name) for name in tissues],
        centers=[str(name) for name in centers],
        tiles=table(None),
        slides=table(keys(labels.slide, slide_key)),
        patients=None if labels.patient is None else table(keys(labels.patient, patient_key)),
    )


def association_of(cells: Cells) -> CramersV:
    """How far tissue and center go together."""
    return CramersV(
        association(np.array(cells.tiles)), corrected_association(np.array(cells.slides))
    )
