"""Published numbers, from the published counts behind them."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import KINDS
from tests.shared_data import shared

CASES = [
    (model, dataset)
    for model in ("phikonv2_clsmean", "uni2h_clsmean")
    for dataset in ("camelyon", "tcga", "tolkach_esca")
]


@pytest.mark.parametrize(("model", "dataset"), CASES)
def test_pathorobs_index_follows_from_its_rank_fractions(model, dataset):
    path = shared("reference", "pathorob", f"ri_curve_{model}_{dataset}.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    fractions = np.array([[float(row[f"frac_{kind}"]) for kind in KINDS] for row in rows])
    summed = fractions.cumsum(axis=0)
    published = np.array([float(row["robustness_index"]) for row in rows])
    ours = np.array([ri.robustness_index(counts) for counts in summed])
    np.testing.assert_allclose(ours, published, atol=2e-6)  # the file has 9 digits a rank
    summary = json.loads(shared("reference", "pathorob", "ri_summary.json").read_text())
    stated = next(s for s in summary if (s["model"], s["dataset"]) == (model, dataset))
    at_k = summed[stated["k_opt"] - 1]
    assert ri.robustness_index(at_k) == pytest.approx(stated["robustness_index"], abs=2e-6)
    assert ri.robustness_index_2025(at_k) == pytest.approx(stated["bio_vs_confounding"], abs=2e-6)
    assert ri.confounder_insensitivity(at_k) == pytest.approx(
        stated["confounder_insensitivity"], abs=2e-6
    )


def golden(name):
    """Embeddings built so that the values follow: see the derivations in the file."""
    path = shared("reference", "croma", "library_golden_metrics.json")
    fixture = json.loads(path.read_text())
    values = {
        entry["metric"]: entry["value"]
        for entry in fixture["entries"]
        if entry["embedding"] == name
    }
    return values, fixture["k"], fixture["m"]


def dominance(by):
    """One direction for each label (or center), the other alternating along it; 2 x 2 x 16."""
    from pathgui.core.metrics.neighbors.search import nearest_with_kinds

    tissue = np.repeat([0, 1], 32)
    center = np.tile([0, 1], 32)
    owner = tissue if by == "tissue" else center
    rng = np.random.default_rng(0)
    values = 10 * np.eye(8)[owner] + 0.1 * rng.standard_normal((64, 8))
    return nearest_with_kinds(values, np.arange(64), tissue, center, 3, 5), tissue, center


@pytest.mark.parametrize(
    ("name", "by"), [("confounder_dominant", "center"), ("biology_dominant", "tissue")]
)
def test_dominance_gives_the_golden_values(name, by):
    from pathgui.core.metrics.neighbors.margin import mari

    values, k, _ = golden(name)
    (found, _), tissue, center = dominance(by)
    kinds = ri.kinds_of(found, tissue, center)
    assert ri.robustness_index(ri.counts_by_anchor(kinds, k).sum(axis=0)) == values["RI"]
    assert mari(found, kinds, k).value == values["MaRI"]


def test_a_contest_gives_the_golden_values():
    """Squares: SO and OS on the corners beside, OO on the one across, equally far."""
    from pathgui.core.metrics.neighbors.margin import croma_summary, croma_values, mari
    from pathgui.core.metrics.neighbors.search import nearest_with_kinds

    values, k, m = golden("contested")
    blocks = 8
    corners = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])  # around: beside, across, beside
    tissue = np.tile(corners[:, 0], blocks)
    center = np.tile(corners[:, 1], blocks)
    embeddings = np.zeros((4 * blocks, 2 * blocks + 1))
    for block in range(blocks):
        for corner, (t, c) in enumerate(corners):
            row = 4 * block + corner
            embeddings[row, 2 * block : 2 * block + 2] = 2 * t - 1, 2 * c - 1
            embeddings[row, -1] = 3
    found, near = nearest_with_kinds(embeddings, np.arange(4 * blocks), tissue, center, k, m)
    kinds = ri.kinds_of(found, tissue, center)
    assert ri.robustness_index(ri.counts_by_anchor(kinds, k).sum(axis=0)) == values["RI"]
    assert mari(found, kinds, k).value == pytest.approx(values["MaRI"], abs=1e-12)
    summary = croma_summary(croma_values(near, m))
    assert summary.median == pytest.approx(values["CRoMa"], abs=1e-12)


# What the made-up models of croma's captured fixture see of the center (tests of croma 0.3).
SEEN = {"MA": (0, 0.6), "MB": (1, 0.3), "MC": (2, 0.05)}


@pytest.mark.parametrize("model", SEEN)
def test_the_captured_values_of_cromas_pipeline_are_ours(model):
    """2 x 2 cells of 8 tiles: tissue on the first two axes, center on the third, noise of 1/2."""
    from pathgui.core.metrics.neighbors import knn, margin
    from pathgui.core.metrics.neighbors.search import nearest_with_kinds

    rows = json.loads(shared("reference", "croma", "compute_golden_metrics.json").read_text())
    stated = next(row for row in rows if row["model"] == model)
    seed, strength = SEEN[model]
    tissue, center = np.repeat([0, 1], 16), np.tile(np.repeat([0, 1], 8), 2)
    values = np.random.default_rng(seed).normal(0, 0.5, (32, 16))
    values[np.arange(32), tissue] += 2
    values[:, 2] += strength * (1 - 2 * center)
    k, m = stated["k"], stated["croma_m"]
    found, near = nearest_with_kinds(values, np.arange(32), tissue, center, 5, m)
    kinds = ri.kinds_of(found, tissue, center)
    by_anchor = ri.counts_by_anchor(kinds, k)
    exact = {"rel": 1e-6, "abs": 2e-8}  # distances of that version are float32
    assert ri.robustness_index(by_anchor.sum(axis=0)) == pytest.approx(stated["ri"], **exact)
    mari = margin.mari(found, kinds, k)
    assert mari.tau == pytest.approx(stated["tau"], **exact)
    assert mari.value == pytest.approx(stated["mari"], **exact)
    support = ri.support(by_anchor)
    assert support.value == stated["support"]
    assert support.mostly_SS == stated["ss_dominated_undefined_frac"]
    assert support.mostly_OO == stated["oo_dominated_undefined_frac"]
    summary = margin.croma_summary(margin.croma_values(near, m))
    assert summary.median == pytest.approx(stated["croma"], **exact)
    assert summary.q10 == pytest.approx(stated["croma_q_alpha"], **exact)
    assert summary.ltm10 == pytest.approx(stated["croma_ltm_alpha"], **exact)
    assert summary.share_not_above_0 == stated["croma_f0"]
    # croma's pipeline tries each k of 1 to 5; both accuracies are at the best k for the tissue.
    for labels, best, accuracy in (
        (tissue, k, stated["bio_knn_bacc"]),
        (center, stated["selected_k_confounder"], stated["confounder_knn_bacc"]),
    ):
        votes = knn.votes_by_k(found, labels, [1, 2, 3, 4, 5])
        accuracies = {one: knn.balanced_accuracy(labels, vote) for one, vote in votes.items()}
        assert accuracies[k] == accuracy
        assert max(accuracies, key=accuracies.get) == best
