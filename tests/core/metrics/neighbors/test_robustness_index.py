"""The index and its relatives on neighborhoods that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import Neighbors, nearest


def neighbors_of(*rows):
    indices = np.array(rows)
    return Neighbors(indices, np.where(indices >= 0, 0.5, np.inf))


TISSUE = np.array([0, 0, 1, 1])  # T T N N
CENTER = np.array([0, 1, 0, 1])  # A B A B


def total(neighbors, tissue=TISSUE, center=CENTER):
    kinds = ri.kinds_of(neighbors, tissue, center)
    return ri.counts_by_anchor(kinds, neighbors.depth).sum(axis=0)


def test_it_is_one_where_only_tissue_tells():
    assert ri.robustness_index(total(neighbors_of([1], [0], [3], [2]))) == 1


def test_it_is_zero_where_only_center_tells():
    assert ri.robustness_index(total(neighbors_of([2], [3], [0], [1]))) == 0


def test_without_a_telling_neighbor_there_is_no_value():
    counts = total(neighbors_of([3], [2], [1], [0]))
    assert ri.robustness_index(counts) is None
    assert ri.robustness_index_2025(counts) is None
    assert ri.generalization_index(counts) is None


def test_the_index_of_2025_counts_neighbors_that_share_both():
    tissue, center = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 0])
    counts = total(neighbors_of([1, 2], [0, 3], [0, 1], [0, 1]), tissue, center)
    np.testing.assert_array_equal(counts, [2, 3, 3, 0])
    assert ri.robustness_index_2025(counts) == 5 / 5


def test_support_names_what_kept_tiles_out():
    kinds = np.array([[0, 0], [3, 3], [0, 3], [1, 3], [-1, -1]], np.int8)
    held = ri.support(ri.counts_by_anchor(kinds, 2))
    assert held == ri.Support(value=0.2, mostly_SS=0.2, mostly_OO=0.2, mixed=0.2, none=0.2)


def test_ranks_add_up_to_the_counts():
    rng = np.random.default_rng(0)
    kinds = rng.integers(-1, 4, (50, 9)).astype(np.int8)
    by_rank = ri.counts_by_rank(kinds)
    for k in range(1, 10):
        np.testing.assert_array_equal(
            by_rank[:k].sum(axis=0), ri.counts_by_anchor(kinds, k).sum(axis=0)
        )


def test_admissible_tiles_are_counted_without_the_own_group():
    rng = np.random.default_rng(1)
    tissue, center, groups = rng.integers(0, 3, 60), rng.integers(0, 4, 60), rng.integers(0, 20, 60)
    counted = ri.admissible_counts(tissue, center, groups)
    for row in range(60):
        others = groups != groups[row]
        kinds = 2 * (tissue != tissue[row]) + (center != center[row])
        np.testing.assert_array_equal(
            counted[row], [np.count_nonzero(others & (kinds == kind)) for kind in range(4)]
        )


def test_the_null_of_equal_cells_depends_on_how_many_there_are():
    tissue, center = np.divmod(np.arange(600) % 30, 5)  # 6 tissues at 5 centers
    admissible = ri.admissible_counts(tissue, center, np.arange(600))
    assert ri.null_index(admissible) == pytest.approx(4 / (4 + 5))


def test_random_neighbors_give_the_null_in_an_unbalanced_table():
    rng = np.random.default_rng(2)
    n = 3000
    tissue = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    center = np.where(rng.random(n) < 0.5, tissue % 2, rng.integers(0, 2, n))
    groups = np.arange(n)
    counts = total(nearest(rng.standard_normal((n, 40)), groups, 30), tissue, center)
    null = ri.null_index(ri.admissible_counts(tissue, center, groups))
    assert abs(null - 0.5) > 0.05
    assert ri.robustness_index(counts) == pytest.approx(null, abs=0.02)
    assert ri.adjusted_index(ri.robustness_index(counts), null) == pytest.approx(0.5, abs=0.02)


def test_swapping_tissue_and_center_mirrors_index_and_null():
    rng = np.random.default_rng(3)
    tissue, center, groups = rng.integers(0, 4, 90), rng.integers(0, 2, 90), np.arange(90) // 2
    found = nearest(rng.standard_normal((90, 5)), groups, 7)
    one, other = total(found, tissue, center), total(found, center, tissue)
    assert ri.robustness_index(one) == pytest.approx(1 - ri.robustness_index(other))
    nulls = [
        ri.null_index(ri.admissible_counts(*labels, groups))
        for labels in ((tissue, center), (center, tissue))
    ]
    assert nulls[0] == pytest.approx(1 - nulls[1])


def test_adjusting_changes_nothing_where_the_null_is_a_half():
    assert ri.adjusted_index(0.37, 0.5) == pytest.approx(0.37)


@pytest.mark.parametrize("null", [0.0, 1.0, None])
def test_without_a_choice_there_is_no_adjusted_value(null):
    assert ri.adjusted_index(0.4, null) is None


def test_the_adjusted_index_stays_where_only_the_composition_changes():
    """The same encoder; slides of the four cells in equal numbers, then 10, 30, 30, 10."""
    rng = np.random.default_rng(4)

    def indices(slides):
        cell = np.repeat(np.arange(4), slides)
        tissue, center = np.divmod(cell, 2)
        values = rng.standard_normal((len(cell), 16))
        values[:, 0] += 1.0 * tissue
        values[:, 1] += 1.0 * center
        groups = np.arange(len(cell))
        value = ri.robustness_index(total(nearest(values, groups, 11), tissue, center))
        null = ri.null_index(ri.admissible_counts(tissue, center, groups))
        return value, ri.adjusted_index(value, null)

    even = np.mean([indices([20] * 4) for _ in range(40)], axis=0)
    uneven = np.mean([indices([10, 30, 20, 20]) for _ in range(40)], axis=0)
    lopsided = np.mean([indices([30, 30, 10, 10]) for _ in range(40)], axis=0)
    assert abs(lopsided[0] - even[0]) > 0.08
    for other in (uneven, lopsided):
        assert other[1] == pytest.approx(even[1], abs=0.03)
