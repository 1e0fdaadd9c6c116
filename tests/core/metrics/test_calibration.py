"""Probabilities come true on slides that the probe had not seen."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.calibration import (
    BINS,
    calibrated_probe,
    calibration_error,
    fit_temperature,
    log_of,
    reliability,
    softened,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.probe import fit_probe


def slides(n_slides, seed, d=24, spread=1.5, n_tiles=12):
    """Three tissues on slides that have an effect of their own: a probe is over-confident."""
    rng = np.random.default_rng(seed)
    middles = 0.8 * np.random.default_rng(0).standard_normal((3, d))
    groups = np.repeat(np.arange(n_slides), n_tiles)
    tissue = groups % 3
    values = middles[tissue] + spread * rng.standard_normal((n_slides, d))[groups]
    return values + rng.standard_normal((len(groups), d)), np.array(list("abc"))[tissue], groups


def drawn(temperature, n=20_000, seed=0):
    """Scores whose probabilities come true at a temperature, and the truth."""
    rng = np.random.default_rng(seed)
    scores = 3 * rng.standard_normal((n, 4))
    right = softened(scores, temperature)
    truth = (rng.random(n)[:, None] > right.cumsum(axis=1)).sum(axis=1)
    return scores, truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_the_answers_were_drawn_at_is_found(temperature):
    scores, truth = drawn(temperature)
    assert fit_temperature(scores, truth) == pytest.approx(temperature, rel=0.05)
    assert reliability(scores, truth, temperature, 1).error < 0.02


def test_a_probe_that_was_always_right_is_not_certain_of_the_next_tile():
    scores = np.log(np.array([[0.9, 0.1]] * 30 + [[0.1, 0.9]] * 30))
    truth = np.repeat([0, 1], 30)
    sure = softened(scores, fit_temperature(scores, truth)).max()
    assert 0.95 < sure < 1 - 1 / 130


def test_a_probe_that_hardly_errs_is_not_made_certain():
    """Two of 320 tiles wrong, and barely: by the Brier score alone, 0 would be the best."""
    scores = np.log(np.array([[0.98, 0.02]] * 318 + [[0.02, 0.98]] * 2))
    temperature = fit_temperature(scores, np.zeros(320, int))
    assert softened(scores, temperature).max() < 0.9999
    assert temperature > 0.3


def test_probabilities_of_new_slides_come_true_and_the_answers_stay():
    values, tissue, groups = slides(45, seed=1)
    new, truth, _ = slides(300, seed=2)
    plain = fit_probe(values, tissue)
    probe, found = calibrated_probe(values, tissue, groups, what="tissue")
    np.testing.assert_array_equal(probe.predict(new), plain.predict(new))
    right = (plain.predict(new) == truth).astype(float)
    before = calibration_error(plain.predict_proba(new).max(axis=1), right)
    after = calibration_error(probe.predict_proba(new).max(axis=1), right)
    assert before > 0.1
    assert after < before / 2
    assert found.temperature > 1.2
    assert (found.n, found.n_groups) == (540, 45)


def test_it_is_fitted_on_answers_for_slides_that_took_no_part_in_fitting():
    values, tissue, groups = slides(45, seed=1)
    by_slide = calibrated_probe(values, tissue, groups, what="tissue")[1]
    by_tile = calibrated_probe(values, tissue, np.arange(len(groups)), what="tissue")[1]
    assert by_slide.temperature > 1.3 * by_tile.temperature


def test_the_table_adds_up_to_the_numbers_beside_it():
    scores, truth = drawn(1.0, n=3_000)
    found = reliability(scores, truth, 1.7, 12)
    sizes = np.array([each.n for each in found.bins])
    probability = np.array([each.probability for each in found.bins])
    accuracy = np.array([each.accuracy for each in found.bins])
    assert len(found.bins) == BINS
    assert sizes.sum() == found.n == 3_000
    assert (sizes * np.abs(probability - accuracy)).sum() / 3_000 == pytest.approx(found.error)
    assert (sizes * accuracy).sum() / 3_000 == pytest.approx(found.accuracy)
    inside = sizes > 0
    assert all(
        each.low < each.probability <= each.high
        for each, there in zip(found.bins, inside, strict=True)
        if there
    )


def test_labels_that_one_slide_alone_has_leave_the_probe_as_it_is_and_say_why():
    values, tissue, groups = slides(3, seed=1)
    probe, found = calibrated_probe(values, tissue, groups, what="tissue")
    assert probe.temperature == 1
    assert isinstance(found, NotAssessable)
    assert "fewer than two tissues are on two slides" in found.reason


def test_a_probability_of_zero_has_a_logarithm():
    assert np.isfinite(log_of(np.array([[0.0, 1.0]]))).all()
