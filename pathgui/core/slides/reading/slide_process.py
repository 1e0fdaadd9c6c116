"""Slides read by OpenSlide in child processes, of which a damaged region may cost one."""

from __future__ import annotations

import itertools
import os
import threading
import time
from pathlib import Path

import numpy as np

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading import slide_pool
from pathgui.core.slides.reading.slide_messages import FileFacts, Message
from pathgui.core.slides.reading.slide_pool import (
    CALL_LIMIT_S,
    Beat,
    ChildEnded,
    SlideProcess,
    TooLong,
)
from pathgui.core.slides.reading.tile_decoding import Rgb
from pathgui.core.slides.reading.why_unopenable import why_unopenable

MOST_DEATHS = 16  # of processes that read one slide, before it is given up
MOST_PICTURE_PX = 1 << 26  # a label or macro picture that claims more is damaged

_LARGEST_READ_PX = 1 << 24  # of level 0 in one call: bounds the child's memory
_numbers = itertools.count(1)  # of slides


class LibraryError(Exception):
    """What the library said in the other process."""


class ProcessReader:
    """One file, read by OpenSlide in a process of its own. Made by :func:`read_in_process`.

    Any number of threads may read. Where a read ends the process, another one takes over, and
    from then on one region is read at a time: so it is known which of them cannot be read.
    """

    limit_s = CALL_LIMIT_S

    def __init__(
        self, path: Path, process: SlideProcess, facts: FileFacts, name: str, opening: Message
    ) -> None:
        self.path = path
        self.facts = facts
        self.name = name
        self._opening = opening
        self._process: SlideProcess | None = process
        self._lock = threading.Lock()
        self._alone = threading.Lock()
        self._reopening = threading.Lock()
        self._readers = 0
        self._deaths = 0
        self._closed = False

    def read(self, origin_l0: tuple[int, int], level: int, size_px: tuple[int, int]) -> Rgb:
        """The region as RGB, shape (height, width, 3), the caller's own.

        Raises
        ------
        UnreadableRegionError
            If the region cannot be decoded. Other regions can still be read.
        SlideError
            If the file has gone, or the reader is closed.
        """
        (x, y), (width, height) = origin_l0, size_px
        if level == 0 and width * height > _LARGEST_READ_PX and height > 1:
            rows = max(1, _LARGEST_READ_PX // width)
            parts = [
                self.read((x, y + top), 0, (width, min(rows, height - top)))
                for top in range(0, height, rows)
            ]
            return np.concatenate(parts)
        request = {"do": "read", "place": [x, y, level, width, height]}
        where = say(
            "at ({x}, {y}), {width} × {height} px of level {level}",
            x=x,
            y=y,
            width=width,
            height=height,
            level=level,
        )
        _, data = self._ask(request, where)
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)

    def associated_image(self, name: str) -> Rgb | None:
        """The label, macro or other picture of that name as RGB; None where there is none."""
        if name not in self.facts.pictures:
            return None
        width, height = self.facts.pictures[name]
        if not 0 < width * height <= MOST_PICTURE_PX:
            raise UnreadableRegionError(
                say(
                    "The {name} picture of {path_name} claims {width:,} × "
                    "{height:,} px, which cannot be. The file is damaged there; "
                    "the slide itself may be whole.",
                    name=name,
                    path_name=self.path.name,
                    width=width,
                    height=height,
                )
            )
        answer, data = self._ask(
            {"do": "picture", "name": name}, say("in its {name} picture", name=name)
        )
        return np.frombuffer(data, np.uint8).reshape(answer["shape"])

    def close(self) -> None:
        """Let go of the file once reads that are under way have ended. May be called twice."""
        with self._lock:
            self._closed = True
            process = self._process if not self._readers else None
            if process is not None:
                self._process = None
        if process is not None:
            slide_pool.pool.give_back(process, self._opening["slide"])

    def _ask(self, request: Message, where: str) -> tuple[Message, bytearray]:
        with self._lock:
            self._check_open()
            self._readers += 1
            careful = self._deaths > 0
        until = time.monotonic() + self.limit_s  # for all that it takes
        try:
            if not careful:
                try:
                    return self._answer(request, where, until)
                except TooLong as error:
                    self._count_death()
                    raise self._unreadable(where, str(error)) from error
                except ChildEnded:
                    self._count_death()  # by this region or one that was read beside it
            if not self._alone.acquire(timeout=self.limit_s):
                raise self._unreadable(where, say("those before it do not end"))
            try:
                return self._answer(request, where, until)
            except ChildEnded as error:
                self._count_death()
                raise self._unreadable(
                    where, say("the process that reads it: {error}", error=error)
                ) from error
            finally:
                self._alone.release()
        finally:
            with self._lock:
                self._readers -= 1
                process = self._process if self._closed and not self._readers else None
                if process is not None:
                    self._process = None
            if process is not None:
                slide_pool.pool.give_back(process, self._opening["slide"])

    def _check_open(self) -> None:
        if self._closed:
            raise SlideError(
                say(
                    "{path_name} has been closed. Open it again to read it.",
                    path_name=self.path.name,
                )
            )
        if self._deaths > MOST_DEATHS:
            raise SlideError(
                say(
                    "{path_name} cannot be read any more: the library that "
                    "decodes it failed {deaths} times. The file is damaged; "
                    "copy, download or export it again.",
                    path_name=self.path.name,
                    deaths=self._deaths,
                )
            )

    def _count_death(self) -> None:
        slide_pool.pool.check_open()  # else it was no death: all processes were ended
        with self._lock:
            self._deaths += 1

    def _answer(self, request: Message, where: str, until: float) -> tuple[Message, bytearray]:
        request = request | {"slide": self._opening["slide"]}
        process = self._living(until)
        message, data = process.ask(request, limit_s=_left(until))
        kind, text = message.get("error"), message.get("text", "")
        if kind is None:
            return message, data
        if kind == "region":
            raise UnreadableRegionError(text) from LibraryError(message["why"])
        if kind == "slide":
            raise SlideError(text)
        if kind == "memory":
            text = say("it needs more memory than a slide may")
        raise self._unreadable(where, text)

    def _living(self, until: float) -> SlideProcess:
        """The process, or another one with the file open again where it has ended."""
        with self._reopening:  # not the other lock: whoever closes must not wait for this
            process = self._process
            if process is not None and process.alive:
                return process
            gone = say(
                "Check that the disk or network folder that holds {path} is still there.",
                path=self.path,
            )
            process = slide_pool.pool.take()
            try:
                message, _ = process.ask(self._opening, limit_s=_left(until))
            except ChildEnded as error:
                raise SlideError(
                    say(
                        "{path_name} can no longer be opened ({error}). {gone}",
                        path_name=self.path.name,
                        error=error,
                        gone=gone,
                    )
                ) from error
            if "error" in message:
                slide_pool.pool.give_back(process, self._opening["slide"])
                raise SlideError(
                    say(
                        "{path_name} can no longer be opened ({message}). {gone}",
                        path_name=self.path.name,
                        message=message["text"],
                        gone=gone,
                    )
                )
            self._process = process
            return process

    def _unreadable(self, where: str, why: str) -> UnreadableRegionError:
        return UnreadableRegionError(
            say(
                "{path_name} cannot be decoded {where}: {why}. The file is "
                "damaged there; if it was copied or downloaded, do that again.",
                path_name=self.path.name,
                where=where,
                why=why,
            )
        )


def _left(until: float) -> float:
    """Seconds until then; a second at least, so that a call has a chance."""
    return max(1.0, until - time.monotonic())


def read_in_process(path: Path, beat: Beat | None = None) -> ProcessReader:
    """Open a file in a process of its own, which reads the ends of every level.

    Parameters
    ----------
    path : Path
        What OpenSlide opens: a file, and of a DICOM slide any instance.
    beat : function, optional
        Called while the file is opened; may raise to give up.

    Raises
    ------
    SlideError
        If the file cannot be opened, in words; also where it ended the process, needed more
        memory or took longer than a slide may.
    """
    process = slide_pool.pool.take()
    opening: Message = {"do": "open", "slide": next(_numbers), "path": os.fsdecode(path.absolute())}
    again = say("If it was copied or downloaded, do that again; else export it again.")
    try:
        message, data = process.ask(opening, beat)
    except TooLong as error:
        raise SlideError(
            say(
                "{path_name} is not opened: its ends could not be read within "
                "{CALL_LIMIT_S:.0f} s. The file is damaged, or its disk does not "
                "answer. {again}",
                path_name=path.name,
                CALL_LIMIT_S=CALL_LIMIT_S,
                again=again,
            )
        ) from error
    except ChildEnded as error:
        raise SlideError(
            say(
                "{path_name} is not opened: the library that reads it failed in "
                "a way that would have ended the program ({error}). The file is "
                "damaged. {again}",
                path_name=path.name,
                error=error,
                again=again,
            )
        ) from error
    if (kind := message.get("error")) is not None:
        slide_pool.pool.give_back(process, opening["slide"])
        if kind == "memory":
            raise SlideError(
                say(
                    "{path_name} is not opened: it asks for more memory than a "
                    "slide needs. The file is damaged. {again}",
                    path_name=path.name,
                    again=again,
                )
            )
        if kind == "slide":
            raise SlideError(message["text"])
        raise SlideError(why_unopenable(path, message["text"]))
    facts = FileFacts.of(message, bytes(data))
    return ProcessReader(path, process, facts, message["name"], opening)
