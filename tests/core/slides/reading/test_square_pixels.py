"""Pixels that are not square are made square once, the same in whatever region they are read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pathgui.core.slides.reading.square_pixels import stretch_of
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import noise, write_slide


@pytest.fixture(scope="module")
def picture():
    return noise(200, 90)


@pytest.fixture(scope="module")
def slide(tmp_path_factory, picture):
    folder = tmp_path_factory.mktemp("square")
    path = write_slide(folder / "a.tif", picture, mpp=(0.25, 0.4), factors=(1, 2))
    with open_slide(path) as slide:
        yield slide


def test_the_finer_side_of_a_pixel_is_kept_and_both_are_recorded(slide, picture):
    assert slide.mpp == 0.25
    assert slide.size_l0 == (200, 144)
    assert slide.levels[1].size == (100, 72)
    assert slide.bounds_l0 == (0, 0, 200, 144)
    assert slide.properties["pathgui.stored-um"] == "0.25 0.4"
    assert "0.25 × 0.4 µm are resampled once to squares of 0.25 µm" in slide.remarks[0]
    assert not slide.direct


def test_pixels_are_those_of_linear_interpolation(slide, picture):
    expected = Image.fromarray(picture).resize((200, 144), Image.Resampling.BILINEAR)
    found = slide.read((0, 0), 0, slide.size_l0)
    assert np.abs(found.astype(int) - np.asarray(expected)).max() <= 1


@pytest.mark.parametrize("origin", [(0, 0), (3, 17), (150, 100), (20, 121)])
@pytest.mark.parametrize("level", [0, 1])
def test_a_pixel_has_one_value_in_whatever_region_it_is_read(slide, origin, level):
    whole = slide.read((0, 0), level, slide.levels[level].size)
    x, y = (each // (level + 1) for each in origin)
    part = slide.read((x * (level + 1), y * (level + 1)), level, (11, 7))
    inside = whole[y : y + 7, x : x + 11]
    assert np.array_equal(part[: inside.shape[0], : inside.shape[1]], inside)


def test_what_lies_outside_is_background_and_mixes_with_nothing(slide):
    found = slide.read((-4, -4), 0, (208, 152))
    assert np.array_equal(found[4:-4, 4:-4], slide.read((0, 0), 0, slide.size_l0))
    for border in (found[:4], found[-4:], found[:, :4], found[:, -4:]):
        assert (border == 255).all()


def test_wide_pixels_are_made_square_too(tmp_path, picture):
    path = write_slide(tmp_path / "a.tif", picture, mpp=(0.5, 0.25))
    with open_slide(path) as slide:
        assert (slide.size_l0, slide.mpp) == ((400, 90), 0.25)
        assert np.array_equal(slide.read((0, 0), 0, (1, 90))[:, 0], picture[:, 0])


def test_the_user_may_give_another_scale_of_the_same_square_pixels(tmp_path, picture):
    path = write_slide(tmp_path / "a.tif", picture, mpp=(0.5, 0.25))
    with open_slide(path, mpp=0.3) as slide:
        assert (slide.size_l0, slide.mpp, slide.mpp_source) == ((400, 90), 0.3, "user")


def test_a_calibration_is_no_other_pixel_and_a_far_ratio_is_asked_about():
    def stretch(across, down):
        return stretch_of({"openslide.mpp-x": str(across), "openslide.mpp-y": str(down)})

    assert stretch(0.25, 0.254) == (1.0, 1.0)
    assert stretch(0.25, 0.5) == (1.0, 2.0)
    assert stretch(0.5, 0.25) == (2.0, 1.0)
    assert stretch(0.25, 25.0) == (1.0, 1.0)
    assert stretch_of({}) == (1.0, 1.0)
