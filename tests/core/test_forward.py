import time

import numpy as np
import pytest

from pathgui.core.errors import EncoderError
from pathgui.core.forward import Forward, default_batch_size, find_batch_size, is_out_of_memory
from tests.core.stand_ins import mean_color, spec_of


class Gpu:
    """A device with a clock of its own: so many seconds per forward of n tiles."""

    def __init__(self, seconds, room=10**9):
        self.now = 0.0
        self.tried = []
        self._seconds = seconds
        self._room = room

    def __call__(self, tiles):
        self.tried.append(len(tiles))
        if len(tiles) > self._room:
            raise RuntimeError("CUDA out of memory.")
        self.now += self._seconds(len(tiles))
        return mean_color(tiles)

    def find(self, **options):
        return find_batch_size(self, 8, clock=lambda: self.now, **options)


def test_the_batch_grows_while_that_gains_speed():
    gpu = Gpu(lambda n: 0.01 * max(1, n / 64))  # full from 64 tiles on
    assert gpu.find() == 64
    assert max(gpu.tried) == 128


def test_the_batch_is_bounded():
    assert Gpu(lambda n: 0.001).find(most=256) == 256


def test_the_batch_stops_where_a_forward_would_take_over_a_second():
    assert Gpu(lambda n: 0.1 + 0.005 * n).find() == 128  # 0.74 s; 256 would take 1.4


def test_the_batch_stops_where_half_of_the_memory_is_taken():
    left = iter([0.9, 0.7, 0.4])
    assert Gpu(lambda n: 0.001).find(memory_left=lambda: next(left)) == 64


def test_the_batch_stays_below_what_does_not_fit():
    assert Gpu(lambda n: 0.001, room=50).find() == 32
    assert Gpu(lambda n: 0.001, room=5).find() == 4
    assert Gpu(lambda n: 0.001, room=0).find() == 1  # the first real tile gives the error


def test_the_warm_up_hides_no_bug():
    def encode(tiles):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        find_batch_size(encode, 8)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 MiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9.07 GB)"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate "
                      "memory: you tried to allocate 1000 bytes"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)  # fmt: skip
def test_lack_of_memory_is_told_from_other_errors(error, expected):
    assert is_out_of_memory(error) is expected


def test_torchs_own_error_is_lack_of_memory():
    import torch

    assert is_out_of_memory(torch.cuda.OutOfMemoryError("any text"))


def test_batches_are_cut_by_row_so_that_an_unreadable_tile_moves_no_other():
    sizes = []

    def encode(tiles):
        sizes.append(len(tiles))
        return mean_color(tiles)

    rows = np.arange(10)
    readable = np.array([1, 0, 1, 1, 0, 0, 0, 0, 1, 1], bool)
    tiles = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)
    values = Forward([encode], spec_of(), 4)(tiles, rows, readable)
    assert sizes == [3, 2]  # rows 4..7 have no readable tile
    np.testing.assert_array_equal(values[readable], mean_color(tiles))
    assert np.isnan(values[~readable]).all()


def test_a_forward_that_delays_cancelling_gets_smaller_batches():
    sizes = []

    def encode(tiles):
        sizes.append(len(tiles))
        time.sleep(0.004 * len(tiles))
        return mean_color(tiles)

    forward = Forward([encode], spec_of(), 16, most_seconds=0.02)
    tiles = np.zeros((64, 4, 4, 3), np.uint8)
    values = forward(tiles, np.arange(64), np.ones(64, bool))
    assert sizes[:2] == [16, 16]  # the first forward is like no other and does not count
    assert forward.limit in (1, 2)
    assert len(values) == 64
    assert sum(sizes) == 64


def test_one_tile_too_many_is_an_error_that_names_the_encoder():
    forward = Forward([Gpu(lambda n: 0.0, room=0)], spec_of(), 4)
    with pytest.raises(EncoderError, match="Mean color needs more memory"):
        forward(np.zeros((4, 4, 4, 3), np.uint8), np.arange(4), np.ones(4, bool))


def test_a_larger_input_gets_a_smaller_batch():
    spec = spec_of(params_m=20)
    assert default_batch_size(spec, 448, "cpu") < default_batch_size(spec, 224, "cpu")
