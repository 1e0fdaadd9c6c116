"""Errors by center: rates over slides, tests by exchange, correction for many centers."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier import by_center
from pathgui.core.classifier.by_center import (
    degrees_of_freedom,
    errors_by_center,
    holm,
    mean_interval,
    rate_interval,
)
from pathgui.core.classifier.results import CenterTest
from pathgui.core.metrics.not_assessable import NotAssessable

NAMES = ["Aa", "Bb", "Cc"]


def drawn(slides=8, tiles=10, centers=3, tissues=2, rates=(0.1, 0.1, 0.1), seed=0):
    """Wrong, tissue, center, group; each slide has one tissue."""
    rng = np.random.default_rng(seed)
    center, tissue = (side.ravel() for side in np.indices((centers, tissues)))
    center, tissue = np.repeat(center, slides), np.repeat(tissue, slides)
    group = np.repeat(np.arange(len(center)), tiles)
    wrong = rng.random(len(group)) < np.array(rates)[center[group]]
    return wrong, tissue[group], center[group], group


def found(*data, **options):
    return errors_by_center(*data, NAMES, **{"permutations": 499, **options})


def test_a_center_with_many_errors_differs_and_counts_are_those_of_its_tiles():
    wrong, tissue, center, group = drawn(rates=(0.6, 0.1, 0.1))
    first, *_ = found(wrong, tissue, center, group).centers
    assert (first.center, first.n, first.n_slides) == ("Aa", 160, 16)
    assert first.wrong == wrong[center == 0].sum()
    assert first.rate == pytest.approx(first.wrong / 160)
    assert first.interval.low < first.rate < first.interval.high
    assert isinstance(first.test, CenterTest)
    assert first.test.differs
    assert first.test.p <= first.test.p_holm


def test_the_hard_tissue_of_a_center_is_not_the_doing_of_the_center():
    rng = np.random.default_rng(1)
    _, tissue, center, group = drawn(slides=12)
    hard = (center == 0) & (tissue == 0)  # the first center sends little of the easy tissue
    kept = hard | (center != 0) | (group % 12 < 2)
    wrong = rng.random(len(group)) < np.where(tissue == 0, 0.5, 0.05)
    first, *others = found(wrong[kept], tissue[kept], center[kept], group[kept]).centers
    assert first.rate > max(each.rate for each in others) + 0.1
    assert first.expected == pytest.approx(first.rate, abs=0.1)
    assert not first.test.differs


def test_tiles_of_one_slide_are_no_independent_cases():
    wrong, _, _, group = drawn(slides=3, tissues=1, centers=1)
    wrong = group == 0  # one slide of three is all wrong
    assert rate_interval(wrong, group).low is None
    more = np.repeat(np.arange(8), 50)
    wide = rate_interval(more < 2, more)
    assert wide.high - wide.low > 0.5


def test_where_nothing_is_wrong_the_interval_reaches_as_far_as_the_slides_leave_open():
    group = np.repeat(np.arange(10), 100)
    none = rate_interval(np.zeros(1000, bool), group)
    assert (none.low, none.high) == (0.0, pytest.approx(1 - 0.025**0.1))


def test_unequal_slides_widen_the_interval():
    sizes = np.array([200, 5, 5, 5, 5, 5, 5, 5])
    group, even = np.repeat(np.arange(8), sizes), np.repeat(np.arange(8), 30)
    wrong = np.arange(240) % 4 == 0
    uneven = rate_interval(wrong[: len(group)], group)
    other = rate_interval(wrong, even)
    assert uneven.high - uneven.low > other.high - other.low


def test_a_variance_that_rests_on_one_slide_of_many_widens_the_interval():
    group = np.repeat(np.arange(20), 20)
    one = (group == 0) & (np.arange(400) < 16)  # 16 errors of one slide
    spread = np.isin(np.arange(400) % 20, [0]) & (group < 16)  # one error of each of 16 slides
    assert degrees_of_freedom(np.full(20, 20.0), np.array([15.2] + [-0.8] * 19)) < 3
    assert rate_interval(one, group).df < 3 < rate_interval(spread, group).df


def test_degrees_of_freedom_lie_between_those_of_slides_and_those_of_slides_of_equal_weight():
    sizes = np.array([60.0, 30, 15, 8, 4, 2, 1, 1])
    beyond = np.array([1.0, -1] * 4)
    kish = sizes.sum() ** 2 / (sizes**2).sum() - 1
    found = degrees_of_freedom(sizes, beyond)
    assert found == pytest.approx((kish * 7) ** 0.5)
    assert kish < found < 7


def test_a_mean_of_larger_numbers_has_its_interval_on_their_scale():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(9), 20)
    values = rng.uniform(0.2, 1.8, 180)
    low, high = (getattr(mean_interval(values, group, "share", 2.0), x) for x in ("low", "high"))
    assert 0.7 < low < values.mean() < high < 1.3


def test_without_an_exchange_nothing_is_told_apart_and_the_reason_is_given():
    wrong, _, center, group = drawn()
    alone = found(wrong, center, center, group)  # each center has a tissue of its own
    assert {each.test for each in alone.centers} == {NotAssessable(by_center.NO_EXCHANGE)}
    assert alone.least_p is None


def test_too_few_ways_to_exchange_are_no_test():
    data = drawn(slides=1, tissues=1, rates=(1, 0, 0))
    few = found(*data)
    assert all("so few ways" in each.test.reason for each in few.centers)


def test_equal_centers_are_rarely_called_different():
    called = sum(
        any(
            each.test.differs
            for each in found(*drawn(slides=4, tiles=5, seed=seed), permutations=99).centers
        )
        for seed in range(40)
    )
    assert called <= 6  # 5 % of 40 are 2


def test_where_all_are_right_no_center_differs():
    _, tissue, center, group = drawn()
    for each in found(np.zeros(len(group), bool), tissue, center, group).centers:
        assert (each.test.p, each.test.p_holm, each.expected) == (1.0, 1.0, 0.0)


def test_centers_whose_slides_are_all_alike_do_not_differ():
    _, tissue, center, group = drawn()
    wrong = np.arange(len(group)) % 2 == 0  # half of each slide
    for each in found(wrong, tissue, center, group).centers:
        assert (each.test.p, each.test.p_holm) == (1.0, 1.0)


def test_a_center_that_cannot_exchange_is_not_tested_and_the_others_are():
    wrong, tissue, center, group = drawn()
    tissue = np.where(center == 2, 5, tissue)  # a tissue that no other center sends
    first, _, last = found(wrong, tissue, center, group).centers
    assert isinstance(first.test, CenterTest)
    assert last.test == NotAssessable(by_center.NO_EXCHANGE)


def test_correction_never_lets_a_larger_p_come_out_smaller():
    p = np.array([0.2, 0.001, 0.03, 0.029])
    assert holm(p).tolist() == pytest.approx([0.2, 0.004, 0.087, 0.087])
