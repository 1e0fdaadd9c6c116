from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathgui.gui.viewer.model.viewport import MAX_SCALE, Viewport, clamp_scale, fit_scale, whole

views = st.builds(
    Viewport,
    st.tuples(st.floats(-1e5, 2e5), st.floats(-1e5, 2e5)),
    st.floats(1e-3, MAX_SCALE),
    st.tuples(st.integers(1, 4000), st.integers(1, 3000)),
    st.sampled_from([0.0, 90.0, 180.0, 270.0, 33.0, 359.5]),
    st.booleans(),
)
places = st.tuples(st.floats(0, 4000), st.floats(0, 3000))


@given(views, places)
def test_there_and_back_is_the_same_place(view, place):
    there = view.to_px(view.to_l0(place))
    assert there == pytest.approx(place, abs=1e-3)


@given(views)
def test_the_center_is_in_the_middle_within_half_a_pixel(view):
    x, y = view.to_px(view.center_l0)
    assert abs(x - view.size_px[0] / 2) <= 0.5 + 1e-3
    assert abs(y - view.size_px[1] / 2) <= 0.5 + 1e-3


@given(views, st.integers(-500, 500), st.integers(-500, 500))
def test_a_pan_by_whole_pixels_shifts_by_exactly_as_many(view, dx, dy):
    before, after = view.shift_px, view.panned(dx, dy).shift_px
    # Rounding happens on the sheet, whose origin may be a million pixels away.
    assert abs(after[0] - before[0] - dx) <= 1e-6 or abs(after[0] - before[0] - dx) == 1
    assert abs(after[1] - before[1] - dy) <= 1e-6 or abs(after[1] - before[1] - dy) == 1


@given(views, places, st.floats(0.5, 2.0))
def test_what_is_under_the_cursor_stays_there_while_zooming(view, at, factor):
    point = view.to_l0(at)
    there = view.anchored(view.to_l0(at), at, view.scale * factor).to_px(point)
    assert there == pytest.approx(at, abs=0.51)


def test_many_small_zooms_at_one_anchor_do_not_drift():
    view = Viewport((5000.3, 4000.7), 0.37, (801, 601))
    at = (123.0, 456.0)
    point = view.to_l0(at)
    for step in range(200):
        view = view.anchored(point, at, 0.37 * 1.01**step)
    assert view.to_px(point) == pytest.approx(at, abs=0.51)


@pytest.mark.parametrize(
    ("rotation", "flipped", "corner"),
    [(0, False, (0, 0)), (90, False, (1, 0)), (180, False, (1, 1)), (0, True, (1, 0))],
)
def test_the_upper_left_corner_of_the_slide_is_where_a_turn_puts_it(rotation, flipped, corner):
    view = Viewport(size_px=(100, 100), rotation=rotation, flipped=flipped)
    view = view.fitted((0, 0, 1000, 1000), margin=1.0)
    x, y = view.to_px((0, 0))
    assert (x, y) == pytest.approx((corner[0] * 100, corner[1] * 100), abs=1)


@given(views, places)
def test_mirroring_exchanges_left_and_right_on_the_screen(view, place):
    point = view.to_l0(place)
    x, y = view.mirrored().to_px(point)
    assert x == pytest.approx(view.size_px[0] - place[0], abs=1.01)
    assert y == pytest.approx(place[1], abs=1.01)


@given(views)
def test_mirroring_twice_changes_nothing(view):
    assert view.mirrored().mirrored().turn == pytest.approx(view.turn)


@given(views, st.tuples(st.floats(1, 1e5), st.floats(1, 1e5)))
def test_a_fitted_slide_lies_wholly_in_view(view, size):
    fitted = view.fitted((0, 0, *size))
    x0, y0, x1, y1 = fitted.rect_to_px((0, 0, *size))
    assert x0 >= -1
    assert y0 >= -1
    assert x1 <= view.size_px[0] + 1
    assert y1 <= view.size_px[1] + 1


def test_a_tiny_slide_is_not_blown_up_past_the_digital_zoom():
    assert Viewport(size_px=(1900, 1000)).fitted((0, 0, 50, 50)).scale == MAX_SCALE


def test_zoom_ends_at_half_the_fit_and_eight_fold():
    fit = fit_scale(Viewport(size_px=(1000, 1000)), (0, 0, 10000, 10000))
    assert clamp_scale(1e-9, fit) == pytest.approx(0.05)
    assert clamp_scale(99, fit) == 8.0
    assert clamp_scale(0.3, 21.0) == 1.0  # a slide of a few pixels can still be seen 1:1


def test_the_center_is_held_on_the_slide():
    view = Viewport((-50.0, 1e6)).held_on((0, 0, 1000, 800))
    assert view.center_l0 == (0, 800)


@given(st.integers(-(10**6), 10**6), st.floats(0, 0.999))
def test_rounding_commutes_with_whole_shifts(shift, part):
    assert whole(part + shift) in (whole(part) + shift, whole(part) + shift + 1)
    assert whole(0.5 + shift) == shift + 1
