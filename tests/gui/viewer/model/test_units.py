from __future__ import annotations

import pytest

from pathgui.gui.viewer.model.units import (
    MAGNIFICATIONS,
    Place,
    area_text,
    parse_place,
    scale_bar,
    scale_of,
)


@pytest.mark.parametrize("dpr", [1.0, 1.25, 1.5, 1.75, 2.0])
@pytest.mark.parametrize("mpp", [0.2201, 0.25, 0.2525, 0.4942, 0.5])
def test_there_is_a_scale_bar_at_every_magnification_on_every_screen(mpp, dpr):
    for power in MAGNIFICATIONS:
        made = scale_bar(mpp, scale_of(mpp, power) / dpr, 160.0)
        assert 160 / 2.5 <= made.length_px <= 160.001
        assert made.text.endswith(("µm", "mm"))


def test_a_bar_that_just_fits_is_the_one_that_is_drawn():
    # 160 px are 100 µm there, but for a rounding.
    made = scale_bar(0.2525, scale_of(0.2525, 20.0) / 1.25, 160.0)
    assert made.text == "100 µm"
    assert made.length_px == pytest.approx(160)


@pytest.mark.parametrize(
    ("um2", "text"),
    [(999.7, "0.001 mm²"), (999.4e6, "999 mm²"), (999.7e6, "1000 mm²"), (1.25e9, "1250 mm²")],
)
def test_areas_are_written_out_however_large(um2, text):
    assert area_text(um2) == text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("12000, 8000", (12000, 8000, None)),
        ("12000,8000", (12000, 8000, None)),
        ("1,5 mm, 2,5 mm @ 20x", (3000, 5000, 20)),
        ("1.5 mm; 2.5 mm @ 2,5x", (3000, 5000, 2.5)),
        ("10,5 20,5", (10.5, 20.5, None)),
    ],
)
def test_a_place_is_read_with_either_decimal_mark(text, place):
    assert parse_place(text, 0.5) == Place(*place)


@pytest.mark.parametrize("text", ["1,2,3", "1,5,2,5", "12000"])
def test_a_place_that_may_be_two_is_refused(text):
    with pytest.raises(ValueError, match="Give two numbers"):
        parse_place(text, 0.5)
