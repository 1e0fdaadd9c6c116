"""How far a probe follows the center when training makes that pay: schedules and scores.

Training sets of the same size and the same marginals, in which tissue goes together with center
more and more; the accuracy of a tissue probe on a test set that never changes. The fits are in
:mod:`pathgui.core.measurement.shortcut_sweep`.

Kömen et al., Nat Commun 17:5218, 2026 (PathoROB): the three designs, APD. croma 1.0: nIPD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import noted
from pathgui.core.metrics.neighbors.tissue_by_center import association

Tables = tuple[NDArray[np.intp], ...]


@dataclass(frozen=True)
class SweepDesign:
    """Which slides train in which split. Slides of a cell are one tissue of one center."""

    title: str
    tissues: tuple[str, ...]
    centers: tuple[str, ...]  # trained on
    slides: int  # of each cell; the last ``slides - most - 1`` are for the test
    most: int  # training slides that a cell has at most; the next one is for validation
    tiles: int  # of each slide
    schedule: Tables  # by split: training slides by tissue and center, shape (tissues, centers)

    @property
    def cramers_v(self) -> list[float]:
        """Association of tissue and center in the training set of each split, from 0 to 1."""
        return [association(table) or 0.0 for table in self.schedule]

    @property
    def training_slides(self) -> int:
        """In each split."""
        return int(self.schedule[0].sum())


def two_center_schedule(n_tissues: int, n_slides: int) -> Tables:
    """From ``n_slides`` of each tissue at each of two centers to none at one of them.

    In split s, ``n_slides`` - s of the first half of the tissues are from the first center and
    ``n_slides`` + s from the second; the other half goes the other way. Cramér's V is
    s / ``n_slides``; the slides of a tissue, and those of a center, stay as many.

    >>> [table.tolist() for table in two_center_schedule(2, 1)]
    [[[1, 1], [1, 1]], [[0, 2], [2, 0]]]
    """
    if n_tissues < 2 or n_tissues % 2 or n_slides < 1:
        raise ValueError("an even number of tissues and at least one slide are needed")
    turned = np.where(np.arange(n_tissues) < n_tissues // 2, -1, 1)
    shift = np.stack([turned, -turned], axis=1)
    return tuple((n_slides + s * shift).astype(np.intp) for s in range(n_slides + 1))


def _tcga_schedule() -> Tables:
    """PathoROB's for four tissues at four centers: the diagonal fills, the rest empties.

    The slides on the diagonal, on the other diagonal, and in the remaining cells, by split.
    """
    steps = ((2, 2, 2), (3, 1, 2), (4, 2, 1), (5, 1, 1), (6, 0, 1), (7, 1, 0), (8, 0, 0))
    row, column = np.indices((4, 4))
    kind = np.where(row == column, 0, np.where(row + column == 3, 1, 2))
    return tuple(np.array(step, np.intp)[kind] for step in steps)


PATHOROB = {
    "camelyon": SweepDesign(
        title="PathoROB, Camelyon",
        tissues=("normal", "tumor"),
        centers=("RUMC", "UMCU"),
        slides=17,
        most=14,
        tiles=300,
        schedule=two_center_schedule(2, 7),
    ),
    "tcga": SweepDesign(
        title="PathoROB, TCGA 4x4",
        tissues=(
            "Breast_invasive_carcinoma",
            "Colon_adenocarcinoma",
            "Lung_adenocarcinoma",
            "Lung_squamous_cell_carcinoma",
        ),
        centers=(
            "Asterand",
            noted("Christiana Healthcare"),
            noted("Roswell Park"),
            noted("University of Pittsburgh"),
        ),
        slides=12,
        most=8,
        tiles=30,
        schedule=_tcga_schedule(),
    ),
    "tolkach_esca": SweepDesign(
        title=noted("PathoROB, Tolkach ESCA"),
        tissues=("TUMOR", "MUSC_PROP", "SH_OES", "SH_MAG", "REGR_TU", "ADVENT"),
        centers=("VALSET2_WNS", "VALSET4_CHA_FULL"),
        slides=9,
        most=6,
        tiles=100,
        schedule=two_center_schedule(6, 3),
    ),
}


def performance_drops(accuracies: NDArray[Any] | Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Relative change of the accuracy in each repetition, shape (repetitions,).

    ``accuracies`` (splits, repetitions), the balanced split first. The mean over the other splits
    of accuracy / balanced accuracy, less 1: below 0 is a drop. Their mean is the average
    performance drop (APD). Each repetition is divided by its own balanced split; the ratio of
    means is another number. NaN where the balanced split has nothing right.

    >>> matrix = [[0.90, 0.92], [0.80, 0.90], [0.60, 0.50]]
    >>> round(float(performance_drops(matrix).mean()), 10)
    -0.2306763285
    """
    scores = np.asarray(accuracies, np.float64)
    if scores.ndim != 2 or len(scores) < 2:
        raise ValueError("accuracies must be of two splits or more, one row each")
    with np.errstate(invalid="ignore", divide="ignore"):
        drops: NDArray[np.float64] = (scores[1:] / scores[0]).mean(axis=0) - 1
    return np.where(scores[0] > 0, drops, np.nan)


def normalized_drop(
    accuracies: NDArray[Any] | Sequence[Sequence[float]], cramers_v: Sequence[float], chance: float
) -> float | None:
    """nIPD: the area under the drop over Cramér's V, in units of what could be lost.

    g(V) = (mean accuracy at V - mean accuracy at 0) / (mean accuracy at 0 - ``chance``),
    integrated over V from 0 to 1 by trapezoids: -1/2 is a straight fall to chance, 0 no drop.
    None where the balanced split is no better than chance.

    Raises ValueError unless V rises strictly from 0 to 1.

    >>> round(normalized_drop([[0.90, 0.92], [0.80, 0.90], [0.60, 0.50]], [0, 0.5, 1], 0.5), 10)
    -0.2926829268
    """
    means = np.asarray(accuracies, np.float64).mean(axis=1)
    v = np.asarray(cramers_v, np.float64)
    if len(v) != len(means) or (np.diff(v) <= 0).any() or abs(v[0]) > 1e-9 or abs(v[-1] - 1) > 1e-9:
        raise ValueError("Cramér's V must rise strictly from 0 to 1, one value a split")
    if means[0] <= chance:
        return None
    change = (means - means[0]) / (means[0] - chance)
    return float(np.sum(np.diff(v) * (change[1:] + change[:-1]) / 2))


def interval_of_mean(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """95 % t interval of a mean of independent values; None of fewer than two."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return None
    half = float(t.ppf(0.975, df=n - 1) * values.std(ddof=1) / np.sqrt(n))
    return float(values.mean()) - half, float(values.mean()) + half
