"""The shortcut sweep: PathoROB's schedules and published drops, and what the draws keep apart."""

from __future__ import annotations

import csv
import itertools
import json

import numpy as np
import pytest

from pathgui.core.measurement import shortcut_sweep
from pathgui.core.measurement.shortcut_sweep import sweep
from pathgui.core.metrics import shortcut
from pathgui.core.metrics.results import NotAssessable
from pathgui.core.metrics.shortcut import PATHOROB
from pathgui.core.progress import Cancelled, Progress
from tests.shared_data import shared

MODELS = ("phikonv2_clsmean", "uni2h_clsmean")
DOMAINS = {"ID": "id", "OOD": "ood"}


@pytest.mark.parametrize(("model", "dataset"), [*itertools.product(MODELS, PATHOROB)])
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_published_drop_follows_from_the_published_accuracies(model, dataset, domain):
    folder = ("reference", "pathorob", "apd")
    raw = json.loads(shared(*folder, f"{model}__{dataset}_raw.json").read_text())
    stated = json.loads(shared(*folder, f"{model}__{dataset}_summary.json").read_text())
    drops = shortcut.performance_drops(raw[f"{domain}_test_accuracies"])
    assert drops.mean() == pytest.approx(stated[f"apd_{DOMAINS[domain]}"], abs=1e-12)
    assert len(raw["ID_test_accuracies"]) == len(PATHOROB[dataset].schedule)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_published_drop_over_three_sets_and_its_interval_follow_too(model, domain):
    folder = ("reference", "pathorob", "apd")
    stated = json.loads(shared(*folder, f"{model}__aggregated_summary.json").read_text())
    drops = []
    for dataset in stated["aggregation_datasets"]:
        raw = json.loads(shared(*folder, f"{model}__{dataset}_raw.json").read_text())
        drops.append(shortcut.performance_drops(raw[f"{domain}_test_accuracies"]))
    mean, half = shortcut.drop_over_sets(drops)
    assert mean == pytest.approx(stated[f"apd_{DOMAINS[domain]}"], abs=1e-12)
    assert half == pytest.approx(stated[f"ci_{DOMAINS[domain]}"], abs=1e-12)


def test_every_case_of_the_parity_fixture_is_matched():
    fixture = json.loads(shared("reference", "croma", "pathorob_apd_parity.json").read_text())
    for case in fixture["cases"]:
        value = shortcut.performance_drops(case["accuracies"]).mean()
        assert value == pytest.approx(case["apd"], abs=1e-12), case["name"]


def test_the_schedules_are_pathorobs():
    fixture = json.loads(shared("reference", "croma", "pathorob_schedule_parity.json").read_text())
    for case in fixture["cases"]:
        design = PATHOROB[case["dataset"]]
        assert len(design.schedule) == case["num_splits"]
        for split in case["splits"]:
            assert split["max_train_slides"] == design.most
            for center, tissue, rows in split["split_map"]:
                slides = design.schedule[split["split"]][tissue, center]
                assert slides * case["num_patches_per_slide"] == rows, case["name"]


@pytest.mark.parametrize("dataset", PATHOROB)
def test_only_the_association_changes_from_split_to_split(dataset):
    design = PATHOROB[dataset]
    for axis in (0, 1):
        sums = {tuple(table.sum(axis=axis).tolist()) for table in design.schedule}
        assert len(sums) == 1
    v = design.cramers_v
    assert v[0] == pytest.approx(0, abs=1e-12)
    assert v[-1] == pytest.approx(1)
    assert (np.diff(v) > 0).all()


def test_association_is_as_published():
    assert PATHOROB["camelyon"].cramers_v == pytest.approx(np.arange(8) / 7)
    expected = [0, 0.204, 0.354, 0.5, 0.677, 0.842, 1]
    assert PATHOROB["tcga"].cramers_v == pytest.approx(expected, abs=5e-4)
    assert [d.training_slides * d.tiles for d in PATHOROB.values()] == [8400, 960, 3600]


def test_a_straight_fall_to_chance_is_minus_a_half():
    assert shortcut.normalized_drop(
        [[0.9], [0.8], [0.7], [0.6], [0.5]], [0, 0.25, 0.5, 0.75, 1], 0.5
    ) == pytest.approx(-0.5)
    assert shortcut.normalized_drop([[0.9], [0.9]], [0, 1], 0.5) == 0
    assert shortcut.normalized_drop([[0.5], [0.4]], [0, 1], 0.5) is None
    with pytest.raises(ValueError, match="strictly from 0 to 1"):
        shortcut.normalized_drop([[0.9], [0.8]], [0, 0.9], 0.5)


def cohort(tissue_size, center_size, *, tissues=4, centers=3, slides=8, tiles=6, seed=0):
    rng = np.random.default_rng(seed)
    cell = np.repeat(np.arange(tissues * centers * slides), tiles)
    tissue, center = np.divmod(cell // slides, centers)
    d = 24
    values = rng.standard_normal((len(cell), d))
    values += tissue_size * rng.standard_normal((tissues, d))[tissue]
    values += center_size * rng.standard_normal((centers, d))[center]
    names = [f"T{i}" for i in range(tissues)], [f"C{i}" for i in range(centers)]
    return values.astype(np.float32), tissue, center, cell, *names


def test_without_a_center_effect_nothing_drops():
    found = sweep(*cohort(3.0, 0.0))
    assert abs(found.in_domain.apd) < 0.03
    assert abs(found.out_of_domain.apd) < 0.03
    assert found.in_domain.nipd == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("effort", ["quick", "full"])
def test_a_center_effect_is_learned_where_it_pays(effort, monkeypatch):
    monkeypatch.setitem(shortcut_sweep.REPETITIONS, "full", 3)
    found = sweep(*cohort(1.0, 3.0), effort=effort)
    assert found.in_domain.apd < -0.1
    accuracies = [split.in_domain for split in found.splits]
    assert accuracies[-1] < accuracies[0] - 0.3
    assert [split.cramers_v for split in found.splits] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert found.n_train == 4 * 2 * 3 * found.tiles_per_slide
    assert found.in_domain.low <= found.in_domain.apd <= found.in_domain.high


def test_the_same_seed_gives_the_same_sweep():
    data = cohort(1.0, 1.0)
    assert sweep(*data, seed=3) == sweep(*data, seed=3)
    assert sweep(*data, seed=3) != sweep(*data, seed=4)


def draws_of(monkeypatch, *data):
    seen = []

    def look(draws, values, tissue, effort, report):
        seen.extend(draws)
        shape = len(draws[0].design.schedule), len(draws)
        return np.full(shape, 0.9), np.full(shape, 0.8)

    monkeypatch.setattr(shortcut_sweep, "_fit", look)
    return sweep(*data), seen


def test_no_slide_is_trained_on_and_tested_on(monkeypatch):
    """Slides with several tissues, as Tolkach's."""
    rng = np.random.default_rng(1)
    n_slides, tiles = 60, 5
    slide = np.repeat(np.arange(n_slides), 3 * tiles)
    tissue = np.concatenate(
        [np.repeat(rng.choice(4, 3, replace=False), tiles) for _ in range(n_slides)]
    )
    values = rng.standard_normal((len(slide), 4))
    names = list("ABCD"), list("XY")
    _, draws = draws_of(monkeypatch, values, tissue, slide % 2, slide, *names)
    assert len(draws) == 5
    for draw in draws:
        test = set(slide[draw.test])
        for split in range(len(draw.design.schedule)):
            train, validation = draw.training(split)
            assert not test & set(slide[np.concatenate([train, validation])])
            assert not set(train) & set(validation)
            assert len(train) == draw.design.training_slides * draw.design.tiles
            assert not set(slide[train]) & set(slide[validation])
            assert set(tissue[validation]) == set(tissue[train])


def test_the_test_set_is_the_same_in_every_split_and_has_every_cell(monkeypatch):
    data = cohort(1, 1)
    _, draws = draws_of(monkeypatch, *data)
    for draw in draws:
        cells = {(data[1][row], data[2][row]) for row in draw.test}
        assert len(cells) == len(draw.tissues) * 2
        assert set(data[2][draw.elsewhere]).isdisjoint(draw.centers)


@pytest.mark.parametrize("dataset", PATHOROB)
def test_pathorobs_own_tables_give_pathorobs_own_sets(monkeypatch, dataset):
    name = "tcga_4x4" if dataset == "tcga" else dataset
    with shared("reference", "pathorob", "metadata", f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    columns = [
        np.unique([row[key] for row in rows], return_inverse=True)
        for key in ("biological_class", "medical_center", "slide_id")
    ]
    (tissues, tissue), (centers, center), (_, slide) = columns
    monkeypatch.setitem(shortcut_sweep.MOST_TRAINING, "quick", 10_000)
    found, draws = draws_of(
        monkeypatch, np.zeros((len(rows), 2)), tissue, center, slide, list(tissues), list(centers)
    )
    design = PATHOROB[dataset]
    assert found.design == design.title
    assert found.centers == sorted(design.centers)
    assert set(found.other_centers) == {
        row["medical_center"] for row in rows if row["subset"] == "OOD"
    }
    n_test = design.slides - design.most - 1
    assert not isinstance(found.out_of_domain, NotAssessable)
    for draw in draws:
        sizes = np.unique(tissue[draw.test] * 100 + center[draw.test], return_counts=True)[1]
        assert set(sizes.tolist()) == {n_test * design.tiles}
        assert not set(slide[draw.test]) & set(slide[draw.training(0)[0]])


def test_slides_too_small_for_a_known_design_leave_its_association_as_it_is(monkeypatch):
    """Camelyon's table with five slides of ten tiles in each cell beside those of 300."""
    sizes = np.tile([300] * 17 + [10] * 5, 4)
    slide = np.repeat(np.arange(88), sizes)
    tissue, center = np.divmod(slide // 22, 2)
    names = ["normal", "tumor"], ["RUMC", "UMCU"]
    found, draws = draws_of(monkeypatch, np.zeros((len(slide), 2)), tissue, center, slide, *names)
    assert found.design == PATHOROB["camelyon"].title
    for draw in draws:
        for split, v in enumerate(draw.design.cramers_v):
            train, _ = draw.training(split)
            table = np.zeros((2, 2))
            np.add.at(table, (tissue[train], center[train]), 1)
            assert len(train) == found.n_train
            assert shortcut.association(table) == pytest.approx(v)


def test_where_each_slide_has_every_tissue_the_penalty_is_chosen_on_slides_left_over(monkeypatch):
    slide = np.repeat(np.arange(40), 8)
    tissue, center = np.arange(320) % 2, slide // 20
    data = np.random.default_rng(3).standard_normal((320, 3)), tissue, center, slide
    _, draws = draws_of(monkeypatch, *data, ["a", "b"], ["X", "Y"])
    left_over = []
    for draw in draws:
        for split in range(len(draw.design.schedule)):
            train, validation = draw.training(split)
            assert not set(slide[train]) & set(slide[validation])
            left_over.append(len(validation))
    assert any(left_over)
    monkeypatch.undo()
    assert np.isfinite(sweep(*data, ["a", "b"], ["X", "Y"]).in_domain.apd)


def test_a_tissue_that_the_other_centers_lack_leaves_no_other_domain():
    """A and B at X and Y, where the sweep trains; B and C with fewer slides at V and W."""
    cells = [(t, c, 12) for t in (0, 1) for c in (0, 1)] + [
        (t, c, 4) for t in (1, 2) for c in (2, 3)
    ]
    tissue, center = (
        np.repeat([cell[i] for cell in cells], [10 * n for *_, n in cells]) for i in (0, 1)
    )
    values = np.eye(4)[tissue] + np.random.default_rng(0).standard_normal((len(tissue), 4))
    found = sweep(values, tissue, center, np.arange(len(tissue)) // 10, list("ABC"), list("XYVW"))
    assert (found.tissues, found.centers) == (["A", "B"], ["X", "Y"])
    assert "do not have all tissues" in found.out_of_domain.reason
    assert {split.out_of_domain for split in found.splits} == {None}


def test_too_few_slides_are_refused_in_words():
    found = sweep(*cohort(1, 1, slides=2))
    assert isinstance(found, NotAssessable)
    assert "3 slides" in found.reason


def test_three_slides_a_cell_are_enough_for_two_splits():
    found = sweep(*cohort(3, 0, slides=3))
    assert [split.cramers_v for split in found.splits] == [0, 1]
    assert "C = 1" in found.probe or "hundredth" in found.probe


def test_two_centers_alone_have_no_other_domain():
    found = sweep(*cohort(3, 0, centers=2))
    assert isinstance(found.out_of_domain, NotAssessable)
    assert all(split.out_of_domain is None for split in found.splits)


def test_the_sweep_can_be_cancelled_and_reports_its_way():
    events = []

    def stop(event):
        events.append(event)
        if len(events) > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        sweep(*cohort(1, 1), report=stop)
    assert all(isinstance(event, Progress) for event in events)


def test_the_fast_probe_answers_as_scikit_learns_ridge_classifier():
    from sklearn.linear_model import RidgeClassifier

    values, tissue, *_ = cohort(1.0, 0.5)
    for columns in (24, 3):  # more training tiles than features and fewer
        rng = np.random.default_rng(0)
        train = rng.choice(len(tissue), 20 if columns == 24 else 90, replace=False)
        rest = np.setdiff1d(np.arange(len(tissue)), train)
        x = values[:, :columns].astype(float)
        (answers,) = shortcut_sweep._ridge(x, tissue, train, train[:0], [rest])
        unit = x[train].var(axis=0).sum() * len(train) / columns
        theirs = RidgeClassifier(alpha=0.01 * unit).fit(x[train], tissue[train])
        assert (answers == theirs.predict(x[rest])).mean() > 0.995
