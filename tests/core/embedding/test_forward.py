import time

import numpy as np
import pytest

from pathgui.core.embedding.forward import Forward, default_batch_size, is_out_of_memory
from pathgui.core.errors import EncoderError
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


@pytest.mark.parametrize("device", ["cpu", "cuda:0", "mps"])
def test_the_batch_follows_encoder_and_device_alone(device):
    sizes = [default_batch_size(spec_of(params_m=m), 224, device) for m in (0, 5, 22, 86, 300)]
    assert sizes == sorted(sizes, reverse=True)
    assert all(1024 % size == 0 for size in sizes)  # blocks and chunks share their borders
    again = [default_batch_size(spec_of(params_m=m), 224, device) for m in (0, 5, 22, 86, 300)]
    assert sizes == again


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
    values, _ = Forward([encode], spec_of(), 4)(tiles, rows, readable)
    assert sizes == [3, 2]  # rows 4..7 have no readable tile
    np.testing.assert_array_equal(values[readable], mean_color(tiles))
    assert np.isnan(values[~readable]).all()


def test_a_forward_that_takes_long_keeps_its_batch():
    sizes = []

    def encode(tiles):
        sizes.append(len(tiles))
        time.sleep(4.5 if len(sizes) == 2 else 0)  # the machine is busy with something else
        return mean_color(tiles)

    tiles = np.zeros((64, 4, 4, 3), np.uint8)
    _, size = Forward([encode], spec_of(), 16)(tiles, np.arange(64), np.ones(64, bool))
    assert sizes == [16, 16, 16, 16]
    assert size == 16


def test_where_memory_is_short_all_embeddings_of_a_block_are_of_the_smaller_batch():
    sizes = []

    def encode(tiles):
        sizes.append(len(tiles))
        if len(sizes) >= 3 and len(tiles) > 4:  # another program takes memory meanwhile
            raise RuntimeError("CUDA out of memory.")
        return mean_color(tiles)

    tiles = np.random.default_rng(0).integers(0, 256, (24, 4, 4, 3), np.uint8)
    values, size = Forward([encode], spec_of(), 8)(tiles, np.arange(24), np.ones(24, bool))
    assert size == 4
    assert sizes == [8, 8, 8, 4, 4, 4, 4, 4, 4]
    np.testing.assert_array_equal(values, mean_color(tiles))


def test_one_tile_too_many_is_an_error_that_names_the_encoder():
    forward = Forward([Gpu(lambda n: 0.0, room=0)], spec_of(), 4)
    with pytest.raises(EncoderError, match="Mean color needs more memory"):
        forward(np.zeros((4, 4, 4, 3), np.uint8), np.arange(4), np.ones(4, bool))


def test_a_larger_input_gets_a_smaller_batch():
    spec = spec_of(params_m=20)
    assert default_batch_size(spec, 448, "cpu") < default_batch_size(spec, 224, "cpu")
