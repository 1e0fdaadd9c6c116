"""What corrections of the embeddings do to the errors of a linear classifier that stays as it is.

Cross-fitted, as the index is: a correction is fitted on one half of the slides and applied to the
other, whose tiles the classifier then answers. Before is measured on the same halves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.results import AfterCorrections, CenterChange, ErrorsAfter
from pathgui.core.corrections.registry import Correction
from pathgui.core.crossfit import halves
from pathgui.core.crossfit.cross_fit import HALVINGS
from pathgui.core.crossfit.material import Floats, Tiles, tiles_of
from pathgui.core.crossfit.recolored import Recolored
from pathgui.core.crossfit.results import Change
from pathgui.core.crossfit.tally import Found, Judged, change
from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import noted, say
from pathgui.core.metrics import jackknife
from pathgui.core.metrics.jackknife import Codes, quotient
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels

STAGE = say("Correcting what the classifier sees")
NO_ANSWER = noted("Not assessable: no tile was answered.")

Answering = Callable[[Floats], Codes]  # (n, d) embeddings -> (n,) places among all tissues


@dataclass
class _Errors:
    """Answers after one correction: of all judged halves, and of each alone."""

    judged: Judged  # by center; one label
    by_half: list[NDArray[np.float64]] = field(default_factory=list)  # (centers, 2) right, asked
    units: list[NDArray[np.bool_]] = field(default_factory=list)  # that each half judges

    def add(self, wrong: NDArray[np.bool_], asked: Tiles) -> None:
        """Count the answers of a judged half; the two of a halving come one after the other."""
        before = self.judged.table[:, 0].copy()
        codes = wrong.astype(np.intp)
        self.judged.add(np.zeros_like(codes), codes, asked.center, asked.units)
        self.by_half.append(self.judged.table[:, 0] - before)
        self.units.append(np.isin(np.arange(len(asked.units)), asked.units.of_tile))

    def found(self, of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Found:
        """A number of tables of right and asked (n, centers, 2), shape (n,), of all that it needs.

        Where a center has no tile, tables have zeros and the number is not defined.
        """
        whole = of(self.judged.table[None, :, 0])
        return Found(
            float(whole[0]),
            of(self.judged.without[:, :, 0]),
            of(np.array(self.by_half)),
            np.array(self.units),
        )


def errors_after(
    embeddings: Floats,
    labels: TileLabels,
    tissues: Sequence[str],
    answering: Answering,
    corrections: Sequence[Correction | Recolored],
    *,
    target: str | None = None,
    halvings: int = HALVINGS,
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> AfterCorrections | NotAssessable:
    """The errors before and after each correction, in all and at each center.

    Parameters
    ----------
    embeddings : (n, d) float array
    labels : TileLabels
        Of the n tiles, each of a tissue that the classifier has a class for.
    tissues : sequence
        What the places that ``answering`` gives refer to.
    target : str, optional
        A center to whose colors tiles were brought: its slides are halved once, for all halvings.

    Returns
    -------
    AfterCorrections
        The reason where slides are too few to be halved.
    """
    tiles = tiles_of(embeddings, labels)
    if isinstance(tiles, NotAssessable):
        return tiles
    place = {name: at for at, name in enumerate(tissues)}
    truth_of = np.array([place[str(name)] for name in tiles.tissues], np.intp)
    units, n_centers = tiles.units, len(tiles.centers)
    variants: list[Correction | Recolored | None] = [None, *corrections]
    judged = [_Errors(Judged.nothing(len(units), n_centers, 1)) for _ in variants]
    steps = halvings * 2 * len(variants)
    known = None if target is None else tiles.code_of(target)
    firsts = halves.halvings(tiles.groups, tiles.tissue, tiles.center, halvings, seed, known)
    for number, first in enumerate(firsts):
        why_not = halves.why_not_halved(first, tiles.groups, tiles.center, tiles.centers)
        if why_not is not None:
            return why_not
        for side, (fit, judge) in enumerate(((first, ~first), (~first, first))):
            some, asked = tiles.take(np.flatnonzero(fit)), tiles.take(np.flatnonzero(judge))
            for at, (chosen, found) in enumerate(zip(variants, judged, strict=True)):
                done = (number * 2 + side) * len(variants) + at
                report(Progress(STAGE, done, steps))
                if found.judged.why_not:
                    continue
                try:
                    values = _corrected(chosen, some, asked)
                except CorrectionError as error:
                    found.judged.why_not = str(error)
                    continue
                found.add(answering(values) != truth_of[asked.tissue], asked)
    effects = [
        _effect(each, judged[0], after, tiles.centers, units)
        for each, after in zip(corrections, judged[1:], strict=True)
    ]
    return AfterCorrections(
        effects=effects,
        halvings=halvings,
        seed=seed,
        n_tiles=len(tiles),
        n_slides=units.n_groups,
        centers=tiles.centers.tolist(),
        notices=tiles.notices,
    )


def _corrected(chosen: Correction | Recolored | None, fit: Tiles, asked: Tiles) -> Floats:
    """Embeddings of ``asked`` after a correction that was fitted on ``fit``."""
    if chosen is None:
        return asked.values
    if isinstance(chosen, Recolored):
        return chosen.fitted_on(fit).of(asked)
    return chosen.fit(fit.values, fit.center, fit.tissue).apply(asked.values, asked.center)


def _effect(
    correction: Correction | Recolored,
    before: _Errors,
    after: _Errors,
    centers: NDArray[np.str_],
    units: jackknife.Units,
) -> ErrorsAfter:
    slides = correction.slides if isinstance(correction, Recolored) else None
    if after.judged.why_not:
        return not_corrected(correction.name, after.judged.why_not)

    def asked(of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Change | NotAssessable:
        return change(before.found(of), after.found(of), units, NO_ANSWER)

    by_center = []
    for place, center in enumerate(centers.tolist()):
        found = asked(partial(_rate, places=slice(place, place + 1)))
        if isinstance(found, Change):
            by_center.append(CenterChange(str(center), found))
    return ErrorsAfter(correction.name, asked(_rate), asked(_spread), by_center, slides)


def not_corrected(name: str, why: str) -> ErrorsAfter:
    """Of a correction that could not be tried."""
    no = NotAssessable(why)
    return ErrorsAfter(name, no, no, [])


def _rate(tables: NDArray[np.float64], places: slice = slice(None)) -> NDArray[np.float64]:
    """Error rate at some centers, shape (n,)."""
    sums = tables[:, places].sum(axis=1)
    found: NDArray[np.float64] = 1 - quotient(sums[:, 0], sums[:, 1])
    return found


def _spread(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Highest less lowest error rate of a center, shape (n,)."""
    rates = 1 - quotient(tables[..., 0], tables[..., 1])
    found: NDArray[np.float64] = np.ptp(rates, axis=1)
    return found
