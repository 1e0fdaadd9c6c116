"""The robustness index and what is read off the same neighbors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.sample import prepare
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from tests.core.measurement.test_measure import EXACT, large, noise, square, table
from tests.shared_data import shared


@pytest.mark.parametrize("case", ["hand8", "hand8_grouped", "synth_2x2", "null_6x3"])
def test_curves_over_k_are_those_of_other_implementations(case):
    expected = json.loads(shared("reference", "synthetic", "values.json").read_text())
    expected = expected["cases"][case]["brute_force"]["k"]
    file = labeled(read_external(shared("reference", "synthetic", f"{case}.npz")))
    curve = measure(file.values, file.labels, k=5).curve
    pairs = {
        "robustness_index": curve.robustness_index,
        "original_ri": curve.robustness_index_2025,
        "support": curve.support,
        "bacc_class": curve.tissue_accuracy,
        "bacc_center": curve.center_accuracy,
        "confounder_insensitivity": curve.confounder_insensitivity,
        "generalization_index": curve.generalization_index,
    }
    shown = [k for k in curve.k if str(k) in expected]
    assert len(shown) > 2
    for k in shown:
        for name, values in pairs.items():
            value = values[curve.k.index(k)]
            if expected[str(k)][name] is None:
                assert value is None
            else:
                assert value == pytest.approx(expected[str(k)][name], **EXACT), (k, name)
        fraction = curve.same_center_among_misleading[curve.k.index(k)]
        assert fraction == pytest.approx(expected[str(k)]["errors"]["fraction"], **EXACT)


def test_slides_of_a_part_are_counted_as_slides_where_patients_are_known():
    given = square(slides=4)
    patient = np.char.add(given.tissue, np.char.add(given.center, "patient"))
    of_one = TileLabels(given.tissue, given.center, given.slide, patient)
    measured = measure(noise(48), of_one, k=3, probes=False, geometry=False)
    assert measured.n_slides == 16
    assert [part.n_slides for part in measured.by_center] == [8, 8]
    assert [part.n_slides for part in measured.by_cell] == [4] * 4
    assert {part.low for part in measured.by_cell} == {None}  # one patient is no sample


def test_one_center_has_no_index_but_accuracies():
    measured = measure(noise(24), table({("A", "X"): 4, ("B", "X"): 4}), k=3)
    assert isinstance(measured.robustness_index, NotAssessable)
    assert "one center" in measured.robustness_index.reason
    assert isinstance(measured.counts, NotAssessable)
    assert isinstance(measured.knn.tissue_balanced_accuracy, float)
    assert isinstance(measured.knn.center_balanced_accuracy, NotAssessable)
    assert isinstance(measured.probe.center_balanced_accuracy, NotAssessable)


def test_one_tissue_has_no_index_but_accuracies():
    measured = measure(noise(24), table({("A", "X"): 4, ("A", "Y"): 4}), k=3)
    assert "one tissue" in measured.robustness_index.reason
    assert isinstance(measured.probe.center_balanced_accuracy, float)
    assert isinstance(measured.probe.tissue_balanced_accuracy, NotAssessable)


def test_no_telling_neighbor_means_not_defined_and_never_a_half():
    """Four far directions, one a cell: every nearest neighbor is of the own cell."""
    labels = square()
    cell = np.unique(np.char.add(labels.tissue, labels.center), return_inverse=True)[1]
    embeddings = 100 * np.eye(4)[cell] + 0.01 * noise(48, d=4)
    measured = measure(embeddings, labels, k=3)
    assert "Not defined" in measured.robustness_index.reason
    assert measured.counts.SS == 48 * 3
    assert measured.undefined.mostly_SS == 1
    assert measured.robustness_index_2025.value == 1


@pytest.fixture
def few_anchors(monkeypatch):
    from pathgui.core.measurement import sample as material

    monkeypatch.setattr(material, "MOST_EXACT", 300)
    monkeypatch.setattr(material, "SAMPLED_ANCHORS", 160)


def test_sampled_anchors_come_from_all_slides_and_search_among_all_tiles(few_anchors):
    values, labels = large()
    rows = np.arange(420)
    material, _ = prepare(values, labels, rows, 5, 0)
    per_slide = np.bincount(material.groups[:160], minlength=30)
    assert set(per_slide.tolist()) <= {5, 6}
    assert sorted(material.rows.tolist()) == rows.tolist()
    found = nearest(values, labels.groups, 5)
    of_input = material.rows[material.neighbors.indices[:, :5]]
    np.testing.assert_array_equal(of_input, found.indices[material.rows[:160]])
