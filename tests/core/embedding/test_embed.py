import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pathgui.core.embedding import stored_embeddings, tile_feed
from pathgui.core.embedding.embed import embed, embed_many
from pathgui.core.embedding.forward import default_batch_size
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Readiness
from pathgui.core.encoders.networks.runner import TorchEncoder
from pathgui.core.errors import EmbeddingsError, StoreError, WeightsError
from pathgui.core.progress import Cancelled, Notice, Progress
from pathgui.core.system.background import left_behind
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert [t.name for t in threading.enumerate() if t.name.startswith("tile-reader")] == []


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


class Recorder:
    """Keeps what on_batch and report are told; may cancel after so many tiles."""

    def __init__(self, cancel_at=None):
        self.rows = []
        self.batches = []
        self.events = []
        self.cancel_at = cancel_at

    def batch(self, rows, values):
        self.batches.append((rows.tolist(), values))
        self.rows += rows.tolist()

    def report(self, event):
        self.events.append(event)
        limit = float("inf") if self.cancel_at is None else self.cancel_at
        if isinstance(event, Progress) and event.done >= limit:
            raise Cancelled

    @property
    def done(self):
        return [event.done for event in self.events if isinstance(event, Progress)]

    @property
    def notices(self):
        return [event.text for event in self.events if isinstance(event, Notice)]


def test_every_tile_gets_its_embedding_in_order():
    source = MemoryTiles(50, px=16)
    result = embed(source, spec_of(), batch_size=8, readers=3)
    tiles = np.stack([source.read(i, 16) for i in range(50)])
    np.testing.assert_array_equal(result.values, mean_color(tiles))
    assert result.readable.all()
    assert result.values.dtype == np.float32


def test_the_whole_tile_is_resized_to_the_encoders_input_as_pillow_does_it():
    seen = []

    def encode(tiles):
        seen.append(tiles.copy())
        return mean_color(tiles)

    source = MemoryTiles(3, px=25)
    embed(source, spec_of(encode, px=16))
    expected = [
        np.asarray(Image.fromarray(source.read(i, 16)).resize((16, 16), Image.Resampling.BICUBIC))
        for i in range(3)
    ]
    np.testing.assert_array_equal(np.concatenate(seen), np.stack(expected))


def test_only_the_rows_asked_for_are_read():
    source = MemoryTiles(30)
    whole = embed(source, spec_of())
    source.reads.clear()
    rows = np.array([20, 3, 11])
    part = embed(source, spec_of(), rows=rows, batch_size=2)
    assert set(source.reads) == {3, 11, 20}
    np.testing.assert_array_equal(part.values, whole.values[rows])
    assert part.readable.shape == (3,)


def test_progress_counts_every_tile_and_names_the_stage():
    recorder = Recorder()
    embed(MemoryTiles(20), spec_of(), batch_size=8, report=recorder.report)
    assert recorder.done[0] == 0
    assert recorder.done[-1] == 20
    assert recorder.done == sorted(recorder.done)
    assert recorder.events[0] == Progress("Embedding with Mean color", 0, 20, ("mean-color",))


def test_batches_are_handed_out_as_they_come():
    recorder = Recorder()
    result = embed(MemoryTiles(20), spec_of(), batch_size=8, on_batch=recorder.batch)
    assert [rows for rows, _ in recorder.batches] == [
        list(range(8)),
        list(range(8, 16)),
        list(range(16, 20)),
    ]
    np.testing.assert_array_equal(np.concatenate([v for _, v in recorder.batches]), result.values)


# ---- tiles that cannot be read


def test_an_unreadable_tile_is_marked_and_the_others_go_on(store):
    recorder = Recorder()
    source = MemoryTiles(20, unreadable=(0, 7, 19))
    result = embed(source, spec_of(), batch_size=4, store=store, on_batch=recorder.batch)
    assert np.flatnonzero(~result.readable).tolist() == [0, 7, 19]
    assert np.isnan(result.values[~result.readable]).all()
    assert np.isfinite(result.values[result.readable]).all()
    assert sorted(recorder.rows) == [i for i in range(20) if i not in (0, 7, 19)]
    again = embed(source, spec_of(), batch_size=4, store=store)
    np.testing.assert_array_equal(again.readable, result.readable)
    assert again.resumed == 20


def test_if_no_tile_can_be_read_it_is_an_error():
    with pytest.raises(EmbeddingsError, match="None of the 3 tiles could be read"):
        embed(MemoryTiles(3, unreadable=(0, 1, 2)), spec_of())


def test_no_tiles_is_an_error():
    with pytest.raises(EmbeddingsError, match="no tiles"):
        embed(MemoryTiles(0), spec_of())


def test_any_other_error_of_the_source_ends_the_work(store):
    def break_at_10(index):
        if index == 10:
            raise ZeroDivisionError("a bug")

    source = MemoryTiles(100, before_read=break_at_10)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        embed(source, spec_of(), batch_size=4, readers=2, store=store)
    assert store.entries()[0].done == 8  # what came before it is kept


def test_a_tile_of_the_wrong_kind_is_a_mistake_of_the_source():
    class Gray(MemoryTiles):
        def read(self, index, min_px):
            return super().read(index, min_px)[..., :1]

    with pytest.raises(ValueError, match=r"uint8 \(h, w, 3\)"):
        embed(Gray(3), spec_of())


# ---- encoders that fail


def test_an_encoder_that_is_not_ready_says_what_is_missing():
    with pytest.raises(WeightsError, match="Mean color cannot run: its weights are missing"):
        embed(MemoryTiles(3), spec_of(ready=False))


# ---- stopping while something cannot be interrupted


def cancel_after(seconds):
    begun = time.monotonic()

    def report(event):
        if time.monotonic() - begun > seconds:
            raise Cancelled

    return report


@pytest.mark.parametrize("where", ["readiness", "load", "forward", "read"])
def test_cancelling_waits_for_nothing_that_takes_long(where):
    released = threading.Event()

    def slow(here):
        if where == here:
            released.wait(60)

    def readiness():
        slow("readiness")
        return Readiness(True)

    def encode(tiles):
        slow("forward")
        return mean_color(tiles)

    def load(device, precision):
        slow("load")
        return encode

    spec = replace(spec_of(load=load), readiness=readiness)
    source = MemoryTiles(20, before_read=lambda index: slow("read"))
    begun = time.monotonic()
    try:
        with pytest.raises(Cancelled):
            embed(source, spec, report=cancel_after(0.1))
        # Well under 2 s on a machine of one's own; the work itself takes 60.
        assert time.monotonic() - begun < 20
        assert left_behind()
    finally:
        released.set()
    for thread in left_behind():
        thread.join(5)
    assert left_behind() == ()


# ---- without keeping the embeddings


@pytest.mark.parametrize("kept", [True, False])
def test_embeddings_that_are_not_to_be_kept_reach_the_batches_and_the_store(store, kept):
    source = MemoryTiles(2500, px=8, unreadable=(7,))
    spec = spec_of(px=8)
    recorder = Recorder()
    told = {}

    def on_batch(name, rows, values):
        told.update(zip(rows.tolist(), values, strict=True))

    for _ in range(2):
        told.clear()
        found = embed_many(
            source,
            [spec],
            store=store if kept else None,
            on_batch=on_batch,
            report=recorder.report,
            keep_values=False,
        )[spec.name]
        assert found.values.shape == (0, 6)
        assert found.readable.sum() == len(told) == 2499
    assert found.resumed == (2500 if kept else 0)
    exact = embed(source, spec).values
    np.testing.assert_array_equal(
        np.stack([told[row] for row in sorted(told)]), exact[exact[:, 0] > -1]
    )
    if kept:
        np.testing.assert_array_equal(embed(source, spec, store=store).values, exact)


def test_rows_here_and_there_are_kept_without_all_the_others_in_memory(store, monkeypatch):
    monkeypatch.setattr(stored_embeddings, "FLUSH_SECONDS", 0.0)
    source = MemoryTiles(5000, px=8)
    spec = spec_of(px=8)
    scattered = np.arange(0, 5000, 100)
    for rows in (scattered, scattered + 1):
        embed_many(source, [spec], store=store, rows=rows, batch_size=7, keep_values=False)
    both = np.sort(np.concatenate([scattered, scattered + 1]))
    source.reads.clear()
    found = embed(source, spec, store=store, rows=both, batch_size=7)
    assert source.reads == {}
    np.testing.assert_array_equal(found.values, embed(source, spec, rows=both).values)


# ---- encoders that resize themselves


class Resizing(TorchEncoder):
    """As an encoder on a GPU: gets tiles as they are read, from two threads."""

    resizes = True

    def beside(self, px):
        return [*super().beside(px), *super().beside(px)]


def on_device(cls=TorchEncoder):
    """Channel means by torch, behind the usual upload and preparation."""
    import torch

    class Means(torch.nn.Module):
        def forward(self, x):
            return torch.cat([x.mean((2, 3)), x.std((2, 3))], 1)

    return cls(Means(), lambda tiles: tiles.float(), "cpu")


@pytest.mark.parametrize("batch_size", [7, 16])
def test_an_encoder_that_resizes_itself_gives_the_same_embeddings(batch_size):
    usual = embed(MemoryTiles(50, unreadable=(3,)), spec_of(on_device()), batch_size=batch_size)
    source = MemoryTiles(50, unreadable=(3,))
    seen = []
    resizing = on_device(Resizing)
    run = resizing._run
    resizing._run = lambda tiles, px, stream: seen.append(tiles.shape[1]) or run(tiles, px, stream)
    itself = embed(source, spec_of(resizing), batch_size=batch_size)
    np.testing.assert_array_equal(itself.values, usual.values)
    assert set(seen) == {20}  # as they are read, not 16
    assert set(source.reads.values()) == {1}


def test_beside_one_that_cannot_all_get_tiles_of_their_input_size():
    source = MemoryTiles(30)
    specs = [spec_of(on_device(Resizing), name="resizing"), spec_of(name="plain")]
    results = embed_many(source, specs, batch_size=8)
    alone = embed(MemoryTiles(30), spec_of(on_device()), batch_size=8)
    np.testing.assert_array_equal(results["resizing"].values, alone.values)
    np.testing.assert_array_equal(
        results["plain"].values, embed(MemoryTiles(30), spec_of(), batch_size=8).values
    )
    assert set(source.reads.values()) == {1}


def test_tiles_of_unknown_size_and_the_fast_preparation_are_resized_before():
    class Unknown(MemoryTiles):
        def edge_px(self, min_px):
            return None

    for source, preparation in ((Unknown(20), "exact"), (MemoryTiles(20), "fast")):
        found = embed(source, spec_of(on_device(Resizing)), preparation=preparation)
        expected = embed(MemoryTiles(20), spec_of(on_device()), preparation=preparation)
        np.testing.assert_array_equal(found.values, expected.values)


# ---- memory


def test_the_default_batch_is_small_for_large_encoders_and_divides_a_chunk():
    sizes = [default_batch_size(spec_of(params_m=m), 224, "cpu") for m in (0, 5, 22, 86, 300)]
    assert sizes == sorted(sizes, reverse=True)
    assert all(1024 % size == 0 for size in sizes)
    assert sizes[0] >= 16
    assert sizes[-1] == 1


# ---- cancelling and going on


def test_cancelling_keeps_what_is_done_and_the_next_call_goes_on(store):
    source = MemoryTiles(100)
    with pytest.raises(Cancelled):
        embed(source, spec_of(), batch_size=8, store=store, report=Recorder(40).report)
    assert store.entries()[0].done == 40
    source.reads.clear()
    recorder = Recorder()
    result = embed(
        source,
        spec_of(),
        batch_size=8,
        store=store,
        on_batch=recorder.batch,
        report=recorder.report,
    )
    assert min(source.reads) == 40
    assert result.resumed == 40
    assert recorder.batches[0][0] == list(range(40))  # what was found, in one batch
    assert recorder.rows == list(range(100))
    assert recorder.done[-1] == 100
    np.testing.assert_array_equal(result.values, embed(source, spec_of()).values)


def test_it_can_be_cancelled_while_a_tile_takes_long():
    release = threading.Event()
    recorder = Recorder()

    def report(event):
        recorder.events.append(event)
        if len(recorder.events) > 3:
            release.set()
            raise Cancelled

    source = MemoryTiles(10, before_read=lambda index: release.wait(20))
    started = time.monotonic()
    with pytest.raises(Cancelled):
        embed(source, spec_of(), report=report)
    assert time.monotonic() - started < 10


def test_lack_of_memory_for_a_block_ends_the_work_after_those_before_it(monkeypatch):
    blocks = []

    def fill(*args):
        blocks.append(args)
        if len(blocks) == 3:
            raise MemoryError("Unable to allocate")
        return filling(*args)

    filling = tile_feed._Filling
    monkeypatch.setattr(tile_feed, "_Filling", fill)
    recorder = Recorder()

    def report(event):
        recorder.report(event)
        assert len(recorder.events) < 50, "waits for ever"

    with pytest.raises(MemoryError):
        embed(
            MemoryTiles(8),
            spec_of(),
            batch_size=2,
            on_batch=recorder.batch,
            report=report,
            readers=2,
        )
    assert recorder.rows == [0, 1, 2, 3]


def linear_encoder(device="cpu", precision="fp32"):
    """A linear layer in torch: its sums depend on the batch's size in the last digits."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.Linear(16 * 16 * 3, 32)

    def encode(tiles):
        with torch.inference_mode():
            return layer(torch.from_numpy(tiles).reshape(len(tiles), -1).float() / 255).numpy()

    return encode


def test_a_damaged_chunk_is_embedded_again_and_gives_the_same_numbers(store):
    spec = spec_of(linear_encoder(), dim=32)
    source = MemoryTiles(1500, unreadable=(3, 1400))
    undisturbed = embed(source, spec, store=store, batch_size=32)
    (chunk,) = store.folder.glob("*/embeddings/c/0/0")
    content = bytearray(chunk.read_bytes())
    content[1000] ^= 4
    chunk.write_bytes(content)
    source.reads.clear()
    recorder = Recorder()
    again = embed(source, spec, store=store, batch_size=32, report=recorder.report)
    assert set(source.reads) == {*range(1024), 1400}  # what could not be read is tried again
    np.testing.assert_array_equal(again.values, undisturbed.values)
    assert "1,024 tiles are embedded again" in recorder.notices[0]


def test_other_tiles_weights_or_precision_are_never_mixed(store):
    def embed_with(n=4, sha256="a", precision="fp32", tiles="memory", px=16, preparation="exact"):
        return embed(
            MemoryTiles(n, content_key=tiles),
            spec_of(sha256=sha256, px=px),
            precision=precision,
            store=store,
            preparation=preparation,
        ).resumed

    assert embed_with() == 0
    assert embed_with() == 4
    assert embed_with(sha256="b") == 0
    assert embed_with(precision="bf16") == 0
    assert embed_with(tiles="other") == 0
    assert embed_with(px=15) == 0
    assert embed_with(preparation="fast") == 0
    assert embed_with() == 4


def test_what_is_all_in_the_store_needs_no_model(store):
    def load(device, precision):
        raise AssertionError("loaded")

    embed(MemoryTiles(4), spec_of(), store=store)
    assert embed(MemoryTiles(4), spec_of(load=load), store=store).resumed == 4


def test_a_store_that_cannot_be_used_is_a_notice_not_the_end(tmp_path):
    (tmp_path / "store").write_text("a file, not a folder")
    recorder = Recorder()
    store = EmbeddingStore(tmp_path / "store")
    result = embed(MemoryTiles(4), spec_of(), store=store, report=recorder.report)
    assert result.readable.all()
    assert "kept in memory only" in recorder.notices[0]


def test_a_store_that_breaks_on_the_way_is_a_notice_not_the_end(tmp_path):
    class FullDisk(EmbeddingStore):
        def open(self, key, report, keep, identity):
            stored = super().open(key, report, keep, identity)

            def flush():
                if not stored.abandoned:
                    raise StoreError("The disk is full.")

            stored.abandoned = False
            abandon = stored.abandon

            def give_up():
                stored.abandoned = True
                abandon()

            stored.flush, stored.abandon = flush, give_up
            return stored

    recorder = Recorder()
    result = embed(
        MemoryTiles(40),
        spec_of(),
        store=FullDisk(tmp_path),
        batch_size=4,
        report=recorder.report,
    )
    assert np.isfinite(result.values).all()
    assert recorder.notices == [
        "The disk is full. The embeddings of this run are kept in memory only."
    ]


KILLED = """
import sys, time
from pathlib import Path
from pathgui.core.embedding import stored_embeddings as stores
from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.progress import Progress
from pathgui.core.system.background import left_behind
from tests.core.stand_ins import MemoryTiles, spec_of
from tests.core.embedding.test_embed import linear_encoder

stores.FLUSH_SECONDS = 0.05
linear = linear_encoder()

def encode(tiles):
    time.sleep(0.005)
    return linear(tiles)

def report(event):
    if isinstance(event, Progress):
        print(event.done, flush=True)
        while event.done >= 3000:  # to be killed here, however late that comes
            time.sleep(1)

spec = spec_of(encode, dim=32)
store = EmbeddingStore(Path(sys.argv[1]))
embed(MemoryTiles(20_000, unreadable=(5,)), spec, batch_size=16, store=store, report=report)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is a signal of Unix")
def test_a_killed_run_goes_on_and_ends_with_the_numbers_of_an_undisturbed_one(store):
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store.folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    )
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            if int(line) >= 2500:
                break
        child.send_signal(signal.SIGKILL)
        child.wait()
    (entry,) = store.entries()
    assert 1024 < entry.done < 20_000

    source = MemoryTiles(20_000, unreadable=(5,))
    rows = np.arange(4000)
    spec = spec_of(linear_encoder(), dim=32)
    resumed = embed(source, spec, rows=rows, batch_size=16, store=store)
    assert resumed.resumed >= 1024
    assert len(set(source.reads) - {5}) == 4000 - resumed.resumed  # 5 is tried again
    undisturbed = embed(source, spec, rows=rows, batch_size=16)
    np.testing.assert_array_equal(resumed.values, undisturbed.values)
    np.testing.assert_array_equal(resumed.readable, undisturbed.readable)


# ---- threads


def test_torchs_threads_are_set_for_the_call_and_restored():
    import torch

    before = torch.get_num_threads()
    seen = []

    def encode(tiles):
        seen.append(torch.get_num_threads())
        return mean_color(tiles)

    embed(MemoryTiles(4), spec_of(encode), threads=3)
    assert seen == [3]
    assert torch.get_num_threads() == before


# ---- several encoders


def brightness(tiles):
    return tiles.reshape(len(tiles), -1).mean(axis=1, dtype=np.float32)[:, None]


def test_encoders_too_large_to_be_in_memory_together_take_turns():
    alive = []

    def load(device, precision):
        def encode(tiles):
            alive.append(sum(reference() is not None for reference in references))
            return brightness(tiles)

        references.append(weakref.ref(encode))
        return encode

    references = []
    huge = [spec_of(name=name, dim=1, params_m=1e9, load=load) for name in "ab"]
    source = MemoryTiles(4)
    results = embed_many(source, huge, batch_size=2)
    assert alive == [1, 1, 1, 1]
    np.testing.assert_array_equal(results["a"].values, results["b"].values)
    assert set(source.reads.values()) == {2}


def test_an_encoder_cannot_be_asked_for_twice():
    with pytest.raises(ValueError, match="once"):
        embed_many(MemoryTiles(3), [spec_of(), spec_of()])


# ---- several devices, which are played by functions


class Devices:
    """Hands out an encoder per device and keeps who did what."""

    def __init__(self, names, slow=(), room=10**9):
        self.names = names
        self.tiles = dict.fromkeys(names, 0)
        self.threads = set()
        self._slow = slow
        self._room = room
        self._running = dict.fromkeys(names, 0)

    def load(self, device, precision):
        def encode(tiles):
            self._running[device] += 1
            assert self._running[device] == 1, "one forward at a time on a device"
            try:
                self.threads.add(threading.get_ident())
                time.sleep(0.02 if device in self._slow else 0.002)
                if len(tiles) > self._room:
                    raise RuntimeError("out of memory")
                self.tiles[device] += len(tiles)
                return mean_color(tiles)
            finally:
                self._running[device] -= 1

        return encode


def test_several_devices_share_the_tiles_and_the_slow_one_gets_fewer(store):
    devices = Devices(["fake:0", "fake:1"], slow=["fake:1"])
    source = MemoryTiles(200, unreadable=(7,))
    recorder = Recorder()
    result = embed(
        source,
        spec_of(load=devices.load),
        device=devices.names,
        batch_size=4,
        store=store,
        on_batch=recorder.batch,
        report=recorder.report,
    )
    np.testing.assert_array_equal(result.values, embed(source, spec_of()).values)
    assert recorder.rows == [row for row in range(200) if row != 7]  # in order all the same
    assert 0 < devices.tiles["fake:1"] < devices.tiles["fake:0"]
    assert threading.get_ident() not in devices.threads
    assert recorder.done[-1] == 200


def test_lack_of_memory_on_one_of_several_devices_is_told_on_the_callers_thread():
    devices = Devices(["fake:0", "fake:1"], room=8)
    threads = set()

    def report(event):
        if isinstance(event, Notice):
            threads.add(threading.get_ident())

    spec = spec_of(load=devices.load)
    result = embed(MemoryTiles(100), spec, device=devices.names, batch_size=16, report=report)
    assert result.batch_size == 8
    assert threads == {threading.get_ident()}
    assert result.readable.all()


def test_several_devices_can_be_cancelled_and_leave_no_thread(store):
    devices = Devices(["fake:0", "fake:1"])
    spec = spec_of(load=devices.load)
    with pytest.raises(Cancelled):
        embed(
            MemoryTiles(1000),
            spec,
            device=devices.names,
            batch_size=8,
            store=store,
            report=Recorder(80).report,
        )
    assert not any(thread.name.startswith("forward") for thread in threading.enumerate())
    assert 80 <= store.entries()[0].done < 1000


def test_an_error_on_a_device_reaches_the_caller():
    def encode(tiles):
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        embed(MemoryTiles(100), spec_of(encode), device=["fake:0", "fake:1"], batch_size=4)


# ---- the batch is part of what decides the numbers


# ---- preparation


def test_the_fast_preparation_is_used_when_asked_for_and_only_then():
    source = MemoryTiles(3, px=25)
    exact = embed(source, spec_of(), preparation="exact").values
    fast = embed(source, spec_of(), preparation="fast").values
    assert not np.array_equal(exact, fast)
    np.testing.assert_allclose(exact, fast, atol=1.0)
