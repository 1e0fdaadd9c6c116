"""Every measurement on one encoder's embeddings of a reference set, in one object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core import probe
from pathgui.core.errors import EmbeddingsError
from pathgui.core.labels import TextArray, TileLabels
from pathgui.core.metrics import intervals, knn
from pathgui.core.metrics import robustness_index as ri
from pathgui.core.neighbors import KindDistances, Neighbors, listed, nearest_with_kinds, row_norms
from pathgui.core.progress import ProgressFn, ignore_progress

DEFINITION = "SO / (SO + OS) among the k nearest tiles of other slides (Kömen et al. 2025)"
CURVE_PAIRS = 5_000_000  # neighbours kept to draw curves beyond the k that was asked for

SingleCells = Literal["drop", "keep"]


@dataclass(frozen=True)
class NotAssessable:
    """A number that these data cannot give, and why. Never 0, never blank."""

    reason: str
    value: None = None


@dataclass(frozen=True)
class RobustnessIndex:
    """RI = SO / (SO + OS) among the k nearest neighbours, pooled over all anchors."""

    value: float  # 0..1
    low: float | None  # bounds of the 95 % interval, slides resampled; None: fewer than 2 slides
    high: float | None
    null: float  # value expected if neighbours were drawn from the admissible tiles at random
    support: float  # share of anchors with at least one SO or OS neighbour
    k: int
    n_anchors: int
    definition: str
    adjusted: float | None = None  # with the composition taken out: 1/2 is neutral


@dataclass(frozen=True)
class RobustnessIndex2025:
    """The index of de Jong et al. 2025: (SS + SO) / (SS + OS), in [0, inf)."""

    value: float
    null: float


@dataclass(frozen=True)
class NeighborCounts:
    """Pairs (anchor, neighbour) among the k nearest by kind: tissue first, center second."""

    SS: int
    SO: int
    OS: int
    OO: int


@dataclass(frozen=True)
class BalancedAccuracies:
    """Balanced accuracies of tissue and of center, 0..1, and what guessing would give."""

    tissue_balanced_accuracy: float | NotAssessable
    center_balanced_accuracy: float | NotAssessable
    tissue_chance: float
    center_chance: float


@dataclass(frozen=True)
class Undefined:
    """Why anchors have neither an SO nor an OS neighbour; shares of all anchors, 0..1."""

    only_SS: float
    only_OO: float
    mixed: float
    no_neighbor: float


@dataclass(frozen=True)
class ReferenceMeasurement:
    """What one encoder's embeddings of the reference set are worth.

    All numbers are of the ``n_used`` tiles; ``n_tiles``, ``tissues`` and ``centers`` count what
    was given.
    """

    n_tiles: int
    n_slides: int
    n_patients: int | None
    tissues: dict[str, int]  # tiles of each
    centers: dict[str, int]
    robustness_index: RobustnessIndex | NotAssessable
    robustness_index_2025: RobustnessIndex2025 | NotAssessable
    counts: NeighborCounts | NotAssessable
    knn: BalancedAccuracies
    probe: BalancedAccuracies
    notices: list[str]
    n_used: int = 0
    k: int = 0  # neighbours per tile that all of this rests on
    rejected_rows: list[int] = field(default_factory=list)  # zero or not finite
    unlabeled_rows: list[int] = field(default_factory=list)  # tissue, center or slide missing
    dropped_tissues: list[str] = field(default_factory=list)  # at one center only
    dropped_centers: list[str] = field(default_factory=list)  # with one tissue only
    undefined: Undefined | None = None


@dataclass(frozen=True)
class Material:
    """What a measurement works on: clean rows as codes, and their neighbours."""

    values: NDArray[np.floating[Any]]  # (n, d)
    tissue: NDArray[np.intp]  # (n,) codes into ``tissues``
    center: NDArray[np.intp]
    groups: NDArray[np.intp]  # slide or patient, the coarser
    slides: NDArray[np.intp]
    tissues: TextArray
    centers: TextArray
    neighbors: Neighbors
    near: KindDistances
    k: int
    seed: int

    def __len__(self) -> int:
        return len(self.values)


def measure(
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    *,
    k: int | Literal["auto"] = "auto",
    seed: int = 0,
    report: ProgressFn = ignore_progress,
    single_cells: SingleCells = "drop",
    device: str = "cpu",
) -> ReferenceMeasurement:
    """Measure one encoder on a reference set.

    Parameters
    ----------
    embeddings : (n, d) float array
        One row per tile. Rows that are zero or not finite are left out and listed.
    labels : TileLabels
        Of the same n tiles. Tiles without tissue, center or slide ("") are left out and listed.
    k : int or "auto"
        Neighbours per tile; "auto": the k with the best balanced accuracy of the tissue vote.
    seed : int
        For resampling, permutations and folds. The same seed gives the same numbers.
    single_cells : "drop" or "keep"
        What to do with a tissue that one center alone has (no SO neighbour is possible, so it
        pulls the index down) and with a center that has one tissue alone (no OS neighbour is
        possible, so it pulls up). "drop" leaves their tiles out and says how many; "keep"
        measures as PathoROB and croma do.

    Raises
    ------
    EmbeddingsError
        If fewer than two tiles are left, if embeddings and labels differ in number, or if k is
        larger than the number of admissible neighbours that half of the tiles have.
    """
    kept, rejected, unlabeled, notices = _usable(embeddings, labels)
    clean = labels.take(kept)
    used, dropped_tissues, dropped_centers = _identifiable(clean, single_cells)
    why_not = _why_no_index(clean, used)
    if why_not is not None:
        used = np.arange(len(clean))
        dropped_tissues, dropped_centers = [], []
    elif dropped_tissues or dropped_centers:
        notices.append(_dropped_text(len(clean) - len(used), dropped_tissues, dropped_centers))
        left_single = list(chain(*_single(clean.take(used))))
        if left_single:
            notices.append(
                f"After that, these stand alone: {', '.join(left_single)}. Their tiles pull the "
                f"index to one side; compare it with its null, which takes account of that."
            )
    material, depth_notices = _prepare(
        embeddings[kept[used]], clean.take(used), k, seed, report, device
    )
    notices += depth_notices
    counts_of_anchors = ri.counts_by_anchor(
        ri.kinds_of(material.neighbors, material.tissue, material.center), material.k
    )
    index, older, counts = _indices(material, counts_of_anchors, why_not)
    held = ri.support(counts_of_anchors)
    patients = labels.patient
    return ReferenceMeasurement(
        n_tiles=len(labels),
        n_slides=len(np.unique(labels.slide[labels.slide != ""])),
        n_patients=None if patients is None else len(np.unique(patients[patients != ""])),
        tissues=_tally(labels.tissue),
        centers=_tally(labels.center),
        robustness_index=index,
        robustness_index_2025=older,
        counts=counts,
        knn=_knn_accuracies(material),
        probe=_probe_accuracies(material, report),
        notices=notices,
        n_used=len(material),
        k=material.k,
        rejected_rows=rejected.tolist(),
        unlabeled_rows=unlabeled.tolist(),
        dropped_tissues=dropped_tissues,
        dropped_centers=dropped_centers,
        undefined=Undefined(held.only_SS, held.only_OO, held.mixed, held.none),
    )


def _usable(
    embeddings: NDArray[np.floating[Any]], labels: TileLabels
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], list[str]]:
    """Rows that can be measured, rows rejected for their embedding, rows without labels."""
    if embeddings.ndim != 2 or len(embeddings) != len(labels):
        raise EmbeddingsError(
            f"There are labels for {len(labels)} tiles but embeddings of shape "
            f"{embeddings.shape}; expected one row per tile."
        )
    notices = []
    norms = row_norms(embeddings)
    good = np.isfinite(norms) & (norms > 0)
    labeled = (labels.tissue != "") & (labels.center != "") & (labels.slide != "")
    rejected, unlabeled = np.flatnonzero(~good), np.flatnonzero(good & ~labeled)
    if len(rejected):
        notices.append(
            f"{len(rejected)} tile(s) left out: their embedding is zero or not finite "
            f"(row {listed(rejected)})."
        )
    if len(unlabeled):
        notices.append(
            f"{len(unlabeled)} tile(s) left out: tissue, center or slide is missing "
            f"(row {listed(unlabeled)})."
        )
    kept = np.flatnonzero(good & labeled)
    if len(kept) < 2:
        raise EmbeddingsError(
            f"Only {len(kept)} of {len(labels)} tiles can be measured; at least 2 are needed. "
            + " ".join(notices)
        )
    copies = len(kept) - len({embeddings[row].tobytes() for row in kept})
    if copies:
        notices.append(
            f"{copies} tile(s) have exactly the embedding of another tile. Check for tiles that "
            f"were exported twice; ties are settled by row number."
        )
    slide_center = set(zip(labels.slide[kept].tolist(), labels.center[kept].tolist(), strict=True))
    torn = [slide for slide, n in Counter(slide for slide, _ in slide_center).items() if n > 1]
    if torn:
        notices.append(
            f"{len(torn)} slide(s) are labeled with more than one center, for example "
            f"{min(torn)}. One slide comes from one center; check the labels."
        )
    return kept, rejected, unlabeled, notices


def _identifiable(
    labels: TileLabels, single_cells: SingleCells
) -> tuple[NDArray[np.intp], list[str], list[str]]:
    """Rows whose tissue is at two centers or more and whose center has two tissues or more.

    Judged by the table as it was given, once: leaving out a center can leave a tissue with one
    center alone, and to go on from there would peel whole tables away. The null, which counts
    the candidates that are left, takes account of such a tissue, and a notice names it.
    """
    if single_cells == "keep":
        return np.arange(len(labels)), [], []
    lone_tissues, lone_centers = _single(labels)
    keep = ~np.isin(labels.tissue, lone_tissues) & ~np.isin(labels.center, lone_centers)
    if len(np.unique(labels.tissue[keep])) < 2 or len(np.unique(labels.center[keep])) < 2:
        keep[:] = False
    return np.flatnonzero(keep), lone_tissues, lone_centers


def _single(labels: TileLabels) -> tuple[list[str], list[str]]:
    """Tissues that one center alone has, and centers that have one tissue alone."""
    cells = set(zip(labels.tissue.tolist(), labels.center.tolist(), strict=True))
    centers_with = Counter(tissue for tissue, _ in cells)
    tissues_at = Counter(center for _, center in cells)
    return (
        sorted(tissue for tissue, n in centers_with.items() if n < 2),
        sorted(center for center, n in tissues_at.items() if n < 2),
    )


def _why_no_index(labels: TileLabels, used: NDArray[np.intp]) -> str | None:
    if len(np.unique(labels.center)) < 2:
        return "all tiles are from one center, so nothing tells center from tissue"
    if len(np.unique(labels.tissue)) < 2:
        return "all tiles are of one tissue, so nothing tells tissue from center"
    if not len(used):
        return (
            "tissue and center cannot be told apart: no two tissues are found at the same two "
            "centers, directly or by way of others"
        )
    return None


def _dropped_text(n: int, tissues: list[str], centers: list[str]) -> str:
    reasons = []
    if tissues:
        reasons.append(f"of tissues that only one center has ({', '.join(tissues)})")
    if centers:
        reasons.append(f"from centers that have only one tissue ({', '.join(centers)})")
    return f"{n} tile(s) left out: {' or '.join(reasons)}. They would bias the index."


def _prepare(
    values: NDArray[np.floating[Any]],
    labels: TileLabels,
    k: int | Literal["auto"],
    seed: int,
    report: ProgressFn,
    device: str,
) -> tuple[Material, list[str]]:
    tissues, tissue = np.unique(labels.tissue, return_inverse=True)
    centers, center = np.unique(labels.center, return_inverse=True)
    slides = np.unique(labels.slide, return_inverse=True)[1]
    groups = labels.groups
    tissue, center = tissue.astype(np.intp), center.astype(np.intp)
    admissible = len(labels) - np.bincount(groups)[groups]
    most = int(np.median(admissible))
    if k != "auto" and k < 1:
        raise EmbeddingsError(f"k must be at least 1, not {k}.")
    if k != "auto" and k > most:
        raise EmbeddingsError(
            f"k = {k} is too large: half of the tiles have at most {most} tiles of other slides "
            f"to be compared with. Choose a smaller k or add slides."
        )
    limit = min(knn.AUTO_LIMIT, most)
    depth = max(1, limit)
    if k != "auto":
        depth = max(k, min(depth, CURVE_PAIRS // len(labels)))
    neighbors, near = nearest_with_kinds(
        values, groups, tissue, center, depth, 10, report, device=device
    )
    chosen = k if k != "auto" else knn.best_k(neighbors, tissue, limit)
    notices = []
    short = int(np.count_nonzero(admissible < chosen))
    if short:
        notices.append(
            f"{short} tile(s) have fewer than k = {chosen} tiles of other slides to be compared "
            f"with (the least: {admissible.min()}); those there are were used."
        )
    return (
        Material(
            values, tissue, center, groups, slides.astype(np.intp), tissues, centers,
            neighbors, near, chosen, seed,
        ),
        notices,
    )  # fmt: skip


def _indices(
    material: Material, by_anchor: NDArray[np.int64], why_not: str | None
) -> tuple[
    RobustnessIndex | NotAssessable,
    RobustnessIndex2025 | NotAssessable,
    NeighborCounts | NotAssessable,
]:
    total = by_anchor.sum(axis=0)
    if why_not is None and not total.sum():
        why_not = "all tiles are from one slide or patient, so none has an admissible neighbour"
    if why_not is not None:
        no = NotAssessable(f"Not assessable: {why_not}.")
        return no, no, no
    counts = NeighborCounts(*(int(count) for count in total))
    admissible = ri.admissible_counts(material.tissue, material.center, material.groups)
    value, null = ri.robustness_index(total), ri.null_index(admissible)
    index: RobustnessIndex | NotAssessable
    if value is None or null is None:
        index = NotAssessable(
            f"Not defined: no tile has an SO or OS neighbour among its {material.k} nearest."
        )
    else:
        sums = intervals.sums_by_group(by_anchor.astype(np.float64), material.groups)
        bounds = intervals.ratio_interval(
            sums[:, ri.SO], sums[:, ri.SO] + sums[:, ri.OS], seed=material.seed
        )
        index = RobustnessIndex(
            value=value,
            low=bounds[0] if bounds else None,
            high=bounds[1] if bounds else None,
            null=null,
            support=ri.support(by_anchor).value,
            k=material.k,
            n_anchors=len(material),
            definition=DEFINITION,
            adjusted=ri.adjusted_index(value, null),
        )
    value, null = ri.robustness_index_2025(total), ri.null_index_2025(admissible)
    if value is None or null is None:
        return (
            index,
            NotAssessable("Not defined: no tile has a neighbour from its own center."),
            counts,
        )
    return index, RobustnessIndex2025(value, null), counts


def _knn_accuracies(material: Material) -> BalancedAccuracies:
    def accuracy(labels: NDArray[np.intp], what: str) -> float | NotAssessable:
        if labels.max() == 0:
            return NotAssessable(f"Not assessable: there is only one {what}.")
        answers = knn.votes_by_k(material.neighbors, labels, [material.k])[material.k]
        value = knn.balanced_accuracy(labels, answers)
        if value is None:
            return NotAssessable("Not assessable: no tile has a neighbour from another slide.")
        return value

    return BalancedAccuracies(
        accuracy(material.tissue, "tissue"),
        accuracy(material.center, "center"),
        1 / len(material.tissues),
        1 / len(material.centers),
    )


def _probe_accuracies(material: Material, report: ProgressFn) -> BalancedAccuracies:
    def accuracy(
        labels: NDArray[np.intp], what: str, stage: str
    ) -> tuple[float | NotAssessable, int]:
        asked = int(np.count_nonzero(probe.repeated_labels(labels, material.groups)))
        if asked < 2:
            return (
                NotAssessable(
                    f"Not assessable: fewer than two {what}s have two slides or more, so none "
                    f"can be learned on one slide and asked for on another."
                ),
                len(np.unique(labels)),
            )
        done = probe.cross_validated(
            material.values, labels, material.groups, seed=material.seed, report=report, stage=stage
        )
        value = knn.balanced_accuracy(labels, done.answers)
        assert value is not None  # at least two labels were asked for
        return value, asked

    tissue, tissues = accuracy(material.tissue, "tissue", "Fitting tissue probes")
    center, centers = accuracy(material.center, "center", "Fitting center probes")
    return BalancedAccuracies(tissue, center, 1 / tissues, 1 / centers)


def _tally(names: TextArray) -> dict[str, int]:
    values, counts = np.unique(names[names != ""], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
