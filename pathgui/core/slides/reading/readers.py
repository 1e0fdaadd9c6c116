"""Which library reads a file as a slide: the one place where that is decided.

OpenSlide reads what it knows. What it does not know, or knows only in part, is read by tifffile
or zarr. Only a child process imports this, :mod:`pathgui.core.slides.reading.slide_child`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pathgui.core.errors import SlideError
from pathgui.core.slides.reading.openslide_reader import OpenSlideReader, facts_of, vendor_of
from pathgui.core.slides.reading.properties import background_of
from pathgui.core.slides.reading.raster_reader import RasterReader
from pathgui.core.slides.reading.slide_messages import FileFacts
from pathgui.core.slides.reading.tiff_pyramid import NotForTiffError, needs_tifffile, open_tiff
from pathgui.core.slides.reading.tiff_structure import is_tiff
from pathgui.core.slides.reading.tile_decoding import Rgb
from pathgui.core.slides.reading.why_unopenable import why_unopenable
from pathgui.core.slides.reading.zarr_files import is_zarr


class Reader(Protocol):
    """What every library is read through."""

    @property
    def name(self) -> str:
        """Name and version of the library."""

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB, shape (height, width, 3)."""

    def associated_image(self, name: str) -> Rgb | None:
        """The label, macro or other picture of that name as RGB; None where there is none."""

    def close(self) -> None:
        """Let go of the file. May be called twice."""


def open_reader(path: Path) -> tuple[Reader, FileFacts]:
    """A reader of a slide, and what the file says of itself.

    Raises
    ------
    SlideError
        If the file holds what cannot be shown to an encoder as it is. The text says why.
    Exception
        What OpenSlide raises of a file that nothing reads.
    """
    if is_zarr(path):
        from pathgui.core.slides.reading.zarr_pyramid import open_zarr  # zarr takes a second

        pyramid, facts = open_zarr(path)
        return RasterReader(path, pyramid, background_of(facts.properties)), facts
    with path.open("rb") as file:
        tiff = is_tiff(file.read(4))
    if tiff:
        vendor = vendor_of(path)
        if needs_tifffile(path, vendor):
            try:
                pyramid, facts = open_tiff(path, vendor)
            except NotForTiffError as error:
                if vendor is not None:  # OpenSlide would show some of it as if it were all
                    raise SlideError(why_unopenable(path, str(error))) from error
            else:
                return RasterReader(path, pyramid, background_of(facts.properties)), facts
    facts = facts_of(path)
    return OpenSlideReader(path, background_of(facts.properties)), facts
