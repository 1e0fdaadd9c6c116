"""What a run on a cohort will cost: the reference set once, and the slides by some of them."""

from __future__ import annotations

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.evaluation import cohort_dry_run
from pathgui.core.evaluation.cohort_dry_run import cohort_cost
from pathgui.core.progress import Notice
from tests.cohorts import ask_for, make_study
from tests.core.stand_ins import spec_of
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=1, tiles=2)


@pytest.fixture(scope="module")
def request_(tmp_path_factory, reference):
    return ask_for(
        make_study(tmp_path_factory.mktemp("study"), 6, broken=True), reference, [spec_of()]
    )


def test_where_all_are_looked_at_the_tiles_are_those_of_the_run(
    request_, reference, tmp_path, monkeypatch
):
    monkeypatch.setattr(cohort_dry_run, "LOOKED_AT", 20)
    told = []
    store = EmbeddingStore(tmp_path)
    found = cohort_cost(request_, reference, store=store, report=told.append)
    assert (found.slides, found.looked_at, found.missing) == (9, 9, 1)
    assert found.cost.tiles_reference == 8
    (encoder,) = found.cost.encoders
    assert encoder.tiles == 8 + found.cost.tiles_slide
    assert any("no slide" in each.text for each in told if isinstance(each, Notice))
    assert [step.step for step in found.cost.steps] == ["measure"]


def test_the_others_follow_from_the_sizes_of_their_files(request_, reference, monkeypatch):
    monkeypatch.setattr(cohort_dry_run, "LOOKED_AT", 20)
    whole = cohort_cost(request_, reference).cost.tiles_slide
    monkeypatch.setattr(cohort_dry_run, "LOOKED_AT", 4)
    found = cohort_cost(request_, reference)
    assert found.looked_at == 4
    assert found.cost.tiles_slide == pytest.approx(whole, rel=0.35)
