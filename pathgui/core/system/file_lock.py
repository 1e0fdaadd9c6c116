"""A lock between processes that ends with the process that holds it."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pathgui.core.language.texts import say

if TYPE_CHECKING:
    from filelock import BaseFileLock

log = logging.getLogger(__name__)

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


class FileLock:
    """A lock of the operating system on a file, which says who holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: BaseFileLock | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free.

        Raises
        ------
        OSError
            If the file cannot be made or written, on a full disk say.
        """
        import filelock  # takes 0.04 s, which the first window need not wait for

        lock = filelock.FileLock(
            self.path,
            blocking=False,
            thread_local=False,  # another thread may close the run than the one that opened it
            fallback_to_soft=False,  # a soft lock would outlive a process that is killed
            preserve_lock_file=True,
            on_acquired=_sign,
        )
        try:
            lock.acquire()
        except filelock.Timeout:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            # Some network folders have no locks. Two processes then repeat each other's work,
            # and the rename of whole chunks still keeps every file whole.
            log.info("no locks in this folder")
        self._held = lock
        return True

    def release(self) -> None:
        """Give it back."""
        if self._held is not None:
            self._held.release()
            self._held = None

    def forget(self) -> None:
        """Remove the file; while the lock is held, so that nobody else locks a removed file."""
        with contextlib.suppress(OSError):  # Windows keeps an open file
            self.path.unlink()

    def owner(self) -> str:
        """Who holds it, in words."""
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(1)
                pid, host = file.read().decode().split()
        except (OSError, ValueError):
            return say("Another pathgui")
        where = "" if host == socket.gethostname() else say(" on {host}", host=host)
        return say("Another pathgui (process {pid}{where})", pid=pid, where=where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def _sign(file: int) -> None:
    """Write the owner into the file, past its first byte: Windows lets nobody read a locked one."""
    os.ftruncate(file, 0)
    os.write(file, f" {os.getpid()} {socket.gethostname()}".encode())
