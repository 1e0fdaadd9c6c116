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
import hashlib
import json
import logging
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.shared_rows import SharedRows, earlier_entry
from pathgui.core.errors import PathguiError, StoreError
from pathgui.core.progress import Notice, Progress, ProgressFn, ignore_progress
from pathgui.core.slides.identity import DIGEST_BYTES, Digests, TileIdentity
from pathgui.core.system.file_lock import FileLock
from pathgui.core.system.files import draft_folder

log = logging.getLogger(__name__)

FORMAT = 1
CHUNK_ROWS = 1024
FLUSH_SECONDS = 3.0  # at most this much work is lost by a kill
FLUSH_SHARE = 20  # writing takes at most one part in so many, however slow the disk
MOST_DIRTY = 8  # chunks in memory that are not on disk, where embeddings are not kept
DEFAULT_LIMIT = 20 * 10**9
MOST_STAMPS = 16  # copies of a slide that need no second look
_ARRAYS = ("digests", "embeddings", "readable", "done")  # in the order in which they are written
_ENTRY = re.compile(r"[0-9a-f]{40}")  # nothing else in the folder is ever removed


@dataclass(frozen=True)
class EmbeddingKey:
    """All that decides the numbers. Two keys that differ anywhere never share an embedding."""

    tiles: str  # content key of the tile source
    n_tiles: int
    encoder: str
    dim: int
    weights_sha256: str
    transform: str
    pooling: str
    precision: str
    input_px: int
    preparation: str  # how a tile was brought to input_px
    code_version: int
    batch_size: int = 0  # tiles per forward, which moves the last digits; 0: not embedded here

    @property
    def digest(self) -> str:
        """Name of the group: 40 hex digits."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:40]


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


_UNKNOWN = TileIdentity()
_TOO_OLD = (
    "Embeddings of these tiles that an earlier version stored are not used: it did not keep in "
    "which batches it made them, so their last digits may be others. The tiles are embedded again."
)


class EmbeddingStore:
    """A folder of embeddings, kept below ``limit_bytes`` by removing the least recently used."""

    def __init__(self, folder: Path, limit_bytes: float = DEFAULT_LIMIT) -> None:
        self.folder = Path(folder)
        self.limit_bytes = int(limit_bytes)

    def open(
        self,
        key: EmbeddingKey,
        report: ProgressFn = ignore_progress,
        keep: bool = True,
        identity: TileIdentity = _UNKNOWN,
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
            raise self._unusable(error) from error
        try:
            place = self.folder / key.digest
            for kind in ("draft", "replaced"):  # of a killed process
                for leftover in self.folder.glob(f".{key.digest}.*.{kind}"):
                    shutil.rmtree(leftover, ignore_errors=True)
            group = _open_group(place, key)
            notice = ""
            if group is None:
                if earlier_entry(self._places(), asdict(key), identity.formerly):
                    notice = _TOO_OLD
                group = _create_group(place, key, identity)
            os.utime(place / "zarr.json")
            stored = StoredEmbeddings(self, key, place, group, lock, keep, identity)
            stored.notice = notice
            self._evict(key.digest)
        except OSError as error:
            lock.release()
            raise self._unusable(error) from error
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
        identity: TileIdentity = _UNKNOWN,
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
        return SharedRows(others, asdict(key))

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
            raise self._unusable(error) from error
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
            raise self._unusable(error) from error

    def _evict(self, keep: str) -> None:
        """Remove the least recently used entries above the limit.

        Those in use stay, and so does ``keep``, the one used last: a paused run must be able to
        go on even if it alone is larger than the limit. So does what cannot be removed: tidying
        up must not end the work.
        """
        for leftover in self.folder.glob(".trash-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        used = []
        for place in self._places():
            with contextlib.suppress(OSError):  # another process removed it, say
                used.append((_last_used(place), place, _bytes_of(place)))
        total = sum(size for _, _, size in used)
        for _, place, size in sorted(used):
            if total <= self.limit_bytes:
                return
            try:
                removed = place.name != keep and self.remove(place.name)
            except StoreError as error:
                log.warning("%s stays in the embedding store: %s", place.name, error)
                continue
            if removed:
                log.info("removed %s from the embedding store to stay below its limit", place.name)
                total -= size

    def _wait_for(self, digest: str, report: ProgressFn | None) -> FileLock:
        lock = FileLock(self.folder / "locks" / f"{digest}.lock")
        if lock.acquire():
            return lock
        if report is None:
            raise StoreError(f"{lock.owner()} is embedding the same tiles with the same encoder.")
        report(
            Notice(
                f"{lock.owner()} is embedding the same tiles with the same encoder. Waiting for "
                "it; what it has done will be used."
            )
        )
        while not lock.acquire():
            report(Progress("Waiting for another pathgui", 0, 1))
            time.sleep(0.2)
        return lock

    def _unusable(self, error: OSError | ValueError) -> StoreError:
        why = getattr(error, "strerror", None) or error
        return StoreError(
            f"The embedding store {self.folder} cannot be used: {why}. Free disk space or choose "
            "another folder for it."
        )


class EmbeddingBuffer:
    """Embeddings in memory: what :func:`~pathgui.core.embedding.embed.embed` fills without a store.

    ``done`` and ``readable`` are bool (n,), False where nothing is known yet. Of the embeddings
    themselves all are kept, or (``keep`` False) only what is still needed here: then memory does
    not grow with their number.
    """

    def __init__(self, n_tiles: int, dim: int, keep: bool = True) -> None:
        self.done = np.zeros(n_tiles, np.bool_)
        self.readable = np.zeros(n_tiles, np.bool_)
        self.dropped = 0  # rows that were damaged on disk
        self.refused = 0  # rows whose tile has other pixels now
        self.notice = ""  # what the user should know of what was found
        self._dim = dim
        self._all = np.full((n_tiles, dim), np.nan, np.float32) if keep else None
        self._chunks: dict[int, NDArray[np.float32]] = {}  # unless all are kept

    @property
    def values(self) -> NDArray[np.float32]:
        """Every embedding (n, d), NaN where nothing is known; only where all are kept."""
        if self._all is None:
            raise ValueError("the embeddings were not kept")
        return self._all

    def doubted(self, wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Those rows of ``wanted`` (n,) whose tiles are to be looked at before :meth:`load`."""
        return np.empty(0, np.intp)

    def settle(self, rows: NDArray[np.intp], digests: Digests, readable: NDArray[np.bool_]) -> None:
        """What a look at the doubted rows has shown."""

    def load(self) -> Iterator[NDArray[np.intp]]:
        """Fill in what is kept elsewhere, yielding the rows; here, nothing."""
        return iter(())

    def flush(self) -> None:
        """Write what is not on disk yet; here, nothing."""

    def close(self) -> None:
        """Flush, and let others work on this key; here, nothing."""

    def abandon(self) -> None:
        """Write nothing any more (the disk is full, say), and let others work on this key."""

    def put(
        self,
        rows: NDArray[np.intp],
        values: NDArray[np.float32],
        readable: NDArray[np.bool_],
        digests: Digests | None = None,
    ) -> None:
        """Keep the embeddings of ``rows``, with digests of the tiles where these are taken."""
        self.readable[rows] = readable
        self.done[rows] = True
        self._put_values(rows, values)

    def loaded(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Embeddings (m, d) of rows that :meth:`load` has just yielded."""
        if self._all is not None:
            return self._all[rows]
        values = np.full((len(rows), self._dim), np.nan, np.float32)
        for chunk, here in _by_chunk(rows):
            if chunk in self._chunks:
                values[here] = self._chunks[chunk][rows[here] - chunk * CHUNK_ROWS]
        return values

    def _put_values(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        if self._all is not None:
            self._all[rows] = values
            return
        for chunk, here in _by_chunk(rows):
            if chunk not in self._chunks:
                self._chunks[chunk] = self._fresh_chunk(chunk)
            self._chunks[chunk][rows[here] - chunk * CHUNK_ROWS] = values[here]
        self._forget({chunk for chunk, _ in _by_chunk(rows)})

    def _fresh_chunk(self, chunk: int) -> NDArray[np.float32]:
        """What is known of a chunk that is not in memory."""
        span = _span(chunk, len(self.done))
        return np.full((span.stop - span.start, self._dim), np.nan, np.float32)

    def _forget(self, keep: set[int]) -> None:
        """Drop the chunks that nobody needs any more, but for those in ``keep``."""
        for chunk in set(self._chunks) - keep:
            del self._chunks[chunk]


class StoredEmbeddings(EmbeddingBuffer):
    """The embeddings of one key, in memory and on disk. A context manager; owned by one thread.

    :meth:`load` fills it with what is on disk; call it first, and before it :meth:`settle` with
    what a look at the :meth:`doubted` rows has shown.
    """

    def __init__(
        self,
        store: EmbeddingStore,
        key: EmbeddingKey,
        place: Path,
        group: Any,
        lock: FileLock,
        keep: bool = True,
        identity: TileIdentity = _UNKNOWN,
    ) -> None:
        super().__init__(key.n_tiles, key.dim, keep)
        self.key = key
        self._store = store
        self._place = place
        self._attributes = group.attrs
        self._on_disk = {name: group[name] for name in _ARRAYS}
        self._identity = identity
        self._same_files = not identity.stamp or identity.stamp in self._stamps()
        self._digests = np.zeros((key.n_tiles, DIGEST_BYTES), np.uint8)
        if identity.digests is not None:
            self._digests[:] = identity.digests
        self._unreadable = np.zeros(key.n_tiles, np.bool_)  # when they were last tried
        self._settled_stamps = False
        self._shared: SharedRows | None = None
        self._lock: FileLock | None = lock
        self._dirty: set[int] = set()  # chunks
        self._written: set[int] = set()  # chunks with something on disk
        self._flushed = time.monotonic()
        self._flush_took = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
            return
        try:
            self.close()
        except PathguiError:  # must not hide the error that ended the work
            log.exception("the last embeddings could not be stored")

    def doubted(self, wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Rows whose tiles could not be read, and all where the files have another size or time."""
        doubted = np.zeros(len(self.done), np.bool_)
        for chunk in range(-(-len(self.done) // CHUNK_ROWS)):
            found = self._read_flags(chunk)
            if found is None:
                continue
            done, readable = found
            span = _span(chunk, len(self.done))
            self._unreadable[span] = ~readable
            doubted[span] = ~readable if self._same_files else ~readable | done
        rows: NDArray[np.intp] = np.flatnonzero(doubted & wanted).astype(np.intp)
        return rows

    def settle(self, rows: NDArray[np.intp], digests: Digests, readable: NDArray[np.bool_]) -> None:
        """Let those rows hold whose tiles have the pixels they had, and drop the others.

        A tile that still cannot be read is known not to be readable as long as this is open; one
        that can is embedded.
        """
        still = rows[~readable & self._unreadable[rows]]
        self.done[still] = True
        self._unreadable[rows[readable]] = False
        if self._same_files:
            return
        place = np.full(len(self.done), -1, np.intp)
        place[rows] = np.arange(len(rows))
        same = readable & digests.any(axis=1)
        complete = True
        try:
            for chunk in range(-(-len(self.done) // CHUNK_ROWS)):
                span = _span(chunk, len(self.done))
                found = self._read_flags(chunk)
                if found is None:
                    continue
                done = found[0] & found[1]
                seen = done & (place[span] >= 0)
                complete &= bool((done == seen).all())
                look = place[span][seen]
                alike = (digests[look] == self._read_digests(chunk)[seen]).all(axis=1)
                wrong = np.zeros(len(done), np.bool_)
                wrong[seen] = ~(alike & same[look])
                if wrong.any():
                    self.refused += int(wrong.sum())
                    self._on_disk["done"][span] = done & ~wrong
                    _sync(_chunk_file(self._place, "done", chunk))
            if complete:
                self._same_files = True
                before = [] if self.refused else self._stamps()
                self._keep_stamps([*before, self._identity.stamp][-MOST_STAMPS:])
        except (OSError, ValueError) as error:
            raise self._store._unusable(error) from error

    def load(self) -> Iterator[NDArray[np.intp]]:
        """Read what is on disk, chunk by chunk; yields the rows that are done.

        A damaged chunk is dropped: its rows are not done, and counted in ``dropped``. Where the
        pictures are known, embeddings of the same ones under other keys are taken over.
        """
        for chunk in range(-(-len(self.done) // CHUNK_ROWS)):
            rows = np.union1d(self._load_chunk(chunk), self._adopt(chunk)).astype(np.intp)
            if len(rows):
                yield rows
            self._forget(set())

    def put(
        self,
        rows: NDArray[np.intp],
        values: NDArray[np.float32],
        readable: NDArray[np.bool_],
        digests: Digests | None = None,
    ) -> None:
        """Keep the embeddings of ``rows``; they reach the disk within seconds, or at a flush."""
        if self._lock is not None:
            self._dirty.update(np.unique(rows // CHUNK_ROWS).tolist())
        if digests is not None and self._identity.digests is None:
            self._digests[rows] = digests
        self._unreadable[rows] = ~readable
        super().put(rows, values, readable)
        pause = max(FLUSH_SECONDS, FLUSH_SHARE * self._flush_took)
        full = self._all is None and len(self._dirty) > MOST_DIRTY
        if full or time.monotonic() - self._flushed >= pause:
            self.flush()

    def flush(self) -> None:
        """Write everything that is not on disk yet. Nothing happens after :meth:`abandon`.

        Nothing is written, and the error raised, if the files are no longer those that were
        identified: what was read since may be of others.
        """
        if self._lock is None:
            return
        started = time.monotonic()
        try:
            self._identity.check()
        except PathguiError:
            self.abandon()
            raise
        try:
            if self._dirty and not self._settled_stamps:
                # With rows of these files among them, others' stamps promise nothing any more.
                self._keep_stamps([self._identity.stamp] if self._same_files else [])
                self._settled_stamps = True
            for chunk in sorted(self._dirty):
                span = _span(chunk, len(self.done))
                arrays = (  # `done` last
                    ("digests", self._digests[span]),
                    ("embeddings", self._chunk(chunk)),
                    ("readable", ~self._unreadable[span]),
                    ("done", self.done[span] & self.readable[span]),
                )
                for name, array in arrays:
                    self._on_disk[name][span] = array
                    _sync(_chunk_file(self._place, name, chunk))
                self._dirty.discard(chunk)
                self._written.add(chunk)
        except (OSError, ValueError) as error:  # zarr turns some faults into a ValueError
            raise self._store._unusable(error) from error
        self._forget(set())
        self._flushed = time.monotonic()
        self._flush_took = self._flushed - started

    def close(self) -> None:
        """Flush, and let others work on this key."""
        if self._lock is None:
            return
        try:
            self.flush()
        finally:
            self.abandon()
        self._store._evict(self.key.digest)

    def abandon(self) -> None:
        """Write nothing any more, and let others work on this key."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self._dirty.clear()

    def _chunk(self, chunk: int) -> NDArray[np.float32]:
        if self._all is not None:
            return self._all[_span(chunk, len(self.done))]
        return self._chunks[chunk]

    def _fresh_chunk(self, chunk: int) -> NDArray[np.float32]:
        if self._lock is None or chunk not in self._written:
            return super()._fresh_chunk(chunk)
        try:  # some of its rows are on disk, and it is written as a whole
            span = _span(chunk, len(self.done))
            return np.array(self._on_disk["embeddings"][span], np.float32)
        except (ValueError, OSError, RuntimeError) as error:
            raise self._store._unusable(ValueError(str(error))) from error

    def _forget(self, keep: set[int]) -> None:
        super()._forget(keep | self._dirty)

    def _stamps(self) -> list[str]:
        found = self._attributes.get("stamps")
        return [str(each) for each in found] if isinstance(found, list) else []

    def _keep_stamps(self, stamps: list[str]) -> None:
        if stamps != self._stamps():
            self._attributes["stamps"] = stamps
            _sync(self._place / "zarr.json")

    def _read_flags(self, chunk: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
        """``done`` and ``readable`` of a chunk; None where they cannot be read."""
        span = _span(chunk, len(self.done))
        try:
            return np.asarray(self._on_disk["done"][span]), np.asarray(
                self._on_disk["readable"][span]
            )
        except (ValueError, OSError, RuntimeError):
            return None  # loading drops it

    def _read_digests(self, chunk: int) -> Digests:
        span = _span(chunk, len(self.done))
        try:
            return np.asarray(self._on_disk["digests"][span], np.uint8)
        except (ValueError, OSError, RuntimeError):  # then they prove nothing
            return np.zeros((span.stop - span.start, DIGEST_BYTES), np.uint8)

    def _load_chunk(self, chunk: int) -> NDArray[np.intp]:
        span = _span(chunk, len(self.done))
        # Those that still cannot be read.
        known: NDArray[np.intp] = np.flatnonzero(self.done[span]).astype(np.intp) + span.start
        try:
            done = np.asarray(self._on_disk["done"][span])
            if not done.any():
                return known
            readable = np.asarray(self._on_disk["readable"][span])
            values = np.asarray(self._on_disk["embeddings"][span])
        except (ValueError, OSError, RuntimeError) as error:
            # zarr has no error of its own for a wrong checksum or a short file.
            log.warning("dropped chunk %d of %s: %s", chunk, self._place.name, error)
            self._drop(chunk, span.stop - span.start)
            return known
        done = done & readable  # earlier versions called unreadable tiles done
        missing = done & ~np.isfinite(values).all(axis=1)
        self.dropped += int(missing.sum())
        done &= ~missing
        rows = np.flatnonzero(done).astype(np.intp) + span.start
        self._written.add(chunk)
        if self._identity.digests is None:
            self._digests[rows] = self._read_digests(chunk)[done]
        if self._all is None:
            self._chunks[chunk] = np.array(values, np.float32)
        else:
            self._all[rows] = values[done]
        self.readable[rows] = True
        self.done[rows] = True
        found: NDArray[np.intp] = np.concatenate([rows, known])
        return found

    def _adopt(self, chunk: int) -> NDArray[np.intp]:
        """Rows of a chunk that are missing here and embedded under another key."""
        none = np.empty(0, np.intp)
        digests, span = self._identity.digests, _span(chunk, len(self.done))
        rows: NDArray[np.intp] = np.flatnonzero(~self.done[span]).astype(np.intp) + span.start
        if digests is None or not len(rows) or self._lock is None:
            return none
        if self._shared is None:
            self._shared = self._store.shared(self.key)
        rows = rows[self._shared.find(digests[rows])]
        values = self._shared.read(digests[rows]) if len(rows) else None
        if values is None or values.shape != (len(rows), self.key.dim):
            return none
        self.put(rows, values, np.ones(len(rows), np.bool_))
        return rows

    def _drop(self, chunk: int, rows: int) -> None:
        self.dropped += rows
        for name in reversed(_ARRAYS):
            with contextlib.suppress(FileNotFoundError):
                _chunk_file(self._place, name, chunk).unlink()


def _create_group(place: Path, key: EmbeddingKey, identity: TileIdentity) -> Any:
    """Make an empty group in the place of whatever is there."""
    import zarr
    from zarr.codecs import Crc32cCodec
    from zarr.storage import LocalStore

    attributes = {"format": FORMAT, "key": asdict(key), "stamps": [identity.stamp]}
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
    return zarr.open_group(LocalStore(place), mode="r+", zarr_format=3)


def _open_group(place: Path, key: EmbeddingKey) -> Any:
    """The group of ``key``, or None if there is none or it is not what its name says."""
    import zarr
    from zarr.storage import LocalStore

    if not place.is_dir():
        return None
    for partial in place.rglob("*.partial"):  # a chunk whose writer was killed
        partial.unlink(missing_ok=True)
    try:
        group = zarr.open_group(LocalStore(place), mode="r+", zarr_format=3)
        good = (
            group.attrs["format"] == FORMAT
            and group.attrs["key"] == asdict(key)
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
    import zarr
    from zarr.storage import LocalStore

    try:
        size, used = _bytes_of(place), _last_used(place)
    except FileNotFoundError:  # removed by another process, or never finished
        return None
    when = datetime.fromtimestamp(used, UTC)
    try:
        group: Any = zarr.open_group(LocalStore(place), mode="r", zarr_format=3)
        key = group.attrs["key"]
        done = int(np.asarray(group["done"][:]).sum())
        return StoreEntry(
            place.name, key["encoder"], key["tiles"], key["n_tiles"], done, size, when
        )
    except (ValueError, KeyError, TypeError, OSError):
        return StoreEntry(place.name, "", "", 0, -1, size, when)


def _done(place: Path) -> NDArray[np.bool_] | None:
    """Which rows of an entry hold an embedding; None where there is no entry, or a damaged one."""
    import zarr
    from zarr.storage import LocalStore

    if not place.is_dir():
        return None
    try:
        group: Any = zarr.open_group(LocalStore(place), mode="r", zarr_format=3)
        return np.asarray(group["done"][:], np.bool_) & np.asarray(group["readable"][:], np.bool_)
    except (ValueError, KeyError, TypeError, OSError, RuntimeError):
        return None


def _span(chunk: int, n: int) -> slice:
    return slice(chunk * CHUNK_ROWS, min(n, (chunk + 1) * CHUNK_ROWS))


def _by_chunk(rows: NDArray[np.intp]) -> list[tuple[int, NDArray[np.bool_]]]:
    """Each chunk that ``rows`` touch, and which of them lie in it."""
    chunks = rows // CHUNK_ROWS
    return [(int(chunk), chunks == chunk) for chunk in np.unique(chunks)]


def _chunk_file(place: Path, name: str, chunk: int) -> Path:
    file = place / name / "c" / str(chunk)
    return file / "0" if name in ("embeddings", "digests") else file


def _sync(file: Path) -> None:
    """Make a written file survive a power cut. A chunk equal to its fill value has no file."""
    with contextlib.suppress(FileNotFoundError):
        handle = os.open(file, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
