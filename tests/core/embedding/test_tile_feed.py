"""Tiles are read and prepared ahead of the encoder."""

import threading
import time

import numpy as np
import pytest
from PIL import Image

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.tile_feed import resize_exact, resize_fast
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert [t.name for t in threading.enumerate() if t.name.startswith("tile-reader")] == []


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


def test_the_fast_preparation_stays_within_two_grey_levels_of_the_exact_one():
    rng = np.random.default_rng(0)
    smooth = np.asarray(Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8)).resize((90, 90)))
    for px in (30, 64, 90, 120):  # read-only memory, too, which torch must not get
        exact, fast = resize_exact(smooth, px), resize_fast(smooth, px)
        assert fast.shape == (px, px, 3)
        assert np.abs(exact.astype(int) - fast).max() <= 2
