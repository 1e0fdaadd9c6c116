"""All numbers of one encoder: against published values, and where they cannot be given."""

from __future__ import annotations

import csv
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import NotAssessable, ReferenceMeasurement, RobustnessIndex
from pathgui.core.measurement.sample import prepare, select
from pathgui.core.metrics.neighbors import knn, margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.progress import Cancelled
from pathgui.core.reference.labels import TileLabels
from pathgui.core.results.findings import verdict
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
    for k in list(by_hand["k"])[:: 3 if len(by_hand["k"]) > 3 else 1]:
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


def test_the_interval_holds_the_value_and_no_chance_is_in_it():
    quick = {"k": 5, "probes": False, "geometry": False}
    one, other = (
        measure(noise(48), square(), seed=seed, **quick).robustness_index for seed in (1, 2)
    )
    assert one.low < one.value < one.high
    assert one == other


def test_every_number_that_rests_on_neighbors_or_probes_has_an_interval():
    measured = measure(noise(48 * 4), square(slides=4, tiles_per_slide=12), k=5, geometry=False)
    found = [
        measured.robustness_index.support_interval,
        measured.knn.tissue_interval,
        measured.knn.center_interval,
        measured.probe.tissue_interval,
        measured.probe.center_interval,
    ]
    for one in measured.croma:
        found += [one, one.q10_interval, one.ltm10_interval, one.f0_interval]
    predicted = measured.prediction
    found += [
        predicted.grouped_interval,
        predicted.random_interval,
        predicted.random_minus_grouped_interval,
        predicted.site_preserved_interval,
        predicted.random_minus_site_preserved_interval,
        predicted.left_center_out_interval,
        *(one.balanced_accuracy_interval for one in predicted.by_center),
        *(one.left_out_accuracy_interval for one in predicted.by_center),
    ]
    found += [
        measured.robustness_index_2025,
        measured.mari,
        measured.same_center_errors,
        *measured.by_tissue,
        *measured.by_center,
        *measured.by_cell,
    ]
    for one in found:
        assert one.low < one.high
    assert measured.intervals == "jackknife-t"
    assert (measured.interval_basis.units, measured.interval_basis.df) == (16, 12)


def test_few_slides_are_said_beside_the_intervals():
    quick = {"k": 3, "probes": False, "geometry": False}
    few = measure(noise(48), square(slides=4), **quick).interval_basis
    assert few.fewest == 4
    assert "only 4 slides" in few.caution
    many = measure(noise(96), square(slides=8), **quick).interval_basis
    assert (many.fewest, many.caution) == (8, "")


def test_of_four_slides_no_number_has_an_interval_and_no_verdict_is_given():
    """In noise, two in twenty such sets would be said to follow the tissue or the center."""
    measured = measure(noise(12), square(slides=1), k=3, probes=False, geometry=False)
    index = measured.robustness_index
    assert (index.low, index.high) == (None, None)
    assert index.no_interval == "4 slides are too few for an interval"
    assert "4 slides are too few" in verdict(index)
    assert measured.interval_basis.caution.startswith("4 slides in all are too few")
    assert measured.knn.tissue_interval.low is None


def test_a_test_with_too_few_exchanges_for_any_p_below_the_level_is_not_assessable():
    """Two slides a cell: 6 x 6 ways, of which one and its mirror are as extreme as any."""
    measured = measure(noise(24), square(slides=2), k=3, probes=False, geometry=False)
    assert isinstance(measured.centers_exchanged, NotAssessable)
    assert "36 ways" in measured.centers_exchanged.reason
    assert "0.056" in measured.centers_exchanged.reason
    enough = measure(noise(36), square(slides=3), k=3, probes=False, geometry=False)
    assert enough.centers_exchanged.exchanges == 400
    assert enough.centers_exchanged.least_p == 2 / 400


def test_slides_of_a_part_are_counted_as_slides_where_patients_are_known():
    given = square(slides=4)
    patient = np.char.add(given.tissue, np.char.add(given.center, "patient"))
    of_one = TileLabels(given.tissue, given.center, given.slide, patient)
    measured = measure(noise(48), of_one, k=3, probes=False, geometry=False)
    assert measured.n_slides == 16
    assert [part.n_slides for part in measured.by_center] == [8, 8]
    assert [part.n_slides for part in measured.by_cell] == [4] * 4
    assert {part.low for part in measured.by_cell} == {None}  # one patient is no sample


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


def test_tissue_determined_by_center_has_no_index():
    measured = measure(noise(36), table({("A", "X"): 4, ("B", "Y"): 4, ("B", "Z"): 4}), k=3)
    assert "cannot be told apart" in measured.robustness_index.reason
    assert measured.n_used == 36


def test_a_tissue_of_one_center_is_dropped_and_named():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}
    measured = measure(noise(45), table(cells), k=5)
    assert measured.dropped_tissues == ["C"]
    assert (measured.n_tiles, measured.n_used) == (45, 36)
    assert measured.robustness_index.n_anchors == 36
    assert any("9 tile(s) left out" in notice and "(C)" in notice for notice in measured.notices)
    same = measure(noise(45)[:36], table(cells).take(np.arange(36)), k=5)
    assert same.robustness_index == measured.robustness_index


def test_what_a_drop_leaves_alone_stays_and_is_named():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "Z"): 3, ("A", "Z"): 3}
    measured = measure(noise(54), table(cells), k=5)
    assert (measured.dropped_tissues, measured.dropped_centers) == (["C"], [])
    assert measured.n_used == 45
    assert any("stand alone: Z" in notice for notice in measured.notices)


def test_they_can_be_kept():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}
    measured = measure(noise(45), table(cells), k=5, single_cells="keep")
    assert measured.n_used == 45
    assert measured.robustness_index.null < 0.5  # C has no SO candidates


def test_what_dropping_hides_is_told_beside():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}
    measured = measure(noise(45), table(cells), k=5)
    kept = measure(noise(45), table(cells), k=5, single_cells="keep")
    assert measured.with_single_cells == kept.robustness_index
    assert kept.with_single_cells is None


def test_zero_and_infinite_rows_are_left_out_and_listed():
    embeddings = noise(48)
    embeddings[3], embeddings[7, 2], embeddings[9, 0] = 0, np.nan, np.inf
    measured = measure(embeddings, square(), k=3)
    assert measured.rejected_rows == [3, 7, 9]
    assert any("row 3, 7, 9" in notice for notice in measured.notices)
    rest = np.delete(np.arange(48), [3, 7, 9])
    assert measure(embeddings[rest], square().take(rest), k=3).counts == measured.counts


@pytest.mark.parametrize("name", ["tissue", "center", "slide"])
def test_a_missing_label_is_no_category(name):
    labels = square()
    getattr(labels, name)[[0, 20]] = ""
    measured = measure(noise(48), labels, k=3)
    assert measured.unlabeled_rows == [0, 20]
    assert measured.n_used == 46
    assert "" not in measured.tissues | measured.centers


def test_copies_are_mentioned():
    embeddings = noise(48)
    embeddings[5] = embeddings[30]
    measured = measure(embeddings, square(), k=3)
    assert any("1 tile(s) have the embedding of another" in notice for notice in measured.notices)
    assert not measure(noise(48), square(), k=3).notices


def test_a_slide_with_two_centers_is_mentioned():
    labels = square()
    labels.slide[np.isin(labels.slide, ["AX0", "AY0"])] = "two"
    measured = measure(noise(48), labels, k=3)
    assert any("two" in notice for notice in measured.notices)


def test_k_beyond_what_half_of_the_tiles_have_is_refused():
    with pytest.raises(EmbeddingsError, match=r"k = 46 is too large: .* at most 45"):
        measure(noise(48), square(), k=46)
    with pytest.raises(EmbeddingsError, match="at least 1"):
        measure(noise(48), square(), k=0)


def test_k_beyond_what_a_few_tiles_have_uses_what_they_have():
    cells = {(t, c): 4 for t in "AB" for c in "XY"}
    labels = table(cells)
    labels.slide[:16] = "large"  # its 16 tiles have 32 others, the rest up to 45
    measured = measure(noise(48), labels, k=40)
    assert sum(structs.asdict(measured.counts).values()) == 16 * 32 + 32 * 40
    assert any("16 tile(s) have fewer than k = 40" in n and "32" in n for n in measured.notices)


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


def test_a_single_slide_has_no_neighbors_at_all():
    labels = labels_of(["A", "B"] * 6, ["X", "X", "Y", "Y"] * 3, ["s"] * 12)
    measured = measure(noise(12), labels)
    assert "one slide" in measured.robustness_index.reason
    assert isinstance(measured.knn.tissue_balanced_accuracy, NotAssessable)


def test_two_tiles_are_measured_as_far_as_that_goes():
    measured = measure(noise(2), labels_of(["A", "B"], ["X", "Y"]))
    assert isinstance(measured.robustness_index, NotAssessable)
    assert "two slides or more" in measured.knn.tissue_balanced_accuracy.reason
    assert "two slides or more" in measured.probe.tissue_balanced_accuracy.reason


def test_one_tile_is_not_enough():
    with pytest.raises(EmbeddingsError, match="at least 2"):
        measure(np.vstack([np.zeros(4), np.ones(4)]), labels_of(["A", "B"], ["X", "Y"]))


def test_labels_for_another_number_of_tiles_are_refused():
    with pytest.raises(EmbeddingsError, match="labels for 2 tiles"):
        measure(noise(3), labels_of(["A", "B"], ["X", "Y"]))


def test_one_slide_a_cell_gives_an_index_but_no_probe_of_cells_alone():
    labels = table({(t, c): 1 for t in "AB" for c in "XY"}, tiles_per_slide=6)
    measured = measure(noise(24), labels, k=5)
    assert isinstance(measured.robustness_index, RobustnessIndex)
    assert isinstance(measured.probe.tissue_balanced_accuracy, float)


def test_two_hundred_tissues_are_no_obstacle():
    tissue = np.repeat(np.arange(200), 4).astype(str)
    center = np.tile(["X", "Y"], 400)
    measured = measure(noise(800), labels_of(tissue, center), k=5)
    assert measured.robustness_index.null < 0.02
    assert measured.probe.tissue_chance == 1 / 200


@pytest.mark.parametrize(
    "labels",
    [
        square(),
        square().take(np.arange(24)),
        table({("A", "X"): 4, ("B", "Y"): 4}),
        table({(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}),
        labels_of(["A", "B"], ["X", "Y"]),
    ],
)
def test_every_measurement_survives_the_record(labels):
    measured = measure(noise(len(labels)), labels)
    assert from_json(ReferenceMeasurement, to_json(measured)) == measured


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
