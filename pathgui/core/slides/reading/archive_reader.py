"""A slide of an archive, composed of frames that are fetched as they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pathgui.core.archives.addresses import series_address
from pathgui.core.archives.links import read_link
from pathgui.core.archives.web_series import WebSeries, open_series
from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.slides.identity import FileStamp
from pathgui.core.slides.reading.slide_messages import FileFacts
from pathgui.core.slides.reading.tile_decoding import Rgb
from pathgui.core.system.background import watched

WHITE = 255
_MOST_AT_ONCE = 32  # frames of one request
# Facts of the scan. None of the patient: properties go into records.
_TOLD = ("SeriesInstanceUID", "Manufacturer", "ManufacturerModelName")


class ArchiveReader:
    """Regions of one series, read by any number of threads.

    Parameters
    ----------
    path : Path
        The link through which it was opened.
    series : WebSeries
        Open; closed with this reader.
    """

    def __init__(self, path: Path, series: WebSeries) -> None:
        self.path = path
        self._series = series
        self.name = series.library
        self.facts = _facts_of(series)
        self._closed = False

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB (height, width, 3); white outside of the slide.

        At a coarse level it begins at the pixel nearest to ``origin_l0``.

        Raises
        ------
        UnreadableRegionError
            If a frame cannot be decoded.
        ArchiveError
            If the archive does not give a frame.
        SlideError
            If the slide is closed.
        """
        if self._closed:
            raise SlideError(
                say(
                    "{path_name} has been closed. Open it again to read it.",
                    path_name=self.path.name,
                )
            )
        found, downsample = self._series.levels[level], self.facts.levels[level][2]
        left, top = (round(each / downsample) for each in origin_l0)
        width, height = size_px
        region = np.full((height, width, 3), WHITE, np.uint8)
        across, down = found.tile
        columns = range(max(0, left // across), -(-min(left + width, found.size[0]) // across))
        rows = range(max(0, top // down), -(-min(top + height, found.size[1]) // down))
        places = [(column, row) for row in rows for column in columns]
        for begin in range(0, len(places), _MOST_AT_ONCE):
            some = places[begin : begin + _MOST_AT_ONCE]
            for (column, row), tile in zip(some, found.tiles(some), strict=True):
                x, y = column * across, row * down
                # A frame is whole; what lies beyond the level's edge is padding.
                x0, x1 = max(left, x), min(left + width, x + tile.shape[1], found.size[0])
                y0, y1 = max(top, y), min(top + height, y + tile.shape[0], found.size[1])
                if x0 < x1 and y0 < y1:
                    region[y0 - top : y1 - top, x0 - left : x1 - left] = tile[
                        y0 - y : y1 - y, x0 - x : x1 - x
                    ]
        return region

    def associated_image(self, name: str) -> Rgb | None:
        """The label or macro picture as RGB; None where there is none."""
        return self._series.picture(name)

    def identity(self) -> str:
        """The content id of the slide."""
        return self._series.identity()

    def close(self) -> None:
        """Let go of the connections. May be called twice."""
        self._closed = True
        self._series.close()


class ArchivedSlide:
    """What identifies a slide of an archive: it never changes under the uids of its instances."""

    def __init__(self, reader: ArchiveReader) -> None:
        self._reader = reader
        self._identity: tuple[str, FileStamp] | None = None

    def identity(self) -> tuple[str, FileStamp]:
        """The content id, computed when first asked for, and a stamp that never changes.

        Raises
        ------
        ArchiveError
            If the archive does not give the frames that the id is made of.
        """
        if self._identity is None:
            sizes = tuple(width * height for width, height, _ in self._reader.facts.levels)
            stamp = FileStamp(sizes, (0,) * len(sizes), (0,) * len(sizes))
            self._identity = (self._reader.identity(), stamp)
        return self._identity

    def check_unchanged(self) -> None:
        """Nothing can have changed: DICOM gives another uid to what is written anew."""


def read_from_archive(path: Path, report: ProgressFn) -> ArchiveReader:
    """Open the slide that a link stands for. ``report`` can stop it at any moment.

    Raises
    ------
    ArchiveError
        If it is no link, or the archive does not give the slide.
    """
    address = series_address(read_link(path).url)
    opening = Progress(say("Opening {path_name}", path_name=path.name), 0, 1, part=Part.READING)
    report(opening)
    return ArchiveReader(path, watched(lambda _: open_series(address), report, opening))


def _facts_of(series: WebSeries) -> FileFacts:
    finest = series.levels[0].size
    levels = []
    for level in series.levels:
        ratios = (finest[0] / level.size[0], finest[1] / level.size[1])
        levels.append((*level.size, sum(ratios) / 2))
    properties = {"openslide.vendor": "dicomweb"}
    if series.pixel_um is not None:
        properties["openslide.mpp-x"], properties["openslide.mpp-y"] = (
            f"{each:.9g}" for each in series.pixel_um
        )
    if series.objective is not None:
        properties["openslide.objective-power"] = f"{series.objective:g}"
    for keyword in _TOLD:
        if value := series.fact(keyword):
            properties[f"dicom.{keyword}"] = value
    return FileFacts(properties, tuple(levels), series.pictures(), series.icc_profile)
