from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathgui.core.pictures.fading import HOLLOW, STRENGTHS
from pathgui.gui.viewer.model.layers import (
    NONE,
    Lattice,
    OverlayLayer,
    color_table,
    compose,
    compose_grid,
    disagreement,
    indices,
    outline,
    reduced,
    reduction,
)

COLORS = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]


def layer(image, **kwargs):
    given_ = {"colors": COLORS, "names": ["a", "b", "c"], "stride_l0": 100.0}
    return OverlayLayer("layer", np.asarray(image), **(given_ | kwargs))


def classes(rows):
    return np.array(rows, np.uint8)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.01, 3.0),
    st.tuples(st.floats(-50, 400), st.floats(-50, 400)),
    st.tuples(st.integers(-40, 200), st.integers(-40, 200), st.integers(1, 90), st.integers(1, 90)),
)
def test_every_pixel_has_the_color_of_the_cell_it_lies_in(seed, scale, origin, where):
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 4, (7, 9)).astype(np.uint8)
    cells[cells == 3] = NONE
    lattice = Lattice(origin, 31.7, (9, 7))
    table = np.arange(256, dtype=np.uint32) + 1
    table[NONE] = 0
    x, y, width, height = where
    rect = (x, y, x + width, y + height)
    composed = compose(cells, lattice, table, rect, scale)
    canvas = np.zeros((height, width), np.uint32)
    if composed is not None:
        (left, top), pixels = composed
        canvas[top - y : top - y + pixels.shape[0], left - x : left - x + pixels.shape[1]] = pixels
    edges = [
        np.floor((origin[axis] + np.arange(n + 1) * 31.7) * scale + 0.5)
        for axis, n in ((0, 9), (1, 7))
    ]
    column = np.searchsorted(edges[0], np.arange(x, x + width), side="right") - 1
    row = np.searchsorted(edges[1], np.arange(y, y + height), side="right") - 1
    inside = (row[:, None] >= 0) & (row[:, None] < 7) & (column >= 0) & (column < 9)
    values = cells[np.clip(row, 0, 6)[:, None], np.clip(column, 0, 8)]
    expected = np.where(inside, table[values], 0)
    assert (canvas == expected).all()


def test_strips_put_together_are_the_whole():
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 3, (30, 40)).astype(np.uint8)
    lattice = Lattice((13.0, 7.0), 23.3, (40, 30))
    table = color_table(layer(cells), 0.5)
    marks = rng.integers(0, HOLLOW + 1, (30, 40)).astype(np.uint8)
    whole = compose(cells, lattice, table, (100, 100, 300, 250), 0.731, marks)
    left = compose(cells, lattice, table, (100, 100, 187, 250), 0.731, marks)
    right = compose(cells, lattice, table, (187, 100, 300, 250), 0.731, marks)
    assert whole is not None
    assert left is not None
    assert right is not None
    assert (np.hstack([left[1], right[1]]) == whole[1]).all()


def test_the_less_probable_the_fainter_and_without_a_probability_an_outline_alone():
    cells = classes([[0, 0, 0, 0, 0]])
    fades = np.array([[0, 1, 2, 3, HOLLOW]], np.uint8)
    table = color_table(layer(cells), 1.0)
    _, pixels = compose(cells, Lattice((0, 0), 20.0, (5, 1)), table, (0, 0, 100, 20), 1.0, fades)
    alpha = pixels >> 24
    assert alpha[10, 10::20].tolist() == [*(round(255 * share) for share in STRENGTHS), 0]
    assert (alpha[0] == alpha[-1]).all()
    assert (alpha[0, 80:] == 255).all()
    assert (alpha[:, 80:82] == 255).all()
    # Where cells are too small for an outline, they are as faint as the least probable.
    _, small = compose(cells, Lattice((0, 0), 4.0, (5, 1)), table, (0, 0, 20, 4), 1.0, fades)
    assert (small[:, 16:] >> 24 == round(255 * STRENGTHS[0])).all()


def test_opacity_and_hidden_classes_are_in_the_table():
    table = color_table(layer(classes([[0]])), 0.5, [True, False, True])
    assert table[0] >> 24 == 128
    assert table[1] == 0
    assert table[NONE] == 0
    assert (table[0] >> 16 & 255) == 100  # premultiplied


def test_numbers_become_shades_over_a_fixed_range_or_that_of_the_data():
    image = np.array([[0.2, 0.4, np.nan, 2.0]], np.float32)
    scalar = layer(image, colors=[(0, 0, 0), (255, 255, 255)], names=[])
    assert indices(scalar).tolist() == [[50, 101, NONE, 254]]
    assert indices(scalar, scalar.data_range())[0, 0] == 0
    assert scalar.value_at(150, 50) == "0.40"
    assert scalar.value_at(250, 50) == ""
    assert scalar.with_image(scalar.image / 1000).value_at(150, 50) == "4.0e-04"


def test_small_cells_are_put_together_until_they_can_be_seen():
    assert reduction(100, 0.1) == 1
    assert reduction(100, 0.029) == 2
    assert reduction(100, 0.001) == 32


def test_classes_are_reduced_by_majority_of_the_tiles_there_are():
    image = classes([[0, 1, 2, NONE], [1, 1, NONE, NONE], [NONE, NONE, 0, 2], [NONE, NONE, 2, 0]])
    assert reduced(image, 2).tolist() == [[1, 2], [NONE, 0]]


def test_numbers_are_reduced_by_their_mean():
    image = np.array([[1, 3, np.nan], [np.nan, 5, np.nan]], np.float32)
    small = reduced(image, 2)
    assert small[0, 0] == 3
    assert np.isnan(small[0, 1])


def test_the_value_under_the_cursor_is_that_of_the_cell():
    of = layer(classes([[0, 1], [2, NONE]]), origin_l0=(50.0, 20.0))
    assert of.value_at(149.9, 119.9) == "a"
    assert of.value_at(150.0, 119.9) == "b"
    assert of.value_at(60, 120.0) == "c"
    assert of.value_at(160, 130) == ""
    assert of.value_at(49, 30) == ""


def test_grid_lines_run_where_a_present_cell_has_its_edge():
    present = np.array([[True, False], [False, False]])
    composed = compose_grid(present, Lattice((0, 0), 10, (2, 2)), 7, (0, 0, 25, 25), 1.0)
    assert composed is not None
    drawn = composed[1]
    assert (drawn[0, :10] == 7).all()
    assert (drawn[:10, 0] == 7).all()
    assert (drawn[:10, 10] == 7).all()
    assert (drawn[10, :10] == 7).all()
    assert drawn[5, 5] == 0
    assert not drawn[:, 11:].any()


def test_outlines_are_drawn_only_between_different_classes():
    cells = classes([[0, 0, 1]])
    table = color_table(layer(cells), 1.0)
    composed = outline(cells, Lattice((0, 0), 20, (3, 1)), table, (0, 0, 60, 20), 1.0)
    assert composed is not None
    drawn = composed[1]
    assert drawn[10, 19] == 0  # between equals
    assert drawn[10, 39] == table[0]
    assert drawn[10, 40] == table[1]
    assert drawn[10, 10] == 0
    assert drawn[0, 10] == table[0]


def test_disagreement_counts_different_answers_where_all_answer():
    first = layer(classes([[0, 0, 0, NONE]]))
    second = layer(classes([[0, 1, 1, 1]]))
    third = layer(classes([[0, 1, 2, 1]]))
    found = disagreement([first, second, third])
    assert found.image.tolist() == [[0, 1, 2, NONE]]
    assert list(found.names) == ["all agree", "2 answers", "3 answers"]


def test_disagreement_of_different_lattices_is_refused():
    with pytest.raises(ValueError, match="lattice"):
        disagreement([layer(classes([[0]])), layer(classes([[0, 1]]))])
    with pytest.raises(ValueError, match="two"):
        disagreement([layer(classes([[0]]))])
