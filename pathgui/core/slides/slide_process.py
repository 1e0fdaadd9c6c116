"""Slides read in child processes, which a damaged slide may end, and this process goes on.

A process reads one slide at a time. When the slide is closed it waits for the next, so that
opening is quick after the first. See :mod:`pathgui.core.slides.slide_child` for the other side.
"""

from __future__ import annotations

import atexit
import itertools
import multiprocessing.spawn
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pathgui
from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.slides.slide_messages import Message, receive, send
from pathgui.core.slides.why_unopenable import why_unopenable

CALL_LIMIT_S = 15.0  # for one call into a library; on a slow share one tile takes a second
BEAT_S = 0.1  # how often one who waits may cancel
MOST_DEATHS = 16  # of processes that read one slide, before it is given up
MOST_IDLE = 2
MOST_PICTURE_PX = 1 << 26  # a label or macro picture that claims more is damaged
CHILD_ARGUMENT = "--read-slides-for-parent"  # to the installed program, which is no Python

_LARGEST_READ_PX = 1 << 24  # of level 0 in one call: bounds the child's memory
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031  # Linux' F_SETPIPE_SZ

Rgb = NDArray[np.uint8]
Beat = Callable[[], None]


class ChildEnded(Exception):
    """The process ended, or was ended, before it answered."""


class _TooLong(ChildEnded):
    """It was ended because an answer took longer than allowed."""


class LibraryError(Exception):
    """What the library said in the other process."""


class _Process:
    """One child and what it has been asked."""

    def __init__(self) -> None:
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            options["creationflags"] = subprocess.CREATE_NO_WINDOW
        try:
            self._child = subprocess.Popen(
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"MALLOC_ARENA_MAX": "2"},
                **options,
            )
        except OSError as error:
            raise SlideError(
                f"The process that reads slides cannot be started ({error}). Slides are read in "
                "a process of their own, so that a damaged one cannot end the program."
            ) from error
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._waiting: dict[int, _Answer] = {}
        self._next = 0
        self._ended = False
        self._widen_pipe()
        self._receiver = threading.Thread(target=self._receive, name="slide-answers", daemon=True)
        self._receiver.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked. In a fork of this process it cannot: it is the parent's."""
        return self._pid == os.getpid() and not self._ended and self._child.poll() is None

    def ask(
        self, request: Message, beat: Beat | None = None, limit_s: float = CALL_LIMIT_S
    ) -> tuple[Message, bytearray]:
        """The answer to a request; ``beat`` is called while it is waited for, and may raise.

        Where it raises, or the answer takes longer than ``limit_s``, the process is ended.

        Raises
        ------
        ChildEnded
            If the process ended; :class:`_TooLong` if that was for the time it took.
        """
        answer = _Answer()
        try:
            with self._lock:
                if self._ended or self._pid != os.getpid():
                    raise ChildEnded(self._how())
                self._next += 1
                self._waiting[self._next] = answer
                send(self._child.stdin, request | {"id": self._next})  # type: ignore[arg-type]
        except OSError as error:
            raise ChildEnded(self._how()) from error
        deadline = time.monotonic() + limit_s
        try:
            while not answer.there.wait(BEAT_S if beat else limit_s):
                if beat is not None:
                    beat()
                if time.monotonic() >= deadline:
                    self.end()
                    raise _TooLong(f"no answer within {limit_s:.2g} s")
        except ChildEnded:
            raise
        except BaseException:
            self.end()
            raise
        if answer.message is None:
            raise ChildEnded(self._how())
        return answer.message, answer.data

    def close_slide(self, number: int) -> None:
        """Have it close a slide. Nobody waits for that."""
        with suppress(OSError), self._lock:
            request = {"do": "close", "slide": number, "id": 0}
            send(self._child.stdin, request)  # type: ignore[arg-type]

    def end(self) -> None:
        """End it, whatever it is doing. Returns at once."""
        if self._pid != os.getpid():
            return
        self._ended = True
        with suppress(OSError):
            self._child.kill()

    def wait(self, seconds: float) -> None:
        """After :meth:`end`: until it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(seconds)
        self._receiver.join(seconds)

    def _receive(self) -> None:
        """Hand answers to those who wait. On a thread of its own, until the process ends."""
        try:
            while True:
                message, data = receive(self._child.stdout)  # type: ignore[arg-type]
                with self._lock:
                    answer = self._waiting.pop(message["id"], None)
                if answer is not None:
                    answer.message, answer.data = message, data
                    answer.there.set()
        except (EOFError, OSError, ValueError):
            pass
        self._ended = True
        with suppress(OSError):
            self._child.kill()  # it may only have closed its output
        self._child.wait()
        with self._lock:
            waiting = list(self._waiting.values())
            self._waiting.clear()
            for pipe in (self._child.stdin, self._child.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        for answer in waiting:
            answer.there.set()

    def _how(self) -> str:
        code = self._child.returncode
        return "it ended" if code is None else f"it ended with {code}"

    def _widen_pipe(self) -> None:
        """A region goes through in one piece rather than in many of 64 KiB."""
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):
                fcntl.fcntl(self._child.stdout, _SET_PIPE_SIZE, _PIPE_BYTES)  # type: ignore[arg-type]


class _Answer:
    def __init__(self) -> None:
        self.there = threading.Event()
        self.message: Message | None = None  # none although it is there: the process ended
        self.data = bytearray()


def _command() -> list[str]:
    """How the child is started, from wherever this package was imported."""
    python = os.fsdecode(multiprocessing.spawn.get_executable() or sys.executable)
    if getattr(sys, "frozen", False):
        return [python, CHILD_ARGUMENT]
    root = str(Path(pathgui.__file__).resolve().parents[1])
    # Not -m: a notebook may have found the package through a path that the child does not have.
    start = (
        f"import sys; sys.path.insert(0, {root!r}); "
        "from pathgui.core.slides.slide_child import main; main()"
    )
    return [python, "-P", "-c", start]


class _Pool:
    """The processes that wait for a slide, and all that run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._closed = False

    def take(self) -> _Process:
        """A process for one slide."""
        with self._lock:
            self.check_open()
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                self._all.discard(process)
            process = _Process()
            self._all = {each for each in self._all if each.alive} | {process}
            return process

    def check_open(self) -> None:
        """Raise SlideError if the program is ending."""
        if self._closed:
            raise SlideError("The program is ending, and reads no slides any more.")

    def give_back(self, process: _Process, number: int) -> None:
        """The slide of that number is done with; the process may read another."""
        with self._lock:
            if process.alive and not self._closed and len(self._idle) < MOST_IDLE:
                process.close_slide(number)
                self._idle.append(process)
                return
        process.end()

    def warm(self) -> None:
        """Start a process, if none waits, so that the next slide need not."""
        with self._lock:
            if not self._closed and not any(each.alive for each in self._idle):
                with suppress(SlideError):  # said when a slide is opened
                    process = _Process()
                    self._idle.append(process)
                    self._all.add(process)

    def close(self) -> None:
        """End all processes; whoever waits for an answer gets an error at once."""
        with self._lock:
            self._closed = True
            processes, self._all = list(self._all), set()
            self._idle.clear()
        for process in processes:
            process.end()
        for process in processes:
            process.wait(1.0)

    def forget(self) -> None:
        """In a fork of this process: the children are the parent's, not ours."""
        self._lock = threading.Lock()
        self._idle, self._all = [], set()


_pool = _Pool()
_numbers = itertools.count(1)  # of slides
atexit.register(_pool.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)


def warm_up() -> None:
    """Start a process for the next slide, if none waits. Returns at once."""
    _pool.warm()


def end_all() -> None:
    """End every process that reads slides; reads under way fail at once. For the program's end."""
    _pool.close()


@dataclass(frozen=True)
class FileFacts:
    """What OpenSlide says of a file."""

    properties: dict[str, str]
    levels: tuple[tuple[int, int, float], ...]  # width, height, downsample
    pictures: dict[str, tuple[int, int]]  # label, macro and others: width, height
    icc_profile: bytes | None


class ProcessReader:
    """One file, read by OpenSlide in a process of its own. Made by :func:`read_in_process`.

    Any number of threads may read. Where a read ends the process, another one takes over, and
    from then on one region is read at a time: so it is known which of them cannot be read.
    """

    limit_s = CALL_LIMIT_S

    def __init__(
        self, path: Path, process: _Process, facts: FileFacts, name: str, opening: Message
    ) -> None:
        self.path = path
        self.facts = facts
        self.name = name
        self._opening = opening
        self._process: _Process | None = process
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
        where = f"at ({x}, {y}), {width} × {height} px of level {level}"
        _, data = self._ask(request, where)
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)

    def associated_image(self, name: str) -> Rgb | None:
        """The label, macro or other picture of that name as RGB; None where there is none."""
        if name not in self.facts.pictures:
            return None
        width, height = self.facts.pictures[name]
        if not 0 < width * height <= MOST_PICTURE_PX:
            raise UnreadableRegionError(
                f"The {name} picture of {self.path.name} claims {width:,} × {height:,} px, which "
                "cannot be. The file is damaged there; the slide itself may be whole."
            )
        answer, data = self._ask({"do": "picture", "name": name}, f"in its {name} picture")
        return np.frombuffer(data, np.uint8).reshape(answer["shape"])

    def close(self) -> None:
        """Let go of the file once reads that are under way have ended. May be called twice."""
        with self._lock:
            self._closed = True
            process = self._process if not self._readers else None
            if process is not None:
                self._process = None
        if process is not None:
            _pool.give_back(process, self._opening["slide"])

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
                except _TooLong as error:
                    self._count_death()
                    raise self._unreadable(where, str(error)) from error
                except ChildEnded:
                    self._count_death()  # by this region or one that was read beside it
            if not self._alone.acquire(timeout=self.limit_s):
                raise self._unreadable(where, "those before it do not end")
            try:
                return self._answer(request, where, until)
            except ChildEnded as error:
                self._count_death()
                raise self._unreadable(where, f"the process that reads it: {error}") from error
            finally:
                self._alone.release()
        finally:
            with self._lock:
                self._readers -= 1
                process = self._process if self._closed and not self._readers else None
                if process is not None:
                    self._process = None
            if process is not None:
                _pool.give_back(process, self._opening["slide"])

    def _check_open(self) -> None:
        if self._closed:
            raise SlideError(f"{self.path.name} has been closed. Open it again to read it.")
        if self._deaths > MOST_DEATHS:
            raise SlideError(
                f"{self.path.name} cannot be read any more: the library that decodes it failed "
                f"{self._deaths} times. The file is damaged; copy, download or export it again."
            )

    def _count_death(self) -> None:
        _pool.check_open()  # else it was no death: all processes were ended
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
        raise self._unreadable(where, "it needs more memory than a slide may" if kind == "memory"
                               else text)  # fmt: skip

    def _living(self, until: float) -> _Process:
        """The process, or another one with the file open again where it has ended."""
        with self._reopening:  # not the other lock: whoever closes must not wait for this
            process = self._process
            if process is not None and process.alive:
                return process
            gone = f"Check that the disk or network folder that holds {self.path} is still there."
            process = _pool.take()
            try:
                message, _ = process.ask(self._opening, limit_s=_left(until))
            except ChildEnded as error:
                raise SlideError(
                    f"{self.path.name} can no longer be opened ({error}). {gone}"
                ) from error
            if "error" in message:
                _pool.give_back(process, self._opening["slide"])
                raise SlideError(
                    f"{self.path.name} can no longer be opened ({message['text']}). {gone}"
                )
            self._process = process
            return process

    def _unreadable(self, where: str, why: str) -> UnreadableRegionError:
        return UnreadableRegionError(
            f"{self.path.name} cannot be decoded {where}: {why}. The file is damaged there; if "
            "it was copied or downloaded, do that again."
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
    process = _pool.take()
    opening: Message = {"do": "open", "slide": next(_numbers), "path": os.fsdecode(path.absolute())}
    again = "If it was copied or downloaded, do that again; else export it again."
    try:
        message, data = process.ask(opening, beat)
    except _TooLong as error:
        raise SlideError(
            f"{path.name} is not opened: its ends could not be read within {CALL_LIMIT_S:.0f} s. "
            f"The file is damaged, or its disk does not answer. {again}"
        ) from error
    except ChildEnded as error:
        raise SlideError(
            f"{path.name} is not opened: the library that reads it failed in a way that would "
            f"have ended the program ({error}). The file is damaged. {again}"
        ) from error
    if (kind := message.get("error")) is not None:
        _pool.give_back(process, opening["slide"])
        if kind == "memory":
            raise SlideError(
                f"{path.name} is not opened: it asks for more memory than a slide needs. The "
                f"file is damaged. {again}"
            )
        if kind == "slide":
            raise SlideError(message["text"])
        raise SlideError(why_unopenable(path, message["text"]))
    facts = FileFacts(
        properties=message["properties"],
        levels=tuple((int(w), int(h), float(d)) for w, h, d in message["levels"]),
        pictures={name: (int(w), int(h)) for name, (w, h) in message["pictures"].items()},
        icc_profile=bytes(data) or None,
    )
    return ProcessReader(path, process, facts, message["name"], opening)
