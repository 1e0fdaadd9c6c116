"""Intervals rest on slides that are left out, each among its like."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import jackknife
from pathgui.core.metrics.jackknife import (
    Units,
    bounded_ratio_interval,
    interval,
    strata_of,
    units_of,
)


def units(*strata):
    """Units of strata of so many each."""
    of_each = np.repeat(np.arange(len(strata)), strata)
    return Units(np.arange(len(of_each)), of_each, len(of_each))


def of_tiles(table):
    """Groups, tissue and center of one tile for each entry: (tissues, center) of each group."""
    rows = [(g, t, c) for g, (tissues, c) in enumerate(table) for t in tissues]
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def test_slides_of_the_same_tissues_and_center_are_alike():
    table = [((0,), 0)] * 4 + [((1,), 0)] * 5 + [((0, 1), 0)] * 4 + [((0,), 1)] * 4
    groups, tissue, center = of_tiles(table)
    strata = strata_of(groups, tissue, center)
    for first, last in ((0, 4), (4, 9), (9, 13), (13, 17)):
        assert len(set(strata[first:last].tolist())) == 1
    assert len(set(strata.tolist())) == 4


def test_few_slides_of_a_cell_join_those_of_the_same_tissues_at_other_centers():
    """Two slides at each of ten centers: a pair of slides is lost with either of the two."""
    groups, tissue, center = of_tiles([((0, 1), c) for c in range(10) for _ in range(2)])
    assert set(strata_of(groups, tissue, center).tolist()) == {0}


def test_tissues_that_few_slides_have_join_others_of_their_center_and_the_last_the_smallest():
    odd = [((0,), 0), ((1,), 0), ((2,), 0), ((3,), 0)]
    groups, tissue, center = of_tiles([((0, 1), 0)] * 6 + [((0, 1), 1)] * 4 + odd + [((5,), 2)])
    strata = strata_of(groups, tissue, center)
    assert len(set(strata[10:14].tolist())) == 1
    assert strata[14] in (strata[6], strata[10])
    assert np.bincount(strata).min() >= 4


def test_the_variance_of_a_mean_is_that_of_its_stratified_sample():
    """Without slide i the mean moves by (mean - x_i) / (n - 1)."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal(12)
    of = units(12)
    without = (values.sum() - values) / 11
    assert of.variance(without) == pytest.approx(values.var(ddof=1) / 12)
    two = units(5, 7)
    shifted = values + np.where(two.strata == 0, 0, 100)  # a difference of strata is no chance
    means = [shifted[two.strata == h].mean() for h in (0, 1)]
    without = np.array(
        [
            sum(means) - means[h] + np.delete(rows, i).mean()
            for h, rows in enumerate((shifted[:5], shifted[5:]))
            for i in range(len(rows))
        ]
    )
    expected = shifted[:5].var(ddof=1) / 5 + shifted[5:].var(ddof=1) / 7
    assert two.variance(without) == pytest.approx(expected)


def test_an_interval_reaches_as_far_as_t_with_slides_less_strata():
    of = units(5, 5)
    without = np.tile([0.1, -0.1, 0.2, -0.2, 0.0], 2)
    found = interval(0.0, without, of, "any")
    se = np.sqrt(2 * 4 / 5 * 0.1)
    assert found.df == 8
    assert found.high == pytest.approx(2.306004 * se, rel=1e-6)
    assert found.low == -found.high


@pytest.mark.parametrize(("n", "said"), [(1, "1 slide is"), (2, "2 slides are")])
def test_without_an_interval_it_says_how_many_slides_there_were(n, said):
    found = interval(0.0, np.zeros(n), units(n), "any")
    assert found.reason == f"{said} too few for an interval"


def test_an_interval_of_a_margin_ends_where_margins_end():
    without = -0.9 + np.array([0.1, -0.1, 0.2, -0.2, 0.0])
    found = interval(-0.9, without, units(5), "signed")
    assert found.low == -1
    assert -0.9 < found.high < 1


@pytest.mark.parametrize("value", [0.001, 0.5, 0.98])
def test_a_share_keeps_its_interval_within_0_and_1_and_mirrors_with_its_complement(value):
    rng = np.random.default_rng(1)
    without = value + 0.01 * rng.standard_normal(12)
    found = interval(value, without, units(6, 6), "share")
    assert 0 < found.low < value < found.high < 1
    mirrored = interval(1 - value, 1 - without, units(6, 6), "share")
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_a_ratio_stays_above_0_and_its_inverse_has_the_inverse_interval():
    without = np.array([1.0, 3.0, 2.0, 1.5, 2.5])
    found = interval(2.0, without, units(5), "ratio")
    assert 0 < found.low < 2 < found.high
    assert found.low * found.high == pytest.approx(4)


def test_a_value_without_a_slide_may_be_at_the_end_of_the_scale():
    """One slide alone has an error: without it the share is 1."""
    without = np.array([1.0] + [0.985] * 7)
    found = interval(0.99, without, units(8), "share")
    assert 0.8 < found.low < 0.99 < found.high < 1


def test_where_all_slides_agree_the_interval_is_what_so_many_leave_open():
    one = interval(1.0, np.ones(20), units(20), "share", bearing=20)
    assert one.high == 1
    assert one.low == pytest.approx(0.025 ** (1 / 20))
    none = interval(0.0, np.zeros(20), units(20), "share", bearing=4)
    assert (none.low, none.high) == (0, pytest.approx(1 - 0.025**0.25))
    assert interval(1.0, np.ones(20), units(20), "share").low is None


@pytest.mark.parametrize(
    ("without", "of", "reason"),
    [
        ([0.4, 0.5], units(2), "2 slides are too few"),
        ([0.40, 0.41, 0.42, 0.43], units(4), "4 slides are too few"),
        ([0.4, 0.5, 0.6, 0.5, np.nan], units(5), "not defined without one"),
        ([0.5] * 6, units(6), "the same without each"),
    ],
)
def test_where_there_is_no_interval_it_says_why(without, of, reason):
    found = interval(0.5, np.array(without), of, "share")
    assert (found.low, found.high) == (None, None)
    assert reason in found.reason


def test_many_slides_are_left_out_in_random_sets_of_one_stratum():
    rng = np.random.default_rng(2)
    table = [((int(t),), int(c)) for t, c in rng.integers(0, 2, (300, 2))]
    groups, tissue, center = of_tiles(table)
    some = units_of(groups, tissue, center, seed=1, most=40)
    assert 36 <= len(some) <= 40
    assert some.n_groups == 300
    each = strata_of(groups, tissue, center)
    for unit in range(len(some)):
        assert len(set(each[some.of_tile == unit].tolist())) == 1
    sizes = np.bincount(some.of_tile)
    assert sizes.max() - sizes.min() <= 2
    values = rng.standard_normal(300)
    without = np.array([values[some.of_tile != unit].mean() for unit in range(len(some))])
    # 36 degrees of freedom: the standard deviation of such a variance is 24 % of it.
    within = np.mean([values[each == h].var(ddof=1) for h in range(4)])
    assert some.variance(without) == pytest.approx(within / 300, rel=0.6)


def test_the_smallest_cell_counts_slides_not_tiles():
    groups = np.array([0, 0, 0, 1, 2, 2, 3])
    assert jackknife.fewest_slides(groups, (np.array([0, 0, 0, 0, 1, 1, 1]),)) == 2
    tissue, center = np.array([0, 0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 0, 0, 0, 1])
    assert jackknife.fewest_slides(groups, (tissue, center)) == 1


def test_the_interval_of_a_ratio_that_has_a_largest_value_ends_before_it():
    """An enrichment of same-center errors can be one over the share expected at most."""
    units = units_of(np.arange(20), np.repeat([0, 1], 10), np.zeros(20, np.intp))
    left_out = 1.9 + np.random.default_rng(0).normal(0, 0.02, 20)
    on_logarithm = interval(1.9, left_out, units, "ratio")
    assert on_logarithm.high is not None
    assert on_logarithm.high > 2
    found = bounded_ratio_interval(1.9, left_out, units, 2.0, 20)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1.9 < found.high < 2
    assert found.low < on_logarithm.low  # the room that is not above lies below
    at_the_end = bounded_ratio_interval(2.0, np.full(20, 2.0), units, 2.0, 20)
    assert (at_the_end.low, at_the_end.high) == (pytest.approx(2 * 0.025 ** (1 / 20)), 2.0)


def test_units_of_a_sum_that_nobody_stands_in_for_are_counted_in_full():
    """The mean of a stratum is reweighted without a unit, a sum over all strata is not."""
    values = np.random.default_rng(0).standard_normal(9)
    two = units(4, 5)
    sides = [values[two.strata == stratum] for stratum in (0, 1)]
    left_out = two.made_up_for(values.sum() - values)
    assert two.variance(left_out) == pytest.approx(sum(len(s) * s.var(ddof=1) for s in sides))
    assert left_out[:4].mean() == pytest.approx(values.sum() - sides[0].mean())


def test_variance_from_elsewhere_widens_an_interval():
    left_out = np.array([0.4, 0.5, 0.6, 0.45, 0.55, 0.5])
    plain, wide = (interval(0.5, left_out, units(6), "any", added=added) for added in (0, 0.01))
    half = (wide.high - wide.low) / 2
    assert half == pytest.approx(
        jackknife.t_quantile(5) * (units(6).variance(left_out) + 0.01) ** 0.5
    )
    assert plain.high < wide.high
