"""Does the index hang on how distances are taken? The same k in five geometries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError
from pathgui.core.language.texts import say
from pathgui.core.measurement.sample import Material
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import GeometryIndex, Sensitivity
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

MOST_TILES = 6_000  # beyond which four more searches take longer than all else
COMPONENTS = 50
FLAT = 1e-12  # of the variance of the first component, below which one is rounding
STAGE = say("Measuring in other geometries")

Floats = NDArray[np.float64]


def sensitivity(
    material: Material, report: ProgressFn = ignore_progress
) -> Sensitivity | NotAssessable:
    """The index by cosine distance of the embeddings as they are, centered, and so on."""
    if len(material) > MOST_TILES:
        return NotAssessable(
            say(
                "Not computed: beyond {MOST_TILES} tiles, searching in other "
                "geometries would take longer than everything else.",
                MOST_TILES=MOST_TILES,
            )
        )
    made = geometries(material.values)
    rows = [_of_counts("cosine", material.by_anchor)]
    for done, (name, values) in enumerate(made.items()):
        report(Progress(STAGE, done, len(made)))
        try:
            found = nearest(values, material.groups, material.k)
        except EmbeddingsError:  # a tile at the very mean has no direction from it
            rows.append(GeometryIndex(name, None, 0.0))
            continue
        kinds = ri.kinds_of(found, material.tissue, material.center)
        rows.append(_of_counts(name, ri.counts_by_anchor(kinds, material.k)))
    report(Progress(STAGE, len(made), len(made)))
    return Sensitivity(material.k, rows)


def geometries(values: NDArray[np.floating[Any]]) -> dict[str, Floats]:
    """The embeddings (n, d) in other geometries, all to be compared by cosine distance.

    Centered: the mean taken off. Standardized: and each number divided by its standard deviation.
    PCA-50: the first 50 principal components of the centered ones. Whitened: and each component
    divided by its standard deviation. Fewer components where n, d or the rank is smaller.
    """
    centered = values.astype(np.float64)
    centered -= centered.mean(axis=0)
    spread = centered.std(axis=0)
    n, d = centered.shape
    gram = centered.T @ centered if d <= n else centered @ centered.T
    squares, vectors = np.linalg.eigh(gram)
    squares, vectors = squares[::-1][:COMPONENTS], vectors[:, ::-1][:, :COMPONENTS]
    there = squares > FLAT * max(float(squares[0]), 0.0)
    lengths = np.sqrt(squares[there])
    vectors = vectors[:, there]
    scores = centered @ vectors if d <= n else vectors * lengths
    return {
        "centered": centered,
        "standardized": centered / np.where(spread > 0, spread, 1.0),
        f"PCA-{COMPONENTS}": scores,
        "whitened": scores / lengths,
    }


def _of_counts(name: str, by_anchor: NDArray[np.int64]) -> GeometryIndex:
    return GeometryIndex(
        name, ri.robustness_index(by_anchor.sum(axis=0)), ri.support(by_anchor).value
    )
