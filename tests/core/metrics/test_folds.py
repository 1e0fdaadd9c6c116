"""Folds that keep centers whole, and probabilities that mean what they say."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pathgui.core.measurement.measure import measure
from pathgui.core.metrics import folds as prediction
from pathgui.core.reference.labels import TileLabels


def spread(folds, labels, n_folds):
    table = np.zeros((n_folds, labels.max() + 1))
    np.add.at(table, (folds, labels), 1)
    return ((n_folds * table - table.sum(axis=0)) ** 2).sum()


def test_site_folds_are_the_best_there_are():
    rng = np.random.default_rng(0)
    for _ in range(5):
        centers = rng.integers(0, 7, 150)
        labels = rng.integers(0, 2, 150)
        got = prediction.site_folds(labels, centers, 3, seed=0)
        for center in range(7):
            assert len(np.unique(got[centers == center])) == 1
        best = min(
            spread(np.array(dealt)[centers], labels, 3)
            for dealt in product(range(3), repeat=7)
            if len(set(dealt)) == 3
        )
        assert spread(got, labels, 3) == pytest.approx(best)


def test_confusions_leave_out_who_was_not_asked():
    table = prediction.confusion(np.array([0, 0, 1, 1]), np.array([0, 1, 1, -1]), 2)
    np.testing.assert_array_equal(table, [[1, 1], [0, 1]])


def test_probabilities_that_come_true_are_calibrated():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.5, 1, 20_000)
    truth = (rng.random(20_000) > p).astype(int)
    good = prediction.calibration(truth, np.column_stack([p, 1 - p]))
    assert good.error < 0.02
    boastful = prediction.calibration(truth, np.tile([0.99, 0.01], (20_000, 1)))
    assert boastful.error == pytest.approx(0.99 - np.mean(truth == 0))
    assert prediction.calibration(np.zeros(2, int), np.zeros((2, 2))) is None


def test_the_brier_score_is_the_mean_squared_distance():
    got = prediction.calibration(np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert got.brier == 1


def tiles(values_of, slides=6, n=5):
    rng = np.random.default_rng(2)
    cells = [(t, c, s) for t in "AB" for c in "XYZ" for s in range(slides)]
    columns = zip(*((t, c, f"{t}{c}{s}") for t, c, s in cells), strict=True)
    labels = TileLabels(*(np.repeat(column, n) for column in columns))
    return values_of(labels, rng), labels


def test_an_encoder_that_knows_slides_gains_by_random_folds():
    def values(labels, rng):
        slides = np.unique(labels.slide, return_inverse=True)[1]
        own = 3 * rng.standard_normal((slides.max() + 1, 40))
        return own[slides] + rng.standard_normal((len(labels), 40))

    got = measure(*tiles(values), k=3).prediction
    assert got.random > 0.95
    assert got.random_minus_grouped > 0.2
    assert got.random_minus_grouped == pytest.approx(got.random - got.grouped)


def test_what_means_another_tissue_elsewhere_fails_at_a_new_center():
    """The feature that tells tissue at two centers tells the opposite at the third."""

    def values(labels, rng):
        sign = np.where(labels.tissue == "A", 1, -1) * np.where(labels.center == "Z", -1, 1)
        noise = rng.standard_normal((len(labels), 6))
        noise[:, 0] += 4 * sign
        noise[:, 1] += 4 * (labels.center == "Z")
        noise[:, 2] += 4 * sign * (labels.center == "Z")
        return noise

    got = measure(*tiles(values), k=3).prediction
    by_center = {scores.center: scores for scores in got.by_center}
    assert by_center["Z"].left_out_accuracy < 0.2
    assert by_center["Z"].balanced_accuracy > 0.8
    assert got.left_center_out == pytest.approx(
        np.mean([scores.left_out_accuracy for scores in got.by_center])
    )
    assert np.sum(got.confusion_probe) == len(tiles(values)[1])
    np.testing.assert_array_equal(
        np.sum([scores.confusion for scores in got.by_center], axis=0), got.confusion_probe
    )


def separable(cells, slides=4, n=5):
    """Tiles of (tissue, center) cells whose embeddings tell the tissue and nothing else."""
    rng = np.random.default_rng(1)
    rows = [(t, c, f"{t}{c}{s}") for t, c in cells for s in range(slides) for _ in range(n)]
    labels = TileLabels(*map(np.array, zip(*rows, strict=True)))
    codes = np.unique(labels.tissue, return_inverse=True)[1]
    return 5 * np.eye(8)[codes] + 0.1 * rng.standard_normal((len(rows), 8)), labels


def test_a_tissue_that_no_other_center_has_is_not_asked_for_at_a_new_center():
    """Y alone has z, once W, which has nothing else, is left out."""
    values, labels = separable([*product("ab", "XY"), ("z", "Y"), ("z", "W")])
    measured = measure(values, labels, k=3, geometry=False, shortcut="none")
    got = measured.prediction
    assert measured.dropped_centers == ["W"]
    assert got.left_center_out == got.site_preserved == 1
    assert got.random_minus_site_preserved == 0
    assert got.n_grouped == 100
    assert got.n_left_center_out == got.n_site_preserved == 80


def test_centers_without_a_tissue_in_common_say_nothing_about_new_centers():
    values, labels = separable([("a", "X"), ("b", "Y"), ("c", "Y")])
    got = measure(values, labels, k=3, geometry=False, shortcut="none").prediction
    assert got.grouped == 1
    for value in (got.left_center_out, got.site_preserved, got.random_minus_site_preserved):
        assert "fewer than two tissues" in value.reason
    assert got.n_left_center_out == 0
    assert [scores.left_out_accuracy for scores in got.by_center] == [None, None]
