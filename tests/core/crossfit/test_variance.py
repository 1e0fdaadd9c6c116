"""Variances that leaving out judged slides does not see, or sees twice."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.crossfit.variance import (
    NOTHING,
    between_halves,
    most_by_pairs,
    of_dealing,
    of_fits,
    pair_variance,
)
from pathgui.core.metrics.jackknife import Units
from tests.core.crossfit.halvings import every_halving, spread


def test_what_halves_differ_beyond_their_judged_slides_is_what_the_fitted_ones_add():
    f, g, units, judged, by_half = every_halving()
    halvings = len(by_half) // 2
    found = of_fits(by_half, judged, 3.0 - f, units)
    assert found.variance == pytest.approx(spread(g, units) * (halvings - 1) / halvings)
    assert found.df == halvings
    none = of_fits(2 * judged @ f, judged, 3.0 - f, units)
    assert none.variance == pytest.approx(0, abs=1e-20)


def test_one_halving_shows_nothing_of_the_fits_nor_of_the_dealing():
    f, _, units, judged, by_half = every_halving()
    assert of_fits(by_half[:2], judged[:2], -f, units) == NOTHING
    assert of_dealing(by_half[:2]) == NOTHING


def test_a_half_in_which_a_number_is_not_defined_is_left_out():
    by_half = np.array([0.0, 0.2, np.nan, 0.9, 0.3, 0.3])
    assert of_dealing(by_half).variance == pytest.approx(0.01)
    assert between_halves(by_half) == pytest.approx(0.005)
    assert between_halves(np.array([np.nan, 1.0])) == 0


def test_halves_that_share_no_slide_show_the_variance_of_the_whole():
    f, g, units, _, by_half = every_halving()
    assert between_halves(by_half) == pytest.approx(spread(f - g, units))


def two_strata(sizes=(4, 4)):
    strata = np.repeat(np.arange(len(sizes)), sizes)
    return Units(np.arange(len(strata)), strata, len(strata))


def symmetric(matrix):
    both = matrix + matrix.T
    np.fill_diagonal(both, 0.0)
    return both


@pytest.mark.parametrize("sizes", [(4, 4), (4, 5, 7), (3, 6), (1, 4)])
def test_what_units_add_by_themselves_is_no_variance_of_pairs(sizes):
    units = two_strata(sizes)
    alone = np.random.default_rng(0).standard_normal(len(units))
    assert pair_variance(symmetric(alone[:, None] + np.zeros(len(units))), units) == pytest.approx(
        0, abs=1e-12
    )


def test_a_single_pair_by_hand():
    # 2 and 2 units, each block of a stratum with itself has no degree of freedom. In the block
    # between them the pair (0, 2) is 1: less means of rows ½, columns ½, and ¼ it leaves ± ¼
    # four times, so ¼ in all, of 1 degree of freedom of 4: 4 * ¼.
    pair = np.zeros((4, 4))
    pair[0, 2] = pair[2, 0] = 1.0
    assert pair_variance(pair, two_strata((2, 2))) == pytest.approx(1.0)


@pytest.mark.parametrize("sizes", [(4, 4), (5, 8), (12,), (3, 3, 4)])
def test_variance_of_pairs_is_found_without_bias(sizes):
    units = two_strata(sizes)
    u, rng = len(units), np.random.default_rng(1)
    strata = units.strata
    found = []
    for _ in range(400):
        alone = 3 * rng.standard_normal((u, 1))
        values = symmetric(np.triu(rng.standard_normal((u, u)), 1)) + alone + alone.T
        np.fill_diagonal(values, 0.0)
        found.append(pair_variance(values, units))
    # Each pair has variance 1 beyond its units; pairs within a stratum of 3 are not counted.
    within = [n * (n - 1) / 2 for n in np.bincount(strata) if n > 3]
    across = (u**2 - (np.bincount(strata) ** 2).sum()) / 2
    expected = across + sum(within)
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / 20)


def test_pairs_alone_vary_at_most_twice_what_they_vary():
    units = two_strata((8, 8))
    pairs = np.zeros((16, 16))
    pairs[:8, 8:] = np.resize([1.0, -1.0], 8)[:, None] * np.resize([1.0, -1.0], 8)
    # Rows and columns sum to 0: nothing is added by units themselves, 64 squares of 49 df.
    assert most_by_pairs(pairs, units) == pytest.approx(2 * 64 * 64 / 49)


def test_what_units_add_by_themselves_bounds_loosely():
    units = two_strata((8, 8))
    # Each of the first 8 adds its share 8 times: squares 64 of 8 units, made up for by 8 / 7.
    pairs = np.zeros((16, 16))
    pairs[:8, 8:] = np.resize([1.0, -1.0], 8)[:, None]
    assert most_by_pairs(pairs, units) == pytest.approx(5 * 8 / 7 * 8 * 64)


def test_terms_that_are_all_alike_bound_nothing():
    assert most_by_pairs(np.ones((16, 16)), two_strata((8, 8))) == np.inf


def test_few_units_bound_nothing():
    pairs = np.random.default_rng(0).standard_normal((8, 8))
    assert most_by_pairs(pairs, two_strata((4, 4))) == np.inf
