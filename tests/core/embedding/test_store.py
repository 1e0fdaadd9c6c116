import errno
import multiprocessing
import os
import shutil
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.embedding import shared_rows
from pathgui.core.embedding import store as store_module
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import StoreError
from pathgui.core.progress import Cancelled, Notice, Progress
from tests.core.embedding.kept import KEY, chunk_file, fill, load, some_values


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


def test_what_was_put_is_found_again_bit_by_bit(store):
    values = fill(store)
    stored = load(store)
    assert stored.done.all()
    assert stored.readable.all()
    np.testing.assert_array_equal(stored.values, values)


def test_damaged_metadata_make_an_empty_entry_not_an_error(store):
    fill(store)
    (store.folder / KEY.digest / "zarr.json").write_text("{")
    assert store.entries()[0].done == -1
    assert not load(store).done.any()
    fill(store)
    assert load(store).done.all()


def test_a_group_under_the_name_of_another_key_is_not_believed(store):
    fill(store)
    other = replace(KEY, precision="bf16")
    (store.folder / KEY.digest).rename(store.folder / other.digest)
    assert not load(store, other).done.any()


def test_entries_tell_what_is_there(store):
    assert store.entries() == ()
    fill(store, rows=np.arange(100))
    (entry,) = store.entries()
    assert (entry.encoder, entry.n_tiles, entry.done) == ("mean-color", 2500, 100)
    assert entry.bytes == store.size() > 100 * 4 * 4


def test_clear_removes_all_but_what_is_in_use_and_nothing_foreign(store):
    foreign = store.folder / "holiday pictures"
    foreign.mkdir(parents=True)
    fill(store)
    other = replace(KEY, encoder="other")
    with store.open(other):
        assert store.clear() > 0
        assert [entry.encoder for entry in store.entries()] == ["other"]
        assert not store.remove(other.digest)
    assert store.remove(other.digest)
    assert store.size() == 0
    assert foreign.is_dir()


def test_above_the_limit_the_least_recently_used_go_first(tmp_path):
    store = EmbeddingStore(tmp_path)
    keys = [replace(KEY, encoder=name) for name in "abc"]
    for age, key in enumerate(keys):
        fill(store, key)
        past = time.time() - 1000 + age
        os.utime(store.folder / key.digest / "zarr.json", (past, past))
    load(store, keys[0])  # used again, so b is now the oldest
    small = EmbeddingStore(tmp_path, limit_bytes=store.size() * 0.7)
    load(small, keys[2])
    assert {entry.encoder for entry in small.entries()} == {"a", "c"}


def test_an_old_entry_that_cannot_be_removed_stays_and_the_work_goes_on(tmp_path, monkeypatch):
    fill(EmbeddingStore(tmp_path))

    def busy(place):
        raise PermissionError(errno.EACCES, "used by another process")

    monkeypatch.setattr("pathgui.core.embedding.store._discard", busy)
    store, other = EmbeddingStore(tmp_path, limit_bytes=1), replace(KEY, encoder="other")
    fill(store, other)
    assert load(store, other).done.all()
    assert len(store.entries()) == 2
    with pytest.raises(StoreError, match="used by another process"):  # whoever asks for it is told
        store.remove(KEY.digest)


def test_the_one_in_use_is_never_evicted(tmp_path):
    store = EmbeddingStore(tmp_path, limit_bytes=1)
    with store.open(KEY) as first:
        first.put(np.arange(2500), some_values(), np.ones(2500, bool))
        other = replace(KEY, encoder="other")
        fill(store, other)
        assert {entry.encoder for entry in store.entries()} == {"mean-color", "other"}
    assert load(store).done.all()


def test_a_folder_that_cannot_be_used_is_an_error_that_names_it(tmp_path):
    (tmp_path / "store").write_text("a file, not a folder")
    with pytest.raises(StoreError, match=r"store.*Free disk space or choose another"):
        EmbeddingStore(tmp_path / "store").open(KEY)


@pytest.mark.parametrize("step", ["ftruncate", "write"])
def test_a_full_disk_is_an_error_that_names_it_and_no_endless_wait(store, monkeypatch, step):
    tries = []

    def full(file, *_):
        tries.append(file)
        assert len(tries) < 10
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, full)
        with pytest.raises(StoreError, match=r"No space left.*Free disk space"):
            store.open(KEY)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(tries[0])  # closed, and the lock with it
    fill(store)


def test_waiting_for_another_owner_is_told_and_can_be_cancelled(store):
    events = []

    def report(event):
        events.append(event)
        if isinstance(event, Progress):
            raise Cancelled

    with store.open(KEY), pytest.raises(Cancelled):
        store.open(KEY, report)
    assert isinstance(events[0], Notice)
    assert f"process {os.getpid()}" in events[0].text
    assert "Waiting" in events[0].text


def test_a_second_owner_goes_on_with_what_the_first_has_done(store):
    values = some_values()
    opened = threading.Event()
    found = []

    def second():
        opened.set()
        found.append(load(store).done.sum())

    thread = threading.Thread(target=second)
    with store.open(KEY) as stored:
        thread.start()
        opened.wait()
        stored.put(np.arange(700), values[:700], np.ones(700, bool))
    thread.join()
    assert found == [700]


def _fill_many_times(folder, worker):
    store = EmbeddingStore(folder)
    values = some_values()
    for turn in range(5):
        rows = np.arange(worker * 1250 + turn * 250, worker * 1250 + (turn + 1) * 250)
        with store.open(KEY) as stored:
            list(stored.load())
            stored.put(rows, values[rows], np.ones(len(rows), bool))


def test_two_processes_on_one_key_do_not_lose_or_mix_rows(store):
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=_fill_many_times, args=(store.folder, number)) for number in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    stored = load(store)
    assert stored.done.all()
    np.testing.assert_array_equal(stored.values, some_values())


def test_what_a_killed_writer_left_behind_is_swept_up(store):
    fill(store)
    partial = chunk_file(store, "embeddings", 0).with_name("0.1234.partial")
    partial.write_bytes(b"half a chunk")
    draft = store.folder / f".{KEY.digest}.abcd.draft"
    shutil.copytree(store.folder / KEY.digest, draft)
    trash = store.folder / ".trash-1"
    trash.mkdir()
    assert load(EmbeddingStore(store.folder)).done.all()  # as another process finds it
    assert not partial.exists()
    assert not draft.exists()
    assert not trash.exists()


def test_a_store_that_breaks_while_writing_says_so(store):
    stored = store.open(KEY)
    stored.put(np.arange(2500), some_values(), np.ones(2500, bool))
    shutil.rmtree(store.folder / KEY.digest / "embeddings")
    (store.folder / KEY.digest / "embeddings").write_text("in the way")
    with pytest.raises(StoreError, match="Free disk space"):
        stored.flush()
    stored.abandon()
    stored.close()  # nothing is left to write
    assert store.remove(KEY.digest)


def test_of_many_slides_not_each_looks_at_all_that_is_kept(tmp_path, monkeypatch):
    """Else the work on a cohort would grow with the square of its slides."""
    monkeypatch.setattr(store_module, "LOOK_SHARE", 10**9)
    store, looks, keys = EmbeddingStore(tmp_path), [], []
    size_of, key_of = store_module._bytes_of, shared_rows._key_of
    monkeypatch.setattr(store_module, "_bytes_of", lambda p: looks.append(p.name) or size_of(p))
    monkeypatch.setattr(shared_rows, "_key_of", lambda p: keys.append(p.name) or key_of(p))
    many = [replace(KEY, tiles=f"slide {number}", n_tiles=3) for number in range(12)]
    for key in many:
        with store.open(key):
            pass
    assert max(map(looks.count, looks)) <= 4  # when it is opened, closed, and all are looked at
    assert max(map(keys.count, keys)) == 1
    assert len(store.entries()) == 12

    store.limit_bytes = size_of(tmp_path / many[0].digest) * 6
    with store.open(replace(KEY, tiles="one more", n_tiles=3)):
        pass
    assert len(store.entries()) <= 7  # the limit is kept all the same
