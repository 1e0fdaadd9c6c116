"""How far the probabilities of answers are those of being right, at each center."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.by_center import mean_interval, rate_interval
from pathgui.core.classifier.results import (
    Calibration,
    CenterReliability,
    Reliability,
    ReliabilityRow,
)
from pathgui.core.language.texts import noted
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.metrics.not_assessable import NotAssessable

BINS = 5  # of the probability of the answer, equally wide: 15 leave a center a handful in each
LEAST_TILES = 50  # under which a calibration error is mostly chance
LEAST_SLIDES = 5  # under which no interval can be given
TOO_FEW = noted(
    "Not assessable: {n} answers of {slides} slides are too few; {tiles} of {least} are needed."
)


def calibration(
    probabilities: NDArray[np.float64],
    truth: Codes,
    center: Codes,
    groups: Codes,
    names: Sequence[str],
) -> Calibration:
    """Reliability of all answers, and of those at each center.

    Parameters
    ----------
    probabilities : (n, c) float array
        Of each tissue; rows sum to 1, or to less where the classifier also has classes that are no
        tissue of the set.
    truth, center, groups : (n,) int arrays
        ``truth`` is a column of ``probabilities``.
    names : sequence
        Of the centers, which codes refer to.
    """
    return Calibration(
        reliability(probabilities, truth, groups),
        [
            CenterReliability(
                str(names[code]),
                reliability(*(each[center == code] for each in (probabilities, truth, groups))),
            )
            for code in np.unique(center).tolist()
        ],
    )


def reliability(
    probabilities: NDArray[np.float64], truth: Codes, groups: Codes
) -> Reliability | NotAssessable:
    """Probability against share of right answers; the reason where there are too few answers."""
    n, slides = len(truth), len(np.unique(groups))
    if n < LEAST_TILES or slides < LEAST_SLIDES:
        return NotAssessable(
            TOO_FEW.format(n=n, slides=slides, tiles=LEAST_TILES, least=LEAST_SLIDES)
        )
    # What is left to 1 is that of classes which no tissue of the set has.
    rest = np.maximum(1 - probabilities.sum(axis=1), 0)
    every = np.column_stack([probabilities, rest])
    answer = every.argmax(axis=1)
    confidence = every[np.arange(n), answer]
    right = answer == truth
    target = np.zeros(every.shape)
    target[np.arange(n), truth] = 1
    off = ((every - target) ** 2).sum(axis=1)
    rows = _rows(confidence, right, groups)
    return Reliability(
        n=n,
        n_slides=slides,
        probability=float(confidence.mean()),
        right=float(right.mean()),
        over=float((confidence - right).mean()),
        over_interval=mean_interval(confidence - right, groups, "signed"),
        brier=float(off.mean()),
        brier_interval=mean_interval(off, groups, "share", 2.0),
        error=float(sum(row.n * abs(row.probability - row.right) for row in rows) / n),
        rows=rows,
    )


def _rows(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], groups: Codes
) -> list[ReliabilityRow]:
    """One row for each range of probability that has answers."""
    place = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    edges = np.linspace(0, 1, BINS + 1)
    return [
        ReliabilityRow(
            low=round(float(edges[each]), 12),
            high=round(float(edges[each + 1]), 12),
            n=int((place == each).sum()),
            n_slides=len(np.unique(groups[place == each])),
            probability=float(confidence[place == each].mean()),
            right=float(right[place == each].mean()),
            interval=rate_interval(right[place == each], groups[place == each]),
        )
        for each in np.unique(place).tolist()
    ]
