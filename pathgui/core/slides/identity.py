"""What makes tiles the same tiles: by what they are known before, while and after they are read.

A slide is known at a glance by the size and time of its files and by a hash of some of their
blocks. That is enough as long as size and time are those of the day when its tiles were embedded.
Where they differ, a tile is the same if its pixels are: each is read and compared by a digest that
is kept with its embedding. A reference picture is known by its sha256, which its set records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIGEST_BYTES = 16  # of a tile: two tiles of a million stores are alike with a chance of 1e-24

Digests = NDArray[np.uint8]  # (n, DIGEST_BYTES); all 0 where not known


def _unchanged() -> None:
    """Nothing can change."""


@dataclass(frozen=True)
class TileIdentity:
    """By what the tiles of one source are known.

    Attributes
    ----------
    digests
        Of each tile, where they are known before any is read: then they decide, in whatever
        source the tiles are. None otherwise.
    stamp
        Sizes and times of the files. Where it is the one under which tiles were embedded, they
        are taken as they are; else each is read and compared. "" where that is not asked for.
    formerly
        The source's content key as earlier versions made it, if it was another.
    check
        Raises a :class:`~pathgui.core.errors.PathguiError` if the files are no longer those that
        were identified. Quick: called before anything that was read is kept.
    """

    digests: Digests | None = None
    stamp: str = ""
    formerly: str = ""
    check: Callable[[], None] = _unchanged


def digest_of(tile: NDArray[np.uint8]) -> Digests:
    """Digest of one tile's pixels, shape (DIGEST_BYTES,)."""
    digest = hashlib.sha256(repr(tile.shape).encode())
    digest.update(np.ascontiguousarray(tile).data)
    return np.frombuffer(digest.digest()[:DIGEST_BYTES], np.uint8)


def digests_of(sha256: Sequence[str]) -> Digests:
    """Digests of pictures whose sha256, in hexadecimal, are known.

    Raises ValueError if one is not.
    """
    content = b"".join(bytes.fromhex(each)[:DIGEST_BYTES] for each in sha256)
    return np.frombuffer(content, np.uint8).reshape(len(sha256), DIGEST_BYTES)


@dataclass(frozen=True)
class FileStamp:
    """Size and time of some files, in the order of their names."""

    sizes: tuple[int, ...]
    modified_ns: tuple[int, ...]
    changed_ns: tuple[int, ...]  # of the entry in the file system, which nobody can set back

    @classmethod
    def of(cls, paths: Sequence[Path]) -> FileStamp:
        """The stamp of files as they are now. Raises OSError where one is gone."""
        facts = [path.stat() for path in sorted(paths)]
        return cls(
            tuple(fact.st_size for fact in facts),
            tuple(fact.st_mtime_ns for fact in facts),
            tuple(fact.st_ctime_ns for fact in facts),
        )

    @property
    def text(self) -> str:
        """Sizes and times of writing, as they are kept: the same for the same files elsewhere."""
        pairs = zip(self.sizes, self.modified_ns, strict=True)
        return " ".join(f"{size}@{time}" for size, time in pairs)
