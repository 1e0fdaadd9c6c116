"""What one process does of a run over slides: who measures, and how machines compare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import RecordError
from pathgui.core.evaluation import cohort_job, encoder_work, shards
from pathgui.core.evaluation.shards import evaluate_shard, merge_shards
from pathgui.core.runs.shards import Shard
from pathgui.core.runs.unfinished import unfinished_folder
from tests.cohorts import ask_for, make_study
from tests.core.stand_ins import spec_of
from tests.material import make_reference

OTHER = {"pathgui": "here", "torch": "another"}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=3)


@pytest.fixture(scope="module")
def request_(reference, tmp_path_factory):
    """For one slide."""
    study = make_study(tmp_path_factory.mktemp("studies"), 1)
    return ask_for(study, reference, [spec_of()])


@pytest.fixture
def target(request_, reference, tmp_path):
    """Of a run whose reference set another process has measured; its store lies beside."""
    store = EmbeddingStore(tmp_path / "store")
    done = evaluate_shard(
        request_, tmp_path / "a.pgrun", Shard(0, 1), reference=reference, store=store
    )
    assert (done.done, done.failed, done.others_wait) == (0, 0, 1)
    return tmp_path / "a.pgrun"


def merge(request, reference, target):
    return merge_shards(request, target, 1, repeat=str, reference=reference).run


def test_only_the_first_measures_and_another_machine_says_how_far_it_agrees(
    request_, reference, target, monkeypatch
):
    monkeypatch.setattr(encoder_work, "measure", None)
    for module in (cohort_job, shards):
        monkeypatch.setattr(module, "environment", lambda: OTHER)
    store = EmbeddingStore(target.with_name("store"))
    assert evaluate_shard(request_, target, Shard(1, 1), reference=reference, store=store).done == 1
    run = merge(request_, reference, target)
    assert [each.agreement for each in run.shards] == [{}, {"mean-color": pytest.approx(1)}]
    assert any("agree within a cosine of 1.000000" in event.text for event in run.events)


def test_without_a_store_in_common_the_agreement_is_said_to_be_unknown(
    request_, reference, target, monkeypatch
):
    for module in (cohort_job, shards):
        monkeypatch.setattr(module, "environment", lambda: OTHER)
    evaluate_shard(request_, target, Shard(1, 1), reference=reference)
    run = merge(request_, reference, target)
    assert any("is not known for all of them" in event.text for event in run.events)


def test_another_request_or_another_user_is_refused_and_nothing_is_lost(
    request_, reference, target
):
    other = replace(request_, settings=replace(request_.settings, seed=4))
    with pytest.raises(RecordError, match="begun by another request: Seed was 0"):
        evaluate_shard(other, target, Shard(1, 1), reference=reference)
    other = replace(request_, pseudonym_key=b"q" * 32)
    with pytest.raises(RecordError, match="PATHGUI_HOME"):
        evaluate_shard(other, target, Shard(1, 1), reference=reference)
    assert (unfinished_folder(target) / "run.json").exists()
