"""Which tiles a shortcut split trains and tests on."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from pathgui.core.measurement import shortcut_sweep
from pathgui.core.measurement.shortcut_sweep import sweep
from pathgui.core.metrics import shortcut
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.shortcut import PATHOROB
from tests.shared_data import shared


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
