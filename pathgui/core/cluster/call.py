"""One command that a worker carries out, and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT_LINES = 15  # of what a command told last
_KILLED = (130, 128 + signal.SIGTERM, 137)  # how shells say Ctrl-C, terminated and killed


@dataclass(frozen=True)
class Call:
    """A command line, and where it runs."""

    title: str  # in words: "shard 3/64"
    words: tuple[str, ...]
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)  # beside that of the worker


@dataclass(frozen=True)
class Ended:
    """How a call ended.

    ``killed``: nothing is wrong with the call itself, so another try may do better: its process
    was killed, its machine lost, its time over.
    """

    code: int
    told: str = ""  # its last lines
    killed: bool = False

    @property
    def good(self) -> bool:
        """Whether it did what it should."""
        return self.code == 0 and not self.killed


def ended(code: int, told: str) -> Ended:
    """How a process ended, by its exit code.

    >>> ended(0, "").good, ended(-9, "").killed, ended(2, "Error: no such slide").killed
    (True, True, False)
    """
    return Ended(code, told, code < 0 or code in _KILLED)


def last_lines(text: str) -> str:
    """What is worth telling of a long output: its last lines."""
    return "\n".join(text.strip().splitlines()[-KEPT_LINES:])


def environment_of(call: Call) -> dict[str, str]:
    """The environment of the command."""
    return {**os.environ, **call.environment, "PYTHONUNBUFFERED": "1"}


def carry_out(call: Call) -> Ended:
    """Carry a call out in a process of its own, which ends with this one; tell what it tells.

    Engines run this on their workers.
    """
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(
        call.words,
        cwd=call.folder,
        env=environment_of(call),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                lines.append(line.rstrip())
            code = process.wait()
        except BaseException:
            process.kill()
            raise
    return ended(code, "\n".join(lines))


def _end_with_parent() -> None:
    """Ask Linux to end this process when the worker that started it is killed."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
