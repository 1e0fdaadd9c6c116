"""One encoder on its way through the tiles: batches, memory, what fails."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.embedding.embed import embed, embed_many
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError
from tests.core.embedding.test_embed import Recorder
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert [t.name for t in threading.enumerate() if t.name.startswith("tile-reader")] == []


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


def test_the_input_size_follows_the_field_of_view():
    fixed = spec_of(px=16)
    assert embed(MemoryTiles(2, edge_um=20.0), fixed).input_px == 16
    keeps_its_scale = replace(fixed, side_multiple=8)  # at 0.5 µm/px
    assert embed(MemoryTiles(2, edge_um=20.0), keeps_its_scale).input_px == 40
    assert embed(MemoryTiles(2), keeps_its_scale).input_px == 16


def test_a_whole_batch_of_unreadable_tiles_is_no_batch():
    result = embed(MemoryTiles(8, unreadable=(0, 1, 2, 3)), spec_of(), batch_size=4)
    assert result.readable.tolist() == [False] * 4 + [True] * 4


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_an_error_that_names_the_tile(bad, store):
    source = MemoryTiles(20, unreadable=(9,))
    culprit = mean_color(source.read(13, 16)[None])  # tiles are at input size already

    def encode(tiles):
        values = mean_color(tiles)
        values[(values == culprit).all(axis=1), 2] = bad
        return values

    with pytest.raises(EncoderError, match="not finite for tile 13 "):
        embed(source, spec_of(encode, px=20), batch_size=4, store=store)
    assert store.entries()[0].done == 11  # of the 12 before it, one cannot be read


def test_an_encoder_of_the_wrong_width_is_an_error():
    with pytest.raises(EncoderError, match=r"shape \(3, 6\).*\(3, 7\) was expected"):
        embed(MemoryTiles(3), spec_of(dim=7))


def test_what_torch_finds_wrong_with_an_encoder_ends_that_encoder_with_its_reason():
    def encode(tiles):
        raise RuntimeError("shapes do not match")

    specs = [spec_of(encode, name="wrong"), spec_of(name="good")]
    results = embed_many(MemoryTiles(100), specs, batch_size=2, readers=2)
    assert isinstance(results["wrong"], EncoderError)
    assert "RuntimeError: shapes do not match" in str(results["wrong"])
    assert results["good"].readable.all()


def test_code_of_the_users_own_may_fail_in_any_way_and_the_others_go_on():
    def encode(tiles):
        raise KeyError("weight")

    own = replace(spec_of(encode, name="own"), origin="the package slides-r-us")
    results = embed_many(MemoryTiles(10), [own, spec_of(name="good")])
    assert "KeyError: 'weight'" in str(results["own"])
    assert results["good"].readable.all()


def test_a_bug_of_ours_inside_an_encoder_reaches_the_caller():
    def encode(tiles):
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        embed(MemoryTiles(100), spec_of(encode), batch_size=2, readers=2)


class SmallMemory:
    """Fails for more than ``room`` tiles at once, in torch's words."""

    def __init__(self, room, error=RuntimeError):
        self.room = room
        self.error = error
        self.tried = []

    def __call__(self, tiles):
        self.tried.append(len(tiles))
        if len(tiles) > self.room:
            raise self.error("CUDA out of memory. Tried to allocate 20.00 MiB")
        return mean_color(tiles)


@pytest.mark.parametrize("room", [1, 3, 7])
def test_a_gpu_out_of_memory_loses_no_tile_and_no_encoder(room):
    import torch

    small = SmallMemory(room, torch.cuda.OutOfMemoryError)
    source = MemoryTiles(50, unreadable=(9,))
    specs = [spec_of(small, name="small"), spec_of(name="other")]
    results = embed_many(source, specs, batch_size=16)
    np.testing.assert_array_equal(results["small"].values, results["other"].values)
    assert results["small"].batch_size == 1 << (room.bit_length() - 1)
    assert results["other"].batch_size == 16
    assert results["small"].notices[0] == "Not enough memory for 15 tiles at once; going on with 8."
    assert set(source.reads.values()) == {1}  # the batch is repeated, not read again


def test_on_lack_of_memory_the_batch_is_halved_and_repeated():
    recorder = Recorder()
    encoder = SmallMemory(room=5)
    result = embed(MemoryTiles(40), spec_of(encoder), batch_size=16, report=recorder.report)
    np.testing.assert_array_equal(result.values, embed(MemoryTiles(40), spec_of()).values)
    assert encoder.tried[:3] == [16, 8, 4]
    assert max(encoder.tried[3:]) == 4
    assert result.batch_size == 4
    assert len(recorder.notices) == 2
    assert "going on with 4" in recorder.notices[1]
    assert result.notices == tuple(recorder.notices)


def test_if_one_tile_is_too_much_the_error_says_what_to_do():
    with pytest.raises(EncoderError, match=r"even for one tile.*device cpu"):
        embed(MemoryTiles(4), spec_of(SmallMemory(room=0)), batch_size=4)


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_the_batch_is_no_other_on_a_slow_machine(device, store):
    def embedded(seconds):
        sizes = []

        def encode(tiles):
            sizes.append(len(tiles))
            time.sleep(seconds)
            return mean_color(tiles)

        embed(MemoryTiles(700), spec_of(encode, params_m=90), device=device)
        return sizes

    assert embedded(0.0) == embedded(0.01)


class Shrinking:
    """Gives embeddings that tell the batch, and runs short of memory after some forwards."""

    def __init__(self, room, after):
        self.room, self.after = room, after
        self.calls = 0

    def __call__(self, tiles):
        self.calls += 1
        if self.calls > self.after and len(tiles) > self.room:
            raise RuntimeError("CUDA out of memory.")
        return mean_color(tiles) + np.float32(len(tiles))


@pytest.mark.parametrize("batch", [12, 14])  # of three, its batches are whole ones, or not
def test_a_run_that_ran_short_of_memory_is_one_of_the_smaller_batch_throughout(batch, store):
    def whole():
        return spec_of(Shrinking(100, 0))

    source, recorder = MemoryTiles(100), Recorder()
    found = embed(
        source,
        spec_of(Shrinking(4, after=3)),
        batch_size=batch,
        store=store,
        on_batch=recorder.batch,
        report=recorder.report,
    )
    assert found.batch_size == 3
    undisturbed = embed(source, whole(), batch_size=3)
    np.testing.assert_array_equal(found.values, undisturbed.values)
    assert set(recorder.rows) == set(range(100))
    assert recorder.done[-1] == 100
    # Those made in the larger batches are kept under a key of their own, and are of it alone.
    larger = embed(source, whole(), store=store, batch_size=batch)
    assert larger.resumed == 3 * batch
    np.testing.assert_array_equal(larger.values, embed(source, whole(), batch_size=batch).values)
    assert embed(source, whole(), store=store, batch_size=3).resumed == 100
