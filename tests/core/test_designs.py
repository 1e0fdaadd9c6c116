"""Designs that can say nothing: no number stands where labels or embeddings give none."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from pathgui.core.results.findings import verdict
from tests.shared_data import shared


def fault(name):
    return labeled(read_external(shared("faults", "embeddings", f"{name}.npz")))


def noise(n, d=16, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def labels_of(rows):
    """From (tissue, center, slide) of each tile."""
    return TileLabels(*(np.array(column) for column in zip(*rows, strict=True)))


def quick(values, labels, **more):
    return measure(values, labels, k=3, probes=False, geometry=False, **more)


@pytest.mark.parametrize("name", ["one-slide-per-center", "one-slide-a-center-noise"])
def test_one_slide_a_center_gives_no_index_and_no_verdict(name):
    file = fault(name)
    measured = quick(file.values, file.labels)
    for value in (measured.robustness_index, measured.mari, measured.centers_exchanged):
        assert isinstance(value, NotAssessable)
        assert "no center has two tissues on different slides" in value.reason
    assert measured.croma == []
    assert verdict(measured.robustness_index).startswith(
        "The robustness index is not assessable: no center has"
    )
    assert "two slides or more" in measured.knn.center_balanced_accuracy.reason
    assert isinstance(measured.knn.tissue_balanced_accuracy, float)


def test_slides_of_one_tissue_are_enough_unless_a_center_has_one_patient():
    rows = [(t, c, t + c) for t in "AB" for c in "XY" for _ in range(4)]
    assert isinstance(quick(noise(16), labels_of(rows)).robustness_index.value, float)
    labels = labels_of(rows)
    of_one_patient = TileLabels(labels.tissue, labels.center, labels.slide, labels.center)
    measured = quick(noise(16), of_one_patient)
    assert "no center has two tissues on different slides" in measured.robustness_index.reason


def test_no_tissue_from_two_centers_gives_no_index():
    """Two patients, each of whom gave all slides of one tissue, wherever they were made."""
    rows = [(t, c, f"{t}{c}{i}") for t in "AB" for c in "XY" for i in range(3) for _ in range(2)]
    labels = labels_of(rows)
    labels = TileLabels(labels.tissue, labels.center, labels.slide, labels.tissue)
    reason = quick(noise(24), labels).robustness_index.reason
    assert "no tissue comes from two centers on different slides" in reason


def test_a_center_of_one_slide_among_others_has_no_index_of_its_own():
    rows = [(t, c, f"{t}{c}{i}") for t in "AB" for c in "XY" for i in range(3) for _ in range(4)]
    rows += [(t, "Z", "one") for t in "AB" for _ in range(6)]
    measured = quick(noise(len(rows)), labels_of(rows))
    by_center = {part.center: part.value for part in measured.by_center}
    assert by_center["Z"] is None
    assert by_center["X"] is not None


def test_all_alike_is_not_assessable_in_everything():
    file = fault("all-same")
    measured = measure(file.values, file.labels, k=11)
    for value in (
        measured.robustness_index,
        measured.robustness_index_2025,
        measured.mari,
        measured.knn.tissue_balanced_accuracy,
        measured.probe.center_balanced_accuracy,
        measured.prediction,
        measured.same_center_errors,
        measured.shortcut,
        measured.squares,
        measured.geometry.silhouettes,
        measured.geometry.mixing,
    ):
        assert isinstance(value, NotAssessable)
        assert "all embeddings are alike" in value.reason
    assert "all embeddings are alike" in measured.croma_reason
    assert "alike" in verdict(measured.robustness_index)


def test_all_alike_up_to_their_length_is_all_alike():
    rows = [(t, c, f"{t}{c}{i}") for t in "AB" for c in "XY" for i in range(3) for _ in range(4)]
    values = np.outer(np.linspace(0.5, 9, len(rows)), noise(1)[0]).astype(np.float32)
    assert "alike" in quick(values, labels_of(rows)).robustness_index.reason


def test_copies_are_named_and_where_only_copies_tell_margins_say_so():
    file = fault("each-twice")
    for values in (file.values, file.values * np.linspace(1, 7, len(file.values))[:, None]):
        measured = quick(values, file.labels)
        assert any("120 tiles have the embedding of another" in n for n in measured.notices)


def test_margins_of_many_rescaled_copies_say_only_copies():
    """Six directions, each on every slide: the nearest tiles are copies, whatever their kind."""
    rows = [(t, c, f"{t}{c}{i}") for t in "AB" for c in "XY" for i in range(6) for _ in range(6)]
    values = np.tile(noise(6), (len(rows) // 6, 1))
    for scaled in (values, values * np.linspace(1, 3, len(rows))[:, None]):
        measured = measure(scaled, labels_of(rows), k=5, probes=False, geometry=False)
        assert "only copies" in measured.mari.reason
        assert measured.croma == [] or {found.m for found in measured.croma} == {10}
        assert "only copies" in measured.croma_reason
        for tests in (measured.centers_exchanged, measured.tissues_exchanged):
            assert isinstance(tests.croma, NotAssessable)
            assert isinstance(tests.mari, NotAssessable)
        assert isinstance(measured.robustness_index.value, float)


def test_noise_from_forty_small_centers_gives_no_verdict_for_tissue():
    """Most centers have one slide, so hardly a tile can have an OS neighbor: RI 1, null .993."""
    file = fault("noise-40centers")
    for k in (5, "auto"):
        measured = measure(file.values, file.labels, k=k, probes=False, geometry=False)
        assert "by tissue more than by center" not in verdict(measured.robustness_index)
        assert any("few" in notice.lower() for notice in measured.notices)
