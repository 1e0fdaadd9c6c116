import numpy as np
import pytest
import torch
from PIL import Image

from pathgui.core.encoders.networks.resampling import resize


def pillow(tile, px):
    return np.asarray(Image.fromarray(tile).resize((px, px), Image.Resampling.BICUBIC))


def ours(tiles, px):
    return resize(torch.from_numpy(tiles).permute(0, 3, 1, 2), px).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("size", [8, 100, 223, 225, 240, 256, 448, 512, 1000])
@pytest.mark.parametrize("px", [96, 224])
def test_it_is_pillows_to_the_last_bit(size, px):
    rng = np.random.default_rng(size)
    noise = rng.integers(0, 256, (1, size, size, 3), np.uint8)
    hard_edges = (rng.random((1, size, size, 3)) > 0.5).astype(np.uint8) * 255  # overshoot clips
    tiles = np.concatenate([noise, hard_edges])
    expected = np.stack([pillow(tile, px) for tile in tiles])
    np.testing.assert_array_equal(ours(tiles, px), expected)


@pytest.mark.parametrize("precision", ["highest", "high", "medium"])
def test_it_is_exact_however_torch_may_round_products(precision):
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        tiles = np.random.default_rng(0).integers(0, 256, (2, 300, 300, 3), np.uint8)
        np.testing.assert_array_equal(ours(tiles, 224)[1], pillow(tiles[1], 224))
    finally:
        torch.set_float32_matmul_precision(before)


def test_many_tiles_are_resized_a_few_at_a_time_with_the_same_result(monkeypatch):
    tiles = np.random.default_rng(1).integers(0, 256, (7, 64, 64, 3), np.uint8)
    whole = ours(tiles, 48)
    monkeypatch.setattr("pathgui.core.encoders.networks.resampling._AT_ONCE", 2 * 3 * 64 * 64)
    np.testing.assert_array_equal(ours(tiles, 48), whole)


def test_tiles_of_the_right_size_are_left_alone():
    tiles = torch.zeros((2, 3, 32, 32), dtype=torch.uint8)
    assert resize(tiles, 32) is tiles


def test_tiles_must_be_square():
    with pytest.raises(ValueError, match="square"):
        resize(torch.zeros((1, 3, 32, 30), dtype=torch.uint8), 16)
