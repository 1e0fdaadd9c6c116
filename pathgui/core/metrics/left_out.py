"""What the neighbor metrics are without each slide: sums over anchors, from one walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics import attribution
from pathgui.core.metrics.deletions import CodeOf, WithoutEach, walk
from pathgui.core.metrics.jackknife import Codes, Units, mean_of_defined, quotient
from pathgui.core.metrics.neighbors.kinds import OS, SO, SS
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

Sums = NDArray[np.float64]


@dataclass(frozen=True)
class LeftOut:
    """Sums over the anchors that are left, without each unit; the first axis is the units."""

    counts: Sums  # (u, parts, 4) neighbors by kind
    weighted: Sums  # (u, parts, 2) weights of SO and OS neighbors; 0 where none were given
    telling: Sums  # (u, parts, 2) anchors with a telling neighbor, and all
    tissue_votes: Sums  # (u, tissues, 2) anchors that the vote gets right, and all that it answers
    center_votes: Sums  # (u, centers, 2)
    enrichment: Sums  # (u,) of same-center errors; NaN where there is none

    def index(self, parts: NDArray[np.bool_] | slice = slice(None)) -> Sums:
        """The Robustness Index of the anchors of some parts."""
        total = self.counts[:, parts].sum(axis=1)
        return quotient(total[:, SO], total[:, SO] + total[:, OS])

    def index_2025(self) -> Sums:
        """The index of 2025."""
        total = self.counts.sum(axis=1)
        return quotient(total[:, SS] + total[:, SO], total[:, SS] + total[:, OS])

    def mari(self) -> Sums:
        """MaRI, its temperature as it was."""
        so, os = self.weighted.sum(axis=1).T
        return quotient(so, so + os)

    def support(self) -> Sums:
        """Share of the anchors that have a telling neighbor."""
        telling, anchors = self.telling.sum(axis=1).T
        return quotient(telling, anchors)


def accuracies(right_and_asked: Sums) -> Sums:
    """Balanced accuracy without each unit, from sums by label (u, labels, 2)."""
    return mean_of_defined(quotient(right_and_asked[:, :, 0], right_and_asked[:, :, 1]))


def judged_without(truth: Codes, answers: Codes, units: Units) -> Sums:
    """Tiles that are judged rightly, and all that are judged, by label, without each unit.

    Shape (u, labels, 2). ``answers`` (a,) of the first a tiles: -1 where nobody was asked. What
    judges stays as it is; only what is judged is left out.
    """
    n_labels, n_units = int(truth.max(initial=0)) + 1, len(units)
    asked = answers >= 0
    place = (units.of_tile[: len(answers)] * n_labels + truth)[asked]
    sums = [
        np.bincount(place, weights, n_units * n_labels).reshape(n_units, n_labels)
        for weights in ((answers == truth)[asked].astype(np.float64), np.ones(len(place)))
    ]
    table = np.stack(sums, axis=2)
    left: Sums = table.sum(axis=0) - table
    return left


def counts_without(
    neighbors: Neighbors, tissue: Codes, center: Codes, units: Units, k: int
) -> Sums:
    """The four counts over all anchors without each unit, shape (u, 4)."""
    counts = WithoutEach(units, np.zeros(len(neighbors), np.intp), 1, 4)
    for walked in walk(neighbors, units, k):
        counts.add(walked, *walked.tables(walked.codes(_kinds(tissue, center)), 4))
    return counts.sums[:, 0]


def leave_out(
    neighbors: Neighbors,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    units: Units,
    k: int,
    parts: Codes,
    n_parts: int,
    weights: NDArray[np.float64] | None = None,
    report: ProgressFn = ignore_progress,
) -> LeftOut:
    """All that rests on the k nearest neighbors, without each unit.

    Parameters
    ----------
    neighbors : (a, depth)
        Of the first a tiles; deeper than k, since tiles of a unit give way to the next.
    tissue, center, groups : (n,) codes
    parts : (a,) codes 0..n_parts - 1
        Anchors that belong together, as of one cell of the table.
    weights : (a, depth) array, optional
        Of each neighbor, for MaRI.
    """
    n = len(neighbors)
    n_tissues, n_centers = int(tissue.max()) + 1, int(center.max()) + 1
    kinds = WithoutEach(units, parts, n_parts, 6)
    weighted = WithoutEach(units, parts, n_parts, 4)
    tissue_votes = WithoutEach(units, tissue[:n], n_tissues, 2)
    center_votes = WithoutEach(units, center[:n], n_centers, 2)
    errors = attribution.ErrorsWithout(tissue, center, groups, units)
    for walked in walk(neighbors, units, k, max(2 * n_tissues, n_centers)):
        report(Progress(say("Leaving out slides"), walked.rows.start, n))
        codes = walked.codes(_kinds(tissue, center))
        of_kind = walked.tables(codes, 4)
        kinds.add(walked, *(np.column_stack([side, _tells(side)]) for side in of_kind))
        if weights is not None:
            weighted.add(walked, *walked.tables(codes, 4, weights))
        sides = (np.arange(walked.rows.start, walked.rows.stop), walked.anchor)
        by_center = walked.tables(walked.codes(lambda _, there: center[there]), n_centers)
        center_votes.add(
            walked, *(_right(votes, center[of]) for votes, of in zip(by_center, sides, strict=True))
        )
        # Tissue of the neighbor, and whether it is of the anchor's center.
        codes = walked.codes(
            lambda anchor, there: 2 * tissue[there] + (center[there] == center[anchor])
        )
        both = walked.tables(codes, 2 * n_tissues)
        pairs = [table.reshape(-1, n_tissues, 2) for table in both]
        tissue_votes.add(
            walked,
            *(
                _right(votes.sum(axis=2), tissue[of])
                for votes, of in zip(pairs, sides, strict=True)
            ),
        )
        errors.add(walked, *pairs)
    return LeftOut(
        counts=kinds.sums[..., :4],
        weighted=weighted.sums[..., [SO, OS]],
        telling=kinds.sums[..., 4:],
        tissue_votes=tissue_votes.sums,
        center_votes=center_votes.sums,
        enrichment=errors.enrichment(),
    )


def _kinds(tissue: Codes, center: Codes) -> CodeOf:
    def kind(anchor: Codes, there: Codes) -> Codes:
        codes: Codes = 2 * (tissue[there] != tissue[anchor]) + (center[there] != center[anchor])
        return codes

    return kind


def _tells(by_kind: Sums) -> Sums:
    """Whether each has a telling neighbor, and a one to count it; shape (n, 2)."""
    told = by_kind[:, SO] + by_kind[:, OS] > 0
    return np.stack([told, np.ones(len(told))], axis=1).astype(np.float64)


def _right(votes: Sums, truth: Codes) -> Sums:
    """Whether each vote (n, labels) is right, and whether anyone voted; shape (n, 2)."""
    asked = votes.any(axis=1)
    return np.stack([asked & (votes.argmax(axis=1) == truth), asked], axis=1).astype(np.float64)
