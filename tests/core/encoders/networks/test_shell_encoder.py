"""SHELL: what it makes of tiles of other sizes and other glass."""

from __future__ import annotations

import numpy as np

from tests.core.encoders.test_bundled import noise
from tests.known import encoder


def test_shell_keeps_its_scale_so_larger_tiles_give_it_more_pixels() -> None:
    spec = encoder("shell")
    assert [spec.input_px(edge) for edge in (20, 62.5, 112, 256)] == [64, 64, 128, 256]
    model = spec.load("cpu", "fp32")
    assert model(noise(spec, n=1, side=128)).shape == (1, 128)


def test_shell_sees_the_same_in_darker_glass_up_to_white() -> None:
    """Everything brighter than 245 is glass to it."""
    model = encoder("shell").load("cpu", "fp32")
    white = np.full((1, 64, 64, 3), 255, np.uint8)
    np.testing.assert_array_equal(model(white), model(white - np.uint8(10)))
    assert not np.array_equal(model(white), model(white - np.uint8(40)))
