"""Is a reference set any good? One record that terminal, window and report show alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pathgui.core.appraisal.cells import Association, Cells, association_of, cells_of
from pathgui.core.appraisal.doubles import Doubles, find_doubles
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.same_slide import patient_key, slide_key

FORMAT = 1


@dataclass(frozen=True)
class Appraisal:
    """What a reference set holds, what it can measure, and what is wrong with it."""

    format: int
    name: str
    version: str
    sha256: str  # of its table of tiles
    n_tiles: int
    n_slides: int
    n_patients: int | None  # null: no tile says its patient
    cells: Cells
    association: Association
    measurable: Measurable
    doubles: Doubles

    @property
    def at_fault(self) -> bool:
        """Whether numbers of this set would be wrong, or there would be none.

        There is no index; a picture stands under several labels or slides; or a slide judges
        itself, as it has two names.
        """
        return (
            self.measurable.obstacle is not None
            or bool(self.measurable.having("no") and not self.measurable.n_used)
            or any(each.apart for each in self.doubles.pictures)
            or any(
                not each.one_group and each.likeness == "content" for each in self.doubles.slides
            )
        )


def appraise(reference: ReferenceSet) -> Appraisal:
    """Look at labels, names and checksums; no picture is read."""
    labels, info = reference.labels, reference.info
    patients = labels.patient
    cells = cells_of(labels)
    return Appraisal(
        format=FORMAT,
        name=info.name,
        version=info.version,
        sha256=info.tiles_sha256,
        n_tiles=len(reference),
        n_slides=len({slide_key(str(name)) for name in np.unique(labels.slide)} - {""}),
        n_patients=(
            None
            if patients is None
            else len({patient_key(str(name)) for name in np.unique(patients)} - {""})
        ),
        cells=cells,
        association=association_of(cells),
        measurable=measurable(labels, edge_um=info.edge_um),
        doubles=find_doubles(reference),
    )
