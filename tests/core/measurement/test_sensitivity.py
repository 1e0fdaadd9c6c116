"""The index in other geometries."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.sample import prepare
from pathgui.core.measurement.sensitivity import MOST_TILES, geometries, sensitivity
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from tests.core.measurement.test_measure import monuseg_rows
from tests.shared_data import shared


def cohort(seed=0, offset=0.0):
    rng = np.random.default_rng(seed)
    rows = [(t, c, f"{t}{c}{i}") for t in "AB" for c in "XY" for i in range(5) for _ in range(4)]
    labels = TileLabels(*(np.array(column) for column in zip(*rows, strict=True)))
    values = rng.standard_normal((len(rows), 16)) + offset
    values[labels.tissue == "A", 0] += 2
    return values, labels


def test_squeezenet_on_real_tiles_is_253_by_cosine_and_470_whitened():
    labels, rows = monuseg_rows()
    values = np.load(shared("reference", "encoders", "monuseg_embeddings_f16.npz"))["squeezenet1_0"]
    material, _ = prepare(values[rows].astype(np.float64), labels.take(rows), rows, 11, 0)
    found = {each.name: each.value for each in sensitivity(material).indices}
    assert list(found) == ["cosine", "centered", "standardized", "PCA-50", "whitened"]
    assert found["cosine"] == pytest.approx(0.2531356898517674, abs=1e-9)
    assert found["whitened"] == pytest.approx(0.470, abs=5e-4)


def test_the_first_row_is_the_index_itself_at_its_k():
    measured = measure(*cohort(), k=7, probes=False)
    found = measured.sensitivity
    assert found.k == 7
    assert found.indices[0].value == measured.robustness_index.value
    assert found.indices[0].support == measured.robustness_index.support


def test_an_offset_that_all_share_changes_cosine_alone():
    at_0, far_off = (
        {each.name: each.value for each in measure(*cohort(offset=x), k=7, probes=False)
         .sensitivity.indices}
        for x in (0.0, 30.0)
    )  # fmt: skip
    assert {name for name in at_0 if at_0[name] != pytest.approx(far_off[name])} == {"cosine"}


def test_geometries_are_what_they_are_called():
    values, _ = cohort(offset=3.0)
    made = geometries(np.hstack([values, np.ones((len(values), 1))]))  # a number that never varies
    for each in made.values():
        np.testing.assert_allclose(each.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(made["standardized"][:, :16].std(axis=0), 1)
    gram = made["whitened"].T @ made["whitened"]
    np.testing.assert_allclose(gram, np.eye(16), atol=1e-9)
    far = [np.linalg.norm(made[name][0] - made[name][1]) for name in ("centered", "PCA-50")]
    assert far[0] == pytest.approx(far[1])  # 16 dimensions are all in 50 components


def test_more_numbers_than_tiles_are_no_hindrance():
    rng = np.random.default_rng(0)
    made = geometries(rng.standard_normal((30, 80)))
    assert made["PCA-50"].shape == (30, 29)


def test_beyond_the_limit_it_says_why_there_is_none():
    n = MOST_TILES + 1
    labels = TileLabels(*(np.array(list("AB") * n)[:n] for _ in range(2)), np.arange(n).astype(str))
    values = np.random.default_rng(0).standard_normal((n, 2)).astype(np.float32)
    material, _ = prepare(values, labels, np.arange(n), 1, 0)
    found = sensitivity(material)
    assert isinstance(found, NotAssessable)
    assert "beyond 6000 tiles" in found.reason


def test_without_an_index_there_is_no_sensitivity():
    values, labels = cohort()
    alone = TileLabels(labels.tissue, np.full(len(labels), "X"), labels.slide)
    assert "one center" in measure(values, alone, k=3, probes=False).sensitivity.reason
