"""Stored values become 8-bit RGB by one line, and channels are never taken for colors silently."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import SlideError
from pathgui.core.slides.reading.sample_values import (
    Channel,
    SampleValues,
    check_channels,
    sample_values,
)

SIXTEEN = np.dtype(np.uint16)


def test_8_bits_stay_as_they_are_and_gray_is_gray_in_all_colors():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    found = sample_values("a", values.dtype, 1)
    assert np.array_equal(found.rgb(values), np.repeat(values, 3, axis=-1))
    assert found.properties() == {"pathgui.gray": "1"}
    assert sample_values("a", values.dtype, 3).properties() == {}


def test_16_bits_are_mapped_by_the_bits_that_the_file_says_are_used():
    found = sample_values("a", SIXTEEN, 3, significant_bits=12)
    assert (found.highest, found.highest_from) == (4095, "file")
    values = np.array([[[0, 4095, 60000]]], np.uint16)
    assert found.rgb(values).tolist() == [[[0, 255, 255]]]


def test_16_bits_that_are_all_said_to_be_used_are_mapped_by_what_the_coarsest_level_needs():
    seen = [np.full((2, 2, 3), 900, np.uint16), np.full((2, 2, 3), 3000, np.uint16)]
    found = sample_values("a", SIXTEEN, 3, significant_bits=16, seen=lambda: seen)
    assert (found.highest, found.highest_from) == (4095, "values")


def test_a_file_without_any_light_has_the_whole_range():
    assert sample_values(
        "a", SIXTEEN, 1, seen=lambda: [np.zeros((2, 2, 1), np.uint16)]
    ).highest == (65535)


@pytest.mark.parametrize("highest", [255, 1023, 4095, 65535])
def test_values_are_rounded_to_the_nearest(highest):
    values = np.arange(highest + 1).astype(np.uint16)[None, :, None]
    exact = values.astype(np.float64) * 255 / highest
    shown = SampleValues(16, highest, "file", gray=True).rgb(values)[..., :1]
    assert np.abs(shown - exact).max() <= 0.5 + 1e-9


def test_white_may_be_0():
    values = np.array([[[0], [255]]], np.uint8)
    shown = sample_values("a", values.dtype, 1, inverted=True).rgb(values)
    assert shown[..., 0].tolist() == [[255, 0]]


@pytest.mark.parametrize("kind", ["float32", "int16", "uint32"])
def test_other_types_are_refused_with_a_converter(kind):
    with pytest.raises(SlideError, match=rf"values of type {kind}.*libvips"):
        sample_values("a.ome.tif", np.dtype(kind), 3)


def test_three_channels_are_colors_if_they_are_said_to_be():
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    check_channels("a", [Channel("", color) for color in colors], 16)
    check_channels("a", [Channel(name) for name in ("Red", "Green", "Blue")], 16)
    check_channels("a", [Channel(f"Channel {n}") for n in range(3)])
    check_channels("a", [Channel()])


@pytest.mark.parametrize(
    ("channels", "bits"),
    [
        ([Channel("DAPI"), Channel("FITC"), Channel("Cy5")], 8),
        ([Channel()] * 3, 16),
        ([Channel("", (0, 0, 255)), Channel("", (0, 255, 0)), Channel("", (255, 0, 0))], 8),
        ([Channel()] * 2, 8),
        ([Channel("CD3")] * 9, 8),
    ],
)
def test_other_channels_are_refused_and_named(channels, bits):
    with pytest.raises(SlideError, match=r"no three of these are taken silently") as caught:
        check_channels("a.ome.tif", channels, bits)
    assert all(each.name in str(caught.value) for each in channels)
    assert f"has {len(channels)} channels" in str(caught.value)
