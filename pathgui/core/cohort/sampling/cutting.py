"""Cutting tiles out of slides: several at a time, handed out in the order of the sample."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.cohort.sampling.drawing import SlideTaken
from pathgui.core.errors import PathguiError, SlideError, UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.slides.pyramid import level_for
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.system.background import BEAT_SECONDS, Outcome, Workers
from pathgui.core.system.png import encode_png

T = TypeVar("T")
Rgb = NDArray[np.uint8]  # (h, w, 3)

_BATCH = 16  # tiles of one piece of work: neighbors share what the reader has decoded
_AHEAD = 3  # pieces for each worker that may be under way or wait to be taken
_MOST_WORKERS = 8


@dataclass(frozen=True)
class Cut:
    """The file of a tile."""

    picture: bytes  # PNG
    digest: bytes  # its sha256


@dataclass(frozen=True)
class Tile(Generic[T]):
    """What was made of a tile."""

    tissue: str
    origin: tuple[int, int]  # x, y, level-0 pixels
    made: T


@dataclass(frozen=True)
class Piece(Generic[T]):
    """Some tiles of one slide, in their order."""

    slide: SlideTaken
    tiles: tuple[Tile[T] | None, ...] = ()  # None: the file is damaged there
    error: PathguiError | None = None  # why the slide gives no further tile


@dataclass
class _Waiting(Generic[T]):
    """A piece that is handed out when those before it are."""

    number: int  # of its slide
    piece: Outcome[Piece[T]]
    opened: Slide | None = None
    last: bool = True  # of its slide, which is closed then


def cut_tiles(
    slides: Sequence[SlideTaken],
    side_px: int,
    beat: Callable[[], None],
    workers: int | None = None,
) -> Generator[Piece[Cut]]:
    """The files of the tiles of slides, as :func:`over_tiles`."""
    return over_tiles(slides, side_px, _file, beat, workers)


def _file(pixels: Rgb) -> Cut:
    picture = encode_png(pixels)
    return Cut(picture, hashlib.sha256(picture).digest())


def over_tiles(
    slides: Sequence[SlideTaken],
    side_px: int,
    make: Callable[[Rgb], T],
    beat: Callable[[], None],
    workers: int | None = None,
) -> Generator[Piece[T]]:
    """What ``make`` makes of the tiles of slides, each ``side_px`` pixels a side, in their order.

    Threads read, make smaller and call ``make``; how many there are (by default one for each core)
    changes nothing but the time. While they work on one slide the next is opened. ``beat`` is
    called now and then on the calling thread, and can stop it by raising. Close the iterator
    where it is not used up.
    """
    count = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    waiting: deque[_Waiting[T]] = deque()
    failed = -1  # nothing more is handed out of this slide, though other threads may have gone on
    try:
        with Workers(count, "tile-cutter") as pool:
            submitted = _submitted(slides, partial(_make, side_px, make, pool.check), beat, pool)
            while True:
                while len(waiting) < _AHEAD * count and (new := next(submitted, None)):
                    waiting.append(new)
                if not waiting:
                    break
                first = waiting[0]
                while not first.piece.wait(BEAT_SECONDS):
                    beat()
                piece = first.piece.result()
                waiting.popleft()
                if first.last and first.opened is not None:
                    first.opened.close()
                if first.number != failed:
                    yield piece
                if piece.error is not None:
                    failed = first.number
    finally:
        for each in waiting:
            if each.opened is not None:
                each.opened.close()


def _submitted(
    slides: Sequence[SlideTaken],
    work: Callable[[Slide, SlideTaken, slice], Piece[T]],
    beat: Callable[[], None],
    pool: Workers,
) -> Iterator[_Waiting[T]]:
    """Open one slide after the other and have its pieces worked on, as they are asked for."""
    for number, slide in enumerate(slides):
        beat()
        try:
            opened = open_taken(slide, beat)
        except PathguiError as error:
            yield _Waiting(number, pool.submit(partial(_failed, slide, error)))
            continue
        n = len(slide.origins)
        for start in range(0, n, _BATCH):
            span = slice(start, start + _BATCH)
            piece = pool.submit(partial(work, opened, slide, span))
            yield _Waiting(number, piece, opened, span.stop >= n)


def open_taken(slide: SlideTaken, beat: Callable[[], None]) -> Slide:
    """Open the slide of a sample.

    Raises
    ------
    SlideError, ScaleError
        If it cannot be opened, or is not the file that the sample was made with.
    """
    opened = SlideFile(slide.path, slide.given_mpp).open(lambda _: beat())
    if opened.content_id != slide.content_id:
        opened.close()
        raise SlideError(say("its file was changed while tiles were cut"))
    return opened


def _failed(slide: SlideTaken, error: PathguiError) -> Piece[T]:
    return Piece(slide, error=error)


def _make(
    side_px: int,
    make: Callable[[Rgb], T],
    check: Callable[[], None],
    opened: Slide,
    slide: SlideTaken,
    span: slice,
) -> Piece[T]:
    tiles: list[Tile[T] | None] = []
    for tissue, origin in zip(slide.tissues[span], slide.origins[span], strict=True):
        check()
        try:
            pixels = read_square(opened, origin, slide.size_l0, side_px)
        except UnreadableRegionError:
            tiles.append(None)
        except PathguiError as error:
            return Piece(slide, tuple(tiles), error)
        else:
            tiles.append(Tile(tissue, origin, make(pixels)))
    return Piece(slide, tuple(tiles))


def read_square(
    slide: Slide, origin_l0: tuple[int, int], size_l0: int, side_px: int
) -> NDArray[np.uint8]:
    """A square of a slide at ``side_px`` pixels a side, RGB (side, side, 3).

    Read from the coarsest level that has the detail, and made smaller as encoders make it.

    Raises
    ------
    UnreadableRegionError
        If the file is damaged there.
    """
    downsamples = [level.downsample for level in slide.levels]
    level = level_for(downsamples, size_l0 / side_px)
    edge = max(1, round(size_l0 / downsamples[level]))
    pixels = slide.read(origin_l0, level, (edge, edge))
    if edge == side_px:
        return pixels
    size = (side_px, side_px)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
