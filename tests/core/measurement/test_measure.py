"""All numbers of one encoder: against published values, and where they cannot be given."""

from __future__ import annotations

import csv
import json
import threading
from dataclasses import fields, replace

import numpy as np
import pytest
from msgspec import structs

from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.measurement.sample import prepare, select
from pathgui.core.metrics.neighbors import knn, margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.json_records import from_json, to_json
from tests.shared_data import shared

EXACT = {"abs": 1e-9, "rel": 0}


def labels_of(tissue, center, slide=None, patient=None):
    tissue, center = np.array(tissue), np.array(center)
    slide = np.arange(len(tissue)).astype(str) if slide is None else np.array(slide)
    return TileLabels(tissue, center, slide, None if patient is None else np.array(patient))


def noise(n, d=16, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def table(cells, tiles_per_slide=3):
    """Labels with slides of ``tiles_per_slide`` tiles; cells: {(tissue, center): slides}."""
    tissue, center, slide = [], [], []
    for (t, c), slides in cells.items():
        for number in range(slides):
            tissue += [t] * tiles_per_slide
            center += [c] * tiles_per_slide
            slide += [f"{t}{c}{number}"] * tiles_per_slide
    return labels_of(tissue, center, slide)


def square(slides=4, tiles_per_slide=3):
    return table({(t, c): slides for t in "AB" for c in "XY"}, tiles_per_slide)


@pytest.mark.parametrize("case", ["hand8", "hand8_grouped", "synth_2x2", "null_6x3"])
def test_the_values_of_other_implementations_are_reproduced(case):
    expected = json.loads(shared("reference", "synthetic", "values.json").read_text())
    expected = expected["cases"][case]
    by_hand, peer = expected["brute_force"], expected["croma"]
    file = labeled(read_external(shared("reference", "synthetic", f"{case}.npz")))
    for k in list(by_hand["k"])[:: 5 if len(by_hand["k"]) > 3 else 1]:
        values = by_hand["k"][k]
        measured = measure(file.values, file.labels, k=int(k))
        assert structs.asdict(measured.counts) == values["counts"]
        errors, undefined = measured.same_center_errors, measured.undefined
        found = {
            "robustness_index": measured.robustness_index.value,
            "support": measured.robustness_index.support,
            "original_ri": measured.robustness_index_2025.value,
            "confounder_insensitivity": measured.confounder_insensitivity,
            "bacc_class": measured.knn.tissue_balanced_accuracy,
            "bacc_center": measured.knn.center_balanced_accuracy,
            "auto_tau": measured.mari.tau,
            "mari_auto_tau": measured.mari.value,
        }
        assert found == pytest.approx({name: values[name] for name in found}, **EXACT)
        assert measured.robustness_index.null == pytest.approx(by_hand["typed_null"], **EXACT)
        if values["generalization_index"] is None:
            assert isinstance(measured.generalization_index, NotAssessable)
        else:
            assert measured.generalization_index == pytest.approx(
                values["generalization_index"], **EXACT
            )
        assert (errors.n_errors, errors.same_center, errors.misleading) == (
            values["errors"]["n_errors"],
            values["errors"]["same_center_confounders"],
            values["errors"]["predicted_class_neighbours"],
        )
        assert errors.fraction == pytest.approx(values["errors"]["fraction"], **EXACT)
        assert errors.expected == pytest.approx(values["errors"]["expected"], **EXACT)
        causes = [peer["at_k"][k][f"{name}_undef"] for name in ("ss", "oo", "mixed")]
        assert [undefined.mostly_SS, undefined.mostly_OO, undefined.mixed] == pytest.approx(
            causes, **EXACT
        )
        for croma in measured.croma:
            if str(croma.m) in by_hand["croma"]:
                values_m = by_hand["croma"][str(croma.m)]
                assert [croma.value, croma.q10, croma.ltm10, croma.f0] == pytest.approx(
                    [values_m[name] for name in ("median", "q10", "ltm10", "f0")], **EXACT
                )
    assert {str(croma.m) for croma in measured.croma} >= set(by_hand["croma"])


def monuseg_rows():
    """Labels of the reference tiles, and the rows of hospitals with several organs."""
    with shared("tiles", "monuseg-tcga", "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    labels = labels_of(*([row[name] for row in rows] for name in ("tissue", "center", "slide_id")))
    several = {
        center
        for center in labels.center
        if len(np.unique(labels.tissue[labels.center == center])) > 1
    }
    return labels, np.flatnonzero(np.isin(labels.center, list(several)))


def test_the_values_on_real_tiles_are_reproduced():
    labels, balanced = monuseg_rows()
    labels = labels.take(balanced)
    arrays = np.load(shared("reference", "encoders", "monuseg_embeddings_f16.npz"))
    path = shared("reference", "encoders", "monuseg_expected_metrics.json")
    expected = json.loads(path.read_text())
    assert len(balanced) == expected["rows"]
    for name, values in expected["metrics"].items():
        embeddings = arrays[name][balanced].astype(np.float64)
        ks = [int(k) for k in values["RI"]]
        # Without intervals, which take most of the time.
        rows = select(embeddings, labels, "keep").rows
        material, _ = prepare(embeddings, labels, rows, max(ks), 0)
        accuracy = {
            k: knn.balanced_accuracy(material.tissue, answers)
            for k, answers in knn.votes_by_k(material.neighbors, material.tissue, ks).items()
        }
        best = max(ks, key=lambda k: (accuracy[k], -k))
        # croma holds tau over its sweep, at that of the k with the best tissue vote.
        tau = margin.mari(material.neighbors, material.kinds, best).tau
        for k in ks:
            at_k = replace(material, k=k)
            index = ri.robustness_index(at_k.by_anchor.sum(axis=0))
            assert index == pytest.approx(values["RI"][str(k)], **EXACT)
            near = margin.mari(material.neighbors, material.kinds, k, tau)
            assert near.value == pytest.approx(values["MaRI"][str(k)], **EXACT)


def test_tiles_of_the_same_patient_are_left_out():
    labels = square()
    patient = np.array(["P"] * 24 + [""] * 24)
    measured = measure(
        noise(48), TileLabels(labels.tissue, labels.center, labels.slide, patient), k=3
    )
    assert measured.n_patients == 1
    assert (
        measured.counts.SO + measured.counts.SS
        == 24 * 3 - measured.counts.OS - measured.counts.OO + 24 * 3
    )
    by_slide = measure(noise(48), labels, k=3)
    assert structs.asdict(by_slide.counts) != structs.asdict(measured.counts)


def test_tissue_determined_by_center_has_no_index():
    measured = measure(noise(36), table({("A", "X"): 4, ("B", "Y"): 4, ("B", "Z"): 4}), k=3)
    assert "cannot be told apart" in measured.robustness_index.reason
    assert measured.n_used == 36


def test_what_dropping_hides_is_told_beside():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}
    measured = measure(noise(45), table(cells), k=5)
    kept = measure(noise(45), table(cells), k=5, single_cells="keep")
    assert measured.with_single_cells == kept.robustness_index
    assert kept.with_single_cells is None


def test_two_tiles_are_measured_as_far_as_that_goes():
    measured = measure(noise(2), labels_of(["A", "B"], ["X", "Y"]))
    assert isinstance(measured.robustness_index, NotAssessable)
    assert "two slides or more" in measured.knn.tissue_balanced_accuracy.reason
    assert "two slides or more" in measured.probe.tissue_balanced_accuracy.reason


# Fields that others fill, or that need more than embeddings and labels.
FILLED_ELSEWHERE = {
    "resamples": "of earlier versions",
    "on_map": "filled where maps are made",
    "paired": "needs subsets",
    "n_patients": "needs patients",
    "with_single_cells": "needs a tissue of one center",
}


def test_each_field_of_the_record_is_measured_or_it_is_said_who_fills_it():
    labels = square(slides=6)
    measured = measure(noise(len(labels)), labels)
    empty = {each.name for each in fields(measured) if getattr(measured, each.name) is None}
    assert empty == set(FILLED_ELSEWHERE)


@pytest.fixture
def few_anchors(monkeypatch):
    from pathgui.core.measurement import sample as material

    monkeypatch.setattr(material, "MOST_EXACT", 300)
    monkeypatch.setattr(material, "SAMPLED_ANCHORS", 160)


def large(seed=0):
    labels = table({(t, c): 5 for t in "ABC" for c in "XY"}, tiles_per_slide=14)
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((420, 12))
    values[:, 0] += 1.5 * (labels.tissue == "A")
    values[:, 1] += 2.0 * (labels.center == "X")
    return values, labels


def test_beyond_the_limit_anchors_are_sampled_and_the_result_says_so(few_anchors):
    measured = measure(*large(), k=5)
    index = measured.robustness_index
    assert (index.n_anchors, index.anchors_of) == (160, 420)
    assert any("160 of 420 tiles" in notice for notice in measured.notices)
    assert sum(structs.asdict(measured.counts).values()) == 160 * 5
    assert sum(part.n_anchors for part in measured.by_cell) == 160
    assert index.low < index.value < index.high
    assert from_json(ReferenceMeasurement, to_json(measured)) == measured


def test_a_rare_last_cell_without_a_sampled_anchor_is_no_obstacle(few_anchors):
    values, labels = large()
    rare = np.flatnonzero((labels.tissue == "C") & (labels.center == "Y"))
    keep = np.delete(np.arange(len(labels)), rare[1:])
    measured = measure(values[keep], labels.take(keep), k=5, probes=False, geometry=False)
    assert [(p.tissue, p.center) for p in measured.by_cell][-1] == ("C", "X")
    assert sum(part.n_anchors for part in measured.by_cell) == 160
    assert measured.robustness_index.low < measured.robustness_index.high


def many_tiles_a_slide():
    """Slides of 60 tiles that are more alike than tissues or centers."""
    labels = table({(t, c): 6 for t in "AB" for c in "XY"}, tiles_per_slide=60)
    slide = np.unique(labels.slide, return_inverse=True)[1]
    own = 2 * np.random.default_rng(0).standard_normal((24, 64))
    return noise(len(labels), 64) + own[slide], labels


def test_lists_for_croma_are_deep_enough_where_slides_have_many_tiles(monkeypatch):
    """Deeper lists do not widen the interval; lists of 20 are too short, and give none."""
    from pathgui.core.measurement import sample as material

    def croma():
        measured = measure(*many_tiles_a_slide(), k=5, probes=False, geometry=False)
        return next(one for one in measured.croma if one.m == 5), measured.croma_reason

    found, reason = croma()
    assert reason == ""
    monkeypatch.setattr(material, "CROMA_MOST_M", 80)
    deeper, _ = croma()
    width = found.high - found.low
    assert width == pytest.approx(deeper.high - deeper.low, rel=0.05)
    monkeypatch.setattr(material, "CROMA_MOST_M", -60)
    short, _ = croma()
    assert short.low is None
    assert "end before 5 of another slide" in short.no_interval
    assert short.value == found.value


def test_each_step_on_a_sample_of_anchors_is_reported_and_can_be_stopped(few_anchors):
    events = []
    measure(*large(), k=5, probes=False, geometry=False, report=events.append)
    stages = {event.stage: event.total for event in events}
    assert stages["Finding neighbors"] == 160
    assert len(stages) >= 5
    assert all(event.done <= event.total for event in events)
    threads = threading.active_count()
    for stage in stages:

        def stop(event, stage=stage):
            if event.stage == stage:
                raise Cancelled

        with pytest.raises(Cancelled):
            measure(*large(), k=5, probes=False, geometry=False, report=stop)
    assert threading.active_count() == threads


def test_the_sample_estimates_what_all_tiles_give(few_anchors, monkeypatch):
    from pathgui.core.measurement import sample as material

    sampled = measure(*large(), k=5, probes=False, geometry=False)
    monkeypatch.setattr(material, "MOST_EXACT", 10**5)
    whole = measure(*large(), k=5, probes=False, geometry=False)
    assert whole.robustness_index.anchors_of is None
    assert sampled.robustness_index.low < whole.robustness_index.value
    assert sampled.robustness_index.high > whole.robustness_index.value
    assert sampled.robustness_index.null == pytest.approx(whole.robustness_index.null, abs=0.02)
    assert sampled.croma[0].n_anchors == 160
