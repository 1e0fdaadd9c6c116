import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pathgui.core.embedding import default_batch_size, embed
from pathgui.core.errors import EmbeddingsError, EncoderError, StoreError, WeightsError
from pathgui.core.progress import Cancelled, Notice, Progress
from pathgui.core.store import EmbeddingStore
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


def test_the_input_size_follows_the_field_of_view():
    fixed = spec_of(px=16)
    assert embed(MemoryTiles(2, edge_um=20.0), fixed).input_px == 16
    keeps_its_scale = replace(fixed, side_multiple=8)  # at 0.5 µm/px
    assert embed(MemoryTiles(2, edge_um=20.0), keeps_its_scale).input_px == 40
    assert embed(MemoryTiles(2), keeps_its_scale).input_px == 16


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
    assert recorder.events[0] == Progress("Embedding with Mean color", 0, 20)


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


def test_a_whole_batch_of_unreadable_tiles_is_no_batch():
    result = embed(MemoryTiles(8, unreadable=(0, 1, 2, 3)), spec_of(), batch_size=4)
    assert result.readable.tolist() == [False] * 4 + [True] * 4


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
    assert store.entries()[0].done == 12


def test_an_encoder_of_the_wrong_width_is_an_error():
    with pytest.raises(EncoderError, match=r"shape \(3, 6\).*\(3, 7\) was expected"):
        embed(MemoryTiles(3), spec_of(dim=7))


def test_an_error_inside_the_encoder_reaches_the_caller():
    def encode(tiles):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        embed(MemoryTiles(100), spec_of(encode), batch_size=2, readers=2)


# ---- memory


class SmallMemory:
    """Fails for more than ``room`` tiles at once, in torch's words."""

    def __init__(self, room):
        self.room = room
        self.tried = []

    def __call__(self, tiles):
        self.tried.append(len(tiles))
        if len(tiles) > self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return mean_color(tiles)


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


def test_readers_do_not_run_far_ahead_of_the_encoder():
    source = MemoryTiles(400)
    ahead = []

    def encode(tiles):
        time.sleep(0.01)
        ahead.append(len(source.reads))
        return mean_color(tiles)

    embed(source, spec_of(encode), batch_size=4, readers=2)
    at_forward = 4 * np.arange(1, len(ahead) + 1)
    assert (np.array(ahead) - at_forward).max() <= 4 * (2 + 2)


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
    assert set(source.reads) == set(range(1024))
    np.testing.assert_array_equal(again.values, undisturbed.values)
    assert "1024 tiles are embedded again" in recorder.notices[0]


def test_a_block_that_is_done_in_part_is_embedded_as_a_whole(store):
    """Else its numbers would depend, in the last digits, on where a run was stopped."""
    sizes = []
    linear = linear_encoder()

    def encode(tiles):
        sizes.append(len(tiles))
        return linear(tiles)

    spec = spec_of(encode, dim=32)
    embed(MemoryTiles(64), spec, store=store, rows=np.arange(20), batch_size=4)
    sizes.clear()
    embed(MemoryTiles(64), spec, store=store, batch_size=16)
    assert sizes == [16, 16, 16]


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
        def open(self, key, report):
            stored = super().open(key, report)

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
from pathgui.core import store as stores
from pathgui.core.embedding import embed
from pathgui.core.progress import Progress
from tests.core.stand_ins import MemoryTiles, spec_of
from tests.core.test_embedding import linear_encoder

stores.FLUSH_SECONDS = 0.05
linear = linear_encoder()

def encode(tiles):
    time.sleep(0.005)
    return linear(tiles)

def report(event):
    if isinstance(event, Progress):
        print(event.done, flush=True)

spec = spec_of(encode, dim=32)
store = stores.EmbeddingStore(Path(sys.argv[1]))
embed(MemoryTiles(20_000, unreadable=(5,)), spec, batch_size=16, store=store, report=report)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is a signal of Unix")
def test_a_killed_run_goes_on_and_ends_with_the_numbers_of_an_undisturbed_one(store):
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store.folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
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
    assert len(source.reads) == 4000 - resumed.resumed
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
