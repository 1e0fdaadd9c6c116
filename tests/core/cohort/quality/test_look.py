"""What is measured of a tile follows what is in it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from pathgui.core.cohort.quality.look import look_at, typical
from tests.core.slide_factory import tissue_picture

PINK = (225, 150, 195)


def plain(color, side=120):
    return np.full((side, side, 3), color, np.uint8)


def half(color):
    tile = plain(PINK)
    tile[:60] = color
    return tile


def tissue(seed=0):
    return tissue_picture(700, 700, seed=seed)[0][240:464, 240:464].astype(np.uint8)


def test_blur_takes_edges_and_more_of_them_than_of_the_slopes():
    sharp = tissue()
    soft = ndimage.gaussian_filter(sharp.astype(float), (2, 2, 0)).astype(np.uint8)
    before, after = look_at(sharp, 0.5), look_at(soft, 0.5)
    assert after.edges < 0.1 * before.edges
    assert after.edges_by_slope < 0.5 * before.edges_by_slope
    pale = (255 - (255 - sharp.astype(float)) / 3).astype(np.uint8)
    assert look_at(pale, 0.5).edges < 0.2 * before.edges
    assert look_at(pale, 0.5).edges_by_slope > 0.5 * before.edges_by_slope


@pytest.mark.parametrize("ink", [(40, 60, 200), (30, 140, 70), (235, 30, 40), (20, 20, 130)])
def test_ink_is_told_by_its_hue(ink):
    assert look_at(half(ink), 0.5).ink == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "stain",
    [
        PINK,
        (95, 60, 140),
        (150, 90, 50),
        (80, 40, 20),
        (60, 40, 100),
        (250, 240, 245),
        (20, 20, 20),
    ],
)
def test_hematoxylin_eosin_dab_and_glass_are_no_ink(stain):
    assert look_at(plain(stain), 0.5).ink == 0


def test_what_absorbs_all_colors_alike_is_gray():
    assert look_at(half((120, 121, 119)), 0.5).gray == pytest.approx(0.5, abs=0.03)
    assert look_at(plain(PINK), 0.5).gray == 0
    assert look_at(plain((242, 242, 241)), 0.5).gray == 0  # glass absorbs nothing


def test_glass_is_no_tissue():
    assert look_at(half((243, 242, 241)), 0.5).tissue == pytest.approx(0.5, abs=0.03)
    assert look_at(plain(PINK), 0.5).tissue == 1


def test_density_is_that_of_the_densest_tenth():
    thin, thick = look_at(plain(PINK), 0.5), look_at(half((60, 20, 45)), 0.5)
    assert thin.density == pytest.approx(np.log10(245 / 225), abs=0.005)
    assert thick.density == pytest.approx(np.log10(245 / 60), abs=0.01)


@pytest.mark.parametrize("shape", [(32, 32, 3), (3, 3, 3), (33, 47, 3)])
@pytest.mark.parametrize("mpp", [0.1, 0.5, 4.0, 100.0])
@pytest.mark.filterwarnings("error")
def test_every_tile_can_be_looked_at(shape, mpp):
    look = look_at(np.random.default_rng(0).integers(0, 256, shape, np.uint8), mpp)
    values = np.array([look.ink, look.gray, look.tissue])
    assert ((values >= 0) & (values <= 1)).all()
    assert np.isfinite([look.edges, look.edges_by_slope, look.density, look.brightness]).all()


def test_typical_is_the_median_of_each():
    looks = [look_at(plain((value,) * 3), 0.5) for value in (10, 100, 200)]
    assert typical(looks).brightness == 100
