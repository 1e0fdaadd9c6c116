"""What is done to the pixels of a tile."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import CorrectionError
from pathgui.core.what_if.alterations import CURVES, Alteration, altered, curve_kind

RNG = np.random.default_rng(0)
TILE = RNG.integers(40, 200, (32, 32, 3), np.uint8)


def made(kind, strength, um_per_px=0.5):
    return altered(TILE, Alteration(kind, strength), um_per_px).astype(int)


@pytest.mark.parametrize("kind", CURVES, ids=lambda kind: kind.name)
def test_each_has_rising_strengths_and_one_that_changes_nothing(kind):
    assert list(kind.strengths) == sorted(set(kind.strengths))
    assert kind.none not in kind.strengths
    assert (made(kind.name, kind.none) == TILE).all()


@pytest.mark.parametrize("name", [kind.name for kind in CURVES if kind.name != "scale"])
def test_a_strength_further_from_none_changes_more(name):
    kind = curve_kind(name)
    for side in (-1, 1):
        there = sorted(
            (s for s in kind.strengths if side * (s - kind.none) > 0),
            key=lambda s: abs(s - kind.none),
        )
        apart = [float(np.abs(made(name, strength) - TILE).mean()) for strength in there]
        assert apart == sorted(apart)
        assert all(apart)


def test_blur_is_in_microns_whatever_the_pixels_are():
    coarse, fine = made("blur", 1.0, um_per_px=2.0), made("blur", 1.0, um_per_px=0.25)
    assert np.abs(fine - TILE).mean() > np.abs(coarse - TILE).mean()


def test_another_hue_leaves_gray_as_it_is_and_a_whole_turn_changes_nothing():
    gray = np.full((4, 4, 3), 120, np.uint8)
    assert (altered(gray, Alteration("hue", 20.0), 1.0) == gray).all()
    third = altered(TILE, Alteration("hue", 120.0), 1.0)
    assert np.abs(third.astype(int) - np.roll(TILE, 1, axis=2)).max() <= 1


def test_brightness_and_gamma_are_of_levels_between_black_and_white():
    assert np.abs(made("brightness", -0.2) - 0.8 * TILE).max() <= 0.5
    assert np.abs(made("gamma", 1.4) - 255 * (TILE / 255) ** 1.4).max() <= 0.5


def test_an_unknown_one_is_refused_with_the_names_there_are():
    with pytest.raises(CorrectionError, match="blur, jpeg, brightness, gamma, hue, scale"):
        curve_kind("fog")
