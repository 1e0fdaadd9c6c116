"""Is a reference set any good? One record that terminal, window and report show alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.appraisal.cells import Cells, CramersV, association_of, cells_of
from pathgui.core.appraisal.doubles import Doubles, find_doubles
from pathgui.core.appraisal.near_copies import NearCopies, NearPair, find_near_copies
from pathgui.core.appraisal.odd_tiles import OddTiles, find_odd_tiles
from pathgui.core.appraisal.overlap import Collection, Training, collections_in
from pathgui.core.appraisal.power import Power, power
from pathgui.core.language.texts import in_english
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.metrics.neighbors.blocks import row_norms
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.reference.same_slide import patient_key, slide_key

FORMAT = 1


@dataclass(frozen=True)
class EncoderAppraisal:
    """What the embeddings of one encoder show of a set."""

    name: str
    title: str
    training: Training
    unread: int  # tiles that could not be embedded
    power: Power | NotAssessable | None  # null: it was not asked for
    near_copies: NearCopies | None = None  # null: it was not asked for
    odd_tiles: OddTiles | None = None  # null: it was not asked for

    @property
    def equal_pairs(self) -> list[NearPair]:
        """Tiles with equal pixels, as far as they were looked for."""
        return self.near_copies.pairs if self.near_copies is not None else []


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
    association: CramersV
    measurable: Measurable
    doubles: Doubles
    collections: list[Collection]  # public ones that it has slides of
    encoders: list[EncoderAppraisal] = field(default_factory=list)
    columns: RoleColumns = USUAL  # that play center and tissue; absent: those that bear these names

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
            or any(pair.apart for encoder in self.encoders for pair in encoder.equal_pairs)
            or any(
                not each.one_group and each.likeness == "content" for each in self.doubles.slides
            )
        )


@in_english()
def appraise(reference: ReferenceSet, encoders: Sequence[EncoderAppraisal] = ()) -> Appraisal:
    """Look at labels, names and checksums, which reads no picture; take what ``encoders`` show."""
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
        collections=collections_in(reference),
        encoders=list(encoders),
        columns=labels.columns,
    )


@in_english()
def appraise_encoder(
    reference: ReferenceSet,
    embeddings: NDArray[np.floating[Any]],
    readable: NDArray[np.bool_],
    *,
    name: str,
    title: str,
    training: Training,
    with_power: bool = True,
    k: int | None = None,
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> EncoderAppraisal:
    """Look at a set through the embeddings of one encoder.

    Parameters
    ----------
    embeddings : (n, d) float array
        One row per tile of the set.
    readable : (n,) bool array
        Tiles that could be embedded; rows of others are not looked at.
    with_power : bool
        Draw new slides to find how wide intervals will be, which takes seconds.
    k : int, optional
        Neighbors, for that; without it, what a run of this encoder alone would take.

    Raises
    ------
    EmbeddingsError
        If fewer than two tiles can be measured.
    Cancelled
        If ``report`` raised it.
    """
    norms = row_norms(embeddings)
    rows = np.flatnonzero(readable & np.isfinite(norms) & (norms > 0))
    values = embeddings[rows]
    found: Power | NotAssessable | None = None
    if with_power:
        found = power(values, reference.labels.take(rows), k=k, seed=seed, report=report)
    return EncoderAppraisal(
        name=name,
        title=title,
        training=training,
        unread=len(reference) - len(rows),
        power=found,
        near_copies=find_near_copies(reference, values, rows, report),
        odd_tiles=find_odd_tiles(reference, values, rows, report),
    )
