"""What one encoder says of the tiles of a slide, read against a reference set."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.explore.neighborhood import KeptNeighbors, kept, kept_depth
from pathgui.core.measurement.slide_level import (
    blocks_of,
    center_draw,
    mean_intervals,
    reference_sharpness,
    shares,
)
from pathgui.core.metrics.calibration import calibrated_probe
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import KINDS, kinds_among
from pathgui.core.metrics.neighbors.search import Neighbors, ReferenceSearch, nearest
from pathgui.core.metrics.outside import Edge, SlideOutside, SlideSums, find_edge
from pathgui.core.metrics.probe import Probe
from pathgui.core.progress import ProgressFn, TileAnswers, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import Composition, SlideMeasurement

USUAL_QUANTILE = 0.95  # of the sharpness of the reference slides


class SlideJudge:
    """Tissue, center and neighbors of slide tiles, for one encoder."""

    def __init__(
        self,
        encoder: str,
        values: NDArray[np.float32],
        labels: TileLabels,
        *,
        reference: ReferenceSet,
        n_tiles: int,
        k: int,
        seed: int,
        center: str | None,
        tissue: str | None,
        rows: NDArray[np.intp] | None = None,
        among: Neighbors | None = None,
        device: str = "cpu",
        report: ProgressFn = ignore_progress,
    ) -> None:
        """Fit and calibrate the probes, and find where the reference set ends.

        Parameters
        ----------
        values, labels
            Embeddings (m, d) of the reference tiles that may judge this slide: none of them from
            the slide itself or from its patient.
        n_tiles
            Of the slide.
        k
            Neighbors that count; the k that the set was measured with, so that slide and set
            are comparable.
        center, tissue
            Of the slide, where known.
        rows
            Which rows of the reference set the m tiles are; by default the first m.
        among
            At least k neighbors of each of the m tiles among each other, where they are known
            already.
        device
            Where neighbors are sought: "cpu", "cuda:0".
        """
        self._encoder = encoder
        self._labels = labels
        self._tissues = np.array(reference.tissues)
        self._centers = np.array(reference.centers)
        self._tissue_probe, self._tissue_reliability = calibrated_probe(
            values, labels.tissue, labels.groups, what="tissue", seed=seed, report=report
        )
        self._center_probe, self._center_reliability = calibrated_probe(
            values, labels.center, labels.groups, what="center", seed=seed, report=report
        )
        self._k = min(k, len(values))
        self._given_center = center
        self._given_tissue = tissue
        if among is None:
            among = nearest(values, labels.groups, self._k, device=device)
        among = Neighbors(among.indices[:, : self._k], among.distances[:, : self._k])
        self.tissue = np.full(n_tiles, -1, np.int16)
        self.center = np.full(n_tiles, -1, np.int16)
        self.tissue_probabilities = np.full((n_tiles, len(self._tissues)), np.nan, np.float32)
        self.center_probabilities = np.full((n_tiles, len(self._centers)), np.nan, np.float32)
        self.nearest_center = np.full(n_tiles, -1, np.int16)
        self.distance = np.full(n_tiles, np.nan, np.float32)
        self.kinds = np.zeros((n_tiles, len(KINDS)), np.int16)
        self._tissue_codes = np.searchsorted(self._tissues, labels.tissue)
        self._center_codes = np.searchsorted(self._centers, labels.center)
        self.edge: Edge | None = find_edge(
            values,
            self._tissue_codes,
            self._center_codes,
            labels.groups,
            among.distances[:, 0],
            tissues=self._tissues,
            centers=self._centers,
            seed=seed,
            device=device,
        )
        self.threshold = None if self.edge is None else self.edge.rule.far_threshold
        self._near, self._all = (SlideSums(len(self._tissues), values.shape[1]) for _ in range(2))
        self._outside: SlideOutside | None = None
        self._sharpness = reference_sharpness(
            among, self._tissue_codes, self._center_codes, labels.groups
        )
        self._search = ReferenceSearch(values, device=device)
        self._rows = np.arange(len(values)) if rows is None else rows
        self._depth = kept_depth(k, len(values))
        deepest = max(self._k, self._depth)
        self._found = Neighbors(
            np.full((n_tiles, deepest), -1, np.intp), np.full((n_tiles, deepest), np.inf)
        )

    @property
    def has_kinds(self) -> bool:
        """Kinds of neighbors need the slide's own center."""
        return self._given_center is not None

    @property
    def kinds_basis(self) -> str:
        """What "same" refers to, in words."""
        if not self.has_kinds:
            return "the slide's center is not given"
        tissue = self._given_tissue or "each tile's predicted tissue"
        return f"center {self._given_center}; tissue: {tissue}"

    def __call__(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> TileAnswers:
        """Judge the tiles ``rows`` by their embeddings."""
        self.tissue_probabilities[rows] = _spread(self._tissue_probe, values, self._tissues)
        self.center_probabilities[rows] = _spread(self._center_probe, values, self._centers)
        self.tissue[rows] = self.tissue_probabilities[rows].argmax(axis=1)
        self.center[rows] = self.center_probabilities[rows].argmax(axis=1)
        found = self._search(values, self._found.depth)
        self._found.indices[rows] = found.indices
        self._found.distances[rows] = found.distances
        self.distance[rows] = found.distances[:, 0]
        self.nearest_center[rows] = self._center_codes[found.indices[:, 0]]
        if self.has_kinds:
            self.kinds[rows] = self._count_kinds(rows, found.indices[:, : self._k])
        far = self.far()[rows]
        tissue = self.tissue[rows].astype(np.intp)
        self._all.add(values, tissue)
        self._near.add(values[~far], tissue[~far])
        return TileAnswers(
            encoder=self._encoder,
            rows=rows,
            tissue=self.tissue[rows],
            tissue_probability=self.tissue_probability[rows],
            center=self.center[rows],
            center_probability=_best(self.center_probabilities[rows]),
            distance=self.distance[rows],
            nearest_center=self.nearest_center[rows],
            far=far,
        )

    def _count_kinds(
        self, rows: NDArray[np.intp], neighbors: NDArray[np.intp]
    ) -> NDArray[np.int16]:
        if self._given_tissue is None:
            tissue = self._tissues[self.tissue[rows]]
        else:
            tissue = np.full(len(rows), self._given_tissue)
        center = np.full(len(rows), self._given_center)
        kinds = kinds_among(neighbors, tissue, center, self._labels.tissue, self._labels.center)
        return ri.counts_by_anchor(kinds, self._k).astype(np.int16)

    @property
    def tissue_probability(self) -> NDArray[np.float32]:
        """Of the predicted tissue, shape (n,); NaN where unreadable, and outside.

        It is calibrated on tiles of the reference set, so of others it says nothing.
        """
        best = _best(self.tissue_probabilities)
        return np.where(self.outside(), np.float32(np.nan), best)

    @property
    def center_probability(self) -> NDArray[np.float32]:
        """Of the center that the probe says, shape (n,); NaN where unreadable."""
        return _best(self.center_probabilities)

    def nearest_pairs(self, most: int) -> list[tuple[int, int]]:
        """The tiles nearest to the reference set, and the reference tile nearest to each.

        The nearest pairs first; rows of the slide's tiles and of the whole reference set.
        """
        near = np.argsort(self.distance, kind="stable")[:most]  # unreadable ones are NaN: last
        found = self._found.indices[near, 0]
        there = (found >= 0) & np.isfinite(self.distance[near])
        return list(zip(near[there].tolist(), self._rows[found[there]].tolist(), strict=True))

    def neighbors(self) -> KeptNeighbors:
        """The nearest reference tiles of each tile, as the record keeps them."""
        n = len(self.tissue)
        return kept(self._found, self._depth, rows=self._rows, of=np.arange(n), n=n)

    def far(self) -> NDArray[np.bool_]:
        """Tiles farther from the reference set than 95 % of its own tiles are from the rest.

        None are where that is not known: ``threshold`` is None.
        """
        if self.threshold is None:
            return np.zeros(len(self.distance), np.bool_)
        with np.errstate(invalid="ignore"):
            return np.asarray(self.distance > self.threshold)

    def no_known_center(self) -> NDArray[np.bool_]:
        """Tiles of a slide that is of no known center: all that were read, or none."""
        found = self._outside is not None and bool(self._outside.no_known_center)
        return np.isfinite(self.distance) & found

    def outside(self) -> NDArray[np.bool_]:
        """Tiles that are far, or of no known center."""
        return self.far() | self.no_known_center()

    def summarize(
        self, readable: NDArray[np.bool_], cells: NDArray[np.int32], seed: int
    ) -> SlideMeasurement:
        """The slide as a whole. ``cells`` (n, 2) are the tiles' places on the lattice."""
        blocks = blocks_of(cells[readable])
        usual = self._sharpness[np.isfinite(self._sharpness)]
        if self.edge is not None:
            self._outside = self.edge.of(self.far()[readable], self._near, self._all)
        kinds = self.kinds[readable].sum(axis=0)
        nearest_center = self.nearest_center[readable]
        composition = partial(_composition, blocks=blocks, seed=seed)
        return SlideMeasurement(
            n_tiles=int(readable.sum()),
            tissue=composition(
                self._tissues, self.tissue[readable], self.tissue_probabilities[readable]
            ),
            center=composition(
                self._centers, self.center[readable], self.center_probabilities[readable]
            ),
            outside_share=(None if self.threshold is None else float(self.far()[readable].mean())),
            outside_threshold=self.threshold,
            counts=(
                dict(zip(KINDS, (int(n) for n in kinds), strict=True)) if self.has_kinds else None
            ),
            counts_basis=self.kinds_basis,
            center_draw=center_draw(
                Neighbors(
                    self._found.indices[readable, : self._k],
                    self._found.distances[readable, : self._k],
                ),
                self._tissue_codes,
                self._center_codes,
                blocks,
                seed,
            ),
            sharpness_of_reference=(
                float(np.quantile(usual, USUAL_QUANTILE)) if len(usual) else None
            ),
            tissue_reliability=self._tissue_reliability,
            center_reliability=self._center_reliability,
            nearest_center=composition(
                self._centers,
                nearest_center,
                shares(nearest_center.astype(np.intp), len(self._centers)),
            ),
            outside=self._outside,
        )


def _spread(
    probe: Probe, values: NDArray[np.float32], names: NDArray[np.str_]
) -> NDArray[np.float32]:
    """Probabilities over all ``names``: 0 for those the probe has not seen."""
    probabilities = np.zeros((len(values), len(names)), np.float32)
    columns = np.searchsorted(names, probe.classes)
    probabilities[:, columns] = probe.predict_proba(values)
    return probabilities


def _composition(
    names: NDArray[np.str_],
    indices: NDArray[np.int16],
    probabilities: NDArray[np.floating],
    blocks: NDArray[np.intp],
    seed: int,
) -> Composition:
    bounds = mean_intervals(shares(indices.astype(np.intp), len(names)), blocks, seed)
    return Composition(
        names=[str(name) for name in names],
        counts=[int(n) for n in np.bincount(indices, minlength=len(names))],
        mean_probability=[float(p) for p in probabilities.mean(axis=0, dtype=np.float64)],
        low=None if bounds is None else bounds[:, 0].tolist(),
        high=None if bounds is None else bounds[:, 1].tolist(),
    )


def _best(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    best: NDArray[np.float32] = probabilities.max(axis=1)
    return best
