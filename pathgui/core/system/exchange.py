"""Renames that the file system does in one step: never over another, or two names at once.

Linux has ``renameat2``, macOS ``renamex_np``; Windows never renames over a folder. Where the system
or the file system (some network disks) has neither, the functions say so and the caller takes a
longer way, on which what was there keeps a name that its owner can find.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

_AT_FDCWD = -100
_LINUX_NOREPLACE, _LINUX_EXCHANGE = 1, 2
_MACOS_SWAP, _MACOS_EXCL = 2, 4
_NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}

_Rename = Callable[[bytes, bytes, int], int]


def rename_new(source: Path, target: Path) -> None:
    """Rename a file or folder to a name that is free.

    Raises
    ------
    FileExistsError
        If there is something at ``target``; it stays as it was.
    OSError
        If the rename fails for another reason.
    """
    if sys.platform == "win32":
        source.rename(target)  # raises FileExistsError by itself
    elif not _special(source, target, _LINUX_NOREPLACE, _MACOS_EXCL):
        _rename_new_slowly(source, target)


def exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; False where that cannot be done here.

    Raises
    ------
    OSError
        If it could be done here but failed: one of the two is not there, say.
    """
    return _special(one, other, _LINUX_EXCHANGE, _MACOS_SWAP)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system has a call for it."""
    if sys.platform == "win32":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # a folder that may be written but not read
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOT_HERE:  # some network disks cannot
            raise
    finally:
        os.close(handle)


def sync_disk(folder: Path) -> bool:
    """Make all that lies on the disk of a folder survive a power cut; False where it cannot.

    One call in place of one for each of many files. Linux alone has it.

    Raises
    ------
    OSError
        If the disk could not take what was written.
    """
    call = _disk_call()
    if call is None:
        return False
    handle = os.open(folder, os.O_RDONLY)
    try:
        if call(handle) == 0:
            return True
        number = ctypes.get_errno()
    finally:
        os.close(handle)
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(folder))


@cache
def _disk_call() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        return None
    syncfs.argtypes, syncfs.restype = (ctypes.c_int,), ctypes.c_int
    return lambda handle: int(syncfs(handle))


def _rename_new_slowly(source: Path, target: Path) -> None:
    """Without a call of the system: rename replaces no folder that holds anything."""
    if source.is_dir():
        if target.exists() or target.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        try:
            source.rename(target)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(
                    errno.EEXIST, os.strerror(errno.EEXIST), str(target)
                ) from error
            raise
    else:
        os.link(source, target)  # a second name is never made over a first
        source.unlink()


def _special(source: Path, target: Path, linux: int, macos: int) -> bool:
    call = _system_call()
    if call is None:
        return False
    flags = linux if sys.platform.startswith("linux") else macos
    if call(os.fsencode(source), os.fsencode(target), flags) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))


@cache
def _system_call() -> _Rename | None:
    if sys.platform == "win32":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        return _bound(library, "renamex_np")
    renameat2 = getattr(library, "renameat2", None)
    if renameat2 is None:
        return None
    renameat2.argtypes = (
        ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint
    )  # fmt: skip
    renameat2.restype = ctypes.c_int

    def call(source: bytes, target: bytes, flags: int) -> int:
        return int(renameat2(_AT_FDCWD, source, _AT_FDCWD, target, flags))

    return call


def _bound(library: ctypes.CDLL, name: str) -> _Rename | None:
    function = getattr(library, name, None)
    if function is None:
        return None
    function.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
    function.restype = ctypes.c_int

    def call(source: bytes, target: bytes, flags: int) -> int:
        return int(function(source, target, flags))

    return call
