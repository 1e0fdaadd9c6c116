"""What a slide's file says of itself, and what damaged properties come to."""

from __future__ import annotations

import pytest

from pathgui.core.slides.reading import properties as of


def mpp(x, y):
    return {"openslide.mpp-x": x, "openslide.mpp-y": y}


def test_nearly_square_pixels_have_the_mean_of_both_sides():
    assert of.mpp_of(mpp("0.25", "0.254")) == pytest.approx(0.252)


def test_pixels_that_are_not_square_have_no_mpp():
    assert of.mpp_of(mpp("0.25", "0.5")) is None
    assert of.pixel_um(mpp("0.25", "0.5")) == (0.25, 0.5)


def test_one_side_alone_is_enough():
    assert of.mpp_of({"openslide.mpp-x": "0.25"}) == 0.25
    assert of.mpp_of({"openslide.mpp-y": "0.25"}) == 0.25


@pytest.mark.parametrize("nonsense", ["", "0", "-0.25", "nan", "inf", "a quarter", "0,25"])
def test_a_scale_that_is_none_is_not_taken(nonsense):
    assert of.mpp_of(mpp(nonsense, nonsense)) is None
    assert of.objective_of({"openslide.objective-power": nonsense}) is None


def bounds(*numbers):
    names = ("x", "y", "width", "height")
    return {f"openslide.bounds-{name}": str(n) for name, n in zip(names, numbers, strict=True)}


def test_bounds_inside_the_slide_are_taken():
    assert of.bounds_of(bounds(10, 20, 30, 40), (100, 100)) == (10, 20, 30, 40)
    assert of.bounds_of(bounds(0, 0, 100, 100), (100, 100)) == (0, 0, 100, 100)


@pytest.mark.parametrize(
    "damaged", [(-1, 0, 10, 10), (0, 0, 101, 10), (95, 0, 10, 10), (0, 0, 0, 10), (0, 0, 10, -5)]
)
def test_damaged_bounds_are_none(damaged):
    assert of.bounds_of(bounds(*damaged), (100, 100)) == (0, 0, 100, 100)
    assert of.bounds_of({}, (100, 100)) == (0, 0, 100, 100)


def test_what_was_not_scanned_is_white_unless_the_file_says_a_color():
    assert of.background_of({"openslide.background-color": "ff8000"}) == (255, 128, 0)
    for damaged in ("", "white", "ff80", "ff800000"):
        assert of.background_of({"openslide.background-color": damaged}) == (255, 255, 255)


def test_a_format_is_named_as_a_user_names_it_and_an_unknown_one_as_it_is():
    assert of.format_of("aperio") == "Aperio SVS"
    assert of.format_of("new-vendor") == "new-vendor"
