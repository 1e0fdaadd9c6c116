"""The sweep over associations of tissue and center."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement import shortcut_sweep
from pathgui.core.measurement.shortcut_sweep import sweep
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled, Progress


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
