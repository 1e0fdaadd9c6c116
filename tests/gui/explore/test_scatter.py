"""Points drawn into arrays."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.pictures.palette import POINT_SHAPES, center_colors, point_shape
from pathgui.core.slides.region import inside as inside_region
from pathgui.gui.explore.scatter import draw_points, inside, margin, stamp

WHITE = (255, 255, 255, 255)
RED = np.array([[0, 0, 255, 255]], np.uint8)


def ground(side=41):
    return np.full((side, side, 4), 255, np.uint8)


@pytest.mark.parametrize("shape", POINT_SHAPES)
@pytest.mark.parametrize("radius", [1.5, 3.0, 6.0])
def test_every_shape_covers_about_the_same_area(shape, radius):
    assert stamp(shape, radius).sum() / 256 == pytest.approx(
        np.pi * radius**2, rel=0.13
    )  # whole samples


def test_54_centers_differ_in_color_or_in_shape():
    colors = center_colors(54)
    assert len({(colors[code], point_shape(code)) for code in range(54)}) == 54


def test_a_point_is_its_color_in_the_middle_and_the_ground_beyond_its_radius():
    image = ground()
    draw_points(image, np.array([[20.5, 20.5]]), RED, 5.0)
    assert tuple(image[20, 20]) == (0, 0, 255, 255)
    assert tuple(image[20, 27]) == WHITE
    edge = image[20, 15, 0]
    assert 0 <= edge < 255  # soft


def test_later_points_lie_on_top():
    image = ground()
    colors = np.array([[0, 0, 255, 255], [255, 0, 0, 255]], np.uint8)
    draw_points(image, np.array([[20.0, 20.0], [20.0, 20.0]]), colors, 4.0)
    assert tuple(image[20, 20]) == (255, 0, 0, 255)


def test_points_outside_are_left_out_and_do_not_come_in_at_the_other_side():
    image = ground()
    points = np.array([[-3.0, 20.0], [44.0, 20.0], [20.0, -2.0], [20.0, 50.0], [1e9, 1e9]])
    draw_points(image, points, RED.repeat(5, axis=0), 3.0)
    assert (image == 255).all()


def test_with_the_margin_points_at_the_border_are_whole():
    room = margin(3.0)
    image = ground(20 + 2 * room)
    draw_points(image, np.array([[room, room], [room + 19.9, room + 19.9]]), RED.repeat(2, 0), 3.0)
    assert tuple(image[room, room]) == (0, 0, 255, 255)
    assert tuple(image[room + 19, room + 19]) == (0, 0, 255, 255)


def test_rough_points_have_hard_edges_and_lie_where_smooth_ones_do():
    rough, smooth = ground(), ground()
    draw_points(rough, np.array([[20.5, 20.5]]), RED, 5.0, rough=True)
    draw_points(smooth, np.array([[20.5, 20.5]]), RED, 5.0)
    assert set(map(tuple, rough.reshape(-1, 4).tolist())) == {WHITE, (0, 0, 255, 255)}
    assert np.abs(rough.astype(int) - smooth).max() <= 128


def test_a_lasso_takes_what_an_independent_test_finds_inside():
    rng = np.random.default_rng(0)
    points = rng.random((500, 2)) * 10
    polygon = rng.random((9, 2)) * 10  # crosses itself
    expected = inside_region(points, (tuple(map(tuple, polygon.tolist())),))
    assert np.array_equal(inside(points, polygon), expected)
    assert 0 < expected.sum() < 500


def test_a_line_has_nothing_inside():
    points = np.array([[1.0, 1.0]])
    assert not inside(points, np.array([[0.0, 0.0], [2.0, 2.0]])).any()
