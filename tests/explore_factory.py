"""Runs that can be explored: a slide and a reference set of the tests, neighbors made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from pathgui.core.explore.maps import MapFacts, TileMap
from pathgui.core.explore.neighborhood import KeptNeighbors, KnownTiles, kinds_of
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import Evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate

FIRST, SECOND = "color-statistics", "shell"
K, DEPTH = 5, 10


def explorable(reference: ReferenceSet, slide_path: Path, center: str) -> Evaluation:
    """A run of two encoders on the slide: tiles as they are, neighbors and maps at random.

    Of a set of colors everything follows from the color, which is too plain to explore.
    """
    with open_slide(slide_path) as slide:
        made = evaluate(ask(reference, (FIRST,), slide, center=center, maps=False))
    tiles, known, run = made.tiles, made.known, made.run
    assert tiles is not None
    assert known is not None
    rng = np.random.default_rng(0)
    n = len(tiles.cells)
    results, of_slide, among, maps = [], {}, {}, {}
    one = replace(run.encoders[0], reference=replace(run.encoders[0].reference, k=K))
    for name, title in ((FIRST, "Color statistics"), (SECOND, "SHELL")):
        results.append(replace(one, encoder=replace(one.encoder, name=name, title=title)))
        of_slide[name] = _neighbors(rng, n, len(known))
        among[name] = _neighbors(rng, len(known), len(known))
        maps[name] = _map(rng, n, len(known))
    # The second map lacks the first ten reference tiles, as a sample may.
    whole = maps[SECOND]
    maps[SECOND] = replace(whole, rows=whole.rows[10:], positions=whole.positions[10:])
    columns = {
        name: dict.fromkeys((FIRST, SECOND), getattr(tiles, name)[FIRST])
        for name in (
            "tissue", "tissue_probability", "center", "center_probability", "distance", "outside",
        )
    }  # fmt: skip
    own = np.full(n, run.reference.centers.index(center))
    columns["kinds"] = {
        name: _kinds(each, tiles.tissue[FIRST], own, known) for name, each in of_slide.items()
    }
    columns["neighbors"] = {name: each.rows for name, each in of_slide.items()}
    columns["neighbor_distance"] = {name: each.distances for name, each in of_slide.items()}
    facts = MapFacts("t-SNE", len(known), n, 6, 0.99, 30.0, 0, 0.43, 1.2)
    return replace(
        made,
        run=replace(
            run,
            encoders=[replace(each, map=facts) for each in results],
            settings=replace(run.settings, maps=True),
        ),
        tiles=replace(tiles, **columns),
        known=replace(known, neighbors=among),
        maps=maps,
    )


def _neighbors(rng: np.random.Generator, n: int, of: int) -> KeptNeighbors:
    rows = np.array([rng.permutation(of)[:DEPTH] for _ in range(n)], np.int32)
    return KeptNeighbors(rows, np.sort(rng.random((n, DEPTH)).astype(np.float32), axis=1))


def _kinds(
    found: KeptNeighbors, tissue: np.ndarray, center: np.ndarray, known: KnownTiles
) -> np.ndarray:
    kinds = kinds_of(found.rows[:, :K], tissue, center, known)
    counts = [(kinds == index).sum(axis=1) for index in range(len(KINDS))]
    return np.stack(counts, axis=1).astype(np.int16)


def _map(rng: np.random.Generator, n_slide: int, n_known: int) -> TileMap:
    """Points on a lattice, so that none hides another; the slide's in the lower half."""
    columns = 15
    places = np.arange(n_slide + n_known)
    points = np.column_stack([places % columns, places // columns]).astype(np.float32)
    points[:n_known] = rng.permutation(points[:n_known])
    return TileMap(
        np.arange(n_known, dtype=np.int32),
        points[:n_known],
        np.arange(n_slide, dtype=np.int32),
        points[n_known:],
    )
