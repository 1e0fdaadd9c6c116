"""Answers of the reference set to altered tiles, at the end and while these are being embedded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.language.texts import say
from pathgui.core.metrics.calibration import Reliability, calibrated_probe
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.probe import Probe
from pathgui.core.progress import PartialResult, ProgressFn
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.leakage import OwnTiles
from pathgui.core.what_if.alterations import Alteration
from pathgui.core.what_if.effects import tissues_apart, what_if
from pathgui.core.what_if.results import WhatIf

LIVE_SECONDS = 2.0  # between two results so far
LIVE_SHARE = 20  # they take at most one part in so many of the time


@dataclass(frozen=True)
class WhatIfSoFar:
    """What is known of one encoder while its altered tiles are being embedded."""

    encoder: str  # its name
    found: WhatIf


@dataclass(frozen=True)
class Answerer:
    """Probes of the reference tiles that may answer, and how far tissues are apart there."""

    tissue: Probe
    center: Probe
    tissue_accuracy: float | NotAssessable
    center_accuracy: float | NotAssessable
    apart: float

    def answered(
        self,
        before: NDArray[np.float32],
        after: Mapping[Alteration, NDArray[np.float32]],
        cells: NDArray[np.integer],
        *,
        own_center: str,
        looks: Mapping[str, tuple[float, ...]],
        seed: int,
    ) -> WhatIf | NotAssessable:
        """What alterations do; arguments as of :func:`~pathgui.core.what_if.effects.what_if`."""
        return what_if(
            before,
            after,
            cells,
            apart=self.apart,
            tissue_of=self.tissue.predict,
            center_of=self.center.predict,
            n_centers=len(self.center.classes),
            tissue_accuracy=self.tissue_accuracy,
            center_accuracy=self.center_accuracy,
            own_center=own_center,
            looks=looks,
            seed=seed,
        )


def answerer(
    known: Embeddings, labels: TileLabels, own: OwnTiles, seed: int, report: ProgressFn
) -> Answerer | NotAssessable:
    """Fit what answers, on the reference tiles that are neither of the slide nor its patient."""
    may = np.flatnonzero(known.readable & ~own.rows)
    values, labels = known.values[may], labels.take(may)
    if not len(values):
        return NotAssessable(
            say("every tile of the reference set comes from this slide or its patient")
        )

    def probe(names: NDArray[np.str_], what: str) -> tuple[Probe, float | NotAssessable]:
        made, how = calibrated_probe(
            values, names, labels.groups, what=what, seed=seed, report=report
        )
        return made, how.accuracy if isinstance(how, Reliability) else how

    tissue, tissue_accuracy = probe(labels.tissue, "tissue")
    center, center_accuracy = probe(labels.center, "center")
    apart = tissues_apart(values, labels.tissue, labels.center)
    return Answerer(tissue, center, tissue_accuracy, center_accuracy, apart)


@dataclass
class LiveAnswers:
    """What is known so far of one encoder: of the tiles that are embedded in each alteration."""

    encoder: str
    answers: Answerer
    before: NDArray[np.float32]  # (n, d)
    alterations: Sequence[Alteration]
    cells: NDArray[np.integer]  # (n, 2)
    own_center: str
    looks: Mapping[str, tuple[float, ...]]
    seed: int
    report: ProgressFn
    _after: NDArray[np.float32] = field(init=False)
    _told: int = 0  # tiles of the last result
    _next: float = 0.0  # monotonic seconds

    def __post_init__(self) -> None:
        shape = (len(self.before), len(self.alterations), self.before.shape[1])
        self._after = np.full(shape, np.nan, np.float32)

    def take(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        """Embeddings of ``rows`` of the altered tiles; tells of a result so far, now and then."""
        self._after[rows // len(self.alterations), rows % len(self.alterations)] = values
        if time.monotonic() < self._next:
            return
        started = time.monotonic()
        whole = np.isfinite(self._after).all(axis=(1, 2)) & np.isfinite(self.before).all(axis=1)
        count = int(np.count_nonzero(whole))
        if self._told < count < len(self.before):
            self._told = count
            found = self.answers.answered(
                self.before[whole],
                {each: self._after[whole, n] for n, each in enumerate(self.alterations)},
                self.cells[whole],
                own_center=self.own_center,
                looks=self.looks,
                seed=self.seed,
            )
            if isinstance(found, WhatIf):
                self.report(PartialResult(WhatIfSoFar(self.encoder, found)))
        took = time.monotonic() - started
        self._next = time.monotonic() + max(LIVE_SECONDS, LIVE_SHARE * took)
