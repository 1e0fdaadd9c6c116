"""Child processes that read slides, which a damaged slide may end, and this process goes on.

A process reads one slide at a time. When the slide is closed it waits for the next, so that
opening is quick after the first. The other side is :mod:`pathgui.core.slides.reading.slide_child`.
"""

from __future__ import annotations

import atexit
import multiprocessing.spawn
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.slide_messages import Message, receive, send
from pathgui.core.system.program import is_program, own_command

CALL_LIMIT_S = 15.0  # for one call into a library; on a slow share one tile takes a second
BEAT_S = 0.1  # how often one who waits may cancel
MOST_IDLE = 2
CHILD_ARGUMENT = "--read-slides-for-parent"  # to the installed program, which is no Python

_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031  # Linux' F_SETPIPE_SZ

Beat = Callable[[], None]


class ChildEnded(Exception):
    """The process ended, or was ended, before it answered."""


class TooLong(ChildEnded):
    """It was ended because an answer took longer than allowed."""


class SlideProcess:
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
                say(
                    "The process that reads slides cannot be started ({error}). "
                    "Slides are read in a process of their own, so that a "
                    "damaged one cannot end the program.",
                    error=error,
                )
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
            If the process ended; :class:`TooLong` if that was for the time it took.
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
                    raise TooLong(say("no answer within {limit_s:.2g} s", limit_s=limit_s))
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
        return say("it ended") if code is None else say("it ended with {code}", code=code)

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
    if is_program():
        return [*own_command(), CHILD_ARGUMENT]
    python = os.fsdecode(multiprocessing.spawn.get_executable() or sys.executable)
    root = str(Path(__file__).resolve().parents[3])  # the folder that holds the package
    # Not -m: a notebook may have found the package through a path that the child does not have.
    start = (
        f"import sys; sys.path.insert(0, {root!r}); "
        "from pathgui.core.slides.reading.slide_child import main; main()"
    )
    return [python, "-P", "-c", start]


class Pool:
    """The processes that wait for a slide, and all that run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SlideProcess] = []
        self._all: set[SlideProcess] = set()
        self._closed = False

    def take(self) -> SlideProcess:
        """A process for one slide."""
        with self._lock:
            self.check_open()
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                self._all.discard(process)
            process = SlideProcess()
            self._all = {each for each in self._all if each.alive} | {process}
            return process

    def check_open(self) -> None:
        """Raise SlideError if the program is ending."""
        if self._closed:
            raise SlideError(say("The program is ending, and reads no slides any more."))

    def give_back(self, process: SlideProcess, number: int) -> None:
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
                    process = SlideProcess()
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


pool = Pool()
atexit.register(pool.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.forget)


def warm_up() -> None:
    """Start a process for the next slide, if none waits. Returns at once."""
    pool.warm()


def end_all() -> None:
    """End every process that reads slides; reads under way fail at once. For the program's end."""
    pool.close()
