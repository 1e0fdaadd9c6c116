"""Regions through OpenSlide, from any number of threads, also after OpenSlide has failed.

Only a child process imports this, :mod:`pathgui.core.slides.reading.slide_child`: a damaged file
can end the process in which OpenSlide reads it.

OpenSlide keeps its first error: a handle on which one read failed refuses every later read. So a
failed handle is retired, the region is tried once more on a handle of its own (the first error
may have been another thread's), and later reads get a fresh handle.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import openslide
from numpy.typing import NDArray
from openslide import lowlevel

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.properties import Color
from pathgui.core.slides.reading.slide_messages import FileFacts

_LARGEST_PROFILE = 1 << 26  # bytes; those of scanners have some hundred thousand

# The raw call is private API of openslide-python. It spares the detour over a PIL image; where
# it is missing, or words are big-endian, the public call is used.
_RAW_READ = getattr(lowlevel, "_read_region", None) if sys.byteorder == "little" else None
_OPAQUE = np.uint32(0xFF000000)


def vendor_of(path: Path) -> str | None:
    """What OpenSlide calls the format of a file; None if it knows none."""
    found: str | None = openslide.OpenSlide.detect_format(path)
    return found


def facts_of(path: Path) -> FileFacts:
    """What OpenSlide says of a file, as far as it can be said in UTF-8.

    Raises
    ------
    openslide.OpenSlideError
        If it is no slide, or one that cannot be read.
    """
    with openslide.OpenSlide(path) as slide:
        levels = tuple(
            (width, height, downsample)
            for (width, height), downsample in zip(
                slide.level_dimensions, slide.level_downsamples, strict=True
            )
        )
        properties = _properties_of(slide)
        pictures = {}
        for name in lowlevel.get_associated_image_names(slide._osr):
            with suppress(openslide.OpenSlideError, UnicodeError):
                pictures[name] = lowlevel.get_associated_image_dimensions(slide._osr, name)
        # Last: where the profile is damaged, the handle is dead.
        return FileFacts(properties, levels, pictures, _icc_of(slide))


def _properties_of(slide: openslide.OpenSlide) -> dict[str, str]:
    """The properties whose names are text. Of others OpenSlide's wrapper finds no value."""
    properties = {}
    for name in slide.properties:
        with suppress(KeyError, UnicodeError):
            properties[name] = slide.properties[name]
    return properties


def _icc_of(slide: openslide.OpenSlide) -> bytes | None:
    try:
        if not 0 < lowlevel.get_icc_profile_size(slide._osr) <= _LARGEST_PROFILE:
            return None
        return lowlevel.read_icc_profile(slide._osr) or None
    except openslide.OpenSlideError:
        return None  # the colors are then shown as they are in the file


class _Handle:
    """One OpenSlide object and how many threads are reading from it."""

    def __init__(self, slide: openslide.OpenSlide) -> None:
        self.slide = slide
        self.readers = 0
        self.retired = False


class OpenSlideReader:
    """One file, read through OpenSlide.

    Parameters
    ----------
    path : Path
        What OpenSlide opens: a file, and of a DICOM slide any instance.
    background : (r, g, b)
        Color of what was not scanned.
    cache_bytes : int
        Size of this reader's own cache of decoded tiles.
    """

    def __init__(
        self, path: Path, background: Color = (255, 255, 255), cache_bytes: int = 64 << 20
    ) -> None:
        self.path = path
        self.background = background
        self._cache = openslide.OpenSlideCache(cache_bytes)
        self._lock = threading.Lock()
        self._closed = False
        self._handle: _Handle | None = _Handle(self._open())

    @property
    def name(self) -> str:
        """Name and version of the library."""
        return f"OpenSlide {openslide.__library_version__}"

    def read(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """The region as RGB, shape (height, width, 3).

        Raises
        ------
        UnreadableRegionError
            If the region cannot be decoded. Other regions can still be read.
        SlideError
            If the file has gone, or the reader is closed.
        """
        handle = self._acquire()
        try:
            argb = _read_argb(handle.slide, origin_l0, level, size_px)
        except openslide.OpenSlideError:
            self._release(handle, broken=True)
        except BaseException:
            self._release(handle)
            raise
        else:
            self._release(handle)
            return rgb_over(argb, self.background)
        return rgb_over(self._read_alone(origin_l0, level, size_px), self.background)

    def associated_image(self, name: str) -> NDArray[np.uint8] | None:
        """The label, macro or other picture of that name as RGB; None where there is none."""
        handle = self._acquire()
        broken = False
        try:
            images = handle.slide.associated_images
            if name not in images:
                return None
            image = images[name]
        except openslide.OpenSlideError as error:
            broken = True
            raise UnreadableRegionError(
                say(
                    "The {name} picture of {path_name} cannot be read: {error}.",
                    name=name,
                    path_name=self.path.name,
                    error=error,
                )
            ) from error
        finally:
            self._release(handle, broken=broken)
        rgba = np.asarray(image.convert("RGBA"))
        alpha = rgba[..., 3:].astype(np.uint16)
        over = rgba[..., :3] * alpha + np.array(self.background, np.uint16) * (255 - alpha)
        return ((over + 127) // 255).astype(np.uint8)

    def close(self) -> None:
        """Close the file as soon as no thread reads from it any more. May be called twice."""
        with self._lock:
            self._closed = True
            handle, self._handle = self._handle, None
            if handle is not None:
                handle.retired = True
                if handle.readers:
                    return  # the last reader closes it
        if handle is not None:
            handle.slide.close()

    def _open(self) -> openslide.OpenSlide:
        slide = openslide.OpenSlide(self.path)
        slide.set_cache(self._cache)
        return slide

    def _reopen(self) -> openslide.OpenSlide:
        try:
            return self._open()
        except openslide.OpenSlideError as error:
            raise SlideError(
                say(
                    "{path_name} can no longer be opened ({error}). Check that "
                    "the disk or network folder that holds {path} is still there.",
                    path_name=self.path.name,
                    error=error,
                    path=self.path,
                )
            ) from error

    def _acquire(self) -> _Handle:
        with self._lock:
            if self._closed:
                raise SlideError(
                    say(
                        "{path_name} has been closed. Open it again to read it.",
                        path_name=self.path.name,
                    )
                )
            if self._handle is None:
                self._handle = _Handle(self._reopen())
            self._handle.readers += 1
            return self._handle

    def _release(self, handle: _Handle, *, broken: bool = False) -> None:
        with self._lock:
            handle.readers -= 1
            if broken:
                handle.retired = True
                if self._handle is handle:
                    self._handle = None
            unused = handle.retired and handle.readers == 0
        if unused:
            handle.slide.close()

    def _read_alone(
        self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
    ) -> NDArray[np.uint32]:
        slide = self._reopen()
        try:
            argb = _read_argb(slide, origin_l0, level, size_px)
        except openslide.OpenSlideError as error:
            slide.close()
            raise unreadable(self.path, origin_l0, level, size_px, str(error)) from error
        with self._lock:
            if self._handle is None and not self._closed:
                self._handle = _Handle(slide)  # it works, so nobody need open another
                return argb
        slide.close()
        return argb


def unreadable(
    path: Path, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int], why: str
) -> UnreadableRegionError:
    """The error for a region that cannot be decoded."""
    (x, y), (width, height) = origin_l0, size_px
    return UnreadableRegionError(
        say(
            "{path_name} cannot be decoded at ({x}, {y}), {width} × {height} px "
            "of level {level}: {why}. The file is damaged there; if it was "
            "copied or downloaded, do that again.",
            path_name=path.name,
            x=x,
            y=y,
            width=width,
            height=height,
            level=level,
            why=why,
        )
    )


def rgb_over(argb: NDArray[np.uint32], background: Color) -> NDArray[np.uint8]:
    """Premultiplied ARGB words (h, w) over a plain background, as RGB of shape (h, w, 3)."""
    channels = argb.view(np.uint8).reshape(*argb.shape, 4)  # little-endian words: B, G, R, A
    rgb = np.empty((*argb.shape, 3), np.uint8)
    if np.bitwise_and.reduce(argb, axis=None) >= _OPAQUE:
        # Three plane copies are five times faster than one reversed slice made contiguous.
        for plane in range(3):
            rgb[..., plane] = channels[..., 2 - plane]
        return rgb
    missing = 255 - channels[..., 3].astype(np.uint16)
    for plane in range(3):
        share = (missing * np.uint16(background[plane]) + np.uint16(127)) // np.uint16(255)
        rgb[..., plane] = np.minimum(channels[..., 2 - plane] + share, 255)
    return rgb


def _read_argb(
    slide: openslide.OpenSlide, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]
) -> NDArray[np.uint32]:
    """Premultiplied ARGB words of shape (height, width); 0 where nothing was scanned."""
    (x, y), (width, height) = origin_l0, size_px
    if _RAW_READ is not None:
        argb = np.empty((height, width), np.uint32)
        pointer = argb.ctypes.data_as(ctypes.POINTER(ctypes.c_uint32))
        _RAW_READ(slide._osr, pointer, x, y, level, width, height)
        return argb
    rgba = np.asarray(slide.read_region(origin_l0, level, size_px))  # straight, not premultiplied
    alpha = rgba[..., 3:].astype(np.uint16)
    bgra = np.empty(rgba.shape, np.uint8)
    bgra[..., :3] = (rgba[..., 2::-1] * alpha + 127) // 255
    bgra[..., 3] = rgba[..., 3]
    return bgra.view(np.dtype("<u4"))[..., 0]
