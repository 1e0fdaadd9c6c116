"""What probes read before and after: tissue on new slides and at new centers, and the center."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.fitted import Fitted
from pathgui.core.corrections.registry import Correction
from pathgui.core.crossfit.material import Floats, Tiles, spread_evenly
from pathgui.core.crossfit.tally import Judged
from pathgui.core.errors import CorrectionError
from pathgui.core.metrics import probe
from pathgui.core.metrics.jackknife import Codes

MOST_TRAINING = 2_000  # tiles that a probe is trained on, spread evenly over slides
FOLDS = 3  # of the center probe on the judged half

Work = Callable[[], None]
UNKNOWN = -1  # code of a tissue that the correction is not told


@dataclass
class Probes:
    """Answers about the embeddings after one correction, or before any."""

    new_slides: Judged
    new_center: Judged  # by center
    met_center: Judged
    center: Judged

    @classmethod
    def nothing(cls, tiles: Tiles) -> Probes:
        """Before anybody was asked."""
        units, tissues, centers = len(tiles.units), len(tiles.tissues), len(tiles.centers)
        return cls(
            Judged.nothing(units, 1, tissues),
            Judged.nothing(units, centers, tissues),
            Judged.nothing(units, centers, tissues),
            Judged.nothing(units, 1, centers),
        )

    def end_half(self) -> None:
        """All answers of a half are counted."""
        for each in (self.new_slides, self.new_center, self.met_center, self.center):
            each.end_half()


@dataclass(frozen=True)
class Answers:
    """What a probe said of some tiles, and where that is to be counted."""

    found: Judged
    asked: Tiles
    truth: Codes
    answers: Codes  # -1: nobody was asked
    place: Codes

    def count(self) -> None:
        """Add them to what was found before."""
        self.found.add(self.truth, self.answers, self.place, self.asked.units)


def ask(
    probes: Probes,
    train: Tiles,
    judged: Tiles,
    after: tuple[Floats, Floats],
    seed: int,
    said: list[Answers],
) -> list[Work]:
    """Work that asks about tissue on new slides, and about the center on the judged slides.

    ``after``: embeddings of ``train`` and of ``judged`` as they are after the correction, or as
    they were. ``said`` gets the answers, in any order.
    """
    trained, asked = after

    def new_slides() -> None:
        answers = _tissue_of(judged, asked, probe.fit_probe(trained, train.tissue))
        said.append(Answers(probes.new_slides, judged, judged.tissue, answers, _one_place(judged)))

    def center() -> None:
        some = spread_evenly(judged, MOST_TRAINING, seed)
        left = judged.take(some)
        groups = np.unique(left.groups, return_inverse=True)[1].astype(np.intp)
        done = probe.cross_validated(asked[some], left.center, groups, FOLDS, seed)
        said.append(Answers(probes.center, left, left.center, done.answers, _one_place(left)))

    return [new_slides, center]


def ask_elsewhere(
    found: Judged,
    train: Tiles,
    judged: Tiles,
    here: int,
    refit: Callable[[], tuple[Floats, Floats]],
    said: list[Answers],
) -> Work:
    """Work that asks about tissue at the center ``here`` with a probe that never saw it.

    ``refit`` gives the embeddings of the tiles of ``train`` that are not from there, and of those
    of ``judged`` that are. Where it cannot be fitted so, nothing is said of any center.
    """

    def work() -> None:
        tissue = train.tissue[train.center != here]
        if len(np.unique(tissue)) < 2:
            return
        try:
            trained, asked = refit()
        except CorrectionError as error:
            found.why_not = str(error)
            return
        at = judged.take(np.flatnonzero(judged.center == here))
        answers = _tissue_of(at, asked, probe.fit_probe(trained, tissue))
        said.append(Answers(found, at, at.tissue, answers, at.center))

    return work


def fit_without(correction: Correction, fit: Tiles, here: int, met: bool) -> Fitted:
    """A correction for the center ``here``, fitted without it, or with its tiles of no tissue."""
    if met:
        tissue = np.where(fit.center == here, UNKNOWN, fit.tissue)
        return correction.fit(fit.values, fit.center, tissue)
    kept = fit.center != here
    return correction.fit(fit.values[kept], fit.center[kept], fit.tissue[kept])


def _tissue_of(tiles: Tiles, values: Floats, fitted: probe.Probe) -> Codes:
    """What the probe answers; -1 for tiles of a tissue that it never saw."""
    answers: Codes = fitted.predict(values).astype(np.intp)
    answers[~np.isin(tiles.tissue, fitted.classes)] = -1
    return answers


def _one_place(tiles: Tiles) -> Codes:
    places: NDArray[np.intp] = np.zeros(len(tiles), np.intp)
    return places
