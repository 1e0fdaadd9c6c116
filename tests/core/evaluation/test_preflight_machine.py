"""What a machine lacks for a run over many slides is told before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.evaluation import preflight_machine as machine
from pathgui.core.evaluation.shards import evaluate_shard
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import ignore_progress
from pathgui.core.runs.shards import Shard
from tests.cohorts import ask_for, make_study
from tests.core.stand_ins import spec_of
from tests.material import make_reference

HUGE = Cost((EncoderCost("a", 10, 0, 1.0, 10**18, "warm-up"),), 5, 5)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=2)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"), 2)


def folders(store, target, cost=HUGE):
    return {
        found.what: found
        for found in machine.look_at_folders(store, target, cost, 2, 1, ignore_progress)
    }


def test_too_little_room_and_a_store_that_is_too_small_are_told(tmp_path):
    said = folders(EmbeddingStore(tmp_path / "store"), tmp_path / "a.pgrun")
    assert said["store of embeddings"].state == "bad"
    assert "1000000000.0 GB" in said["store of embeddings"].detail
    assert said["folder of the run"].state == "bad"  # on the same disk
    assert "embeds them again" in said["limit of the store"].detail
    small = replace(HUGE, encoders=())
    assert all(f.state == "good" for f in folders(None, tmp_path / "a.pgrun", small).values())


def test_a_store_that_does_not_answer_or_refuses_is_told(tmp_path, monkeypatch):
    def never(*_):
        raise TimeoutError

    monkeypatch.setattr(machine, "answered", never)
    (found,) = list(folders(EmbeddingStore(tmp_path), None).values())[:1]
    assert found.state == "bad"
    assert "does not answer" in found.detail

    def refused(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(machine, "answered", refused)
    (found,) = list(folders(EmbeddingStore(tmp_path), None).values())[:1]
    assert found.detail == f"{tmp_path}: Read-only file system"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (spec_of(ready=False), "missing"),
        (spec_of(dim=9), "9"),
        (spec_of(lambda tiles: np.full((len(tiles), 6), np.nan, np.float32)), "finite"),
    ],
)
def test_an_encoder_that_is_missing_or_gives_nonsense_is_told(study, reference, spec, said):
    request = ask_for(study, reference, [spec])
    devices, _ = machine.look_at_devices("cpu")
    imports = MatchedImports(request.specs)
    (found,) = machine.look_at_encoders(request, reference, devices, imports, ignore_progress)
    assert found.state == "bad"
    assert said in found.detail + found.fix


def test_a_device_that_is_not_there_is_told():
    devices, (found,) = machine.look_at_devices("cuda:99")
    assert not devices
    assert found.state == "bad"


def test_what_was_begun_by_another_request_or_other_versions_is_told(
    study, reference, tmp_path, monkeypatch
):
    request, target = ask_for(study, reference, [spec_of()]), tmp_path / "a.pgrun"
    devices, _ = machine.look_at_devices("cpu")

    def look(asked=request):
        return list(machine.look_at_begun(asked, reference, target, devices))

    assert look() == []
    evaluate_shard(request, target, Shard(0, 2), reference=reference)
    (found,) = look()
    assert found.state == "good"
    assert "0 of 2 slides are over" in found.detail
    (found,) = look(ask_for(study, reference, [spec_of()], seed=3))
    assert found.state == "bad"
    assert found.cases == ("Random seed was 0, not 3",) or "3" in found.cases[0]
    others = {**machine.environment(), "torch": "0.0"}
    monkeypatch.setattr(machine, "environment", lambda: others)
    (found,) = look()
    assert found.state == "note"
    assert found.cases[0].startswith("torch was ")
