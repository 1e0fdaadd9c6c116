"""Linear probes: the optimum, and folds that keep slides whole."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.probe import by_folds, cross_validated, fit_probe, group_folds
from pathgui.core.progress import Cancelled
from pathgui.core.system.background import in_parallel


def blobs(n_classes, n=240, d=12, spread=1.5, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    centers = rng.standard_normal((n_classes, d))
    return centers[labels] + spread * rng.standard_normal((n, d)), labels


@pytest.mark.parametrize("n_classes", [2, 5])
def test_it_finds_the_optimum_that_scikit_learn_finds(n_classes):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    embeddings, labels = blobs(n_classes)
    scaler = StandardScaler().fit(embeddings)
    peer = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(
        scaler.transform(embeddings), labels
    )
    new, _ = blobs(n_classes, seed=1)
    np.testing.assert_allclose(
        fit_probe(embeddings, labels).predict_proba(new),
        peer.predict_proba(scaler.transform(new)),
        atol=5e-3,
    )


def test_features_of_any_size_and_constant_features_do_no_harm():
    embeddings, labels = blobs(3)
    plain = fit_probe(embeddings, labels).predict_proba(embeddings)
    stretched = np.hstack([embeddings * np.logspace(-6, 6, 12) + 1.0, np.full((240, 1), 7.0)])
    np.testing.assert_allclose(
        fit_probe(stretched, labels).predict_proba(stretched), plain, atol=1e-3
    )


def test_answers_are_labels_as_they_came():
    embeddings, codes = blobs(2, spread=0.1)
    names = np.array(["stroma", "gland"])[codes]
    probe = fit_probe(embeddings, names)
    assert probe.classes.tolist() == ["gland", "stroma"]
    np.testing.assert_array_equal(probe.predict(embeddings), names)


def test_one_class_is_always_the_answer():
    probe = fit_probe(np.random.default_rng(0).standard_normal((5, 3)), np.array(["fat"] * 5))
    np.testing.assert_array_equal(probe.predict_proba(np.zeros((2, 3))), [[1.0], [1.0]])


def test_folds_keep_groups_whole_and_spread_labels():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 6)
    labels = np.repeat(rng.permutation(np.arange(40) % 4), 6)
    folds = group_folds(labels, groups, 5, seed=0)
    for group in range(40):
        assert len(np.unique(folds[groups == group])) == 1
    for fold in range(5):
        np.testing.assert_array_equal(np.bincount(labels[folds == fold], minlength=4), [12] * 4)


def test_the_seed_decides_the_folds():
    groups = np.repeat(np.arange(40), 3)
    labels = np.repeat(np.arange(40) % 4, 3)
    same = [group_folds(labels, groups, 5, seed=7) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    assert (same[0] != group_folds(labels, groups, 5, seed=8)).any()


def test_a_slide_cannot_be_recognized_by_its_own_tiles():
    """Each slide has its own direction and a random label: tiles of it in training would tell."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), 5)
    labels = rng.integers(0, 2, 60)[groups]
    embeddings = np.eye(60)[groups] + 0.01 * rng.standard_normal((300, 60))
    answers = cross_validated(embeddings, labels, groups).answers
    assert 0.2 < np.mean(answers == labels) < 0.8
    leaking = cross_validated(embeddings, labels, np.arange(300)).answers
    assert np.mean(leaking == labels) > 0.95


def test_a_label_of_one_slide_is_not_asked_for():
    embeddings, _ = blobs(2, n=60)
    groups = np.repeat(np.arange(12), 5)
    labels = np.repeat([0] * 6 + [1] * 5 + [2], 5)
    done = cross_validated(embeddings, labels, groups)
    assert (done.answers[labels == 2] == -1).all()
    assert (done.answers[labels < 2] >= 0).all()
    assert not done.probabilities[:, 2].any()


def test_no_label_that_repeats_means_no_answers():
    done = cross_validated(
        np.random.default_rng(0).standard_normal((4, 3)), np.arange(4), np.arange(4)
    )
    assert (done.answers == -1).all()
    assert done.folds == 0


def test_cancelling_stops_the_fits():
    begun = []

    def report(event):
        if event.done:
            raise Cancelled

    with pytest.raises(Cancelled):
        in_parallel([lambda: begun.append(1)] * 50, report, "Fitting", workers=1)
    assert len(begun) < 50


def test_a_fit_that_fails_is_not_swallowed():
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_parallel([broken], lambda event: None, "Fitting")


def test_a_label_that_the_other_folds_lack_is_not_asked_for():
    embeddings, labels = blobs(3, n=90)
    folds = np.where(labels == 2, 0, np.arange(90) % 3)
    done = by_folds(embeddings, labels, folds)
    np.testing.assert_array_equal(done.answers < 0, labels == 2)
    one_label = np.where(labels == 0, 1, 0)  # fold 0 can learn of label 0 alone, fold 1 of 1 and 2
    assert (by_folds(embeddings, labels, one_label).answers == -1).all()
