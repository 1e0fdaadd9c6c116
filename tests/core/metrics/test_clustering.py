"""Clusters and silhouettes, beside scikit-learn and published scores."""

from __future__ import annotations

import csv
import itertools
import json

import numpy as np
import pytest

from pathgui.core.metrics import clustering
from tests.shared_data import shared

MODELS = ("phikonv2_clsmean", "uni2h_clsmean")


DATASETS = ("camelyon", "tcga", "tolkach_esca")


def unit_rows(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def noise(n, d=12, seed=0):
    return unit_rows(np.random.default_rng(seed).standard_normal((n, d))).astype(np.float32)


@pytest.mark.parametrize(("model", "dataset"), [*itertools.product(MODELS, DATASETS)])
def test_the_published_clustering_score_follows_from_the_published_rand_indices(model, dataset):
    folder = ("reference", "pathorob", "clustering")
    with shared(*folder, f"{model}__{dataset}__aris.csv").open() as file:
        rows = list(csv.DictReader(file))
    squares = {row["combination"]: ([], []) for row in rows}
    for row in rows:
        squares[row["combination"]][0].append(float(row["ari_bio"]))
        squares[row["combination"]][1].append(float(row["ari_mc"]))
    tissue, center = (np.array([both[i] for both in squares.values()]) for i in (0, 1))
    value, spread = clustering.clustering_score(tissue, center)
    stated = json.loads(shared(*folder, f"{model}__{dataset}__results_summary.json").read_text())
    assert value == pytest.approx(stated["clustering_score_mean"], abs=1e-12)
    assert spread == pytest.approx(stated["clustering_score_mean_std"], abs=1e-12)


def test_silhouettes_are_scikit_learns():
    from sklearn.metrics import silhouette_samples

    unit = noise(80)
    labels = np.random.default_rng(1).integers(0, 4, 80)
    labels[0] = 9  # a label of one tile alone
    theirs = silhouette_samples(unit.astype(float), labels, metric="cosine")
    np.testing.assert_allclose(clustering.silhouettes(unit, labels), theirs, atol=1e-10)


def test_the_clustering_score_may_pass_1_by_what_chance_leaves():
    """An ARI under 0 with center adds to one of 1 with tissue: 1 + 1 / (n - 2)."""
    from sklearn.metrics import adjusted_rand_score

    for n in (4, 16, 600):
        tissue, center = np.divmod(np.arange(n) % 4, 2)
        rands = [np.array([[adjusted_rand_score(each, tissue)]]) for each in (tissue, center)]
        assert clustering.clustering_score(*rands)[0] == pytest.approx(1 + 1 / (n - 2))
