"""A model of how embeddings vary between cells, slides and tiles, from which slides are drawn.

The embedding of a tile is the sum of four parts: the mean of its cell (tissue and center), what its
slide adds to all of its tiles, what it adds to those of one tissue, and what the tile adds. The
variances of the last three are estimated as in a nested analysis of variance, so that the spread of
tiles is not taken for a spread of slides. Cell means are shrunk by what chance alone puts between
them: with three slides a cell, cells of pure noise lie apart, and new slides drawn about them would
be told apart by center.

The directions in which slides and tiles vary are those that were seen; drawn parts are normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.jackknife import Codes

LEAST_DF = 0.9  # degrees of freedom, below which a variance is not known
MOST_DIRECTIONS = 256  # of the embeddings; what lies across them is a few percent of their spread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """A slide, or all slides of a patient: tiles of each cell that it has tiles in."""

    tiles: tuple[tuple[int, int], ...]  # cell, tiles; by cell

    @property
    def cells(self) -> tuple[int, ...]:
        """The cells that it has tiles in."""
        return tuple(cell for cell, _ in self.tiles)


@dataclass(frozen=True)
class Design:
    """The slides of a set: which cells there are, and how many tiles each slide has in which."""

    cells: NDArray[np.intp]  # (c, 2) tissue and center
    units: tuple[Unit, ...]

    @property
    def n_tiles(self) -> int:
        """Tiles of all slides."""
        return sum(n for unit in self.units for _, n in unit.tiles)

    def kinds(self) -> dict[tuple[int, ...], int]:
        """How many slides have tiles in the same cells, by these cells."""
        found: dict[tuple[int, ...], int] = {}
        for unit in self.units:
            found[unit.cells] = found.get(unit.cells, 0) + 1
        return dict(sorted(found.items()))

    def times(self, factor: int) -> Design:
        """The same with ``factor`` times as many slides."""
        return Design(self.cells, self.units * factor)

    def raised(self, least: int) -> Design:
        """The same with at least ``least`` slides of each kind: its own, again from the first."""
        units = list(self.units)
        for cells, n in self.kinds().items():
            like = [unit for unit in self.units if unit.cells == cells]
            units += [like[i % n] for i in range(max(0, least - n))]
        return Design(self.cells, tuple(units))

    def thinned(self, share: float) -> Design:
        """The same with that share of the tiles of each slide, one of each cell at least."""
        return Design(
            self.cells,
            tuple(
                Unit(tuple((cell, max(1, round(n * share))) for cell, n in unit.tiles))
                for unit in self.units
            ),
        )

    def columns(self) -> tuple[Codes, Codes]:
        """Cell and slide of each tile, slide after slide."""
        pieces = [
            (cell, number, n) for number, unit in enumerate(self.units) for cell, n in unit.tiles
        ]
        cell, unit, times = np.array(pieces, np.intp).T
        return np.repeat(cell, times), np.repeat(unit, times)


def design_of(tissue: Codes, center: Codes, groups: Codes) -> tuple[Design, Codes]:
    """The design of a set, and the cell of each tile."""
    cells, cell = np.unique(np.stack([tissue, center], axis=1), axis=0, return_inverse=True)
    cell = cell.ravel().astype(np.intp)
    pieces, sizes = np.unique(np.stack([groups, cell]), axis=1, return_counts=True)
    of_unit: dict[int, list[tuple[int, int]]] = {}
    for (group, which), n in zip(pieces.T.tolist(), sizes.tolist(), strict=True):
        of_unit.setdefault(group, []).append((which, n))
    return Design(
        cells.astype(np.intp), tuple(Unit(tuple(each)) for each in of_unit.values())
    ), cell


@dataclass(frozen=True)
class SlideModel:
    """What slides are drawn from; d directions."""

    means: Floats  # (c, d) of the cells
    cell_of: Codes  # (p,) cell of each piece
    tissue_of: Codes  # (c,) tissue of each cell
    slides: Floats  # (s, d) directions of what a slide adds; a draw is a random sum of them
    lengths: Floats  # (s,) how far the slides lie out, in parts of the mean
    pieces: Floats  # (p, d) directions of what a slide adds to its tiles of one cell
    tiles: Floats  # (., d) directions of what a tile adds
    spread: Floats  # (p,) of the tiles of each piece, in parts of the mean
    variances: tuple[float, float, float]  # of slides, pieces and tiles, summed over directions

    def draw(self, design: Design, rng: np.random.Generator) -> NDArray[np.float32]:
        """Embeddings of the tiles of new slides, in the order of ``design.columns``."""
        cell, unit = design.columns()
        piece, like = self._pieces(cell, unit, rng)
        values = self.means[cell]
        far = rng.choice(self.lengths, len(design.units))
        values += (_sums(self.slides, len(design.units), rng) * far[:, None])[unit]
        values += _sums(self.pieces, len(like), rng)[piece]
        values += _sums(self.tiles, len(cell), rng) * self.spread[like][piece, None]
        return values.astype(np.float32)

    def _pieces(self, cell: Codes, unit: Codes, rng: np.random.Generator) -> tuple[Codes, Codes]:
        """The piece of each tile, and for each piece one that was seen of the same tissue."""
        keys, piece = np.unique(np.stack([unit, cell]), axis=1, return_inverse=True)
        like = np.empty(keys.shape[1], np.intp)
        tissue, seen = self.tissue_of[keys[1]], self.tissue_of[self.cell_of]
        for each in np.unique(tissue):
            like[tissue == each] = rng.choice(np.flatnonzero(seen == each), (tissue == each).sum())
        return piece.ravel().astype(np.intp), like


def _sums(directions: Floats, n: int, rng: np.random.Generator) -> Floats:
    if not len(directions):
        return np.zeros((n, directions.shape[1]))
    drawn: Floats = rng.standard_normal((n, len(directions))) @ directions
    return drawn


def fit(
    embeddings: NDArray[np.floating[Any]],
    design: Design,
    cell: Codes,
    groups: Codes,
) -> SlideModel | None:
    """The model of embeddings (n, d), whose tiles are of ``cell`` and of the slide ``groups``.

    None where slides cannot be told from cells: each cell has tiles of one slide alone.
    """
    values = _directions(embeddings)
    keys, piece = np.unique(np.stack([groups, cell]), axis=1, return_inverse=True)
    piece = piece.ravel().astype(np.intp)
    slide_of = np.unique(keys[0], return_inverse=True)[1].astype(np.intp)
    cell_of = keys[1].astype(np.intp)
    sizes = np.bincount(piece)
    means = _means(values, piece, len(sizes))
    # A cell's mean is that of its slides, each with the same weight, as slides are what is drawn.
    cell_means = _means(means, cell_of, len(design.cells))
    off = means - cell_means[cell_of]
    within = values - means[piece]
    df_tiles = len(values) - len(sizes)
    tiles = float((within**2).sum()) / df_tiles if df_tiles else 0.0
    slide_means = _means(off, slide_of, len(design.units))
    apart = off - slide_means[slide_of]
    parts = _Parts.of(slide_of, cell_of, tiles / sizes)
    if parts.df_slides < LEAST_DF:
        return None
    slides, pieces = parts.variances(slide_means, apart)
    # As many directions as there are, of the same covariance.
    spread_of_tiles: Floats = within
    if len(within) > values.shape[1]:
        spread_of_tiles = np.asarray(np.linalg.qr(within, mode="r"), np.float64)
    return SlideModel(
        means=_shrunk(cell_means, design.cells, parts.chance(slides, pieces)),
        cell_of=cell_of,
        tissue_of=design.cells[:, 0],
        slides=_scaled(_eased(slide_means, parts.df_slides, spread_of_tiles), slides),
        lengths=_lengths(slide_means),
        pieces=_scaled(_eased(apart, parts.df_pieces, spread_of_tiles), pieces),
        tiles=_scaled(spread_of_tiles, tiles),
        spread=_spread(within, piece, tiles),
        variances=(slides, pieces, tiles),
    )


@dataclass(frozen=True)
class _Parts:
    """How much of the variance of slides and pieces is seen in what is left when cells are off.

    Henderson's first method: sums of squares are set equal to what they are expected to be.
    """

    sizes: Codes  # (s,) pieces of each slide
    of_slides: tuple[float, float, float]  # in the slides' squares: of slides, pieces, tiles
    of_pieces: tuple[float, float, float]  # in the pieces' squares
    df_slides: float
    df_pieces: float
    weights: Floats  # (s, c) of the slides in the means of the cells
    of_cell: tuple[Floats, Floats]  # (c,) of pieces and of tiles in the errors of those means

    @classmethod
    def of(cls, slide_of: Codes, cell_of: Codes, noise: Floats) -> _Parts:
        """``noise``: of each piece's mean, from its tiles alone."""
        n_slides, n_cells = int(slide_of.max()) + 1, int(cell_of.max()) + 1
        sizes, in_cell = np.bincount(slide_of), np.bincount(cell_of, minlength=n_cells)
        weights = np.zeros((n_slides, n_cells))
        weights[slide_of, cell_of] = 1 / in_cell[cell_of]
        # What each slide adds to each piece that is left, and to the means of the slides.
        left = -weights[:, cell_of].T
        left[np.arange(len(slide_of)), slide_of] += 1
        to_slides = _means(left, slide_of, n_slides)
        # What each piece adds to the means of the slides.
        from_pieces = -1.0 * (weights > 0)[:, cell_of] / (sizes[:, None] * in_cell[cell_of])
        from_pieces[slide_of, np.arange(len(slide_of))] += 1 / sizes[slide_of]
        squares = from_pieces**2
        by_piece = 1 - 1 / in_cell[cell_of]
        slides = (
            float(sizes @ (to_slides**2).sum(axis=1)),
            float(sizes @ squares.sum(axis=1)),
            float(sizes @ squares @ noise),
        )
        return cls(
            sizes=sizes,
            of_slides=slides,
            of_pieces=(
                float((left**2).sum()) - slides[0],
                float(by_piece.sum()) - slides[1],
                float(by_piece @ noise) - slides[2],
            ),
            df_slides=float((to_slides**2).sum()),
            df_pieces=float(by_piece.sum()) - float((to_slides**2).sum()),
            weights=weights,
            of_cell=(
                1 / in_cell,
                np.bincount(cell_of, noise / in_cell[cell_of] ** 2, n_cells).astype(np.float64),
            ),
        )

    def variances(self, slide_means: Floats, apart: Floats) -> tuple[float, float]:
        """Of slides and of pieces, summed over directions; none is below 0."""
        seen = np.array(
            [
                float(self.sizes @ (slide_means**2).sum(axis=1)) - self.of_slides[2],
                float((apart**2).sum()) - self.of_pieces[2],
            ]
        )
        if self.df_pieces < LEAST_DF:  # slides of one tissue: what is of the piece is of the slide
            return max(0.0, seen[0] / self.of_slides[0]), 0.0
        slides, pieces = np.linalg.solve([self.of_slides[:2], self.of_pieces[:2]], seen)
        if slides < 0:
            return 0.0, max(0.0, seen.sum() / (self.of_slides[1] + self.of_pieces[1]))
        if pieces < 0:
            return max(0.0, seen.sum() / (self.of_slides[0] + self.of_pieces[0])), 0.0
        return float(slides), float(pieces)

    def chance(self, slides: float, pieces: float) -> Floats:
        """The covariance of the errors of the cells' means, (c, c)."""
        chance = slides * self.weights.T @ self.weights
        chance[np.diag_indices(len(chance))] += pieces * self.of_cell[0] + self.of_cell[1]
        return chance


def _directions(embeddings: NDArray[np.floating[Any]]) -> Floats:
    """Embeddings of length 1, turned and cut to the directions in which they vary most."""
    unit = np.array(embeddings, np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    if unit.shape[1] <= MOST_DIRECTIONS:
        return unit
    if len(unit) < unit.shape[1]:  # their length along each direction, from the products of tiles
        values, vectors = np.linalg.eigh(unit @ unit.T)
        longest: Floats = vectors * np.sqrt(np.maximum(values, 0))
        return longest[:, -MOST_DIRECTIONS:]
    turned: Floats = unit @ np.linalg.eigh(unit.T @ unit)[1][:, -MOST_DIRECTIONS:]
    return turned


def _means(values: Floats, of: Codes, n: int) -> Floats:
    sums = np.zeros((n, values.shape[1]))
    np.add.at(sums, of, values)
    means: Floats = sums / np.bincount(of, minlength=n)[:, None]
    return means


def _eased(rows: Floats, df: float, likely: Floats) -> Floats:
    """``rows`` with the directions that few slides could not show, as far as these are missing.

    The covariance of a few rows is of a few directions; it is drawn toward that of ``likely``, of
    the same variance, by the share of its distance from there that is error (Ledoit and Wolf 2004).
    """
    total, other = float((rows**2).sum()), float((likely**2).sum())
    if df < LEAST_DF or total <= 0 or other <= 0:
        return rows
    likely = likely * np.sqrt(total / other)
    apart = (
        float(((rows @ rows.T) ** 2).sum())
        - 2 * float(((rows @ likely.T) ** 2).sum())
        + float(((likely @ likely.T) ** 2).sum())
    )
    share = min(1.0, total**2 / df / apart) if apart > 0 else 1.0
    return np.vstack([np.sqrt(1 - share) * rows, np.sqrt(share) * likely])


def _scaled(rows: Floats, variance: float) -> Floats:
    """``rows`` so that a random sum of them has that variance, summed over directions."""
    total = float((rows**2).sum())
    if variance <= 0 or total <= 0:
        return np.zeros((0, rows.shape[1]))
    scaled: Floats = rows * np.sqrt(variance / total)
    return scaled


def _lengths(rows: Floats) -> Floats:
    squares = (rows**2).sum(axis=1)
    mean = float(squares.mean())
    lengths: Floats = np.sqrt(squares / mean) if mean > 0 else np.ones(len(rows))
    return lengths


def _spread(within: Floats, piece: Codes, mean: float) -> Floats:
    """How far the tiles of each piece spread, next to the mean of all."""
    sizes = np.bincount(piece)
    squares = np.bincount(piece, (within**2).sum(axis=1))
    if mean <= 0 or not (sizes > 1).any():
        return np.ones(len(sizes))
    spread = np.sqrt(squares / np.maximum(sizes - 1, 1) / mean)
    return np.where(sizes > 1, spread, 1.0)


def _shrunk(means: Floats, cells: NDArray[np.intp], chance: Floats) -> Floats:
    """Cell means whose tissues, centers and pairs lie as far apart as they do without chance.

    ``chance`` (c, c): the covariance of the means' errors, summed over directions.
    """
    tissues, centers = (np.eye(column.max() + 1)[column] for column in cells.T)
    n_tissues = tissues.shape[1]
    solved = np.linalg.pinv(np.hstack([np.ones((len(cells), 1)), tissues, centers]))
    of_tissue = (tissues - tissues.mean(axis=0)) @ solved[1 : 1 + n_tissues]
    of_center = (centers - centers.mean(axis=0)) @ solved[1 + n_tissues :]
    middle = np.full((len(cells), len(cells)), 1 / len(cells))
    rest = np.eye(len(cells)) - middle - of_tissue - of_center
    shrunk = middle @ means
    for part in (of_tissue, of_center, rest):
        fitted = part @ means
        seen = float((fitted**2).sum())
        if seen > 0:
            true = max(0.0, seen - float(np.trace(part @ chance @ part.T)))
            shrunk = shrunk + np.sqrt(true / seen) * fitted
    return shrunk
