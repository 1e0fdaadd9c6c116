"""Centers render stain as light that is absorbed, and differ as much as they are told to."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from pathgui.core.phantom.optics import Preparation, centers, from_jpeg, jpeg, scan

PLAIN = Preparation(1.0, 1.0, 1.0, (0.0, 0.0, 0.0), 1.0, 1.0)
IDEAL = replace(
    centers(0)[0],
    illumination=(1.0, 1.0, 1.0),
    falloff=0.0,
    gamma=1.0,
    haze=0.0,
    sharpening=0.0,
    noise=0.0,
    hematoxylin_strength=1.0,
    eosin_strength=1.0,
    thickness=1.0,
)


def transmitted(hematoxylin: float, eosin: float, center=IDEAL) -> np.ndarray:
    """Share of light that passes an even section, for each color."""
    field = np.ones((40, 40), np.float32)
    picture = scan(field * hematoxylin, field * eosin, center, PLAIN, np.random.default_rng(0))
    return picture.reshape(-1, 3).mean(axis=0) / 255


def test_twice_the_stain_absorbs_twice():
    for stains in ((0.6, 0.0), (0.0, 0.6), (0.4, 0.5)):
        once = np.log(transmitted(*stains))
        twice = np.log(transmitted(2 * stains[0], 2 * stains[1]))
        np.testing.assert_allclose(twice, 2 * once, atol=0.02)


def test_hematoxylin_is_blue_and_eosin_pink():
    red, green, blue = transmitted(1.0, 0.0)
    assert blue > red > green
    red, green, blue = transmitted(0.0, 1.0)
    assert red > blue > green


def test_empty_glass_has_the_color_of_the_lamp():
    lamp = (0.9, 0.8, 0.7)
    glass = transmitted(0.0, 0.0, replace(IDEAL, illumination=lamp))
    np.testing.assert_allclose(glass, lamp, atol=0.005)


def test_a_thicker_section_is_darker():
    thick = transmitted(0.5, 0.5, replace(IDEAL, thickness=1.5))
    assert (thick < transmitted(0.5, 0.5)).all()


def test_noise_is_as_strong_as_the_center_says():
    noisy = replace(IDEAL, noise=0.03, illumination=(0.8, 0.8, 0.8))
    field = np.zeros((200, 200), np.float32)
    picture = scan(field, field, noisy, PLAIN, np.random.default_rng(0))
    assert picture.std() / 255 == pytest.approx(0.03 * 0.8**0.5, rel=0.1)


def test_without_center_effect_all_centers_are_alike():
    alike = {astuple(replace(center, name="")) for center in centers(0)}
    assert len(alike) == 1
    assert len({center.name for center in centers(0)}) == 4


def test_differences_between_centers_grow_in_proportion_to_the_effect():
    def spread(effect: float) -> np.ndarray:
        return np.ptp([center.illumination for center in centers(effect)], axis=0)

    np.testing.assert_allclose(spread(0.5), 0.5 * spread(1.0))
    assert (spread(1.0) > 0.02).all()


@pytest.mark.parametrize("effect", [-0.1, 1.1, float("nan")])
def test_an_effect_outside_0_to_1_is_refused(effect):
    with pytest.raises(ValueError, match="center_effect must be in"):
        centers(effect)


def test_a_picture_survives_its_jpeg_file():
    ramp = np.linspace(60, 220, 64, dtype=np.uint8)
    picture = np.repeat(np.repeat(ramp[None, :, None], 64, axis=0), 3, axis=2)
    back = from_jpeg(jpeg(picture, 90))
    assert back.shape == picture.shape
    assert np.abs(back.astype(int) - picture).max() < 8
