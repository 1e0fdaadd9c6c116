"""``pathgui.open_slide``: slides as arrays, for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.api.options import choice_of, settings_of
from pathgui.api.progress import told
from pathgui.core.errors import ScaleError, SlideError
from pathgui.core.language.texts import say
from pathgui.core.progress import Event
from pathgui.core.runs.options import ReaderChoice
from pathgui.core.slides import slide as slides
from pathgui.core.slides.drawn_tissue import tissue_of_region
from pathgui.core.slides.region import Region, tiles_inside
from pathgui.core.slides.scale_doubts import sure_mpp
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.slides.tiling import SlideTiles, TileGrid, sample_tiles, tile_grid
from pathgui.core.slides.tissue import find_tissue
from pathgui.folders import named_slide


def open_slide(
    path: str | PathLike[str],
    mpp: float | None = None,
    *,
    reader: ReaderChoice = "direct",
    progress: bool | Callable[[Event], None] = False,
) -> Slide:
    """Open a slide in any format that OpenSlide reads, or as OME-TIFF or as OME-Zarr.

    Parameters
    ----------
    path : path
        The file; of a DICOM slide any instance, or the folder of its instances; of
        OME-Zarr the folder, or a zip of it that ends in .zarr.zip or .ozx. Or the address of
        a slide in a DICOMweb archive: ``https://host/dicom-web/studies/UID/series/UID``.
    mpp : float, optional
        µm per pixel of the finest level, where the file has none or a wrong one.
    reader : "direct" or "openslide"
        "direct": tiles are decoded here where their pixels equal OpenSlide's. "openslide": always
        OpenSlide.
    progress : bool or function
        True draws a bar; a function gets each event.

    Returns
    -------
    Slide
        To be used in a ``with``, or closed.

    Raises
    ------
    PathguiError
        If it is not there, not a slide, or damaged; the text says which, and what to do.
    """
    settings = settings_of(reader=reader)
    with told(progress) as report:
        file = SlideFile(named_slide(path), mpp, settings.reader == "direct")
        return Slide(file.open(report), file)


class Slide:
    """An open slide. Any number of threads may read it at the same time.

    All places are pixels of the finest level, as (x, y); all pictures are RGB arrays of shape
    (height, width, 3) and type uint8.
    """

    def __init__(self, opened: slides.Slide, file: SlideFile) -> None:
        self._opened = opened
        self._file = file

    def __enter__(self) -> Slide:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        width, height = self.size
        scale = say("scale unknown") if self.mpp is None else f"{self.mpp:.4g} µm/px"
        return f"<Slide {self.path.name}, {width} × {height} px, {scale}>"

    @property
    def path(self) -> Path:
        """As it was given."""
        return self._opened.path

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the finest level."""
        return self._opened.size_l0

    @property
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        """Width and height of each level, the finest first."""
        return tuple(level.size for level in self._opened.levels)

    @property
    def level_downsamples(self) -> tuple[float, ...]:
        """How many pixels of the finest level lie across one of each level."""
        return tuple(level.downsample for level in self._opened.levels)

    @property
    def mpp(self) -> float | None:
        """µm per pixel of the finest level; None where neither the file nor the user says."""
        return self._opened.mpp

    @property
    def format(self) -> str:
        """As a user would call it: "Aperio SVS"."""
        return self._opened.format

    @property
    def properties(self) -> Mapping[str, str]:
        """Everything that OpenSlide tells of the file."""
        return self._opened.properties

    def read_region(
        self, location: tuple[int, int], level: int, size: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """A part of one level.

        Parameters
        ----------
        location : (x, y)
            Its top-left corner, in pixels of the finest level; may lie outside the slide.
        level : int
        size : (width, height)
            In pixels of that level.

        Raises
        ------
        PathguiError
            If there is no such level, or the file is damaged there or closed.
        """
        if not 0 <= level < len(self.level_sizes):
            raise SlideError(
                say(
                    "{path_name} has no level {level}: it has {n_level_sizes}, counted from 0.",
                    path_name=self.path.name,
                    level=level,
                    n_level_sizes=len(self.level_sizes),
                )
            )
        if min(size) < 0:
            raise SlideError(
                say(
                    "A region cannot be {size} × {size2} pixels large.", size=size[0], size2=size[1]
                )
            )
        return self._opened.read(location, level, size)

    def thumbnail(self, max_px: int = 1024) -> NDArray[np.uint8]:
        """The whole slide, no side longer than ``max_px``."""
        return self._opened.thumbnail(max_px)

    def tiles(
        self,
        size_px: int = 224,
        mpp: float = 0.5,
        *,
        min_tissue: float = 0.5,
        tissue_threshold: float | None = None,
        region: str | PathLike[str] | None = None,
        region_class: str | Sequence[str] = (),
        leave_out: str | Sequence[str] = (),
        tissue_from_region: bool = False,
        max_tiles: int | None = None,
        seed: int = 0,
        progress: bool | Callable[[Event], None] = False,
    ) -> Tiles:
        """The tiles with tissue, side by side, as an encoder would see them.

        Parameters
        ----------
        size_px : int
            Pixels across a tile.
        mpp : float
            µm per pixel of a tile. The slide is resampled to it, never the other way round.
        min_tissue : float
            Least share of tissue in a tile, 0..1.
        tissue_threshold : float, optional
            What tissue has to exceed, as in :func:`pathgui.evaluate`: lower for pale tissue.
        region : path, optional
            GeoJSON of QuPath, or an earlier run: only tiles whose center lies in it.
        region_class : name or names
            Only areas of the region with such a class.
        leave_out : name or names
            No tile in areas of the region with such a class, nor of one that ends in ``*``.
        tissue_from_region : bool
            The region is the tissue mask, and tissue is not sought: for pale tissue, fat and
            silver.
        max_tiles : int, optional
            At most so many, spread over the slide.
        seed : int
            For the choice of these.
        progress : bool or function
            While tissue is sought.

        Raises
        ------
        PathguiError
            If the slide has no mpp, no tile has enough tissue or lies in the region, tiles would be
            too small, or an option cannot be that.
        """
        if size_px < 1 or not mpp > 0:
            raise ScaleError(
                say("A tile cannot have {size_px} pixels of {mpp:g} µm.", size_px=size_px, mpp=mpp)
            )
        if not 0 <= min_tissue <= 1:
            raise ScaleError(
                say("min_tissue is a share from 0 to 1, not {min_tissue:g}.", min_tissue=min_tissue)
            )
        if max_tiles is not None and max_tiles < 1:
            raise ScaleError(
                say("max_tiles must be at least 1, not {max_tiles}.", max_tiles=max_tiles)
            )
        from pathgui.core.runs.given_files import cut_region_in

        opened = self._opened
        sure_mpp(opened)
        settings = settings_of(
            tissue_threshold=tissue_threshold, tissue_from_region=tissue_from_region
        )
        choice = choice_of(region_class, leave_out, region)
        with told(progress) as report:
            areas: Region = ()
            if region is not None:
                areas = cut_region_in(Path(region), opened.bounds_l0, choice, report).polygons
            if settings.tissue_from_region:
                mask = tissue_of_region(opened, areas)
            else:
                mask = find_tissue(opened, report, settings.tissue_threshold)
        grid = tile_grid(opened, mask, size_px * mpp, min_tissue=min_tissue)
        if areas:
            grid = tiles_inside(grid, areas, opened.path.name)
        if max_tiles is not None:
            grid = sample_tiles(grid, max_tiles, seed)
        return Tiles(self._opened, grid, size_px)

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._opened.close()


def file_of(slide: Slide) -> SlideFile:
    """Which file a slide is, and how it was opened."""
    return slide._file


@dataclass(frozen=True, eq=False)
class Tile:
    """One tile of a slide.

    ``x``, ``y`` is its top-left corner and ``size`` its edge, in pixels of the slide's finest
    level; ``pixels`` (size_px, size_px, 3) is the tile as an encoder would see it.
    """

    x: int
    y: int
    size: int
    pixels: NDArray[np.uint8] = field(repr=False)


class Tiles(Sequence[Tile]):
    """The tiles of a slide, row by row. Each is read when it is asked for."""

    def __init__(self, slide: slides.Slide, grid: TileGrid, size_px: int) -> None:
        self._read = SlideTiles(slide, grid).read
        self._places = grid.origins_l0
        self._size = grid.size_l0
        self._size_px = size_px
        self._name = slide.path.name

    def __len__(self) -> int:
        return len(self._places)

    @property
    def places(self) -> NDArray[np.int64]:
        """Top-left corner (x, y) of each tile, shape (n, 2), in pixels of the finest level."""
        return self._places

    @property
    def size(self) -> int:
        """Edge of a tile in pixels of the finest level."""
        return self._size

    @overload
    def __getitem__(self, index: int) -> Tile: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Tile]: ...
    def __getitem__(self, index: int | slice) -> Tile | Sequence[Tile]:
        if isinstance(index, slice):
            return [self._tile(each) for each in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} tiles, so none has the number {index}")
        return self._tile(index % len(self))

    def __iter__(self) -> Iterator[Tile]:
        return (self._tile(index) for index in range(len(self)))

    def __repr__(self) -> str:
        return f"<Tiles of {self._name}: {len(self)} of {self._size_px} px>"

    def _tile(self, index: int) -> Tile:
        pixels = self._read(index, self._size_px)
        if len(pixels) != self._size_px:  # as the cards of encoders prescribe
            small = (self._size_px, self._size_px)
            pixels = np.asarray(Image.fromarray(pixels).resize(small, Image.Resampling.BICUBIC))
        x, y = self._places[index].tolist()
        return Tile(x, y, self._size, pixels)
