"""Tiles are drawn evenly, within the limits of the plan, the same ones for the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pathgui.core.cohort.sampling.drawing import Choice, draw_tiles
from pathgui.core.reference.sampling_plan import SamplingPlan


def choice(slide, tissue="T", center="N", n=10, patient="", first=0):
    """``n`` tiles in a row, 100 px apart."""
    origins = np.column_stack([np.arange(n) * 100 + first, np.zeros(n, int)]).astype(np.int64)
    return Choice(slide, patient or slide, center, tissue, origins, 100)


def draw(*choices, **plan):
    return [rows.tolist() for rows in draw_tiles(choices, SamplingPlan(**plan))]


def test_a_slide_gives_so_many_tiles_at_most_over_all_its_tissues():
    tumor, stroma = choice("A", "T"), choice("A", "S", first=5000)
    taken = draw(tumor, stroma, choice("B", "T"), tiles_a_slide=6)
    assert list(map(len, taken)) == [3, 3, 6]
    few = draw(choice("A", "T", n=1), choice("A", "S", first=5000), tiles_a_slide=6)
    assert list(map(len, few)) == [1, 5]
    assert all(rows == sorted(set(rows)) for rows in taken)


def test_a_pair_is_shared_by_its_slides_evenly_though_one_has_few():
    taken = draw(choice("A", n=100), choice("B", n=2), choice("C", n=100), tiles_a_pair=20)
    assert list(map(len, taken)) == [9, 2, 9]


def test_two_slides_of_one_patient_give_as_much_as_one_of_another():
    taken = draw(
        choice("A", patient="P"), choice("B", patient="P"), choice("C", patient="Q"),
        tiles_a_pair=8,
    )  # fmt: skip
    assert list(map(len, taken)) == [2, 2, 4]


def test_pairs_are_equal_where_that_is_asked_for():
    choices = [choice("A", "T", n=4), choice("B", "S", n=9), choice("C", "T", "South", n=7)]
    assert list(map(len, draw(*choices))) == [4, 9, 7]
    assert list(map(len, draw(*choices, equal_pairs=True))) == [4, 4, 4]
    assert list(map(len, draw(*choices, equal_pairs=True, tiles_a_pair=3))) == [3, 3, 3]


def test_a_pair_without_any_tile_does_not_count():
    assert list(map(len, draw(choice("A", n=0), choice("B", "S"), equal_pairs=True))) == [0, 10]


def test_tiles_of_two_tissues_of_a_slide_do_not_overlap():
    tumor, stroma = choice("A", "T", n=20), choice("A", "S", n=20, first=50)
    for seed in range(5):
        rows = draw(tumor, stroma, seed=seed)
        xs = np.sort(np.r_[tumor.origins[rows[0], 0], stroma.origins[rows[1], 0]])
        assert len(xs) > 10
        assert np.diff(xs).min() >= 100


def test_tiles_without_places_may_all_be_drawn():
    nowhere = Choice("A", "A", "N", "T", np.zeros((5, 2), np.int64), 0)
    assert draw(nowhere) == [[0, 1, 2, 3, 4]]


def test_the_draw_follows_from_the_seed_and_another_slide_changes_nothing():
    one, other = choice("A", n=1000), choice("B", "S", n=1000)
    assert draw(one, other, tiles_a_slide=5) == draw(one, other, tiles_a_slide=5)
    assert draw(one, other, tiles_a_slide=5)[0] == draw(one, tiles_a_slide=5)[0]
    assert draw(one, tiles_a_slide=5, seed=1) != draw(one, tiles_a_slide=5)


def test_the_order_of_the_rows_decides_nothing():
    choices = [choice(name, n=50) for name in "ABCDE"]
    forth = draw(*choices, tiles_a_pair=7)
    assert draw(*choices[::-1], tiles_a_pair=7) == forth[::-1]


def test_every_tile_of_a_slide_is_as_likely_as_another():
    one = choice("A", n=10)
    n = 2000
    counts = Counter(draw(one, tiles_a_slide=1, seed=seed)[0][0] for seed in range(n))
    sd = (n * 0.1 * 0.9) ** 0.5
    assert [counts[i] for i in range(10)] == pytest.approx([n / 10] * 10, abs=4 * sd)


def test_nothing_is_drawn_of_nothing():
    assert draw() == []
