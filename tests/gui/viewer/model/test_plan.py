from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathgui.gui.viewer.model.plan import (
    CELL,
    CellKey,
    exact_downsample,
    make_plan,
    make_pyramid,
    reader_position,
)
from pathgui.gui.viewer.model.viewport import Viewport
from tests.gui.viewer.slides import MemoryLevel

BIG = (100_000, 80_000)


def levels(size, *factors):
    return [MemoryLevel((size[0] // f, size[1] // f), float(f)) for f in factors]


@pytest.fixture
def sparse():
    return make_pyramid(BIG, levels(BIG, 1, 4, 16, 64))


def nothing(_):
    return False


def test_virtual_levels_fill_steps_of_four_and_go_on_above_the_last(sparse):
    assert [level.downsample for level in sparse.levels] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert [level.virtual for level in sparse.levels] == [False, True] * 3 + [False, True, True]


def test_steps_of_two_need_no_virtual_levels_between():
    pyramid = make_pyramid((4096, 4096), levels((4096, 4096), 1, 2, 4, 8))
    assert [level.virtual for level in pyramid.levels] == [False] * 4


def test_a_virtual_level_never_averages_more_than_eight_pixels_a_side():
    pyramid = make_pyramid(BIG, levels(BIG, 1))
    assert max(level.factor for level in pyramid.levels) == 8


@given(st.floats(0.002, 8.0))
def test_at_rest_no_pixel_is_enlarged_noticeably_nor_four_read_for_one(scale):
    pyramid = make_pyramid(BIG, levels(BIG, 1, 4, 16, 64))
    downsample = pyramid.levels[pyramid.at_rest(scale)].downsample
    if scale < 1:
        assert downsample * scale <= 1.15
    if downsample < pyramid.levels[-1].downsample:
        assert 2 * downsample * scale > 1.15 or scale > 1


@given(st.floats(0.002, 8.0))
def test_in_motion_only_what_the_file_holds_is_read_and_enlarged_at_most_twice(scale):
    pyramid = make_pyramid(BIG, levels(BIG, 1, 4, 16, 64))
    level = pyramid.levels[pyramid.in_motion(scale)]
    assert not level.virtual
    if 1 / 64 < scale < 1:
        assert level.downsample * scale <= 2.001


def test_slow_zooming_does_not_flip_levels(sparse):
    border = 1 / 2.0  # as near to 1 as to 4
    below, above = sparse.in_motion(border * 0.97, 0), sparse.in_motion(border * 1.03, 2)
    assert below == 0
    assert above == 2


@given(st.integers(0, 5000), st.floats(1.0, 300.0))
def test_the_reader_finds_exactly_the_pixel_that_is_meant(pixel, downsample):
    assert math.floor(reader_position(pixel, downsample) / downsample) == pixel


def test_odd_sides_do_not_make_a_whole_factor_crooked():
    assert exact_downsample((20_011, 15_013), (5002, 3753), 4.0004) == 4.0
    assert exact_downsample((20_011, 15_013), (5003, 3754), 3.9996) == 4.0


def test_cells_share_their_edges_and_cover_the_slide(sparse):
    for level in range(len(sparse.levels)):
        columns, rows = sparse.levels[level].cells
        if columns > 20:
            continue
        for column in range(columns - 1):
            left, right = (sparse.rect_l0(CellKey(level, c, 0)) for c in (column, column + 1))
            assert left[2] == right[0]
        last = sparse.rect_l0(CellKey(level, columns - 1, rows - 1))
        assert BIG[0] - last[2] < sparse.levels[level].downsample
        assert BIG[1] - last[3] < sparse.levels[level].downsample


def test_a_plan_shows_every_cell_in_view_and_no_other(sparse):
    view = Viewport((50_000, 40_000), 1.0, (1920, 1080))
    plan = make_plan(sparse, view, 0, nothing)
    x0, y0, x1, y1 = view.seen_l0
    expected = {
        CellKey(0, column, row)
        for column in range(int(x0 // CELL), int((x1 - 1) // CELL) + 1)
        for row in range(int(y0 // CELL), int((y1 - 1) // CELL) + 1)
    }
    assert set(plan.shown) == expected


def test_the_coarser_level_comes_first_then_what_is_near_the_cursor(sparse):
    view = Viewport((50_000, 40_000), 1.0, (1920, 1080))
    cursor = (100.0, 100.0)
    plan = make_plan(sparse, view, 0, nothing, toward_px=cursor)
    urgent = plan.wants[: plan.urgent]
    coarse = [key for key in urgent if key.level == 2]
    assert coarse
    assert list(urgent[: len(coarse)]) == coarse
    fine = urgent[len(coarse) :]
    x0, y0, x1, y1 = sparse.rect_l0(fine[0])
    under = view.to_l0(cursor)
    assert x0 <= under[0] <= x1
    assert y0 <= under[1] <= y1


def test_where_all_is_there_at_once_nothing_coarser_is_read_first(sparse):
    view = Viewport((50_000, 40_000), 1.0, (1920, 1080))
    slow, quick = (
        make_plan(sparse, view, 0, nothing, ahead=False, cell_s=cell_s) for cell_s in (0.01, 0.0002)
    )
    assert slow.wants[0].level > 0
    assert {key.level for key in quick.wants} == {0}
    assert quick.shown == slow.shown


def test_what_is_there_is_not_wanted_again(sparse):
    view = Viewport((50_000, 40_000), 1.0, (1920, 1080))
    plan = make_plan(sparse, view, 0, lambda key: key.level == 0)
    assert plan.urgent == 0
    assert plan.shown
    assert not [key for key in plan.wants if key.level == 0]


def test_reading_ahead_goes_where_the_view_is_heading(sparse):
    view = Viewport((50_000, 40_000), 1.0, (1024, 1024))
    # The picture moves left, so the view heads right.
    plan = make_plan(sparse, view, 0, nothing, velocity_px=(-900.0, 0.0))
    ahead = [key for key in plan.wants[plan.urgent :] if key.level == 0]
    columns = [key.column for key in plan.shown]
    right = [key for key in ahead if key.column > max(columns)]
    left = [key for key in ahead if key.column < min(columns)]
    assert len(right) > len(left)


def test_nothing_is_read_ahead_when_that_is_not_wanted(sparse):
    plan = make_plan(sparse, Viewport((5e4, 4e4), 1.0, (800, 600)), 0, nothing, ahead=False)
    assert plan.urgent == len(plan.wants)


def test_a_turned_view_leaves_out_the_empty_corners_of_its_surrounding_rectangle(sparse):
    upright = Viewport((50_000, 40_000), 1.0, (1500, 1500))
    turned = upright.rotated(45)
    shown = make_plan(sparse, turned, 0, nothing).shown
    assert len(shown) < sparse.count(0, turned.seen_l0)
    for key in shown:
        x0, y0, x1, y1 = turned.rect_to_px(sparse.rect_l0(key))
        assert x1 > 0
        assert y1 > 0
        assert x0 < 1500
        assert y0 < 1500


@pytest.mark.parametrize("size", [(3840, 2160), (5120, 2880), (6016, 3384), (7680, 4320)])
@pytest.mark.parametrize("rotation", [0.0, 30.0, 45.0])
def test_every_screen_can_be_filled_however_it_is_turned(sparse, size, rotation):
    scale = 1.16 / 2  # at which cells are the smallest on the screen
    view = Viewport((5e4, 4e4), scale, size, rotation)
    plan = make_plan(sparse, view, sparse.at_rest(scale), nothing)
    assert plan.shown
    assert set(plan.shown) <= set(plan.wants[: plan.urgent])


def test_a_view_of_far_too_many_cells_asks_for_none_of_them(sparse):
    plan = make_plan(sparse, Viewport((5e4, 4e4), 0.02, (1920, 1080)), 0, nothing)
    assert plan.wants == ()
