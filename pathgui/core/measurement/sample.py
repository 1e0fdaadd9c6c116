"""What a measurement works on: the rows that can be measured, as codes, and their neighbors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError
from pathgui.core.language.texts import counted, noted, say
from pathgui.core.measurement import design_limits
from pathgui.core.measurement.design_limits import SingleCells as SingleCells
from pathgui.core.measurement.usable_tiles import dropped_text, usable
from pathgui.core.metrics import copies, jackknife
from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.blocks import COPY, Rows
from pathgui.core.metrics.neighbors.k_rule import KRule, resolve_k
from pathgui.core.metrics.neighbors.search import KindDistances, Neighbors, nearest_with_kinds
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.roles import USUAL, RoleColumns

CROMA_DEPTH = 20  # SO and OS tiles kept of each anchor, for CRoMa and its intervals, at least
CROMA_MOST_M = 10  # of them that are looked at, besides those of one slide, which may be left out
CROMA_PAIRS = 6_000_000  # anchors by tiles kept of a kind, beyond which fewer are kept
MOST_EXACT = 100_000  # tiles, beyond which neighbors are sought for a sample of them
SAMPLED_ANCHORS = 20_000
ALL_ALIKE = noted(
    "all embeddings are alike, they point the same way (cosine distances "
    "under {COPY:.0e}), so no tile is nearer than another",
    COPY=COPY,
)
CURVE_PAIRS = 2_000_000  # neighbors kept to draw curves beyond the k that was asked for


@dataclass(frozen=True)
class Selection:
    """Rows of the input that are measured, and what became of the others."""

    rows: NDArray[np.intp]
    rejected: NDArray[np.intp]  # zero or not finite
    unlabeled: NDArray[np.intp]
    dropped_tissues: list[str]
    dropped_centers: list[str]
    why_no_index: str | None  # why tissue and center cannot be told apart, if so
    alike: bool  # all embeddings are copies of one, so nothing at all can be told
    notices: list[str]


def select(
    embeddings: NDArray[np.floating[Any]], labels: TileLabels, single_cells: SingleCells
) -> Selection:
    """Choose the rows that can be measured.

    Raises
    ------
    EmbeddingsError
        If fewer than two are left, or embeddings and labels differ in number.
    """
    kept, rejected, unlabeled, notices = usable(embeddings, labels)
    alike = copies.all_alike(embeddings[kept[: copies.FEW_ROWS]]) and (
        len(kept) <= copies.FEW_ROWS or copies.all_alike(embeddings[kept])
    )
    design = design_of(labels, kept, single_cells, ALL_ALIKE if alike else None)
    return Selection(
        design.rows,
        rejected,
        unlabeled,
        design.dropped_tissues,
        design.dropped_centers,
        design.why_no_index,
        alike,
        notices + design.notices,
    )


@dataclass(frozen=True)
class Design:
    """Rows of which the labels let the index be measured, and what became of the others."""

    rows: NDArray[np.intp]
    dropped_tissues: list[str]
    dropped_centers: list[str]
    why_no_index: str | None
    notices: list[str]


def design_of(
    labels: TileLabels,
    kept: NDArray[np.intp],
    single_cells: SingleCells,
    why_not: str | None = None,
) -> Design:
    """Which of the rows ``kept`` are measured; ``why_not``: why nothing can be told anyway."""
    clean, notices = labels.take(kept), []
    used, tissues, centers = design_limits.identifiable(clean, single_cells)
    if why_not is None:
        obstacle = design_limits.obstacle_to_index(clean, used)
        why_not = None if obstacle is None else obstacle.reason
    if why_not is not None:
        used, tissues, centers = np.arange(len(clean)), [], []
    elif tissues or centers:
        notices.append(dropped_text(len(clean) - len(used), tissues, centers, labels.columns))
        left_single = list(chain(*design_limits.single(clean.take(used))))
        if left_single:
            notices.append(
                say(
                    "After that, these stand alone: {left_single}. Their tiles "
                    "pull the index to one side; compare it with its chance "
                    "value, which takes account of that.",
                    left_single=", ".join(left_single),
                )
            )
    notices += design_limits.sizes_to_mention(clean.take(used))
    return Design(kept[used], tissues, centers, why_not, notices)


@dataclass(frozen=True)
class Material:
    """Clean rows as codes, and their neighbors."""

    values: NDArray[np.floating[Any]]  # (n, d)
    ready: Rows  # the same, ready for search
    rows: NDArray[np.intp]  # (n,) of the input
    tissue: NDArray[np.intp]  # (n,) codes into ``tissues``
    center: NDArray[np.intp]
    groups: NDArray[np.intp]  # slide or patient, the coarser
    slides: NDArray[np.intp]  # codes into ``slide_names``
    slide_names: TextArray
    patient_names: TextArray  # none where patients are not known
    pair: TextArray | None
    tissues: TextArray
    centers: TextArray
    neighbors: Neighbors
    near: KindDistances
    k: int
    limit: int  # the largest k that half of the tiles can have
    seed: int
    own_k: int | None = None  # this encoder's best; None: the lists end before all could be tried
    columns: RoleColumns = USUAL  # that tissue and center were taken from

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_anchors(self) -> int:
        """Tiles that neighbors were sought for: the first rows, or all."""
        return len(self.neighbors)

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """Kind of each neighbor, shape (anchors, depth)."""
        return ri.kinds_of(self.neighbors, self.tissue, self.center)

    @cached_property
    def by_anchor(self) -> NDArray[np.int64]:
        """Neighbors of each kind among the k nearest, shape (anchors, 4)."""
        return ri.counts_by_anchor(self.kinds, self.k)

    @cached_property
    def admissible(self) -> NDArray[np.int64]:
        """Tiles of each kind that each anchor could have as neighbors, shape (anchors, 4)."""
        return ri.admissible_counts(self.tissue, self.center, self.groups)[: self.n_anchors]

    @cached_property
    def units(self) -> jackknife.Units:
        """What is left out in turn, for intervals."""
        return jackknife.units_of(self.groups, self.tissue, self.center, self.seed)


@dataclass(frozen=True)
class _Task:
    """What neighbors are sought for."""

    values: NDArray[np.floating[Any]]
    ready: Rows
    labels: TileLabels
    rows: NDArray[np.intp]
    tissue: NDArray[np.intp]
    center: NDArray[np.intp]
    groups: NDArray[np.intp]
    admissible: NDArray[np.intp]
    anchors: NDArray[np.intp] | None  # None: all are
    device: str

    @property
    def most(self) -> int:
        """The largest k that half of the tiles can have."""
        return int(np.median(self.admissible))

    @property
    def limit(self) -> int:
        """The largest k that is tried."""
        return min(knn.AUTO_LIMIT, self.most)

    @property
    def deepest(self) -> int:
        """Neighbors that the tile with the most of them has."""
        return max(1, int(self.admissible.max()))

    @property
    def depth_to_choose(self) -> int:
        """Neighbors to find so that k can be chosen from the lists."""
        return min(self.deepest, max(1, self.limit) + 30)

    def depth_for(self, k: int) -> int:
        """Neighbors to find so that k are left without any slide.

        No more than its tiles can be missing. A set of slides, where there are very many, can have
        more; then twice as many, and some, are enough in practice.
        """
        some = k + 30
        if self.groups.max() < jackknife.MOST_UNITS:
            some = min(some, int(np.bincount(self.groups).max()))
        return k + some

    def search(self, depth: int, report: ProgressFn) -> tuple[Neighbors, KindDistances]:
        n_anchors = len(self.labels) if self.anchors is None else len(self.anchors)
        return nearest_with_kinds(
            self.ready,
            self.groups,
            self.tissue,
            self.center,
            depth,
            _croma_depth(self.groups, n_anchors),
            report,
            anchors=self.anchors,
            device=self.device,
        )

    def own_k(self, neighbors: Neighbors) -> int | None:
        """The encoder's own best k; None where the lists end before all k could be tried."""
        if neighbors.depth < min(self.limit, self.deepest):
            return None
        return knn.best_k(neighbors, self.tissue, self.groups, self.limit)

    def least_k(self, neighbors: Neighbors) -> int | None:
        """The smallest k at which the index is defined; None where it is at none."""
        return ri.least_k(ri.kinds_of(neighbors, self.tissue, self.center))


def _task(
    values: NDArray[np.floating[Any]],
    labels: TileLabels,
    rows: NDArray[np.intp],
    seed: int,
    device: str,
) -> _Task:
    anchors = None
    if len(labels) > MOST_EXACT:
        order = _anchors_first(labels.groups, SAMPLED_ANCHORS, seed)
        values, labels, rows = values[order], labels.take(order), rows[order]
        anchors = np.arange(SAMPLED_ANCHORS)
    tissue = np.unique(labels.tissue, return_inverse=True)[1].astype(np.intp)
    center = np.unique(labels.center, return_inverse=True)[1].astype(np.intp)
    groups = labels.groups
    admissible = len(labels) - np.bincount(groups)[groups]
    return _Task(
        values, Rows(values), labels, rows, tissue, center, groups, admissible, anchors, device
    )


@dataclass(frozen=True)
class FoundNeighbors:
    """What was found when k was to be chosen, to be used again where it is deep enough."""

    neighbors: Neighbors
    near: KindDistances
    own_k: int
    least_k: int | None  # the smallest k at which the index is defined; None: at none
    most_k: int  # the largest that half of the tiles have

    @property
    def nbytes(self) -> int:
        """Memory that the lists take."""
        near = self.near
        arrays = (near.SO, near.OS, near.SO_rows, near.OS_rows)
        lists = self.neighbors.indices.nbytes + self.neighbors.distances.nbytes
        return lists + sum(array.nbytes for array in arrays)


def find_neighbors(
    values: NDArray[np.floating[Any]],
    labels: TileLabels,
    rows: NDArray[np.intp],
    seed: int,
    report: ProgressFn = ignore_progress,
    device: str = "cpu",
) -> FoundNeighbors:
    """Find the neighbors of the rows, as deep as it takes to choose k."""
    task = _task(values, labels, rows, seed, device)
    neighbors, near = task.search(task.depth_to_choose, report)
    own = task.own_k(neighbors)
    assert own is not None  # the lists are deep enough
    return FoundNeighbors(neighbors, near, own, task.least_k(neighbors), task.most)


def prepare(
    values: NDArray[np.floating[Any]],
    labels: TileLabels,
    rows: NDArray[np.intp],
    k: KRule,
    seed: int,
    report: ProgressFn = ignore_progress,
    device: str = "cpu",
    found: FoundNeighbors | None = None,
) -> tuple[Material, list[str]]:
    """Find the neighbors of the rows and settle k; notices beside.

    ``found`` is what :func:`find_neighbors` gave for the same rows and seed, if it was asked.

    Raises
    ------
    EmbeddingsError
        If k is larger than the number of admissible tiles that half of the tiles have.
    """
    notices = []
    task = _task(values, labels, rows, seed, device)
    if task.anchors is not None:
        notices.append(
            say(
                "Neighbors were sought for {SAMPLED_ANCHORS} of {n_labels} "
                "tiles, drawn evenly from the slides, among all tiles. The "
                "intervals take account of it: they rest on these tiles.",
                SAMPLED_ANCHORS=SAMPLED_ANCHORS,
                n_labels=len(labels),
            )
        )
    labels = task.labels
    tissues, centers = np.unique(labels.tissue), np.unique(labels.center)
    most, limit = task.most, task.limit
    asked, _ = resolve_k(k)
    if asked != "auto" and asked > most:
        raise EmbeddingsError(
            say(
                "k = {asked} is too large: half of the tiles have at most {most} "
                "tiles of other slides to be compared with. Choose a smaller k "
                "or add slides.",
                asked=asked,
                most=most,
            )
        )
    slide_names, slides = np.unique(labels.slide, return_inverse=True)
    if asked == "auto":
        depth = task.depth_to_choose
    else:
        lists = min(limit + 30, CURVE_PAIRS // min(len(labels), MOST_EXACT))
        depth = min(task.deepest, max(task.depth_for(asked), lists))
    if found is not None and found.neighbors.depth >= depth:
        neighbors, near = found.neighbors, found.near
    else:
        neighbors, near = task.search(depth, report)
    own = task.own_k(neighbors) if found is None else found.own_k
    if asked == "auto":
        assert own is not None  # the lists are deep enough
        # What shared_k does for several, for one encoder alone.
        chosen = min(max(own, task.least_k(neighbors) or 1), max(1, most))
        needed = min(task.deepest, task.depth_for(chosen))
        if neighbors.depth < needed:
            neighbors, near = task.search(needed, report)
    else:
        chosen = asked
    short = int(np.count_nonzero(task.admissible < chosen))
    if short:
        notices.append(
            counted(
                short,
                "{n:,} tile has fewer than k = {chosen} tiles of other slides to "
                "be compared with (the least: {min}); those there are were used.",
                "{n:,} tiles have fewer than k = {chosen} tiles of other slides to "
                "be compared with (the least: {min}); those there are were used.",
                chosen=chosen,
                min=task.admissible.min(),
            )
        )
    material = Material(
        values=task.values,
        ready=task.ready,
        rows=task.rows,
        tissue=task.tissue,
        center=task.center,
        groups=task.groups,
        slides=slides.astype(np.intp),
        slide_names=slide_names,
        patient_names=(np.zeros(0, str) if labels.patient is None else np.unique(labels.patient)),
        pair=labels.pair,
        tissues=tissues,
        centers=centers,
        neighbors=neighbors,
        near=near,
        k=chosen,
        limit=limit,
        seed=seed,
        own_k=own,
        columns=labels.columns,
    )
    return material, notices


def _anchors_first(groups: NDArray[np.intp], n: int, seed: int) -> NDArray[np.intp]:
    """An order of all rows that begins with ``n`` drawn evenly from the groups."""
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(len(groups))
    by_group = mixed[np.argsort(groups[mixed], kind="stable")]
    step = len(groups) / n
    picked = ((np.arange(n) + rng.random()) * step).astype(np.intp)
    first = by_group[picked]
    rest = np.setdiff1d(np.arange(len(groups)), first)
    return np.concatenate([np.sort(first), rest])


def _croma_depth(groups: NDArray[np.intp], n_anchors: int) -> int:
    """SO and OS tiles to keep so that enough are left when a slide is left out."""
    wanted = CROMA_MOST_M + int(np.bincount(groups).max())
    return max(CROMA_DEPTH, min(wanted, CROMA_PAIRS // n_anchors))
