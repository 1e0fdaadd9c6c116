"""What is known of the tiles of a reference set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.reference.same_slide import patient_key, slide_key

TextArray = NDArray[np.str_]


@dataclass(frozen=True)
class TileLabels:
    """Tissue, center, slide and, where known, patient of n tiles; all of shape (n,)."""

    tissue: TextArray
    center: TextArray
    slide: TextArray
    patient: TextArray | None = None  # "" where unknown
    pair: TextArray | None = None  # the same on tiles of the same piece of tissue, "" on others
    columns: RoleColumns = USUAL  # that tissue and center were taken from: what texts call them

    def __post_init__(self) -> None:
        given = [self.tissue, self.center, self.slide]
        given += [column for column in (self.patient, self.pair) if column is not None]
        if len({len(column) for column in given}) != 1:
            raise ValueError("tissue, center, slide, patient and pair need one entry per tile")

    def __len__(self) -> int:
        return len(self.tissue)

    @cached_property
    def slides(self) -> NDArray[np.intp]:
        """Slide of each tile, 0-based, shape (n,); names compared however they are spelled."""
        return _codes(self.slide, slide_key)

    @cached_property
    def groups(self) -> NDArray[np.intp]:
        """Exclusion group of each tile, 0-based, shape (n,): the coarser of slide and patient.

        Two tiles are in one group if they share a slide or a (known) patient, or are linked by
        such steps: a patient's several slides are one group, and so is a slide of which only
        some tiles have the patient written beside them. A slide without a patient is a group of
        its own. Names are compared however they are spelled, see
        :mod:`~pathgui.core.reference.same_slide`.

        >>> text = np.array
        >>> TileLabels(text(["t"] * 4), text(["c"] * 4), text(["1", "1", "2", "3"]),
        ...            text(["", "P", "P", ""])).groups
        array([0, 0, 0, 1])
        """
        slide = self.slides
        if self.patient is None or not len(slide):
            return slide
        patient = _codes(self.patient, patient_key)
        known = np.char.str_len(np.char.strip(self.patient)) > 0
        group_of = np.arange(slide.max() + 1)  # of each slide
        links = np.unique(np.stack([patient[known], slide[known]]), axis=1).T
        slides_of: dict[int, list[int]] = {}
        for one, other in links.tolist():
            slides_of.setdefault(one, []).append(other)
        for linked in slides_of.values():
            groups = group_of[linked]
            group_of[np.isin(group_of, groups)] = groups.min()
        return np.unique(group_of[slide], return_inverse=True)[1].astype(np.intp)

    def tiles_by_cell(self) -> NDArray[np.intp]:
        """Tiles of each tissue (row) at each center (column), both in the order of their names."""
        return self._cross_table(np.ones(len(self), bool))

    def slides_by_cell(self) -> NDArray[np.intp]:
        """Slides of each tissue (row) at each center (column)."""
        keys = np.char.add(np.char.add(self.slide, "\0"), self.tissue)
        keys = np.char.add(np.char.add(keys, "\0"), self.center)
        first = np.zeros(len(self), bool)
        first[np.unique(keys, return_index=True)[1]] = True
        return self._cross_table(first)

    def _cross_table(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        tissues, tissue = np.unique(self.tissue, return_inverse=True)
        centers, center = np.unique(self.center, return_inverse=True)
        table = np.zeros((len(tissues), len(centers)), np.intp)
        np.add.at(table, (tissue[rows], center[rows]), 1)
        return table

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> TileLabels:
        """The labels of ``rows``."""
        patient = None if self.patient is None else self.patient[rows]
        pair = None if self.pair is None else self.pair[rows]
        return TileLabels(
            self.tissue[rows], self.center[rows], self.slide[rows], patient, pair, self.columns
        )


def tally(names: TextArray) -> dict[str, int]:
    """How many tiles each name has, "" left out, by name."""
    values, counts = np.unique(names[names != ""], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _codes(names: TextArray, key: Callable[[str], str]) -> NDArray[np.intp]:
    """A number for each name, the same where the keys of names are the same; shape (n,)."""
    different, code = np.unique(names, return_inverse=True)
    same = np.unique([key(str(name)) for name in different], return_inverse=True)[1]
    codes: NDArray[np.intp] = same[code].astype(np.intp)
    return codes
