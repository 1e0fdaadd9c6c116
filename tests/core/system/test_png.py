"""A picture comes back from its PNG file as it was, to the pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pathgui.core.system.png import encode_png


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (224, 224), (33, 250)])
def test_every_pixel_comes_back(shape):
    rng = np.random.default_rng(0)
    for pixels in (
        rng.integers(0, 256, (*shape, 3), np.uint8),
        np.full((*shape, 3), 255, np.uint8),
        np.indices(shape).sum(axis=0)[..., None].repeat(3, axis=2).astype(np.uint8),
    ):
        with Image.open(io.BytesIO(encode_png(pixels))) as picture:
            assert (picture.format, picture.mode) == ("PNG", "RGB")
            assert np.array_equal(np.asarray(picture), pixels)


def test_the_same_pixels_give_the_same_bytes_however_they_lie_in_memory():
    wide = np.random.default_rng(1).integers(0, 256, (40, 80, 3), np.uint8)
    part = wide[:, ::2]
    assert not part.flags.c_contiguous
    assert encode_png(part) == encode_png(part.copy())


def test_a_picture_is_stored_in_less_than_its_pixels_take():
    y, x = np.mgrid[:224, :224]
    smooth = (120 + 60 * np.sin(x / 9) * np.cos(y / 7))[..., None] + np.array((0, -20, 20))
    pixels = (smooth + np.random.default_rng(2).normal(0, 3, smooth.shape)).astype(np.uint8)
    assert len(encode_png(pixels)) < 0.75 * pixels.nbytes


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_what_is_no_rgb_picture_is_refused(pixels):
    with pytest.raises(ValueError, match="uint8"):
        encode_png(pixels)
