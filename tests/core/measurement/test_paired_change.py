"""A mean change has an interval that skewed changes and large patients do not narrow."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.paired_change import change_interval

PATIENTS = np.arange(20)


def steps(gained: int, lost: int, patient=PATIENTS):
    changes = np.zeros(len(patient))
    changes[:gained], changes[len(changes) - lost :] = 1, -1
    return change_interval(changes, patient, steps=True)


def test_one_slide_that_moves_leaves_both_directions_open():
    """Of 20 patients, 1 gained: as many may be lost as 20 may miss, 1 - .025^(1/20)."""
    found = steps(1, 0)
    assert found.low < 0.05 - (1 - 0.025 ** (1 / 20)) < 0 < 0.05 < found.high
    assert found.high - 0.05 > 0.05 - 0  # skewed: farther up than to 0


@pytest.mark.parametrize(("gained", "lost"), [(4, 1), (3, 3), (10, 0)])
def test_a_change_turned_round_has_its_interval_turned_round(gained, lost):
    one, other = steps(gained, lost), steps(lost, gained)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_many_patients_that_gain_are_told_from_no_change():
    assert steps(10, 0).low > 0


def test_a_patient_with_most_of_the_slides_counts_as_little_as_it_is():
    """Two thirds of the slides are of one patient: that is not the word of twenty."""
    patient = np.concatenate([np.zeros(40, int), np.arange(1, 20)])
    even = np.concatenate([np.repeat(np.arange(19), 3), [19, 19]])
    changes = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], 59, p=[0.1, 0.5, 0.4])
    wide, narrow = (change_interval(changes, each, steps=True) for each in (patient, even))
    assert wide.df == 2
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_equal_patients_have_one_degree_of_freedom_less_and_skewed_changes_a_third_of_them():
    assert steps(4, 2).df == 19
    assert change_interval(np.linspace(-0.1, 0.2, 60), np.arange(60) % 20, steps=False).df == 6


def test_bounds_stay_within_the_scale():
    found = change_interval(np.array([1.0, 1, 1, 1, 1, -1]), np.arange(6), steps=True)
    assert -1 <= found.low < found.high <= 1


def test_changes_that_all_go_up_are_told_from_none():
    """A share that grew on each of 30 slides: none fell, and nothing says that one would."""
    changes = np.random.default_rng(1).uniform(0.01, 0.05, 30)
    found = change_interval(changes, np.arange(30), steps=False)
    assert 0.02 < found.low < changes.mean() < found.high < 0.04


@pytest.mark.parametrize("by_steps", [True, False])
def test_where_all_are_alike_or_patients_are_few_the_reason_stands(by_steps):
    alike = change_interval(np.zeros(20), PATIENTS, steps=by_steps)
    assert (alike.low, alike.high) == (None, None)
    assert "the same" in alike.reason
    few = change_interval(np.array([1.0, 0, 0, 0]), np.arange(4), steps=by_steps)
    assert "too few" in few.reason
