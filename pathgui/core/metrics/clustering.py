"""Do the clusters of an embedding follow tissue or center? All on directions (unit vectors)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.directions import Directions
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.system.background import in_parallel

MOST_CLUSTERS = 30

Codes = NDArray[np.intp]
Unit = NDArray[np.floating[Any]]


def silhouettes(rows: Directions | Unit, labels: Codes) -> NDArray[np.float64]:
    """Silhouette of each tile, cosine, shape (n,), -1..1; 0 for a label of one tile alone.

    (b - a) / max(a, b): a is the mean distance to the tiles of the same label, b that to the
    nearest other label. Exact without a table of distances: half the squared distance of unit
    rows is their cosine distance, and its mean over some tiles follows from their mean direction.

    Parameters
    ----------
    rows : Directions, or (n, d) float array
    labels : (n,) int array

    Raises
    ------
    ValueError
        Unless there are two labels or more.
    """
    names, codes = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise ValueError("at least two labels are needed")
    directions = rows if isinstance(rows, Directions) else Directions(rows)
    sums = directions.sums(codes, len(names))
    sizes = sums.sizes
    values = np.zeros(len(codes))
    for at, block in directions.blocks():
        own = sizes[codes[at]]
        squares = np.einsum("ij,ij->i", block, block)
        total = (squares[:, None] * sizes + sums.squares) / 2 - block @ sums.rows.T
        np.maximum(total, 0, out=total)
        mine = np.arange(len(block)), codes[at]
        with np.errstate(invalid="ignore", divide="ignore"):
            # The tile itself, at distance 0, is in the sum but not among its neighbors.
            a = total[mine] / (own - 1)
            far = total / sizes
            far[mine] = np.inf
            b = far.min(axis=1)
            found = (b - a) / np.maximum(a, b)
        values[at] = np.where((own > 1) & np.isfinite(found), found, 0.0)
    return values


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

    ARI with tissue less ARI with center, mean over trials and squares; the spread is the standard
    deviation over trials (ddof 1), mean over squares. NaN with a single trial. An ARI lies a little
    under 0 where clusters agree with a label less than by chance: clusters that are the tissues
    of n tiles in four equal cells score 1 + 1 / (n - 2). The value is not clipped.

    Kömen et al., Nat Commun 17:5218, 2026 (PathoROB).
    """
    scores = ari_tissue - ari_center
    spread = scores.std(axis=1, ddof=1).mean() if scores.shape[1] > 1 else np.nan
    return float(scores.mean()), float(spread)


def square_scores(
    rows: Directions | Unit,
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

    directions = rows if isinstance(rows, Directions) else Directions(rows)
    found: list[SquareScore | None] = [None] * len(squares)

    def one(number: int) -> None:
        square = squares[number]
        here = directions.take(square)
        data = here.centered()

        def clusters(k: int, n_init: int, state: int) -> Codes:
            model = KMeans(k, init="random", n_init=n_init, random_state=state)
            return np.asarray(model.fit_predict(data), np.intp)

        best, highest = 2, -np.inf
        with threadpool_limits(1, user_api="openmp"):
            for k in range(2, min(MOST_CLUSTERS, len(data) - 1) + 1):
                answers = clusters(k, starts, seed)
                if len(np.unique(answers)) < 2:
                    continue
                value = float(silhouettes(here, answers).mean())
                if value > highest + 1e-12:
                    best, highest = k, value
            runs = [clusters(best, 5, seed + trial) for trial in range(trials)]
        found[number] = SquareScore(
            best,
            np.array([adjusted_rand_score(tissue[square], run) for run in runs]),
            np.array([adjusted_rand_score(center[square], run) for run in runs]),
        )

    works = [lambda number=number: one(number) for number in range(len(squares))]
    with warnings.catch_warnings():
        # Copies of tiles can leave fewer clusters than were asked for; then those are what counts.
        warnings.simplefilter("ignore", ConvergenceWarning)
        in_parallel(works, report, say("Clustering what has the same labels"))
    return [score for score in found if score is not None]
