"""Halves: whole slides, every cell and every center in both."""

from __future__ import annotations

import numpy as np

from pathgui.core.crossfit.halves import halve, halvings, small_centers, why_not_halved


def groups_of(table):
    """Slides of two tiles, so many of each tissue (row) at each center (column)."""
    tissue, center = (np.repeat(side.ravel(), np.ravel(table)) for side in np.indices(table.shape))
    groups = np.repeat(np.arange(len(tissue)), 2)
    return groups, tissue[groups], center[groups]


def test_slides_stay_whole_and_every_cell_and_center_is_in_both_halves_alike():
    table = np.array([[5, 4, 3], [3, 6, 5]])
    groups, tissue, center = groups_of(table)
    for seed in range(5):
        first = halve(groups, tissue, center, seed)
        assert all(len(set(first[groups == one])) == 1 for one in set(groups))
        for here in range(3):
            of_center = center == here
            slides = [len(np.unique(groups[of_center & half])) for half in (first, ~first)]
            assert abs(slides[0] - slides[1]) <= 1
            for what in range(2):
                cell = of_center & (tissue == what)
                slides = [len(np.unique(groups[cell & half])) for half in (first, ~first)]
                assert abs(slides[0] - slides[1]) <= 1


def test_another_seed_deals_anew_and_the_same_one_does_not():
    given = groups_of(np.full((2, 2), 6))
    np.testing.assert_array_equal(halve(*given, 1), halve(*given, 1))
    assert (halve(*given, 1) != halve(*given, 2)).any()


def test_slides_of_several_tissues_stay_whole():
    groups = np.repeat(np.arange(8), 4)
    tissue, center = np.tile([0, 0, 1, 1], 8), groups // 4
    first = halve(groups, tissue, center, 0)
    assert all(len(set(first[groups == one])) == 1 for one in range(8))
    assert [len(np.unique(groups[first & (center == here)])) for here in (0, 1)] == [2, 2]


def test_centers_of_fewer_than_four_slides_are_told():
    _, _, center = groups = groups_of(np.array([[2, 1], [2, 2]]))
    assert small_centers(groups[0], center).tolist() == [1]


def test_halves_that_a_center_has_one_slide_in_are_refused_by_its_name():
    groups, tissue, center = groups_of(np.array([[2, 2], [2, 2]]))
    names = np.array(["Aix", "Ulm"])
    assert why_not_halved(halve(groups, tissue, center, 0), groups, center, names) is None
    uneven = np.isin(groups, np.unique(groups[center == 1])[:1]) | (groups % 2 == 0)
    uneven |= center == 1
    why = why_not_halved(uneven, groups, center, names)
    assert why is not None
    assert "Ulm has 0 of the 2" in why.reason


def test_the_slides_of_one_center_stay_in_their_half_where_that_is_asked_for():
    groups, tissue, center = groups_of(np.full((2, 3), 4))
    held = halvings(groups, tissue, center, 6, 0, stay=1)
    free = halvings(groups, tissue, center, 6, 0)
    np.testing.assert_array_equal(held[0], free[0])
    for one, other in zip(held, free, strict=True):
        np.testing.assert_array_equal(one[center == 1], held[0][center == 1])
        np.testing.assert_array_equal(one[center != 1], other[center != 1])
    assert any((each[center == 1] != free[0][center == 1]).any() for each in free)
