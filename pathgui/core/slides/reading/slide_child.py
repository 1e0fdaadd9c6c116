"""What runs in a child process that reads slides, so that a slide can only end the child.

OpenSlide and the libraries below it allocate what a file's header asks for, and end the process
where that fails. The parent, :mod:`pathgui.core.slides.reading.slide_pool`, starts this module as a
program of its own; they talk through the child's standard input and output, in the messages of
:mod:`pathgui.core.slides.reading.slide_messages`.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from pathgui.core.errors import SlideError, UnreadableRegionError, one_line
from pathgui.core.slides.reading.readers import Reader, open_reader
from pathgui.core.slides.reading.slide_messages import Message, receive, send

MOST_MEMORY = 2 << 30  # bytes of address space, where the system can bound it
MOST_THREADS = 8
_MOST_TEXT = 10_000  # characters: the other side shortens what it quotes


class _Child:
    """Holds the slides that this process reads: one, and for a moment the one before it."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._readers: dict[int, Reader] = {}  # by the number that the parent gives

    def do(self, request: Message) -> None:
        """Do what is asked and answer, whatever happens."""
        answer: Message = {"id": request["id"]}
        data: bytes | memoryview = b""
        try:
            done, data = getattr(self, f"_{request['do']}")(request)
            answer |= done
        except UnreadableRegionError as error:
            why = one_line(error.__cause__ or "", _MOST_TEXT)
            answer |= {"error": "region", "text": one_line(error, _MOST_TEXT), "why": why}
        except SlideError as error:
            answer |= {"error": "slide", "text": one_line(error, _MOST_TEXT)}
        except MemoryError:
            answer |= {"error": "memory", "text": ""}
        except Exception as error:  # noqa: BLE001 - the other side needs an answer
            answer |= {
                "error": "library",
                "text": one_line(error, _MOST_TEXT) or type(error).__name__,
            }
        with self._lock:
            send(self._answers, answer, data)

    def _open(self, request: Message) -> tuple[Message, bytes]:
        """Open a file, say what it is, and read the first and the last tile of every level."""
        path = Path(request["path"])
        reader, facts = open_reader(path)
        self._readers[request["slide"]] = reader
        for level, (width, height, downsample) in enumerate(facts.levels):
            for x, y in ((0, 0), (width - 1, height - 1)):
                with suppress(UnreadableRegionError):  # damage is no danger
                    reader.read((int(x * downsample), int(y * downsample)), level, (1, 1))
        return facts.as_message() | {"name": reader.name}, facts.icc_profile or b""

    def _read(self, request: Message) -> tuple[Message, memoryview]:
        x, y, level, width, height = request["place"]
        reader = self._readers[request["slide"]]
        return {}, reader.read((x, y), level, (width, height)).reshape(-1).data

    def _picture(self, request: Message) -> tuple[Message, bytes | memoryview]:
        picture = self._readers[request["slide"]].associated_image(request["name"])
        if picture is None:
            raise UnreadableRegionError(f"The slide has no {request['name']} picture.")
        return {"shape": picture.shape}, picture.reshape(-1).data

    def _close(self, request: Message) -> tuple[Message, bytes]:
        if (reader := self._readers.pop(request["slide"], None)) is not None:
            reader.close()
        return {}, b""


def main() -> NoReturn:
    """Answer requests until the parent closes our standard input, or ends."""
    requests = sys.stdin.buffer
    # What libraries print must not come between our answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # damage is said where it is read
    _guard()
    child = _Child(answers)
    with ThreadPoolExecutor(MOST_THREADS) as pool:
        while True:
            try:
                request, _ = receive(requests)
            except (EOFError, OSError):
                os._exit(0)  # whatever a thread is still reading, nobody waits for it
            pool.submit(child.do, request)


def _guard() -> None:
    """Bounds on what a damaged file can do to the machine."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetErrorMode(0x8007)  # no dialog where a library crashes
        return
    import resource

    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, MOST_MEMORY)):
        with suppress(OSError, ValueError):  # the system knows no such bound, or a lower one
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))
