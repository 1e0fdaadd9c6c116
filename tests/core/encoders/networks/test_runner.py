"""A torch model is run over tiles as bytes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pathgui.core.encoders.networks.runner import TorchEncoder, normalizer


class Mean(torch.nn.Module):
    def forward(self, pixels):
        return pixels.mean(dim=(2, 3))


@pytest.fixture
def tiles():
    return np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


def test_pixels_are_normalized_as_published(tiles):
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    encode = TorchEncoder(Mean(), normalizer(mean, std, "cpu"), "cpu")
    values = encode(tiles)
    assert (values.shape, values.dtype) == ((3, 3), np.float32)
    expected = ((tiles / 255 - mean) / std).mean(axis=(1, 2))
    np.testing.assert_allclose(values, expected, atol=1e-5)


def test_a_lower_precision_is_near_and_not_the_same(tiles):
    class Linear(torch.nn.Linear):
        def forward(self, pixels):
            return super().forward(pixels.mean(dim=(2, 3)))

    torch.manual_seed(0)
    model = Linear(3, 8)
    prepare = normalizer((0.5,) * 3, (0.25,) * 3, "cpu")
    exact = TorchEncoder(model, prepare, "cpu")(tiles)
    rough = TorchEncoder(model, prepare, "cpu", "bf16")(tiles)
    assert rough.dtype == np.float32
    assert 0 < np.abs(exact - rough).max() < 0.05


def test_on_a_cpu_one_thread_takes_the_tiles_as_they_are(tiles):
    encode = TorchEncoder(Mean(), normalizer((0.0,) * 3, (1.0,) * 3, "cpu"), "cpu")
    (beside,) = encode.beside(None)
    np.testing.assert_array_equal(beside(tiles), encode(tiles))
    assert not encode.resizes


def test_the_model_is_not_trained_on_what_it_sees(tiles):
    class Dropping(Mean):
        def __init__(self):
            super().__init__()
            self.drop = torch.nn.Dropout(0.9)

        def forward(self, pixels):
            return self.drop(super().forward(pixels))

    encode = TorchEncoder(Dropping(), normalizer((0.0,) * 3, (1.0,) * 3, "cpu"), "cpu")
    np.testing.assert_array_equal(encode(tiles), encode(tiles))
