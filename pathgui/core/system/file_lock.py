"""A lock between processes that ends with the process that holds it."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Self

log = logging.getLogger(__name__)


class FileLock:
    """A lock of the operating system on a file; the system ends it with its process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free.

        Raises
        ------
        OSError
            If the file cannot be made or written, on a full disk say.
        """
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                if not _lock_file(file):
                    return False
                if self._is_still(file):
                    os.ftruncate(file, 0)
                    os.write(file, f"{os.getpid()} {socket.gethostname()}".encode())
                    self._file = file
                    return True
            finally:
                if self._file != file:
                    os.close(file)

    def _is_still(self, file: int) -> bool:
        """False if the last owner removed the file between our open and our lock."""
        try:
            return os.fstat(file).st_ino == self.path.stat().st_ino
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give it back. Closing the file ends the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def forget(self) -> None:
        """Remove the file; while the lock is held, so that nobody else locks a removed file."""
        with contextlib.suppress(OSError):  # Windows keeps an open file
            self.path.unlink()

    def owner(self) -> str:
        """Who holds it, in words."""
        try:
            pid, host = self.path.read_text().split()
        except (OSError, ValueError):
            return "Another pathgui"
        where = "" if host == socket.gethostname() else f" on {host}"
        return f"Another pathgui (process {pid}{where})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock_file(file: int) -> bool:
        os.lseek(file, 1 << 30, os.SEEK_SET)  # a byte past the end, so that the owner is readable
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _lock_file(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Some network folders have no locks. Two processes then repeat each other's work,
            # and the rename of whole chunks still keeps every file whole.
            log.info("no locks in this folder")
        return True
