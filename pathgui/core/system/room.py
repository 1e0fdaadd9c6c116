"""Whether a folder can be written to, and how much room there is."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pathgui.core.system.background import Outcome, Workers

T = TypeVar("T")

PATIENCE_SECONDS = 30.0  # a disk that answers later than this ends nothing well


def _folder_of(path: Path) -> Path:
    """The nearest folder above ``path`` that there is."""
    return next(each for each in path.absolute().parents if each.exists())


def try_to_write(path: Path) -> None:
    """Make and remove a folder where ``path`` lies or will lie. Raises OSError.

    Rights are told by trying alone: by the modes of folders they are not on every system.
    """
    os.rmdir(tempfile.mkdtemp(prefix=".pathgui-", dir=_folder_of(path)))


def free_bytes(path: Path) -> int:
    """How much can be written where ``path`` lies or will lie. Raises OSError if nothing can."""
    try_to_write(path)
    return shutil.disk_usage(_folder_of(path)).free


def disk_of(path: Path) -> int:
    """What tells the disk on which ``path`` lies or will lie from another."""
    return _folder_of(path).stat().st_dev


def answered(
    work: Callable[[], T], beat: Callable[[], None], patience: float = PATIENCE_SECONDS
) -> T:
    """What ``work`` returns, which asks a disk that may never answer.

    ``beat`` is called meanwhile on this thread and may raise. The thread that waits for a dead
    disk is left behind.

    Raises
    ------
    TimeoutError
        If there is no answer within ``patience`` seconds.
    """
    workers = Workers(1, "disk")
    outcome: Outcome[T] = workers.submit(work)
    try:
        waited = 0.0
        while not outcome.wait(_BEAT):
            waited += _BEAT
            beat()
            if waited >= patience:
                raise TimeoutError
    finally:
        workers.end(0.0)
    return outcome.result()


_BEAT = 0.1  # seconds
