from __future__ import annotations

import pytest

from pathgui.core.errors import ScaleError
from pathgui.core.slides.scale_doubts import contradicts, scale_doubts, sure_mpp
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import tile_grid
from pathgui.core.slides.tissue import find_tissue
from tests.core.slide_factory import tissue_picture, write_slide
from tests.shared_data import shared

APERIO = "Aperio Image Library v10\r\n600x400 (256x256)|AppMag = {power}|MPP = {mpp}"


@pytest.fixture
def slide(tmp_path):
    """Makes open slides of a scale."""
    made = []

    def make(mpp, power=None, given=None):
        path = tmp_path / f"slide {len(made)}.tif"
        options = {"mpp": mpp}
        if power is not None:
            options = {"mpp": None, "description": APERIO.format(power=power, mpp=mpp)}
        write_slide(path, tissue_picture(600, 400)[0], compression="jpeg", **options)
        made.append(open_slide(path, given))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("name", ["CMU-1-Small-Region.svs", "hamamatsu-dapi-fluorescence.ndpi"])
def test_real_slides_are_not_doubted(name):
    with open_slide(shared("slides", name)) as real:
        assert scale_doubts(real) == ()


@pytest.mark.parametrize("mpp", [0.12, 0.25, 0.5, 1.0, 2.0])
def test_a_usual_scale_is_not_doubted(slide, mpp):
    assert scale_doubts(slide(mpp)) == ()


@pytest.mark.parametrize("mpp", [0.025, 0.05, 2.5, 5.0])
def test_a_scale_ten_times_off_is(slide, mpp):
    (doubt,) = scale_doubts(slide(mpp))
    assert "slides have 0.08 to 2" in doubt


@pytest.mark.parametrize(
    ("mpp", "power", "doubted"),
    [(0.25, 40, 0), (0.5, 40, 1), (0.25, 20, 1), (0.5, 20, 0), (1.0, 20, 1), (0.33, 30, 0)],
)
def test_an_objective_that_contradicts_is_named(slide, mpp, power, doubted):
    doubts = scale_doubts(slide(mpp, power))
    assert len(doubts) == doubted
    if doubts:
        assert f"{power}×" in doubts[0]


def test_pixels_that_are_not_square_are_named_where_the_user_gave_the_scale(slide):
    (doubt,) = scale_doubts(slide((0.1, 0.5), given=0.3))
    assert "0.1 × 0.5 µm" in doubt


def test_what_was_given_against_the_file_is_named(slide):
    assert scale_doubts(slide(0.25, given=0.26)) == ()
    (doubt,) = scale_doubts(slide(0.25, given=0.5))
    assert "says 0.25" in doubt
    assert "0.5 was given" in doubt


def test_a_tile_of_few_pixels_is_an_error(slide):
    fine = slide(2.0)
    assert len(tile_grid(fine, find_tissue(fine), 128.0)) > 0  # 64 px
    coarse = slide(2.5)
    with pytest.raises(ScaleError, match=r"would be 45 pixels wide.*--mpp"):
        tile_grid(coarse, find_tissue(coarse), 112.0)


@pytest.mark.parametrize(
    ("mpp", "edge_um", "pixels"), [(0.1, 500.0, "5,000"), (1.9, 112.0, "59"), (0.5, 112.0, "")]
)
def test_a_scale_that_makes_tiles_of_odd_size_is_doubted(slide, mpp, edge_um, pixels):
    doubts = scale_doubts(slide(mpp), edge_um)
    assert [f"would be {pixels} pixels wide" in doubt for doubt in doubts] == [True] * bool(pixels)


@pytest.mark.parametrize(
    ("mpp", "power", "vendor", "wrong"),
    [
        (0.4, 20, "aperio", False),
        (0.39, 20, "aperio", True),
        (0.3125, 40, "aperio", False),
        (0.32, 40, "aperio", True),
        (0.22, 20, "zeiss", False),
        (0.24, 20, "mirax", False),
    ],
)
def test_an_objective_contradicts_from_a_quarter_on(mpp, power, vendor, wrong):
    assert contradicts(mpp, power, vendor) is wrong


def test_a_doubted_scale_counts_once_it_is_given(slide):
    doubted = slide(0.25, 20)
    with pytest.raises(ScaleError, match=r"20×.*--mpp 0\.25 in the terminal"):
        sure_mpp(doubted)
    assert sure_mpp(slide(0.25, 20, given=0.25)) == 0.25
    assert sure_mpp(slide(0.25)) == 0.25


def test_what_a_user_is_about_to_give_can_be_doubted_before_it_counts(slide):
    fine = slide(0.25)
    assert scale_doubts(fine, given=0.25) == ()
    implausible, unlike_the_file = scale_doubts(fine, given=25.0)
    assert "has 25 µm per pixel" in implausible
    assert "says 0.25 µm per pixel, and 25 was given" in unlike_the_file
