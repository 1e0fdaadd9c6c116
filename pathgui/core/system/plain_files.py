"""What a path is, looked at before it is opened: only a plain file has an end."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say

_BLOCK = 1 << 22
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def why_not_plain(path: Path) -> str:
    """Why ``path`` is not opened ("is a pipe, not a file"); "" if it is a plain file.

    Opening a pipe waits for a writer, and a device such as ``/dev/zero`` never ends.

    Raises OSError if there is nothing, or nothing that may be looked at.
    """
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        return ""
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), say("no plain file"))
    return say("is {kind}, not a file", kind=kind)


def require_plain(path: Path, error: type[PathguiError], most_bytes: int | None = None) -> None:
    """Make sure that ``path`` is a plain file, of at most ``most_bytes``.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if there is none or it is something else.
    """
    try:
        why = why_not_plain(path)
        size = path.stat().st_size
    except (OSError, ValueError) as found:  # ValueError: a name with a null character
        raise error(
            say("{path} cannot be read: {words}.", path=path, words=_words(found))
        ) from found
    if why:
        raise error(say("{path} cannot be read: it {why}.", path=path, why=why))
    if most_bytes is not None and size > most_bytes:
        raise error(_too_long(path, most_bytes))


def read_bytes(path: Path) -> bytes:
    """The content of ``path``; raises OSError where it is a pipe, a device or a folder too."""
    if why := why_not_plain(path):
        raise OSError(errno.EINVAL, why, str(path))
    return path.read_bytes()


def read_plain(path: Path, error: type[PathguiError], most_bytes: int) -> bytes:
    """The content of a plain file of at most ``most_bytes``.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it is no such file or cannot be read.
    """
    require_plain(path, error, most_bytes)
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)  # files of /proc say that they have no bytes
    except OSError as found:
        raise error(
            say("{path} cannot be read: {words}.", path=path, words=_words(found))
        ) from found
    if len(content) > most_bytes:
        raise error(_too_long(path, most_bytes))
    return content


def sha256_of_files(files: Iterable[Path], tell: Callable[[int], None] | None = None) -> str:
    """SHA-256 of the files, one after the other; ``tell`` gets the bytes read so far, may raise."""
    digest, done = hashlib.sha256(), 0
    for path in files:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                if tell is not None:
                    tell(done)
    return digest.hexdigest()


def _too_long(path: Path, most_bytes: int) -> str:
    return say(
        "{path} is longer than {most_bytes:,} MB, the most that is read of such a file.",
        path=path,
        most_bytes=most_bytes >> 20,
    )


def _words(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
