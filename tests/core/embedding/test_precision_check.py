import numpy as np
import pytest

from pathgui.core.embedding.precision_check import check_agreement, compare
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of


def coarse(device, precision):
    """An encoder that rounds in any precision but fp32."""
    step = 1.0 if precision == "fp32" else 8.0

    def encode(tiles):
        return np.round(mean_color(tiles) / step) * step

    return encode


def test_equal_embeddings_agree():
    found = check_agreement(MemoryTiles(100), spec_of())
    assert found.n_tiles == 64
    assert found.cosine_min == pytest.approx(1.0)
    assert found.largest_shift == 0.0
    assert found.notice == ""


def test_the_cosine_is_that_of_the_tile_that_moved_most():
    exact = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 4.0]], np.float32)
    moved = exact.copy()
    moved[2] = (4.0, 3.0)
    found = compare(moved, exact, precision="bf16")
    assert found.cosine_min == pytest.approx(24 / 25)
    assert found.cosine_mean == pytest.approx((2 + 24 / 25) / 3)
    assert "cosine 0.9600 at worst" in found.notice


def test_a_common_offset_hides_nothing_from_the_centered_cosine():
    rng = np.random.default_rng(0)
    exact = rng.normal(size=(64, 32)) + 1000
    found = compare(exact + rng.normal(size=(64, 32)), exact)
    assert found.cosine_min > 0.999
    assert found.centered_cosine_min < 0.95
    assert found.largest_shift > 0.5


def test_the_precision_asked_for_is_compared_with_fp32():
    spec = spec_of(load=coarse)
    found = check_agreement(MemoryTiles(40), spec, precision="bf16")
    assert found.n_tiles == 40
    assert found.precision == "bf16"
    assert found.largest_shift > 0
    assert found.centered_cosine_min < 1


def test_unreadable_tiles_are_left_out():
    source = MemoryTiles(10, unreadable=(0, 9))
    assert check_agreement(source, spec_of(), precision="fp16").n_tiles == 8


def test_the_fast_preparation_moves_embeddings_a_little():
    found = check_agreement(MemoryTiles(20, px=40), spec_of(), preparation="fast")
    assert 0 < found.largest_shift < 0.1
    assert found.cosine_min > 0.9999
