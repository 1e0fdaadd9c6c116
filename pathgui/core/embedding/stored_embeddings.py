"""The embeddings of one key: a buffer in memory, blocks on disk."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.embedding_key import EmbeddingKey
from pathgui.core.embedding.shared_rows import SharedRows
from pathgui.core.errors import PathguiError, StoreError
from pathgui.core.slides.identity import DIGEST_BYTES, Digests, TileIdentity
from pathgui.core.system.file_lock import FileLock

log = logging.getLogger(__name__)

CHUNK_ROWS = 1024
MOST_STAMPS = 16  # copies of a slide that need no second look
ARRAYS = ("digests", "embeddings", "readable", "done")  # in the order in which they are written
UNKNOWN = TileIdentity()
FLUSH_SECONDS = 3.0  # at most this much work is lost by a kill
FLUSH_SHARE = 20  # writing takes at most one part in so many, however slow the disk
MOST_DIRTY = 8  # chunks in memory that are not on disk, where embeddings are not kept


class Owner(Protocol):
    """The store, as the embeddings of one key need it."""

    def unusable(self, error: OSError | ValueError) -> StoreError:
        """The error to tell the user where the disk refuses."""
        ...

    def evict(self, keep: str) -> None:
        """Make room; ``keep`` is the digest of a key that stays."""
        ...

    def shared(self, key: EmbeddingKey) -> SharedRows:
        """Rows that other keys of the same tiles hold."""
        ...


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
        store: Owner,
        key: EmbeddingKey,
        place: Path,
        group: Any,
        lock: FileLock,
        keep: bool = True,
        identity: TileIdentity = UNKNOWN,
    ) -> None:
        super().__init__(key.n_tiles, key.dim, keep)
        self.key = key
        self._store = store
        self._place = place
        self._attributes = group.attrs
        self._on_disk = {name: group[name] for name in ARRAYS}
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

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
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
            raise self._store.unusable(error) from error

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
            raise self._store.unusable(error) from error
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
        self._store.evict(self.key.digest)

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
            raise self._store.unusable(ValueError(str(error))) from error

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
        for name in reversed(ARRAYS):
            with contextlib.suppress(FileNotFoundError):
                _chunk_file(self._place, name, chunk).unlink()


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
