"""Which tiles can be measured, and what is said of those that cannot."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, plural
from pathgui.core.language.texts import counted, say
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
            say(
                "There are labels for {n_labels} tiles but embeddings of shape "
                "{shape}; expected one row per tile.",
                n_labels=len(labels),
                shape=embeddings.shape,
            )
        )
    notices, tissue, center = [], labels.columns.of_tissue, labels.columns.of_center
    norms = row_norms(embeddings)
    good = np.isfinite(norms) & (norms > 0)
    labeled = (labels.tissue != "") & (labels.center != "") & (labels.slide != "")
    rejected, unlabeled = np.flatnonzero(~good), np.flatnonzero(good & ~labeled)
    if len(rejected):
        notices.append(
            counted(
                len(rejected),
                "{n:,} tile left out: its embedding is zero or not finite (row {rejected}).",
                "{n:,} tiles left out: their embedding is zero or not finite (row {rejected}).",
                rejected=listed(rejected),
            )
        )
    if len(unlabeled):
        notices.append(
            say(
                "{tiles} left out: {tissue}, {center} or slide is missing (row {unlabeled}).",
                tiles=plural(len(unlabeled), "tile"),
                tissue=tissue,
                center=center,
                unlabeled=listed(unlabeled),
            )
        )
    kept = np.flatnonzero(good & labeled)
    if len(kept) < 2:
        raise EmbeddingsError(
            say(
                "Only {n_kept} of {n_labels} tiles can be measured; at least 2 are needed. ",
                n_kept=len(kept),
                n_labels=len(labels),
            )
            + " ".join(notices)
        )
    double = copies.count(embeddings, norms, kept)
    if double:
        notices.append(
            counted(
                double,
                "{n:,} tile has the embedding of another tile (cosine distance "
                "under {COPY:.0e}). Check for tiles that were exported twice; "
                "ties are settled by row number.",
                "{n:,} tiles have the embedding of another tile (cosine distance "
                "under {COPY:.0e}). Check for tiles that were exported twice; "
                "ties are settled by row number.",
                COPY=COPY,
            )
        )
    slide_center = set(zip(labels.slide[kept].tolist(), labels.center[kept].tolist(), strict=True))
    torn = [slide for slide, n in Counter(slide for slide, _ in slide_center).items() if n > 1]
    if torn:
        notices.append(
            counted(
                len(torn),
                "{n:,} slide is labeled with more than one {center}, for example "
                "{torn}. One slide comes from one {center}; check the labels.",
                "{n:,} slides are labeled with more than one {center}, for example "
                "{torn}. One slide comes from one {center}; check the labels.",
                center=center,
                torn=min(torn),
            )
        )
    return kept, rejected, unlabeled, notices


def dropped_text(n: int, tissues: list[str], centers: list[str], columns: RoleColumns) -> str:
    tissue, center = columns.of_tissue, columns.of_center
    reasons = []
    if tissues:
        reasons.append(
            say(
                "of {tissue_many} that only one {center} has ({tissues})",
                tissue_many=tissue.many,
                center=center,
                tissues=", ".join(tissues),
            )
        )
    if centers:
        reasons.append(
            say(
                "from {center_many} that have only one {tissue} ({centers})",
                center_many=center.many,
                tissue=tissue,
                centers=", ".join(centers),
            )
        )
    why = say(" or ").join(reasons)
    return counted(
        n,
        "{n:,} tile left out: {why}. It would bias the index.",
        "{n:,} tiles left out: {why}. They would bias the index.",
        why=why,
    )
