from __future__ import annotations

import pytest

from pathgui.core.slides.pyramid import level_for

DOWNSAMPLES = (1.0, 4.0002, 16.013)


@pytest.mark.parametrize(
    ("wanted", "level"), [(0.3, 0), (1.0, 0), (3.9, 0), (4.0, 1), (15.9, 1), (16.0, 2), (99.0, 2)]
)
def test_the_coarsest_level_with_enough_detail_is_read(wanted, level):
    assert level_for(DOWNSAMPLES, wanted) == level


def test_without_tolerance_a_level_that_is_a_little_too_coarse_is_not_taken():
    assert level_for(DOWNSAMPLES, 4.0, tolerance=0.0) == 0


def test_levels_need_not_be_in_order():
    assert level_for((1.0, 16.0, 4.0), 5.0) == 2
