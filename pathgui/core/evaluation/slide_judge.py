"""What one encoder says of the tiles of a slide, read against a reference set."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.explore.neighborhood import KeptNeighbors, kept
from pathgui.core.language.texts import say
from pathgui.core.measurement.slide_level import (
    blocks_of,
    center_draw,
    mean_intervals,
    shares,
)
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import KINDS, kinds_among
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.outside import SlideOutside, SlideSums
from pathgui.core.metrics.probe import Probe
from pathgui.core.progress import TileAnswers
from pathgui.core.runs.record import Composition, SlideMeasurement


class SlideJudge:
    """Tissue, center and neighbors of slide tiles, for one encoder.

    Tiles come in blocks. The numbers depend on which tiles a block holds, in their last digits, and
    not on the order in which blocks come.
    """

    def __init__(
        self,
        encoder: str,
        fit: ReferenceFit,
        *,
        n_tiles: int,
        center: str | None,
        tissue: str | None,
    ) -> None:
        """Begin with a slide.

        Parameters
        ----------
        fit
            Of reference tiles that may judge this slide: none of them from the slide itself or
            from its patient.
        n_tiles
            Of the slide.
        center, tissue
            Of the slide, where known.
        """
        self._encoder = encoder
        self._fit = fit
        self._given_center = center
        self._given_tissue = tissue
        tissues, centers = len(fit.tissues), len(fit.centers)
        self.tissue = np.full(n_tiles, -1, np.int16)
        self.center = np.full(n_tiles, -1, np.int16)
        self.tissue_probabilities = np.full((n_tiles, tissues), np.nan, np.float32)
        self.center_probabilities = np.full((n_tiles, centers), np.nan, np.float32)
        self.nearest_center = np.full(n_tiles, -1, np.int16)
        self.distance = np.full(n_tiles, np.nan, np.float32)
        self.kinds = np.zeros((n_tiles, len(KINDS)), np.int16)
        self.edge = fit.edge
        self.threshold = None if self.edge is None else self.edge.rule.far_threshold
        self._near, self._all = (SumsInOrder(tissues, fit.dim) for _ in range(2))
        self._outside: SlideOutside | None = None
        deepest = max(fit.k, fit.depth)
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
        called = self._fit.labels.columns
        if not self.has_kinds:
            return called.say(say("the slide's {center} is not given"))
        tissue = self._given_tissue or called.say(say("each tile's predicted {tissue}"))
        return f"{called.of_center} {self._given_center}; {called.of_tissue}: {tissue}"

    def __call__(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> TileAnswers:
        """Judge the tiles ``rows`` by their embeddings."""
        self.tissue_probabilities[rows] = _spread(self._fit.tissue_probe, values, self._fit.tissues)
        self.center_probabilities[rows] = _spread(self._fit.center_probe, values, self._fit.centers)
        self.tissue[rows] = self.tissue_probabilities[rows].argmax(axis=1)
        self.center[rows] = self.center_probabilities[rows].argmax(axis=1)
        found = self._fit.search(values, self._found.depth)
        self._found.indices[rows] = found.indices
        self._found.distances[rows] = found.distances
        self.distance[rows] = found.distances[:, 0]
        self.nearest_center[rows] = self._fit.center_codes[found.indices[:, 0]]
        if self.has_kinds:
            self.kinds[rows] = self._count_kinds(rows, found.indices[:, : self._fit.k])
        far = self.far()[rows]
        tissue = self.tissue[rows].astype(np.intp)
        first = int(rows.min(initial=len(self.tissue)))
        self._all.add(first, values, tissue)
        self._near.add(first, values[~far], tissue[~far])
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
            tissue = self._fit.tissues[self.tissue[rows]]
        else:
            tissue = np.full(len(rows), self._given_tissue)
        center = np.full(len(rows), self._given_center)
        kinds = kinds_among(
            neighbors, tissue, center, self._fit.labels.tissue, self._fit.labels.center
        )
        return ri.counts_by_anchor(kinds, self._fit.k).astype(np.int16)

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
        return list(zip(near[there].tolist(), self._fit.rows[found[there]].tolist(), strict=True))

    def neighbors(self) -> KeptNeighbors:
        """The nearest reference tiles of each tile, as the record keeps them."""
        n = len(self.tissue)
        return kept(self._found, self._fit.depth, rows=self._fit.rows, of=np.arange(n), n=n)

    def far(self) -> NDArray[np.bool_]:
        """Tiles farther from their nearest reference tile than the threshold: see ``FAR_MEANS``.

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
        if self.edge is not None:
            self._outside = self.edge.of(
                self.far()[readable], self._near.total(), self._all.total()
            )
        kinds = self.kinds[readable].sum(axis=0)
        nearest_center = self.nearest_center[readable]
        composition = partial(_composition, blocks=blocks, seed=seed)
        return SlideMeasurement(
            n_tiles=int(readable.sum()),
            tissue=composition(
                self._fit.tissues, self.tissue[readable], self.tissue_probabilities[readable]
            ),
            center=composition(
                self._fit.centers, self.center[readable], self.center_probabilities[readable]
            ),
            outside_share=(None if self.threshold is None else float(self.far()[readable].mean())),
            outside_threshold=self.threshold,
            counts=(
                dict(zip(KINDS, (int(n) for n in kinds), strict=True)) if self.has_kinds else None
            ),
            counts_basis=self.kinds_basis,
            center_draw=center_draw(
                Neighbors(
                    self._found.indices[readable, : self._fit.k],
                    self._found.distances[readable, : self._fit.k],
                ),
                self._fit.tissue_codes,
                self._fit.center_codes,
                blocks,
                seed,
            ),
            sharpness_of_reference=self._fit.usual_sharpness,
            tissue_reliability=self._fit.tissue_reliability,
            center_reliability=self._fit.center_reliability,
            nearest_center=composition(
                self._fit.centers,
                nearest_center,
                shares(nearest_center.astype(np.intp), len(self._fit.centers)),
            ),
            outside=self._outside,
        )


class SumsInOrder:
    """Sums over blocks of tiles, always added up in the order of the tiles.

    Of numbers with a point, the last digit of a sum depends on the order.
    """

    def __init__(self, n_tissues: int, dim: int) -> None:
        self._shape = n_tissues, dim
        self._blocks: dict[int, SlideSums] = {}

    def add(self, first: int, values: NDArray[np.float32], tissue: NDArray[np.intp]) -> None:
        """Add a block whose first tile is ``first``: embeddings (m, d), codes (m,) of tissues."""
        sums = self._blocks[first] = SlideSums(*self._shape)
        sums.add(values, tissue)

    def total(self) -> SlideSums:
        """Over all blocks."""
        total = SlideSums(*self._shape)
        for _, sums in sorted(self._blocks.items()):
            total.total += sums.total
            total.tissues += sums.tissues
        return total


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
