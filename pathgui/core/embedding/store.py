"""Embeddings on disk: what was embedded once is not embedded again, and a killed run goes on.

The store is a folder with one zarr v3 group per key (see :class:`EmbeddingKey`). A group holds
``embeddings`` float32 (n, d), ``done`` bool (n,), ``readable`` bool (n,) and ``digests`` uint8
(n, 16), all in chunks of 1,024 rows with a crc32c. These rules keep it whole:

- A chunk is written beside its place and renamed, embeddings before ``done``. So ``done`` never
  promises a row that is not there, whenever the process dies.
- What does not fit its checksum, or is marked done but missing, is dropped and embedded again.
- One process works on a key at a time. The lock is one of the operating system, so it ends with
  the process that holds it, however that ends.
- ``done`` promises an embedding of pixels that were there: a tile that could not be read is never
  done. That it could not (``readable`` False) is a hint to try it before all others.
- Nothing is written once the files are no longer those that were identified. Where their size or
  time is not the one of ``stamps``, rows hold only if their tiles still have the same pixels; see
  :mod:`~pathgui.core.slides.identity`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import re
import shutil
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.embedding_key import EmbeddingKey
from pathgui.core.embedding.shared_rows import KeysOf, SharedRows, earlier_entry
from pathgui.core.embedding.stored_embeddings import CHUNK_ROWS, UNKNOWN, StoredEmbeddings
from pathgui.core.errors import StoreError
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.slides.identity import DIGEST_BYTES, TileIdentity
from pathgui.core.system.file_lock import FileLock
from pathgui.core.system.files import draft_folder

log = logging.getLogger(__name__)

FORMAT = 1
DEFAULT_LIMIT = 20 * 10**9
LOOK_SHARE = 50  # of the time between two looks at all entries, a look takes a fiftieth at most
_ENTRY = re.compile(r"[0-9a-f]{40}")  # nothing else in the folder is ever removed


@dataclass(frozen=True)
class StoreEntry:
    """One key's embeddings, as listed."""

    digest: str
    encoder: str
    tiles: str
    n_tiles: int
    done: int  # tiles embedded; -1 where the entry is damaged
    bytes: int
    last_used: datetime


_TOO_OLD = say(
    "Embeddings of these tiles that an earlier version stored are not used: "
    "it did not keep in which batches it made them, so their last digits may "
    "be others. The tiles are embedded again."
)


class EmbeddingStore:
    """A folder of embeddings, kept below ``limit_bytes`` by removing the least recently used."""

    def __init__(self, folder: Path, limit_bytes: float = DEFAULT_LIMIT) -> None:
        self.folder = Path(folder)
        self.limit_bytes = int(limit_bytes)
        self._keys = KeysOf()
        self._sizes: dict[str, int] = {}  # of the entries, when all were last looked at
        self._looked = -math.inf  # when that was
        self._look_took = 0.0  # seconds

    def open(
        self,
        key: EmbeddingKey,
        report: ProgressFn = ignore_progress,
        keep: bool = True,
        identity: TileIdentity = UNKNOWN,
        *,
        wait: bool = True,
    ) -> StoredEmbeddings:
        """The embeddings of ``key``, made empty if there are none. Close them after use.

        ``keep`` False: they do not stay in memory, see :class:`EmbeddingBuffer`. ``identity``: by
        what its tiles are known; by ``key`` alone if nothing else is said.
        Waits while another process works on the same key, and says so; ``report`` may raise
        :class:`~pathgui.core.progress.Cancelled` to stop waiting. ``wait`` False: it is an error.

        Raises
        ------
        StoreError
            If the folder cannot be read or written.
        """
        try:
            (self.folder / "locks").mkdir(parents=True, exist_ok=True)
            lock = self._wait_for(key.digest, report if wait else None)
        except OSError as error:
            raise self.unusable(error) from error
        try:
            place = self.folder / key.digest
            for kind in ("draft", "replaced"):  # of a killed process
                for leftover in self.folder.glob(f".{key.digest}.*.{kind}"):
                    shutil.rmtree(leftover, ignore_errors=True)
            group = _open_group(place, key)
            notice = ""
            if group is None:
                if earlier_entry(self._places(), key.parts, identity.formerly, self._keys):
                    notice = _TOO_OLD
                group = _create_group(place, key, identity)
            os.utime(place / "zarr.json")
            stored = StoredEmbeddings(self, key, place, group, lock, keep, identity)
            stored.notice = notice
            self.evict(key.digest)
        except OSError as error:
            lock.release()
            raise self.unusable(error) from error
        except BaseException:
            lock.release()
            raise
        return stored

    def entries(self) -> tuple[StoreEntry, ...]:
        """What the store holds, the most recently used first."""
        listed = [_entry(place) for place in self._places()]
        return tuple(sorted((e for e in listed if e), key=lambda e: e.last_used, reverse=True))

    def count_done(
        self,
        key: EmbeddingKey,
        rows: NDArray[np.intp] | None = None,
        identity: TileIdentity = UNKNOWN,
    ) -> int:
        """Tiles of ``key`` that need not be embedded again, at a glance: nothing is locked.

        Of all its tiles, or of ``rows``. Those that will be looked at again before they hold are
        counted.
        """
        done = _done(self.folder / key.digest)
        if done is None or len(done) != key.n_tiles:
            done = np.zeros(key.n_tiles, np.bool_)
        wanted = np.arange(key.n_tiles) if rows is None else rows
        done = done[wanted]
        if identity.digests is not None and not done.all():
            missing = ~done
            done[missing] = self.shared(key).find(identity.digests[wanted[missing]])
        return int(done.sum())

    def shared(self, key: EmbeddingKey) -> SharedRows:
        """Embeddings of the same pictures in other entries."""
        others = (place for place in self._places() if place.name != key.digest)
        return SharedRows(others, key.parts, self._keys)

    def size(self) -> int:
        """Bytes on disk."""
        return sum(_bytes_of(place) for place in self._places())

    def remove(self, digest: str) -> bool:
        """Remove one entry. False if it is in use or not there."""
        place = self.folder / digest
        if not _ENTRY.fullmatch(digest) or not place.is_dir():
            return False
        lock = FileLock(self.folder / "locks" / f"{digest}.lock")
        try:
            lock.path.parent.mkdir(exist_ok=True)
            if not lock.acquire():
                return False
            with lock:
                _discard(place)
                lock.forget()
        except OSError as error:
            raise self.unusable(error) from error
        return True

    def clear(self) -> int:
        """Remove every entry that is not in use. Returns the bytes that were freed."""
        freed = 0
        for place in self._places():
            size = _bytes_of(place)
            if self.remove(place.name):
                freed += size
        return freed

    def _places(self) -> list[Path]:
        try:
            return [p for p in self.folder.iterdir() if _ENTRY.fullmatch(p.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self.unusable(error) from error

    def evict(self, keep: str) -> None:
        """Remove the least recently used entries above the limit.

        Those in use stay, and so does ``keep``, the one used last: a paused run must be able to
        go on even if it alone is larger than the limit. So does what cannot be removed: tidying
        up must not end the work.

        Looking at every entry takes seconds where there are thousands. So it is done again after
        many times the time that it took, or where what this process knows exceeds the limit; other
        processes may go over it for as long.
        """
        with contextlib.suppress(OSError):
            self._sizes[keep] = _bytes_of(self.folder / keep)
        due = time.monotonic() - self._looked >= LOOK_SHARE * self._look_took
        if not due and sum(self._sizes.values()) <= self.limit_bytes:
            return
        began = time.monotonic()
        self._look_and_remove(keep)
        self._looked = time.monotonic()
        self._look_took = self._looked - began

    def _look_and_remove(self, keep: str) -> None:
        for leftover in self.folder.glob(".trash-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        used = []
        for place in self._places():
            with contextlib.suppress(OSError):  # another process removed it, say
                used.append((_last_used(place), place, _bytes_of(place)))
        self._sizes = {place.name: size for _, place, size in used}
        total = sum(self._sizes.values())
        for _, place, _ in sorted(used):
            if total <= self.limit_bytes:
                return
            try:
                removed = place.name != keep and self.remove(place.name)
            except StoreError as error:
                log.warning("%s stays in the embedding store: %s", place.name, error)
                continue
            if removed:
                log.info("removed %s from the embedding store to stay below its limit", place.name)
                total -= self._sizes.pop(place.name)

    def _wait_for(self, digest: str, report: ProgressFn | None) -> FileLock:
        lock = FileLock(self.folder / "locks" / f"{digest}.lock")
        if lock.acquire():
            return lock
        if report is None:
            raise StoreError(
                say(
                    "{owner} is embedding the same tiles with the same encoder.", owner=lock.owner()
                )
            )
        report(
            Notice(
                say(
                    "{owner} is embedding the same tiles with the same encoder. "
                    "Waiting for it; what it has done will be used.",
                    owner=lock.owner(),
                )
            )
        )
        while not lock.acquire():
            report(Progress(say("Waiting for another pathgui"), 0, 1, part=Part.READING))
            time.sleep(0.2)
        return lock

    def unusable(self, error: OSError | ValueError) -> StoreError:
        why = getattr(error, "strerror", None) or error
        return StoreError(
            say(
                "The embedding store {folder} cannot be used: {why}. Free disk "
                "space or choose another folder for it.",
                folder=self.folder,
                why=why,
            )
        )


def _create_group(place: Path, key: EmbeddingKey, identity: TileIdentity) -> Any:
    """Make an empty group in the place of whatever is there."""
    import zarr
    from zarr.codecs import Crc32cCodec
    from zarr.storage import LocalStore

    attributes = {"format": FORMAT, "key": key.parts, "stamps": [identity.stamp]}
    rows = min(CHUNK_ROWS, key.n_tiles)
    # A lost chunk reads as its fill value. With these, "done, readable and NaN" shows that a row
    # is missing, whichever of the three files is gone.
    arrays: tuple[tuple[str, tuple[int, ...], str, float | bool], ...] = (
        ("embeddings", (key.dim,), "float32", float("nan")),
        ("readable", (), "bool", True),
        ("done", (), "bool", False),
        ("digests", (DIGEST_BYTES,), "uint8", 0),
    )
    with draft_folder(place) as draft:
        group: Any = zarr.create_group(LocalStore(draft), zarr_format=3, attributes=attributes)
        for name, per_row, dtype, fill in arrays:
            group.create_array(
                name,
                shape=(key.n_tiles, *per_row),
                chunks=(rows, *per_row),
                dtype=dtype,
                fill_value=fill,
                compressors=Crc32cCodec(),
            )
        if identity.digests is not None:
            group["digests"][:] = identity.digests
    return _group(place, "r+")


def _group(place: Path, mode: Literal["r", "r+"]) -> Any:
    import zarr
    from zarr.storage import LocalStore

    return zarr.open_group(LocalStore(place), mode=mode, zarr_format=3)


def _open_group(place: Path, key: EmbeddingKey) -> Any:
    """The group of ``key``, or None if there is none or it is not what its name says."""
    if not place.is_dir():
        return None
    for partial in place.rglob("*.partial"):  # a chunk whose writer was killed
        partial.unlink(missing_ok=True)
    try:
        group = _group(place, "r+")
        good = (
            group.attrs["format"] == FORMAT
            and group.attrs["key"] == key.parts
            and _shape(group["embeddings"]) == (key.n_tiles, key.dim)
            and _shape(group["done"]) == _shape(group["readable"]) == (key.n_tiles,)
            and _shape(group["digests"]) == (key.n_tiles, DIGEST_BYTES)
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        log.warning("the stored embeddings %s are damaged: %s", place.name, error)
        return None
    return group if good else None


def _shape(array: Any) -> tuple[int, ...]:
    return tuple(array.shape)


def _entry(place: Path) -> StoreEntry | None:
    try:
        size, used = _bytes_of(place), _last_used(place)
    except FileNotFoundError:  # removed by another process, or never finished
        return None
    when = datetime.fromtimestamp(used, UTC)
    try:
        group = _group(place, "r")
        key = group.attrs["key"]
        done = int(np.asarray(group["done"][:]).sum())
        return StoreEntry(
            place.name, key["encoder"], key["tiles"], key["n_tiles"], done, size, when
        )
    except (ValueError, KeyError, TypeError, OSError):
        return StoreEntry(place.name, "", "", 0, -1, size, when)


def _done(place: Path) -> NDArray[np.bool_] | None:
    """Which rows of an entry hold an embedding; None where there is no entry, or a damaged one."""
    if not place.is_dir():
        return None
    try:
        group = _group(place, "r")
        return np.asarray(group["done"][:], np.bool_) & np.asarray(group["readable"][:], np.bool_)
    except (ValueError, KeyError, TypeError, OSError, RuntimeError):
        return None


def _last_used(place: Path) -> float:
    return (place / "zarr.json").stat().st_mtime


def _bytes_of(place: Path) -> int:
    total = 0
    for file in place.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def _discard(place: Path) -> None:
    """Remove a group; renamed first, so that nothing half removed bears its name."""
    if not place.exists():
        return
    trash = place.parent / f".trash-{uuid.uuid4().hex}"
    place.rename(trash)
    shutil.rmtree(trash, ignore_errors=True)
