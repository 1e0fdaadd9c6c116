"""Cases, slides as the mean of their tiles: found again and predicted."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Cases
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.json_records import from_json, to_json


def cohort(tissue_size, center_size, *, slides=6, tiles=5, seed=0, both=False):
    """Two tissues at two centers; ``both``: each slide has both tissues."""
    rng = np.random.default_rng(seed)
    rows = [
        (t, c, f"{'' if both else t}{c}{i}")
        for t in (0, 1)
        for c in (0, 1)
        for i in range(slides)
        for _ in range(tiles)
    ]
    tissue, center = np.array([row[:2] for row in rows]).T
    values = rng.standard_normal((len(rows), 12))
    values += tissue_size * rng.standard_normal((2, 12))[tissue]
    values += center_size * rng.standard_normal((2, 12))[center]
    slide = np.array([row[2] for row in rows])
    return values, TileLabels(tissue.astype(str), center.astype(str), slide)


def cases_of(values, labels, **more):
    return measure(values, labels, k=5, geometry=False, shortcut="none", **more).cases


def test_where_tissue_rules_cases_of_the_tissue_are_found_and_where_center_does_of_the_center():
    of_tissue = cases_of(*cohort(9.0, 0.0))
    assert of_tissue.same_tissue == [1.0, 1.0, 1.0]
    assert of_tissue.tissue_probe == 1.0
    assert of_tissue.same_center[2] < 0.8
    of_center = cases_of(*cohort(0.0, 9.0))
    assert of_center.same_center == [1.0, 1.0, 1.0]
    assert of_center.center_probe == 1.0


def test_what_is_found_is_what_a_plain_sort_finds():
    values, labels = cohort(1.0, 1.0)
    found = cases_of(values, labels)
    names = np.unique(labels.slide)
    means = np.stack([values[labels.slide == name].mean(axis=0) for name in names])
    tissue = np.array([labels.tissue[labels.slide == name][0] for name in names])
    center = np.array([labels.center[labels.slide == name][0] for name in names])
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    far = 1 - unit @ unit.T
    np.fill_diagonal(far, np.inf)
    order = far.argsort(axis=1)
    assert found.k == [1, 5, 10]
    assert (found.n_cases, found.n_slides) == (24, 24)
    for k, of_tissue, of_center in zip(found.k, found.same_tissue, found.same_center, strict=True):
        assert of_tissue == pytest.approx((tissue[order[:, :k]] == tissue[:, None]).mean())
        assert of_center == pytest.approx((center[order[:, :k]] == center[:, None]).mean())
    assert found.tissue_by_chance == pytest.approx(11 / 23)
    assert found.center_by_chance == pytest.approx(11 / 23)


def test_a_slide_with_several_tissues_is_a_case_for_each_and_never_finds_itself():
    values, labels = cohort(0.0, 0.0, both=True)
    for number, name in enumerate(np.unique(labels.slide)):  # apart, its tissues together
        values[labels.slide == name] = np.random.default_rng(number).standard_normal(12)
    found = cases_of(values, labels, probes=False)
    assert (found.n_cases, found.n_slides) == (24, 12)
    # 11 other slides have a case of each tissue; 5 of them are of the center.
    assert found.tissue_by_chance == pytest.approx(11 / 22)
    assert found.center_by_chance == pytest.approx(10 / 22)
    assert "no probes" in found.tissue_probe.reason


def test_noise_is_found_as_by_chance_and_read_as_by_guessing():
    drawn = [cases_of(*cohort(0.0, 0.0, seed=seed)) for seed in range(8)]
    assert np.mean([one.same_tissue[2] for one in drawn]) == pytest.approx(11 / 23, abs=0.05)
    assert np.mean([one.tissue_probe for one in drawn]) == pytest.approx(0.5, abs=0.15)


def test_one_slide_has_no_case_to_be_compared_with():
    values, labels = cohort(1.0, 1.0, slides=1, both=True)
    one = TileLabels(labels.tissue, labels.center, np.full(len(labels), "S"))
    measured = measure(values, one, geometry=False, shortcut="none")
    assert isinstance(measured.cases, NotAssessable)


def test_cases_are_kept_and_older_records_open_without_them():
    values, labels = cohort(1.0, 1.0)
    measured = measure(values, labels, k=5, geometry=False, shortcut="none")
    text = to_json(measured)
    assert from_json(ReferenceMeasurement, text) == measured
    assert isinstance(measured.cases, Cases)
    import json

    older = json.loads(text)
    del older["cases"], older["sensitivity"]
    opened = from_json(ReferenceMeasurement, json.dumps(older).encode())
    assert (opened.cases, opened.sensitivity) == (None, None)
