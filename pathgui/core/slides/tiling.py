"""Where the tiles of a slide lie. ``_l0`` is level 0 of the slide, ``_px`` the tile itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import NoTissueError, ScaleError
from pathgui.core.language.texts import say
from pathgui.core.slides.identity import TileIdentity
from pathgui.core.slides.pyramid import level_for
from pathgui.core.slides.scale_doubts import TILE_PX
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_scale import require_mpp
from pathgui.core.slides.tissue import TissueMask

_LEAST_SIZE_L0 = TILE_PX[0]


@dataclass(frozen=True)
class TileSpec:
    """The tile an encoder was trained on: ``size_px`` pixels a side at ``mpp`` µm per pixel."""

    size_px: int
    mpp: float

    @property
    def edge_um(self) -> float:
        """Edge of one tile in µm."""
        return self.size_px * self.mpp


@dataclass(frozen=True)
class TileGrid:
    """The tiles of one slide: some cells of a lattice of squares, row by row.

    Cell (column, row) covers level-0 pixels ``origin_l0 + stride_l0 * (column, row)`` up to
    ``size_l0`` further; all numbers are whole level-0 pixels, so grid, overlay and exports agree
    to the pixel. ``mpp_l0`` is that of the slide.
    """

    cells: NDArray[np.int32]  # (n, 2), column, row
    shape: tuple[int, int]  # columns, rows of the lattice
    size_l0: int
    stride_l0: int
    origin_l0: tuple[int, int]
    mpp_l0: float

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def origins_l0(self) -> NDArray[np.int64]:
        """Top-left corner (x, y) of each tile, shape (n, 2)."""
        origins: NDArray[np.int64] = self.cells.astype(np.int64) * self.stride_l0
        return origins + np.array(self.origin_l0, np.int64)

    @property
    def edge_um(self) -> float:
        """Edge of one tile in µm."""
        return self.size_l0 * self.mpp_l0


def rows_in(grid: TileGrid, whole: TileGrid) -> NDArray[np.intp]:
    """Where the tiles of ``grid`` are among those of ``whole``, which has them all.

    Raises
    ------
    ValueError
        If the two are no grids of one lattice, or ``whole`` lacks a tile.
    """
    if (grid.size_l0, grid.stride_l0, grid.origin_l0) != (
        whole.size_l0,
        whole.stride_l0,
        whole.origin_l0,
    ):
        raise ValueError("the grids have tiles of other sizes or at other places")
    columns = 1 + max((int(g.cells[:, 0].max()) for g in (grid, whole) if len(g)), default=0)

    def place(cells: NDArray[np.int32]) -> NDArray[np.int64]:
        return cells[:, 1].astype(np.int64) * columns + cells[:, 0]

    places, sought = place(whole.cells), place(grid.cells)
    order = np.argsort(places, kind="stable")
    at = np.searchsorted(places, sought, sorter=order)
    rows = order[np.minimum(at, len(order) - 1)] if len(order) else np.empty(0, np.intp)
    found = places[rows] == sought if len(order) else np.zeros(len(sought), np.bool_)
    if not found.all():
        column, row = grid.cells[np.flatnonzero(~found)[0]].tolist()
        raise ValueError(f"there is no tile in column {column}, row {row} of the grid")
    return rows.astype(np.intp)


class SlideTiles:
    """The tiles of a slide as pixels, to be embedded. Threads may read at the same time."""

    def __init__(self, slide: Slide, grid: TileGrid, edge_um: float | None = None) -> None:
        """The tiles of ``grid``, which stand for tiles of ``edge_um`` (default: what they show).

        Whole level-0 pixels come near to the edge of a reference tile and seldom hit it; encoders
        that keep their scale must see both at one size.
        """
        self.slide = slide
        self.grid = grid
        self.edge_um: float | None = grid.edge_um if edge_um is None else edge_um
        self._origins_l0 = grid.origins_l0
        self._downsamples = [level.downsample for level in slide.levels]

    @property
    def content_key(self) -> str:
        """Hexadecimal id that follows from the slide's content and the tiles' places."""
        grid = self.grid
        places = (grid.size_l0, grid.stride_l0, grid.origin_l0, grid.shape, grid.edge_um)
        digest = hashlib.sha256(f"{self.slide.content_id} {places}".encode())
        digest.update(np.ascontiguousarray(grid.cells, "<i4").tobytes())
        return digest.hexdigest()

    def identity(self) -> TileIdentity:
        """By the slide's files; raises SlideError if they changed since the slide was opened."""
        return TileIdentity(stamp=self.slide.stamp.text, check=self.slide.check_unchanged)

    @property
    def slide_of(self) -> NDArray[np.intp]:
        """The slide of each tile, (n,): they are of one."""
        return np.zeros(len(self.grid), np.intp)

    def __len__(self) -> int:
        return len(self.grid)

    def edge_px(self, min_px: int) -> int:
        """Side of the tiles that :meth:`read` gives."""
        return self._level_and_edge(min_px)[1]

    def _level_and_edge(self, min_px: int) -> tuple[int, int]:
        level = level_for(self._downsamples, self.grid.size_l0 / min_px)
        return level, max(1, round(self.grid.size_l0 / self._downsamples[level]))

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """Tile ``index`` as RGB (edge, edge, 3), as the level that has enough detail holds it.

        ``edge`` is ``min_px`` or more, except where the slide has no finer level. Nothing is
        resized here.

        Raises
        ------
        UnreadableRegionError
            If the file is damaged within this tile. Other tiles can still be read.
        """
        level, edge = self._level_and_edge(min_px)
        x, y = self._origins_l0[index]
        return self.slide.read((int(x), int(y)), level, (edge, edge))


def tile_grid(
    slide: Slide,
    mask: TissueMask,
    edge_um: float,
    *,
    min_tissue: float = 0.5,
    max_tiles: int | None = None,
    seed: int = 0,
) -> TileGrid:
    """Lay a lattice of squares over a slide and keep the cells with enough tissue.

    The lattice starts at the corner of what was scanned and has whole cells only, side by side.

    Parameters
    ----------
    slide : Slide
    mask : TissueMask
        Of that slide.
    edge_um : float
        Edge of a tile in µm; rounded to whole level-0 pixels.
    min_tissue : float
        Least share of tissue in a tile, 0..1.
    max_tiles : int, optional
        Keep a sample of this many, see :func:`sample_tiles`.
    seed : int
        Of the sample.

    Raises
    ------
    ScaleError
        If the slide has no mpp, or a tile is larger than the slide or only a few pixels wide.
    NoTissueError
        If no cell has enough tissue.
    """
    mpp = require_mpp(slide)
    size_l0 = round(edge_um / mpp)
    x, y, width, height = slide.bounds_l0
    if size_l0 < _LEAST_SIZE_L0:
        raise ScaleError(
            say(
                "A tile of {edge_um:g} µm would be {edge_um2:.2g} pixels wide on "
                "{path_name}, whose pixels are {mpp:g} µm. If that mpp is wrong, "
                "give the right one: --mpp in the terminal, mpp= in Python, "
                "Ctrl+M in the window.",
                edge_um=edge_um,
                edge_um2=edge_um / mpp,
                path_name=slide.path.name,
                mpp=mpp,
            )
        )
    columns, rows = width // size_l0, height // size_l0
    if columns == 0 or rows == 0:
        raise ScaleError(
            say(
                "{path_name} is smaller than one tile: {width:.4g} × "
                "{height:.4g} µm, and a tile is {edge_um:g} µm wide. Use a "
                "larger slide, or a reference set with smaller tiles; if its mpp "
                "of {mpp:g} is wrong, give the right one.",
                path_name=slide.path.name,
                width=width * mpp,
                height=height * mpp,
                edge_um=edge_um,
                mpp=mpp,
            )
        )
    row, column = np.divmod(np.arange(rows * columns), columns)
    cells = np.column_stack([column, row]).astype(np.int32)
    grid = TileGrid(cells, (columns, rows), size_l0, size_l0, (x, y), mpp)
    share = mask.fraction(grid.origins_l0, size_l0)
    enough = share >= min_tissue
    if not enough.any():
        raise NoTissueError(
            say(
                "No tile of {path_name} has {min_tissue:.0%} tissue or more; the "
                "fullest has {max:.0%}. {advice}",
                path_name=slide.path.name,
                min_tissue=min_tissue,
                max=share.max(),
                advice=_advice(mask, mpp),
            )
        )
    return sample_tiles(replace(grid, cells=cells[enough]), max_tiles, seed)


def _advice(mask: TissueMask, mpp: float) -> str:
    """What to do where no tile has tissue."""
    right = say("its mpp of {mpp:g} is right", mpp=mpp)
    if mask.drawn:
        return say("Draw a region that is larger than a tile, and check that {right}.", right=right)
    check = (
        say("Check in the viewer that this is the right slide, that it has tissue, and that ")
        + right
    )
    if mask.threshold is None:
        return f"{check}."
    return say(
        "{check}. Where tissue is pale, fat or silver, lower the tissue "
        "threshold, which was {threshold:.3g} (--tissue-threshold), or draw "
        "a region around it and make that the tissue mask "
        "(--tissue-from-region).",
        check=check,
        threshold=mask.threshold,
    )


def sample_tiles(grid: TileGrid, max_tiles: int | None, seed: int = 0) -> TileGrid:
    """At most ``max_tiles`` tiles, spread over the slide; the same ones for the same seed.

    The cells are walked along a curve that keeps neighbors together, cut into ``max_tiles``
    stretches of equal length, and one is drawn from each. Their order stays row by row.
    """
    if max_tiles is not None and max_tiles < 1:
        raise ValueError(f"max_tiles must be at least 1, not {max_tiles}")
    if max_tiles is None or len(grid) <= max_tiles:
        return grid
    order = np.argsort(_along_curve(grid.cells), kind="stable")
    edges = np.linspace(0, len(grid), max_tiles + 1).astype(np.int64)
    chosen = order[np.random.default_rng(seed).integers(edges[:-1], edges[1:])]
    return replace(grid, cells=grid.cells[np.sort(chosen)])


def _along_curve(cells: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Place of each cell on the Z-order curve: the bits of column and row in turn."""
    place = np.zeros(len(cells), np.uint64)
    column, row = cells.astype(np.uint64).T
    for bit in range(24):
        for axis, values in enumerate((column, row)):
            place |= ((values >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return place
