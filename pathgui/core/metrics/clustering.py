"""Do the clusters of an embedding follow tissue or center? All on directions (unit vectors)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.probe import in_parallel
from pathgui.core.progress import ProgressFn, ignore_progress

MOST_CLUSTERS = 30

Codes = NDArray[np.intp]
Unit = NDArray[np.floating[Any]]


def silhouettes(unit: Unit, labels: Codes) -> NDArray[np.float64]:
    """Silhouette of each tile, cosine, shape (n,), -1..1; 0 for a label of one tile alone.

    (b - a) / max(a, b): a is the mean distance to the tiles of the same label, b that to the
    nearest other label. Exact without a table of distances, since the mean cosine distance to
    some tiles is 1 less the product with their mean direction. ``unit`` (n, d) has rows of
    length 1.

    Raises ValueError unless there are two labels or more.
    """
    names, codes = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise ValueError("at least two labels are needed")
    sizes = np.bincount(codes).astype(np.float64)
    sums = np.zeros((len(names), unit.shape[1]))
    for code in range(len(names)):
        sums[code] = unit[codes == code].sum(axis=0, dtype=np.float64)
    products = np.asarray(unit @ sums.T.astype(unit.dtype), np.float64)
    rows = np.arange(len(codes))
    own = sizes[codes]
    # The tile itself, at distance 0, is among the products but not among its neighbours.
    with np.errstate(invalid="ignore", divide="ignore"):
        a = (own - products[rows, codes]) / (own - 1)
        far = 1 - products / sizes
        far[rows, codes] = np.inf
        b = far.min(axis=1)
        values = (b - a) / np.maximum(a, b)
    return np.where((own > 1) & np.isfinite(values), values, 0.0)


@dataclass(frozen=True)
class SquareScore:
    """Clusters of two tissues at two centers."""

    clusters: int
    ari_tissue: NDArray[np.float64]  # (trials,)
    ari_center: NDArray[np.float64]


def clustering_score(
    ari_tissue: NDArray[np.float64], ari_center: NDArray[np.float64]
) -> tuple[float, float]:
    """The score and its spread, from the adjusted Rand indices of (squares, trials).

    ARI with tissue less ARI with center, in -1..1, mean over trials and squares; the spread is
    the standard deviation over trials (ddof 1), mean over squares. NaN with a single trial.

    Kömen et al. 2025, arXiv:2507.17845.
    """
    scores = ari_tissue - ari_center
    spread = scores.std(axis=1, ddof=1).mean() if scores.shape[1] > 1 else np.nan
    return float(scores.mean()), float(spread)


def square_scores(
    unit: Unit,
    tissue: Codes,
    center: Codes,
    squares: Sequence[Codes],
    *,
    trials: int = 10,
    starts: int = 5,
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> list[SquareScore]:
    """k-means in each square: the number of clusters by silhouette, then several trials.

    As PathoROB: 2 to 30 clusters, random starts, the number with the highest mean silhouette, and
    in each trial the best of 5 starts. ``starts``: for each number of clusters; PathoROB takes 20.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    found: list[SquareScore | None] = [None] * len(squares)

    def one(number: int) -> None:
        rows = squares[number]
        data = np.ascontiguousarray(unit[rows], np.float32)

        def clusters(k: int, n_init: int, state: int) -> Codes:
            model = KMeans(k, init="random", n_init=n_init, random_state=state)
            return np.asarray(model.fit_predict(data), np.intp)

        best, highest = 2, -np.inf
        with threadpool_limits(1, user_api="openmp"):
            for k in range(2, min(MOST_CLUSTERS, len(data) - 1) + 1):
                answers = clusters(k, starts, seed)
                if len(np.unique(answers)) < 2:
                    continue
                value = float(silhouettes(data, answers).mean())
                if value > highest + 1e-12:
                    best, highest = k, value
            runs = [clusters(best, 5, seed + trial) for trial in range(trials)]
        found[number] = SquareScore(
            best,
            np.array([adjusted_rand_score(tissue[rows], run) for run in runs]),
            np.array([adjusted_rand_score(center[rows], run) for run in runs]),
        )

    works = [lambda number=number: one(number) for number in range(len(squares))]
    with warnings.catch_warnings():
        # Copies of tiles can leave fewer clusters than were asked for; then those are what counts.
        warnings.simplefilter("ignore", ConvergenceWarning)
        in_parallel(works, report, "Clustering tissues and centers")
    return [score for score in found if score is not None]
