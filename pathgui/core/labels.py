"""What is known of the tiles of a reference set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TextArray = NDArray[np.str_]


@dataclass(frozen=True)
class TileLabels:
    """Tissue, center, slide and, where known, patient of n tiles; all of shape (n,)."""

    tissue: TextArray
    center: TextArray
    slide: TextArray
    patient: TextArray | None = None  # "" where unknown

    def __post_init__(self) -> None:
        columns = [self.tissue, self.center, self.slide]
        if self.patient is not None:
            columns.append(self.patient)
        if len({len(column) for column in columns}) != 1:
            raise ValueError("tissue, center, slide and patient must have one entry per tile")

    def __len__(self) -> int:
        return len(self.tissue)

    @property
    def groups(self) -> NDArray[np.intp]:
        """Exclusion group of each tile, 0-based, shape (n,): the coarser of slide and patient.

        Two tiles are in one group if they share a slide or a (known) patient. A patient's
        several slides are one group; a slide without a patient is a group of its own.
        """
        names = self.slide
        if self.patient is not None:
            of_patient = np.char.add("patient\0", self.patient)
            names = np.where(self.patient != "", of_patient, np.char.add("slide\0", self.slide))
        return np.unique(names, return_inverse=True)[1].astype(np.intp)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> TileLabels:
        """The labels of ``rows``."""
        patient = None if self.patient is None else self.patient[rows]
        return TileLabels(self.tissue[rows], self.center[rows], self.slide[rows], patient)
