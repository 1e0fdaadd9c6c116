"""Slides: open one, ask for its size, levels and scale, read regions as RGB arrays."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.archives.links import is_link
from pathgui.core.errors import ScaleError, SlideError, UnreadableRegionError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.slides.content_id import dicom_files, slide_series
from pathgui.core.slides.identity import FileStamp
from pathgui.core.slides.opened_files import OpenedFiles
from pathgui.core.slides.overview import FOR_MASKS, FOR_THE_EYE, Look, look_over
from pathgui.core.slides.pyramid import quarters
from pathgui.core.slides.reading.archive_reader import ArchivedSlide, read_from_archive
from pathgui.core.slides.reading.direct_reader import DirectReader, NotDirectError, direct_reader
from pathgui.core.slides.reading.properties import (
    STORED_UM,
    VENDOR,
    background_of,
    bounds_of,
    format_of,
    mpp_of,
    objective_of,
)
from pathgui.core.slides.reading.slide_process import read_in_process
from pathgui.core.slides.reading.square_pixels import LevelReader, squared
from pathgui.core.slides.reading.zarr_files import is_zarr_folder
from pathgui.core.slides.slide_look import look_at
from pathgui.core.slides.slide_remarks import remarks_of

_SERIES = "dicom.SeriesInstanceUID"
_REPAIR_S = 5.0  # for what can be had from finer levels where a region is damaged all over
_LARGEST_FINER_PX = 4096  # a damaged place of a coarse level is not made from more than this


@dataclass(frozen=True)
class Level:
    """One resolution of a slide."""

    size: tuple[int, int]  # width, height in its own pixels
    downsample: float  # level-0 pixels per pixel


class Slide:
    """One open slide. Get it from :func:`open_slide`; use it in a ``with``, or close it.

    Any number of threads may read at the same time. All positions are level-0 pixels (x, y).

    Attributes
    ----------
    path : Path
        As the user gave it.
    size_l0 : (width, height)
    levels : tuple of Level
        The finest first.
    mpp : float or None
        µm per level-0 pixel, as the file or the user says; None if neither does.
    mpp_source : "file", "user" or "" if there is no mpp
    objective : float or None
        Power of the objective, as the file says.
    vendor, format : str
        As its reader names it ("aperio"), and as a user would ("Aperio SVS").
    bounds_l0 : (x, y, width, height)
        The part that was scanned; all of the slide if the file does not say.
    background : (r, g, b)
        Color of what was not scanned.
    icc_profile : bytes or None
    properties : mapping
        Everything its reader tells of the file.
    """

    def __init__(
        self,
        path: Path,
        reader: LevelReader,
        mpp: float | None,
        files: OpenedFiles | ArchivedSlide,
    ) -> None:
        self.path = path
        self.properties: Mapping[str, str] = (properties := reader.facts.properties)
        self.levels = tuple(
            Level((width, height), downsample) for width, height, downsample in reader.facts.levels
        )
        self.size_l0 = self.levels[0].size
        self.vendor = properties.get(VENDOR, "")
        self.format = format_of(self.vendor)
        self.mpp = mpp if mpp is not None else mpp_of(properties)
        self.mpp_source: Literal["file", "user", ""] = (
            "user" if mpp is not None else "file" if self.mpp is not None else ""
        )
        self.objective = objective_of(properties)
        self.bounds_l0 = bounds_of(properties, self.size_l0)
        self.background = background_of(properties)
        self.icc_profile = reader.facts.icc_profile
        self._openslide = reader
        self._direct: DirectReader | None = None
        self._files = files

    def __enter__(self) -> Slide:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Slide {self.path.name}, {self.size_l0[0]} × {self.size_l0[1]} px>"

    @property
    def direct(self) -> bool:
        """Whether tiles are decoded without OpenSlide."""
        return self._direct is not None

    @property
    def reader(self) -> str:
        """What decodes this slide, with its version."""
        if self._direct is None:
            return self._openslide.name
        return say(
            "{direct_name}, checked against {openslide_name}",
            direct_name=self._direct.name,
            openslide_name=self._openslide.name,
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on what was done to its values: 16 bits mapped to 8, pixels made square."""
        return remarks_of(self.properties)

    @property
    def content_id(self) -> str:
        """64 hexadecimal digits that follow from the content of the slide's files alone.

        Computed when first asked for; reads up to 4 MiB of each file.
        """
        return self._files.identity()[0]

    @property
    def stamp(self) -> FileStamp:
        """Sizes and times of the slide's files when :attr:`content_id` was computed."""
        return self._files.identity()[1]

    def check_unchanged(self) -> None:
        """Raise SlideError if the files are not those that :attr:`content_id` is of, or gone."""
        self._files.check_unchanged()

    def read(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """A region of one level as RGB.

        Parameters
        ----------
        origin_l0 : (x, y)
            Top-left corner in level-0 pixels; may lie outside the slide.
        level : int
        size_px : (width, height)
            In pixels of that level.

        Returns
        -------
        (height, width, 3) uint8 array
            Contiguous. What was not scanned, and what lies outside the slide, has the color
            :attr:`background`. Where a coarse level is damaged, it is made from a finer one.

        Raises
        ------
        UnreadableRegionError
            If the file is damaged there. The slide can still be read elsewhere.
        SlideError
            If the slide is closed or its file has gone.
        """
        if not 0 <= level < len(self.levels):
            raise ValueError(f"there is no level {level}; the slide has {len(self.levels)}")
        x, y = int(origin_l0[0]), int(origin_l0[1])
        width, height = int(size_px[0]), int(size_px[1])
        if width < 0 or height < 0:
            raise ValueError(f"size_px must not be negative, not {size_px}")
        if width == 0 or height == 0:
            return np.empty((height, width, 3), np.uint8)
        return self._read((x, y), level, (width, height), time.monotonic() + _REPAIR_S)

    def read_level(
        self, level: int, origin_px: tuple[int, int], size_px: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """A region of one level, placed in that level's own pixels, for showing it.

        Like :meth:`read`, but exact where :meth:`read` is not: few pixels of a level with a
        downsample such as 4.0002 begin at a whole level-0 pixel, and between them OpenSlide
        interpolates. The direct reader gives the pixels as they are; without it the region is
        at most half a level-0 pixel off.
        """
        if self._direct is not None and level > 0 and min(size_px) > 0:
            try:
                return self._direct.read_level(level, origin_px, size_px)
            except NotDirectError:
                pass
        by = self.levels[level].downsample
        return self.read((round(origin_px[0] * by), round(origin_px[1] * by)), level, size_px)

    def read_for_screen(
        self, level: int, origin_px: tuple[int, int], factor: int, out: NDArray[np.uint8]
    ) -> bool:
        """Fill ``out`` for the eye, if that is quicker than :meth:`read_level`.

        Parameters
        ----------
        origin_px : (x, y)
            In the level's own pixels.
        factor : int
            Pixels of the level, across and down, for one of ``out``: 1, 2, 4 or 8.
        out : (height, width, 4) uint8 array
            Gets 0xffRRGGBB in the machine's byte order.

        Returns
        -------
        bool
            False if it cannot be done so; ``out`` is then of no use.
        """
        if self._direct is None:
            return False
        try:
            self._direct.read_for_screen(level, origin_px, factor, out)
        except NotDirectError:
            return False
        return True

    def read_directly(self, report: ProgressFn = ignore_progress) -> bool:
        """Decode tiles without OpenSlide from now on, if that gives the same pixels.

        Compares some tiles; false, and nothing changes, if they differ or the file is not a
        plain raster of JPEG or JPEG 2000 tiles. ``report`` can stop it.
        """
        comparing = Progress(
            say("Opening {path_name}", path_name=self.path.name), 0, 1, part=Part.READING
        )

        def read(
            origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
        ) -> NDArray[np.uint8]:
            report(comparing)
            return self._openslide.read(origin_l0, level, size_px)

        if self._direct is None and STORED_UM not in self.properties:
            levels = [(level.size, level.downsample) for level in self.levels]
            path = self._openslide.path
            self._direct = direct_reader(path, self.vendor, levels, self.background, read)
        return self._direct is not None

    def look_over(self, max_px: int, report: ProgressFn = ignore_progress) -> Look:
        """All of the slide, averaged down to at most ``max_px`` on its longer side.

        Never enlarged. Quick where the slide has a coarse level. Else all of a fine one is
        decoded, or, where that is too much for a mask, tiles that are spread evenly over it.
        ``report`` can follow and stop it. What cannot be decoded has the color
        :attr:`background`.
        """
        return look_over(self, max_px, FOR_MASKS, report)

    def thumbnail(
        self, max_px: int = 1024, report: ProgressFn = ignore_progress
    ) -> NDArray[np.uint8]:
        """A picture of the whole slide, (h, w, 3), no side longer than ``max_px``.

        For the eye: on a slide without coarse levels it is as fine as some two seconds allow.
        """
        return look_over(self, max_px, FOR_THE_EYE, report).picture

    def tiles_with_data(self, level: int) -> tuple[tuple[int, int], NDArray[np.bool_]] | None:
        """Width and height of a level's tiles, and which (down, across) hold anything.

        None where the level is not read directly: OpenSlide does not say.
        """
        return None if self._direct is None else self._direct.tiles_with_data(level)

    def associated_image(self, name: str) -> NDArray[np.uint8] | None:
        """The picture of that name ("label", "macro", "thumbnail") as RGB; None if there is none.

        Labels carry patients' names: show one only when the user asks for it.
        """
        return self._openslide.associated_image(name)

    def close(self) -> None:
        """Let go of the file, once reads that are under way have ended. May be called twice."""
        if self._direct is not None:
            self._direct.close()
        self._openslide.close()

    def _read(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int], until: float
    ) -> NDArray[np.uint8]:
        if self._direct is not None:
            try:
                return self._direct.read(origin_l0, level, size_px)
            except NotDirectError:
                pass  # a damaged tile included: whether it is one, OpenSlide decides
        try:
            return self._openslide.read(origin_l0, level, size_px)
        except UnreadableRegionError:
            if level == 0 or time.monotonic() > until:
                raise
            return self._read_around_damage(origin_l0, level, size_px, until)

    def _read_around_damage(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int], until: float
    ) -> NDArray[np.uint8]:
        """A region of a coarse level that does not decode, as far as possible from a finer one.

        Some converters write edge tiles of coarse levels that no decoder takes, while level 0
        is whole. The region is cut up, so that only the damaged places come from elsewhere.
        """
        downsample = self.levels[level].downsample
        if max(size_px) > 256:
            out = np.empty((size_px[1], size_px[0], 3), np.uint8)
            for x, y, width, height in quarters(size_px):
                corner = (
                    origin_l0[0] + round(x * downsample),
                    origin_l0[1] + round(y * downsample),
                )
                out[y : y + height, x : x + width] = self._read(
                    corner, level, (width, height), until
                )
            return out
        finer = self.levels[level - 1]
        ratio = downsample / finer.downsample
        size = (max(1, round(size_px[0] * ratio)), max(1, round(size_px[1] * ratio)))
        if max(size) > _LARGEST_FINER_PX:
            raise UnreadableRegionError(
                say(
                    "{path_name} cannot be decoded at {origin_l0} on level "
                    "{level}. The file is damaged there; if it was copied or "
                    "downloaded, do that again.",
                    path_name=self.path.name,
                    origin_l0=origin_l0,
                    level=level,
                )
            )
        region = Image.fromarray(self._read(origin_l0, level - 1, size, until))
        return np.array(region.resize(size_px, Image.Resampling.BOX))


def open_slide(
    path: Path | str,
    mpp: float | None = None,
    *,
    direct: bool = True,
    report: ProgressFn = ignore_progress,
) -> Slide:
    """Open a slide that OpenSlide reads, an OME-TIFF or OME-Zarr, or what a slide link stands for.

    It is read in a process of its own, which a damaged file may end; this one goes on.

    Parameters
    ----------
    path : path
        The file; of a DICOM slide any instance, or a folder that holds the instances of one; of
        OME-Zarr the folder, or a zip of it that ends in .zarr.zip or .ozx.
    mpp : float, optional
        µm per level-0 pixel, where the file has none or a wrong one.
    direct : bool
        Read without OpenSlide where that gives the same pixels, and faster. The pixels of
        :meth:`Slide.read` do not depend on it.
    report : function
        Called while the file is opened; may raise
        :class:`~pathgui.core.progress.Cancelled` to give up.

    Raises
    ------
    SlideError
        If it is not there, not a slide, damaged, or of a kind that is not read. The text
        says which, and what to do.
    ScaleError
        If ``mpp`` is not a positive number.
    """
    path = Path(path)
    if mpp is not None and not (math.isfinite(mpp) and mpp > 0):
        raise ScaleError(
            say("The mpp must be a positive number of µm per pixel, not {mpp:g}.", mpp=mpp)
        )
    if path.is_dir() and not is_zarr_folder(path):
        return _open_file(path, _instance_in(path, report), mpp, direct, report)
    if not path.exists():
        raise SlideError(
            say("There is no file {path}. Check the name, and that its disk is there.", path=path)
        )
    if is_link(path):
        reader = read_from_archive(path, report)
        return _tried(Slide(path, reader, mpp, ArchivedSlide(reader)), direct=False, report=report)
    return _open_file(path, path, mpp, direct, report)


def _open_file(
    path: Path, file: Path, mpp: float | None, direct: bool, report: ProgressFn
) -> Slide:
    opening = Progress(say("Opening {path_name}", path_name=path.name), 0, 1, part=Part.READING)
    look_at(file)
    with os_errors_as(SlideError, say("{path} cannot be read", path=path), advice=""):
        opened = FileStamp.of([file])
    reader = squared(read_in_process(file, lambda: report(opening)))
    told = reader.facts.properties
    files = OpenedFiles(path, file, told.get(VENDOR, ""), told.get(_SERIES), opened)
    return _tried(Slide(path, reader, mpp, files), direct, report)


def _tried(slide: Slide, direct: bool, report: ProgressFn) -> Slide:
    """The slide, if some of it can be read; else it is closed."""
    opening = Progress(say("Opening {name}", name=slide.path.name), 0, 1, part=Part.READING)
    try:
        _probe(slide, lambda: report(opening))
        if direct:
            slide.read_directly(report)
    except BaseException:
        slide.close()
        raise
    return slide


def _probe(slide: Slide, beat: Callable[[], None]) -> None:
    """Read a few pixels here and there: a file of which nothing decodes is not opened."""
    x, y, width, height = slide.bounds_l0
    problem: UnreadableRegionError | None = None
    for across, down in ((2, 2), (1, 1), (3, 1), (1, 3), (3, 3)):
        beat()
        try:
            slide.read((x + width * across // 4, y + height * down // 4), 0, (1, 1))
        except UnreadableRegionError as error:
            problem = error
        else:
            return
    raise SlideError(
        say(
            "{path_name} opens, but none of its pixels can be decoded ({cause}). "
            "The file is damaged. Copy, download or export it again.",
            path_name=slide.path.name,
            cause=problem.__cause__ if problem else "",
        )
    )


def _instance_in(folder: Path, report: ProgressFn) -> Path:
    """The DICOM file through which the one slide of a folder is opened."""
    with os_errors_as(SlideError, say("{folder} cannot be read", folder=folder), advice=""):
        files = dicom_files(folder)
    if not files:
        raise SlideError(
            say(
                "{folder} is a folder without DICOM files. Choose a slide file, "
                "or the folder that holds the instances of one DICOM slide.",
                folder=folder,
            )
        )
    reasons = []
    for file in files:
        try:
            reader = read_in_process(
                file,
                lambda: report(
                    Progress(
                        say("Opening {folder_name}", folder_name=folder.name),
                        0,
                        len(files),
                        part=Part.READING,
                    )
                ),
            )
        except SlideError as error:
            reasons.append(str(error))
            continue
        series = reader.facts.properties.get("dicom.SeriesInstanceUID", "")
        reader.close()
        others = [other for other in files if slide_series(other) not in (series, None)]
        if others:
            raise SlideError(
                say(
                    "{folder} holds more than one DICOM series. Open one file of "
                    "the slide that is meant instead, for example {file_name} or "
                    "{name}.",
                    folder=folder,
                    file_name=file.name,
                    name=others[0].name,
                )
            )
        return file
    raise SlideError(
        say(
            "No slide in the folder {folder} can be opened. {reasons}",
            folder=folder,
            reasons=reasons[0],
        )
    )
