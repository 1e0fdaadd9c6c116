"""Encoders that share the tiles as they are read."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pathgui.core.embedding.embed import embed, embed_many
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import WeightsError
from tests.core.embedding.test_embed import Recorder, brightness, linear_encoder
from tests.core.stand_ins import MemoryTiles, spec_of


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert [t.name for t in threading.enumerate() if t.name.startswith("tile-reader")] == []


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


def test_a_block_that_is_done_in_part_is_embedded_as_a_whole(store):
    """Else its numbers would depend, in the last digits, on where a run was stopped."""
    sizes = []
    linear = linear_encoder()

    def encode(tiles):
        sizes.append(len(tiles))
        return linear(tiles)

    spec = spec_of(encode, dim=32)
    embed(MemoryTiles(64), spec, store=store, rows=np.arange(20), batch_size=16)
    sizes.clear()
    embed(MemoryTiles(64), spec, store=store, batch_size=16)
    assert sizes == [16, 16, 16]


def test_encoders_of_one_input_size_share_each_tile_as_it_is_read():
    source = MemoryTiles(50, unreadable=(3, 20))
    specs = [
        spec_of(linear_encoder(), name="linear", dim=32, params_m=20),  # batches of 8
        spec_of(name="color"),  # batches of 32
        spec_of(brightness, name="large", dim=1, px=20),
    ]
    recorder = Recorder()
    told = {spec.name: [] for spec in specs}
    many = embed_many(
        source,
        specs,
        on_batch=lambda name, rows, values: told[name].extend(rows.tolist()),
        report=recorder.report,
    )
    assert list(many) == ["linear", "color", "large"]
    assert set(source.reads.values()) == {2}  # once at 16 pixels, once at 20
    assert recorder.done[-1] == 150
    for spec in specs:
        alone = embed(source, spec)
        np.testing.assert_array_equal(many[spec.name].values, alone.values)
        assert many[spec.name].batch_size == alone.batch_size
        assert told[spec.name] == np.flatnonzero(alone.readable).tolist()


def test_an_encoder_that_fails_does_not_stop_the_others(store):
    def fail_late(tiles):
        values = brightness(tiles)
        values[values == late] = np.nan
        return values

    source = MemoryTiles(20, px=16)
    late = brightness(source.read(13, 16)[None])[0]
    results = embed_many(
        source,
        [
            spec_of(name="not ready", ready=False),
            spec_of(fail_late, name="late", dim=1),
            spec_of(name="wide", dim=7),
            spec_of(name="good"),
        ],
        batch_size=4,
        store=store,
    )
    assert isinstance(results["not ready"], WeightsError)
    assert "not finite for tile 13" in str(results["late"])
    assert "expected" in str(results["wide"])
    np.testing.assert_array_equal(results["good"].values, embed(source, spec_of()).values)
    assert {e.encoder: e.done for e in store.entries()} == {"late": 12, "wide": 0, "good": 20}


def test_one_encoder_goes_on_while_another_is_done_already(store):
    source = MemoryTiles(20)
    embed(source, spec_of(name="a"), store=store, batch_size=4)
    embed(source, spec_of(name="b"), store=store, batch_size=4, rows=np.arange(8))
    source.reads.clear()
    results = embed_many(source, [spec_of(name=name) for name in "ab"], store=store, batch_size=4)
    assert set(source.reads) == set(range(8, 20))
    assert (results["a"].resumed, results["b"].resumed) == (20, 8)
    np.testing.assert_array_equal(results["a"].values, results["b"].values)
