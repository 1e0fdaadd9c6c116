"""Probabilities of answers against the share that is right, at each center."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.calibration import (
    LEAST_SLIDES,
    LEAST_TILES,
    calibration,
    reliability,
)
from pathgui.core.classifier.results import Reliability
from pathgui.core.metrics.not_assessable import NotAssessable

GROUPS = np.repeat(np.arange(20), 20)


def drawn(sharper=1.0, seed=0):
    """Probabilities of two tissues and the truth; ``sharper``: how far the odds are overdone."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, 400)
    truth = (rng.random(400) < p).astype(np.intp)
    odds = (p / (1 - p)) ** sharper
    said = odds / (1 + odds)
    return np.column_stack([1 - said, said]), truth


def test_honest_probabilities_are_neither_over_nor_under_confident():
    found = reliability(*drawn(), GROUPS)
    assert isinstance(found, Reliability)
    assert found.over_interval.low < 0 < found.over_interval.high
    assert found.error < 0.08
    assert sum(row.n for row in found.rows) == found.n == 400
    assert found.probability - found.right == pytest.approx(found.over)


def test_overdone_odds_are_over_confident_beyond_their_interval():
    found = reliability(*drawn(4.0), GROUPS)
    assert found.over_interval.low > 0
    assert found.error > 0.1


def test_brier_is_the_squared_distance_over_all_classes():
    probabilities = np.tile([[0.7, 0.3]], (100, 1))
    truth = np.zeros(100, np.intp)
    found = reliability(probabilities, truth, np.repeat(np.arange(5), 20))
    assert found.brier == pytest.approx(0.3**2 + 0.3**2)


def test_what_is_left_to_one_is_of_a_class_that_no_tile_has():
    probabilities = np.tile([[0.2, 0.1]], (100, 1))  # .7 for something else
    found = reliability(probabilities, np.zeros(100, np.intp), np.repeat(np.arange(5), 20))
    assert (found.right, found.probability) == (0.0, pytest.approx(0.7))
    assert found.brier == pytest.approx(0.8**2 + 0.1**2 + 0.7**2)


@pytest.mark.parametrize(("tiles", "slides"), [(LEAST_TILES - 1, 7), (LEAST_TILES, 4)])
def test_too_few_answers_or_slides_are_refused_with_their_numbers(tiles, slides):
    probabilities, truth = drawn()
    found = reliability(probabilities[:tiles], truth[:tiles], np.arange(tiles) % slides)
    assert isinstance(found, NotAssessable)
    assert f"{tiles} answers of {slides} slides" in found.reason
    assert f"of {LEAST_SLIDES}" in found.reason


def test_each_center_has_a_reliability_of_its_own():
    probabilities, truth = drawn()
    center = (GROUPS >= 18).astype(np.intp)
    found = calibration(probabilities, truth, center, GROUPS, ["Aa", "Bb"])
    first, second = found.by_center
    assert (first.center, first.found.n, first.found.n_slides) == ("Aa", 360, 18)
    assert isinstance(second.found, NotAssessable)
    assert isinstance(found.all, Reliability)
