"""The scale of a slide is what its file or its user says."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ScaleError
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.slide_scale import require_mpp
from tests.core.slide_factory import noise, write_slide


@pytest.fixture(scope="module")
def picture():
    return noise(90, 70)


def test_without_an_mpp_it_is_asked_for_and_never_guessed(tmp_path, picture):
    path = write_slide(tmp_path / "plain.tif", picture, mpp=None)
    with open_slide(path) as slide:
        assert slide.mpp is None
        with pytest.raises(ScaleError, match=r"plain\.tif does not say.*--mpp.*mpp field"):
            require_mpp(slide)
    with open_slide(path, mpp=0.3) as slide:
        assert require_mpp(slide) == 0.3


def test_pixels_that_are_not_square_have_no_mpp_and_that_is_said(tmp_path, picture):
    with open_slide(write_slide(tmp_path / "a.tif", picture, mpp=(0.1, 0.5))) as slide:
        assert slide.mpp is None
        with pytest.raises(ScaleError, match="not square"):
            require_mpp(slide)
