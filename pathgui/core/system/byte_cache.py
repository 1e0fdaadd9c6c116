"""Values in memory, bounded in bytes: regions of the viewer, decoded tiles, pictures."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def default_cache_bytes() -> int:
    """An eighth of the memory, 1 GiB at most."""
    import psutil

    return int(min(1 << 30, 0.12 * psutil.virtual_memory().total))


def memory_is_short() -> bool:
    """Whether so little memory is free that a cache should give some back."""
    import psutil

    memory = psutil.virtual_memory()
    return bool(memory.available < min(512 << 20, 0.05 * memory.total))


class ByteCache(Generic[K, V]):
    """The most recently used values, up to ``limit_bytes``. Safe to use from several threads.

    Pinned values count but are never evicted, until they are unpinned.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._pinned: dict[K, tuple[V, int]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries) + len(self._pinned)

    def __contains__(self, key: K) -> bool:
        """Whether it is there; does not count as a use."""
        return key in self._entries or key in self._pinned

    @property
    def used_bytes(self) -> int:
        """What all values take."""
        return self._bytes

    @property
    def limit_bytes(self) -> int:
        """What they may take."""
        return self._limit

    @limit_bytes.setter
    def limit_bytes(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._shrink(limit)

    def get(self, key: K) -> V | None:
        """The value, which is now the most recently used; None if it is not there."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            else:
                entry = self._pinned.get(key)
        return None if entry is None else entry[0]

    def put(self, key: K, value: V, size_bytes: int, *, pinned: bool = False) -> list[V]:
        """Keep ``value``; the least recently used ones that must go for it are returned."""
        with self._lock:
            self._drop(key)
            (self._pinned if pinned else self._entries)[key] = (value, size_bytes)
            self._bytes += size_bytes
            return self._shrink(self._limit)

    def discard(self, belongs: Callable[[K], bool]) -> None:
        """Drop every value, pinned ones too, whose key ``belongs``."""
        with self._lock:
            for key in [key for key in (*self._entries, *self._pinned) if belongs(key)]:
                self._drop(key)

    def clear(self) -> list[V]:
        """Drop and return every value that is not pinned."""
        with self._lock:
            return self._shrink(-1)

    def unpin(self, belongs: Callable[[K], bool]) -> None:
        """From now on, pinned values whose key ``belongs`` are dropped as any other."""
        with self._lock:
            for key in [key for key in self._pinned if belongs(key)]:
                self._entries[key] = self._pinned.pop(key)
            self._shrink(self._limit)

    def halve(self) -> None:
        """Drop to half the limit: memory is short."""
        with self._lock:
            self._shrink(self._limit // 2)

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None) or self._pinned.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]

    def _shrink(self, limit: int) -> list[V]:
        dropped = []
        while self._bytes > limit and self._entries:
            _, (value, size) = self._entries.popitem(last=False)
            self._bytes -= size
            dropped.append(value)
        return dropped
