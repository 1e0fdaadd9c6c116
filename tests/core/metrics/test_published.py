"""Published numbers, from the published counts behind them."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from pathgui.core.metrics import robustness_index as ri
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
    fractions = np.array([[float(row[f"frac_{kind}"]) for kind in ri.KINDS] for row in rows])
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
    from pathgui.core.neighbors import nearest_with_kinds

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
    from pathgui.core.metrics.margin import mari

    values, k, _ = golden(name)
    (found, _), tissue, center = dominance(by)
    kinds = ri.kinds_of(found, tissue, center)
    assert ri.robustness_index(ri.counts_by_anchor(kinds, k).sum(axis=0)) == values["RI"]
    assert mari(found, kinds, k).value == values["MaRI"]


def test_a_contest_gives_the_golden_values():
    """Squares: SO and OS on the corners beside, OO on the one across, equally far."""
    from pathgui.core.metrics.margin import croma_summary, croma_values, mari
    from pathgui.core.neighbors import nearest_with_kinds

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
