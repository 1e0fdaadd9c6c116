"""Collects, while encoders run, what a run keeps so that it can be explored: neighbors, maps."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.explore.maps import (
    MOST_SLIDE_TILES,
    MapFacts,
    ReferenceMap,
    TileMap,
    balanced_sample,
    map_reference,
)
from pathgui.core.explore.neighborhood import KeptNeighbors, KnownTiles, kept, kept_depth
from pathgui.core.language.texts import noted, say
from pathgui.core.metrics.neighbors.blocks import row_norms
from pathgui.core.metrics.neighbors.search import Neighbors, nearest
from pathgui.core.progress import Notice, ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet

METHOD = noted("t-SNE (openTSNE) of the principal components of embeddings scaled to length 1")


class SlideSample:
    """Embeddings of some of a slide's tiles, taken as they come: the others need not be kept."""

    def __init__(self, n_tiles: int, dim: int, *, seed: int) -> None:
        self.rows = balanced_sample(np.zeros(n_tiles), MOST_SLIDE_TILES, seed)
        self.values = np.full((len(self.rows), dim), np.nan, np.float32)  # NaN: not readable
        self._place = np.full(n_tiles, -1, np.intp)
        self._place[self.rows] = np.arange(len(self.rows))

    def take(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        """Embeddings (m, d) of the tiles ``rows`` (m,)."""
        places = self._place[rows]
        self.values[places[places >= 0]] = values[places >= 0]


class Exploration:
    """Neighbors of the reference tiles among each other, and maps, encoder by encoder."""

    def __init__(self, reference: ReferenceSet, *, seed: int, many_slides: bool = False) -> None:
        """``many_slides``: maps are kept in a form on which slide after slide can be placed."""
        self._reference = reference
        self._layouts: dict[str, ReferenceMap] | None = {} if many_slides else None
        self._seed = seed
        self._neighbors: dict[str, KeptNeighbors] = {}
        self._maps: dict[str, TileMap] = {}
        self._facts: dict[str, MapFacts] = {}

    def add_neighbors(
        self,
        encoder: str,
        values: NDArray[np.float32],
        rows: NDArray[np.intp],
        k: int,
        device: str = "cpu",
    ) -> Neighbors | None:
        """Find and keep the neighbors of the reference tiles ``rows`` (m,), embeddings (m, d).

        Returns them, k or more of each of the m tiles, own slide and patient left out; None if
        some embeddings have no direction, and so no neighbors.
        """
        groups = self._reference.labels.take(rows).groups
        usable = _usable(values)
        depth = kept_depth(k, len(usable))
        most = max(depth, min(k, len(usable)))
        found = nearest(values[usable], groups[usable], most, device=device)
        self._neighbors[encoder] = kept(
            found, depth, rows=rows[usable], of=rows[usable], n=len(self._reference)
        )
        return found if len(usable) == len(values) else None

    def add_map(
        self,
        encoder: str,
        values: NDArray[np.float32],
        rows: NDArray[np.intp],
        slide: SlideSample | None,
        report: ProgressFn,
    ) -> None:
        """Lay out the reference tiles ``rows`` (m,), embeddings (m, d), and place the slide's."""
        begun = time.perf_counter()
        labels = self._reference.labels.take(rows)
        made = map_reference(values, labels.slide, seed=self._seed, report=report)
        if made is None:
            report(
                Notice(say("There is no map: too few reference tiles, or numbers in an embedding."))
            )
            return
        if self._layouts is not None:
            self._layouts[encoder] = made
        slide_rows, placed = _place(made, slide, report)
        self._maps[encoder] = TileMap(
            rows[made.rows].astype(np.int32), made.positions, slide_rows.astype(np.int32), placed
        )
        self._facts[encoder] = MapFacts(
            method=METHOD,
            n_tiles=len(made.rows),
            n_slide_tiles=len(slide_rows),
            components=made.components,
            variance_kept=made.variance_kept,
            perplexity=made.perplexity,
            seed=self._seed,
            neighbors_kept=made.neighbors_kept(),
            seconds=round(time.perf_counter() - begun, 3),
        )

    def place(
        self, encoder: str, slide: SlideSample, report: ProgressFn
    ) -> tuple[MapFacts, TileMap] | None:
        """A slide on the map of an encoder, which was kept for many; None if there is none."""
        made = None if self._layouts is None else self._layouts.get(encoder)
        if made is None:
            return None
        begun = time.perf_counter()
        slide_rows, placed = _place(made, slide, report)
        facts = replace(
            self._facts[encoder],
            n_slide_tiles=len(slide_rows),
            seconds=round(time.perf_counter() - begun, 3),
        )
        laid = replace(
            self._maps[encoder], slide_rows=slide_rows.astype(np.int32), slide_positions=placed
        )
        return facts, laid

    def facts(self, encoder: str) -> MapFacts | None:
        """How the encoder's map was made; None where it has none."""
        return self._facts.get(encoder)

    def maps(self, encoders: list[str]) -> dict[str, TileMap]:
        """The maps of those encoders that have one."""
        return {name: self._maps[name] for name in encoders if name in self._maps}

    def known(self, encoders: list[str]) -> KnownTiles:
        """The reference tiles, with their neighbors by those encoders."""
        reference = self._reference
        return KnownTiles(
            names=reference.tiles,
            files=reference.files,
            slides=tuple(str(name) for name in reference.labels.slide),
            tissue=np.searchsorted(reference.tissues, reference.labels.tissue).astype(np.int16),
            center=np.searchsorted(reference.centers, reference.labels.center).astype(np.int16),
            places_l0=(
                np.full((len(reference), 2), np.nan)
                if reference.places_l0 is None
                else reference.places_l0
            ),
            neighbors={name: self._neighbors[name] for name in encoders if name in self._neighbors},
        )


def _place(
    made: ReferenceMap, slide: SlideSample | None, report: ProgressFn
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Rows of the slide's tiles that have a place on the map, and the places."""
    if slide is None:
        return np.empty(0, np.intp), np.empty((0, 2), np.float32)
    usable = _usable(slide.values)
    return slide.rows[usable], made.place(slide.values[usable], report)


def _usable(values: NDArray[np.float32]) -> NDArray[np.intp]:
    """Rows that have a direction: neither zero nor without an end."""
    norms = row_norms(values)
    return np.flatnonzero(np.isfinite(norms) & (norms > 0))
