from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from pathgui.core.system.byte_cache import ByteCache


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=60))
def test_it_never_holds_more_than_its_limit(puts):
    cache: ByteCache[int, int] = ByteCache(100)
    for key, size in puts:
        cache.put(key, size, size)
        assert cache.used_bytes <= 100
    kept = {key: cache.get(key) for key in range(10) if key in cache}
    assert cache.used_bytes == sum(size for size in kept.values() if size)


def test_the_least_recently_used_goes_first():
    cache: ByteCache[str, int] = ByteCache(3)
    for key in "abc":
        cache.put(key, 1, 1)
    cache.get("a")
    cache.put("d", 1, 1)
    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]


def test_what_goes_is_handed_back_the_value_itself_if_it_alone_is_too_large():
    cache: ByteCache[str, int] = ByteCache(3)
    assert [cache.put(key, number, 1) for number, key in enumerate("abc")] == [[], [], []]
    assert cache.put("d", 3, 2) == [0, 1]
    assert cache.put("e", 4, 4) == [2, 3, 4]
    assert len(cache) == 0


def test_clearing_hands_back_all_but_pinned_values():
    cache: ByteCache[str, int] = ByteCache(3)
    cache.put("pinned", 0, 1, pinned=True)
    cache.put("a", 1, 0)
    cache.put("b", 2, 1)
    assert cache.clear() == [1, 2]
    assert cache.used_bytes == 1
    assert "pinned" in cache


def test_pinned_values_stay():
    cache: ByteCache[str, int] = ByteCache(3)
    cache.put("pinned", 1, 1, pinned=True)
    for key in "abcdef":
        cache.put(key, 1, 1)
    assert "pinned" in cache
    assert cache.used_bytes == 3


def test_values_that_are_pinned_no_more_are_dropped_as_any_other():
    cache: ByteCache[tuple[str, int], int] = ByteCache(3)
    for number in range(5):
        cache.put(("x", number), 0, 1, pinned=True)
    cache.put(("y", 0), 0, 1, pinned=True)
    assert cache.used_bytes == 6
    cache.unpin(lambda key: key[0] == "x")
    assert cache.used_bytes == 3
    assert [("x", number) in cache for number in range(5)] == [False] * 3 + [True] * 2
    assert ("y", 0) in cache


def test_a_value_put_again_counts_once():
    cache: ByteCache[str, int] = ByteCache(100)
    cache.put("a", 1, 40)
    cache.put("a", 2, 30, pinned=True)
    assert cache.used_bytes == 30
    assert cache.get("a") == 2


def test_a_smaller_limit_and_short_memory_take_effect_at_once():
    cache: ByteCache[int, int] = ByteCache(100)
    for key in range(10):
        cache.put(key, key, 10)
    cache.halve()
    assert cache.used_bytes == 50
    cache.limit_bytes = 20
    assert cache.used_bytes == 20


def test_discarding_takes_pinned_values_too():
    cache: ByteCache[tuple[str, int], int] = ByteCache(100)
    cache.put(("x", 0), 0, 1, pinned=True)
    cache.put(("y", 0), 0, 1)
    cache.discard(lambda key: key[0] == "x")
    assert len(cache) == 1
    assert cache.used_bytes == 1


def test_threads_may_use_it_at_once():
    cache: ByteCache[int, int] = ByteCache(1000)

    def work(start: int) -> None:
        for step in range(2000):
            cache.put(start + step % 50, step, 20)
            cache.get(step % 50)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 25, 50, 75)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.used_bytes == 20 * len(cache) <= 1000
