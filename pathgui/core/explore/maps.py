"""Maps: the tiles of a reference set laid out on a plane by t-SNE, and a slide's tiles among them.

A map is a picture to look at, not a measurement: t-SNE keeps some neighbors and bends the rest.
How many it keeps is told with it (:attr:`MapFacts.neighbors_kept`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.blocks import row_norms
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.system.devices import usable_cores

MAPS_FILE = "maps.parquet"
MOST_TILES = 5_000  # of the reference set; the cost grows a little faster than their number
MOST_SLIDE_TILES = 20_000
FEWEST_TILES = 10
COMPONENTS = 50
PERPLEXITY = 30.0
ITERATIONS = (250, 500)  # with the attraction exaggerated, and without
EXAGGERATION = 12.0
KEPT_OF = 10  # neighbors that MapFacts.neighbors_kept looks at
_REPORT_EVERY = 10
_PLACED_AT_ONCE = 1_000
_PLACE_PERPLEXITY = 5.0
_PLACE_ITERATIONS = 100
_MOST_JOBS = 4

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class TileMap:
    """Positions of one encoder's tiles. Distances have no unit; axes mean nothing."""

    rows: NDArray[np.int32]  # (m,) rows of the reference set, rising
    positions: NDArray[np.float32]  # (m, 2)
    slide_rows: NDArray[np.int32]  # (q,) rows of the tile grid, rising; empty without a slide
    slide_positions: NDArray[np.float32]  # (q, 2)


@dataclass(frozen=True)
class MapFacts:
    """How a map was made, and how far it can be trusted."""

    method: str
    n_tiles: int  # of the reference set
    n_slide_tiles: int
    components: int  # principal components that it starts from
    variance_kept: float  # by those components, 0..1
    perplexity: float
    seed: int
    # of each tile's 10 nearest by those components, the share also on the map
    neighbors_kept: float
    seconds: float


class ReferenceMap:
    """A map of reference tiles onto which further tiles can be placed.

    Made by :func:`map_reference`. ``rows`` (m,) are the rows that were laid out, ``positions``
    (m, 2) where they lie.
    """

    def __init__(
        self,
        rows: NDArray[np.intp],
        embedding: Any,
        pca: Any,
        reduced: NDArray[np.float64],
        perplexity: float,
    ) -> None:
        self.rows = rows.astype(np.int32)
        self.positions = np.asarray(embedding, np.float32)
        self.components = int(pca.n_components_)
        self.variance_kept = float(min(1.0, pca.explained_variance_ratio_.sum()))
        self.perplexity = perplexity
        self._embedding = embedding
        self._pca = pca
        self._reduced = reduced

    def place(self, values: Floats, report: ProgressFn = ignore_progress) -> NDArray[np.float32]:
        """Positions (q, 2) of further embeddings (q, d) on this map, which stays as it is.

        Each tile finds its place among the reference tiles alone: where other tiles of the slide
        lie has no influence, so the order and number of the rows have none either.
        """
        placed = np.empty((len(values), 2), np.float32)
        for start in range(0, len(values), _PLACED_AT_ONCE):
            report(
                Progress(
                    say("Placing the slide's tiles on the map"), start, len(values), part=Part.MAPS
                )
            )
            part = slice(start, start + _PLACED_AT_ONCE)
            placed[part] = self._embedding.transform(
                self._pca.transform(_unit(values[part])),
                perplexity=min(_PLACE_PERPLEXITY, self.perplexity),
                n_iter=_PLACE_ITERATIONS,
            )
        report(
            Progress(
                say("Placing the slide's tiles on the map"),
                len(values),
                len(values),
                part=Part.MAPS,
            )
        )
        return placed

    def neighbors_kept(self, among: int = KEPT_OF) -> float:
        """Of each tile's ``among`` nearest by components, the share that the map keeps (mean)."""
        from sklearn.neighbors import NearestNeighbors

        among = min(among, len(self.rows) - 1)
        found = [
            NearestNeighbors(n_neighbors=among, algorithm="brute")
            .fit(points)
            .kneighbors(return_distance=False)
            for points in (self._reduced, self.positions.astype(np.float64))
        ]
        shared = (found[0][:, :, None] == found[1][:, None, :]).any(axis=2)
        return float(shared.mean())


def balanced_sample(slides: NDArray[np.generic], most: int, seed: int) -> NDArray[np.intp]:
    """At most ``most`` of n tiles, rising rows: as evenly over ``slides`` (n,) as there are tiles.

    A slide with few tiles gives all of them, and the others share what is left. The same seed
    draws the same tiles.

    >>> balanced_sample(np.array(list("aaaaaaaabb")), 5, seed=0).shape
    (5,)
    >>> sum(row >= 8 for row in balanced_sample(np.array(list("aaaaaaaabb")), 5, seed=0).tolist())
    2
    """
    n = len(slides)
    if n <= most:
        return np.arange(n)
    shuffled = np.random.default_rng(seed).permutation(n)
    codes = np.unique(slides, return_inverse=True)[1].ravel()[shuffled]
    by_slide = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[by_slide], np.arange(codes.max() + 1))
    turn = np.empty(n, np.intp)  # the how-manieth of its slide a tile is, in shuffled order
    turn[by_slide] = np.arange(n) - starts[codes[by_slide]]
    first = np.argsort(turn, kind="stable")[:most]
    return np.sort(shuffled[first])


def map_reference(
    values: Floats,
    slides: NDArray[np.generic],
    *,
    seed: int = 0,
    most: int = MOST_TILES,
    report: ProgressFn = ignore_progress,
    jobs: int | None = None,
) -> ReferenceMap | None:
    """Lay out reference tiles by t-SNE: unit length, 50 principal components, openTSNE.

    Parameters
    ----------
    values : (n, d) float array
        Embeddings. Rows that are zero or not finite are left out.
    slides : (n,) array
        Which slide each tile is from; a sample is drawn evenly over slides.
    seed : int
        Of the sample and of the components; the same seed and number of ``jobs`` give the same
        map on one machine.
    most : int
        Tiles that are laid out at most.
    report : callback
        Called every ten steps; may raise to stop.
    jobs : int, optional
        Threads; by default one less than there are cores, at most 4.

    Returns
    -------
    ReferenceMap or None
        None with fewer than 10 usable tiles, or one number an embedding, which of unit length
        says no more than its sign: there is nothing to lay out.

    References
    ----------
    van der Maaten and Hinton 2008; Poličar, Stražar and Zupan 2024 (openTSNE); PCA to 50 before
    it as in Kobak and Berens 2019.
    """
    norms = row_norms(values)
    usable = np.flatnonzero(np.isfinite(norms) & (norms > 0))
    if len(usable) < FEWEST_TILES or values.shape[1] < 2:
        return None
    import openTSNE
    from openTSNE import affinity, initialization
    from sklearn.decomposition import PCA

    rows = usable[balanced_sample(slides[usable], most, seed)]
    total = sum(ITERATIONS)

    def step(done: int) -> None:
        report(Progress(say("Laying out the map"), done, total, part=Part.MAPS))

    step(0)
    unit = _unit(values[rows])
    components = min(COMPONENTS, unit.shape[1], len(rows) - 1)
    # By numpy's eigh: the others go through scipy's svd, which holds up every other thread.
    pca = PCA(components, svd_solver="covariance_eigh").fit(unit)
    reduced = pca.transform(unit)
    threads = jobs or max(1, min(_MOST_JOBS, usable_cores() - 1))
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    near = affinity.PerplexityBasedNN(
        reduced, perplexity=perplexity, method="exact", n_jobs=threads, random_state=seed
    )
    embedding = openTSNE.TSNEEmbedding(
        initialization.pca(reduced, random_state=seed),
        near,
        n_jobs=threads,
        random_state=seed,
        negative_gradient_method="bh" if len(rows) < 10_000 else "fft",
        learning_rate="auto",
    )
    before = 0
    for count, exaggeration in zip(ITERATIONS, (EXAGGERATION, 1.0), strict=True):
        done_before = before

        def watch(iteration: int, error: float, points: object, base: int = done_before) -> bool:
            step(base + iteration)
            return False  # do not stop

        embedding = embedding.optimize(
            count,
            exaggeration=exaggeration,
            momentum=0.8,
            callbacks=watch,
            callbacks_every_iters=_REPORT_EVERY,
        )
        before += count
    # Placing tiles later goes by the same parameters, without anybody watching.
    embedding.gradient_descent_params.update(callbacks=None, use_callbacks=False)
    return ReferenceMap(rows, embedding, pca, reduced, perplexity)


def _unit(values: Floats) -> NDArray[np.float32]:
    """Rows of length 1: their Euclidean distance orders as the cosine distance does."""
    norms = np.maximum(row_norms(values), np.finfo(np.float32).tiny)
    return np.asarray(values / norms[:, None], np.float32)


def to_arrow(
    maps: Mapping[str, TileMap],
    tissues: Sequence[str],
    centers: Sequence[str],
    slides: Sequence[str],
    own_slide: str,
) -> pa.Table:
    """All maps as one table, readable by itself; one row a tile and encoder.

    ``tissues``, ``centers`` and ``slides`` are the labels of all reference tiles. Tiles of the
    evaluated slide bear its name, ``own_slide``, and no labels: what encoders say of them is in
    ``tiles.parquet``.
    """
    columns: dict[str, list[Any]] = {
        name: [] for name in ("encoder", "part", "row", "x", "y", "tissue", "center", "slide")
    }
    for encoder, each in maps.items():
        for part, rows, positions in (
            ("reference", each.rows, each.positions),
            ("slide", each.slide_rows, each.slide_positions),
        ):
            known = part == "reference"
            columns["encoder"] += [encoder] * len(rows)
            columns["part"] += [part] * len(rows)
            columns["row"] += rows.tolist()
            columns["x"] += positions[:, 0].tolist()
            columns["y"] += positions[:, 1].tolist()
            columns["tissue"] += [tissues[row] if known else None for row in rows]
            columns["center"] += [centers[row] if known else None for row in rows]
            columns["slide"] += [slides[row] if known else own_slide for row in rows]
    text = pa.dictionary(pa.int32(), pa.string())
    types = {"row": pa.int32(), "x": pa.float32(), "y": pa.float32()}
    schema = pa.schema([(name, types.get(name, text)) for name in columns])
    return pa.table(columns, schema)


def from_arrow(table: pa.Table) -> dict[str, TileMap]:
    """The maps that :func:`to_arrow` wrote, by encoder. Raises KeyError where a column lacks."""
    encoder = np.array(table.column("encoder").to_pylist(), object)
    known = np.array(table.column("part").to_pylist(), object) == "reference"
    rows = np.asarray(table.column("row").to_numpy(), np.int32)
    positions = np.column_stack(
        [np.asarray(table.column(axis).to_numpy(), np.float32) for axis in "xy"]
    )
    maps = {}
    for name in dict.fromkeys(encoder.tolist()):
        own = encoder == name
        maps[str(name)] = TileMap(
            rows[own & known], positions[own & known], rows[own & ~known], positions[own & ~known]
        )
    return maps


def load_maps(folder: Path) -> dict[str, TileMap]:
    """The maps kept in a run's folder, by encoder; empty where none were made."""
    path = folder / MAPS_FILE
    return from_arrow(pq.read_table(path)) if path.is_file() else {}
