"""The embeddings of one key on disk, chunk by chunk."""

import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.stored_embeddings import CHUNK_ROWS
from tests.core.embedding.kept import KEY, chunk_file, fill, load, some_values


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


def test_rows_come_back_chunk_by_chunk(store):
    fill(store)
    with store.open(KEY) as stored:
        assert [len(rows) for rows in stored.load()] == [CHUNK_ROWS, CHUNK_ROWS, 452]


def test_part_of_a_chunk_is_kept_and_the_rest_is_open(store):
    values = fill(store, rows=np.arange(1000, 1100))
    stored = load(store)
    assert np.flatnonzero(stored.done).tolist() == list(range(1000, 1100))
    np.testing.assert_array_equal(stored.values[1000:1100], values[1000:1100])
    assert np.isnan(stored.values[:1000]).all()


def test_a_tile_that_could_not_be_read_is_never_done_and_is_to_be_tried_again(store):
    with store.open(KEY) as stored:
        readable = np.arange(2500) % 2 == 0
        values = np.where(readable[:, None], some_values(), np.float32(np.nan))
        stored.put(np.arange(2500), values, readable)
    assert store.count_done(KEY) == 1250
    with store.open(KEY) as again:
        doubted = again.doubted(np.ones(2500, bool))
        list(again.load())
    np.testing.assert_array_equal(again.done, readable)
    np.testing.assert_array_equal(doubted, np.flatnonzero(~readable))
    assert again.dropped == 0


@pytest.mark.parametrize("name", ["embeddings", "done", "readable"])
@pytest.mark.parametrize("damage", ["flipped", "short", "empty", "gone"])
def test_a_damaged_chunk_is_dropped_and_the_others_stay(store, name, damage):
    values = fill(store)
    with store.open(KEY) as stored:  # in the middle chunk, one tile is unreadable
        list(stored.load())
        unreadable = np.full((1, 4), np.nan, np.float32)
        stored.put(np.array([1500]), unreadable, np.zeros(1, bool))
    file = chunk_file(store, name, 1)
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[7] ^= 1
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(content[: {"short": len(content) // 2, "empty": 0}.get(damage)])
    stored = load(store)
    middle = slice(CHUNK_ROWS, 2 * CHUNK_ROWS)
    lost = (np.flatnonzero(~stored.done[middle]) + CHUNK_ROWS).tolist()
    if (name, damage) == ("readable", "gone"):  # nothing is lost but that one was unreadable
        assert lost == [1500]
    else:
        assert len(lost) == CHUNK_ROWS
    assert stored.done[:CHUNK_ROWS].all()
    assert stored.done[2 * CHUNK_ROWS :].all()
    assert (stored.dropped > 0) == ((name, damage) not in {("done", "gone"), ("readable", "gone")})

    fill(store, values=values)  # embedded again
    np.testing.assert_array_equal(load(store).values, values)
