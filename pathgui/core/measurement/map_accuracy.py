"""How well tissue and center are read off a map: the same questions as of the embedding itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import BalancedAccuracies, MapAccuracies
from pathgui.core.metrics import probe
from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels

BLOCK = 256

Codes = NDArray[np.intp]


def nearest_on_map(positions: NDArray[np.floating[Any]], groups: Codes, k: int) -> Neighbors:
    """The k nearest tiles of other groups of each tile, straight distance, ties by row index.

    ``positions`` (m, 2). ``distances`` are in units of the map; -1 and inf where there are fewer.
    """
    points = np.asarray(positions, np.float64)
    k = min(k, len(points))
    indices = np.full((len(points), k), -1, np.intp)
    distances = np.full((len(points), k), np.inf)
    for start in range(0, len(points), BLOCK):
        rows = slice(start, start + BLOCK)
        far = np.sqrt(((points[rows, None] - points) ** 2).sum(axis=2))
        far[groups[rows, None] == groups] = np.inf
        order = np.argsort(far, axis=1, kind="stable")[:, :k]
        distances[rows] = np.take_along_axis(far, order, axis=1)
        indices[rows] = np.where(np.isfinite(distances[rows]), order, -1)
    return Neighbors(indices, distances)


def map_accuracies(
    positions: NDArray[np.floating[Any]],
    labels: TileLabels,
    k: int,
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> MapAccuracies:
    """Balanced accuracies of tissue and center on a map, (m, 2), by vote and by linear probe.

    Whole slides (patients) are held out, as on the embedding; ``k`` is that of the embedding.
    """
    groups = labels.groups
    found = nearest_on_map(positions, groups, k)
    voted: list[float | NotAssessable] = []
    probed: list[float | NotAssessable] = []
    chances: list[tuple[float, float]] = []
    columns = labels.columns
    for what, names in ((columns.of_tissue, labels.tissue), (columns.of_center, labels.center)):
        codes = np.unique(names, return_inverse=True)[1].astype(np.intp)
        n_labels = int(codes.max()) + 1
        asked = int(np.count_nonzero(probe.repeated_labels(codes, groups)))
        chances.append((1 / n_labels, 1 / max(asked, 1)))
        if n_labels < 2:
            only = NotAssessable(say("Not assessable: there is only one {what}.", what=what))
            voted.append(only)
            probed.append(only)
            continue
        if asked < 2:
            cannot = NotAssessable(
                say(
                    "Not assessable: fewer than two {what_many} have two slides or more.",
                    what_many=what.many,
                )
            )
            voted.append(cannot)
            probed.append(cannot)
            continue
        votes = knn.votes_by_k(found, codes, [found.depth])[found.depth]
        voted.append(
            _or(knn.balanced_accuracy(codes, votes), say("no tile has one of another slide"))
        )
        done = probe.cross_validated(
            np.asarray(positions, np.float32),
            codes,
            groups,
            seed=seed,
            report=report,
            stage=say("Fitting {what} probes on the map", what=what),
        )
        reason = say("fewer than two {what}s have two slides or more", what=what)
        probed.append(_or(knn.balanced_accuracy(codes, done.answers), reason))
    return MapAccuracies(
        k=found.depth,
        n_tiles=len(labels),
        knn=BalancedAccuracies(voted[0], voted[1], chances[0][0], chances[1][0]),
        probe=BalancedAccuracies(probed[0], probed[1], chances[0][1], chances[1][1]),
    )


def _or(value: float | None, reason: str) -> float | NotAssessable:
    return (
        NotAssessable(say("Not assessable: {reason}.", reason=reason)) if value is None else value
    )
