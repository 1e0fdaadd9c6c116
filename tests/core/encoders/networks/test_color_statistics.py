"""The control that sees only stain."""

from __future__ import annotations

import numpy as np

from tests.known import encoder


def embedded(tiles):
    return encoder("color-statistics").load("cpu", "fp32")(tiles)


def test_it_is_the_mean_and_the_spread_of_each_channel():
    tiles = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    values = embedded(tiles)
    assert (values.shape, values.dtype) == ((3, 6), np.float32)
    wide = tiles.astype(np.float64)
    expected = np.concatenate([wide.mean(axis=(1, 2)), wide.std(axis=(1, 2))], axis=1)
    ratio = values / expected
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0, 0], ratio.shape), rtol=1e-4)


def test_where_things_lie_in_a_tile_does_not_matter():
    tile = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    np.testing.assert_allclose(embedded(tile), embedded(tile[:, ::-1, ::-1]), rtol=1e-5)
