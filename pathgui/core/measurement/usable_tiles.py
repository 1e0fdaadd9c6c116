"""Which tiles can be measured, and what is said of those that cannot."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, agreeing, plural
from pathgui.core.metrics import copies
from pathgui.core.metrics.neighbors.blocks import COPY, listed, row_norms
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import RoleColumns


def usable(
    embeddings: NDArray[np.floating[Any]], labels: TileLabels
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], list[str]]:
    """Rows that can be measured, rows rejected for their embedding, rows without labels."""
    if embeddings.ndim != 2 or len(embeddings) != len(labels):
        raise EmbeddingsError(
            f"There are labels for {len(labels)} tiles but embeddings of shape "
            f"{embeddings.shape}; expected one row per tile."
        )
    notices, tissue, center = [], labels.columns.of_tissue, labels.columns.of_center
    norms = row_norms(embeddings)
    good = np.isfinite(norms) & (norms > 0)
    labeled = (labels.tissue != "") & (labels.center != "") & (labels.slide != "")
    rejected, unlabeled = np.flatnonzero(~good), np.flatnonzero(good & ~labeled)
    if len(rejected):
        notices.append(
            f"{plural(len(rejected), 'tile')} left out: "
            f"{agreeing(len(rejected), 'its', 'their')} embedding is zero or not finite (row "
            f"{listed(rejected)})."
        )
    if len(unlabeled):
        notices.append(
            f"{plural(len(unlabeled), 'tile')} left out: {tissue}, {center} or slide is missing "
            f"(row {listed(unlabeled)})."
        )
    kept = np.flatnonzero(good & labeled)
    if len(kept) < 2:
        raise EmbeddingsError(
            f"Only {len(kept)} of {len(labels)} tiles can be measured; at least 2 are needed. "
            + " ".join(notices)
        )
    double = copies.count(embeddings, norms, kept)
    if double:
        notices.append(
            f"{plural(double, 'tile')} {agreeing(double, 'has', 'have')} the embedding of another "
            f"tile (cosine distance under {COPY:.0e}). Check for tiles that were exported twice; "
            "ties are settled by row "
            f"number."
        )
    slide_center = set(zip(labels.slide[kept].tolist(), labels.center[kept].tolist(), strict=True))
    torn = [slide for slide, n in Counter(slide for slide, _ in slide_center).items() if n > 1]
    if torn:
        notices.append(
            f"{plural(len(torn), 'slide')} {agreeing(len(torn))} labeled with more than one "
            f"{center}, for example {min(torn)}. One slide comes from one {center}; check the "
            "labels."
        )
    return kept, rejected, unlabeled, notices


def dropped_text(n: int, tissues: list[str], centers: list[str], columns: RoleColumns) -> str:
    tissue, center = columns.of_tissue, columns.of_center
    reasons = []
    if tissues:
        reasons.append(f"of {tissue.many} that only one {center} has ({', '.join(tissues)})")
    if centers:
        reasons.append(f"from {center.many} that have only one {tissue} ({', '.join(centers)})")
    why = " or ".join(reasons)
    return f"{plural(n, 'tile')} left out: {why}. {agreeing(n, 'It', 'They')} would bias the index."
