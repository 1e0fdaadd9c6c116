"""The shortcut sweep: PathoROB's schedules and published drops, and what the draws keep apart."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from scipy import stats

from pathgui.core.metrics import shortcut
from pathgui.core.metrics.shortcut import PATHOROB
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


def drop_over_sets(drops):
    """APD over several sets, and half the width of its 95 % interval, as PathoROB publishes them.

    What a set has as a whole is taken out before the standard error is (Masson and Loftus 2003);
    its degrees of freedom, the number of values, are kept.
    """
    overall = float(np.concatenate(drops).mean())
    shifted = np.concatenate([one + overall - one.mean() for one in drops])
    n = len(shifted)
    error = float(shifted.std(ddof=1)) / np.sqrt(n)
    return float(shifted.mean()), float(stats.t.ppf(0.975, df=n) * error)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_published_drop_over_three_sets_and_its_interval_follow_too(model, domain):
    folder = ("reference", "pathorob", "apd")
    stated = json.loads(shared(*folder, f"{model}__aggregated_summary.json").read_text())
    drops = []
    for dataset in stated["aggregation_datasets"]:
        raw = json.loads(shared(*folder, f"{model}__{dataset}_raw.json").read_text())
        drops.append(shortcut.performance_drops(raw[f"{domain}_test_accuracies"]))
    mean, half = drop_over_sets(drops)
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
