"""Slides of a cohort by many machines: the run is that of one, whatever happens to any of them."""

from __future__ import annotations

import shutil

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import RecordError
from pathgui.core.evaluation import encoder_work
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.evaluation.shards import evaluate_shard, merge_shards
from pathgui.core.progress import SlideTurn
from pathgui.core.runs.shards import Shard, shard_numbers
from pathgui.core.runs.unfinished import unfinished_folder
from tests.cohorts import ask_for, make_study
from tests.core.evaluation.test_many_slides import SPECS, Stop, numbers, stopping
from tests.material import make_reference

OF = 3


def repeat(shard: Shard) -> str:
    return f"pathgui evaluate --shard {shard}"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=3)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("studies") / "Studie Ü", 4, broken=True)


@pytest.fixture(scope="module")
def request_(study, reference):
    return ask_for(study, reference, SPECS[:1], keep_names=True)


@pytest.fixture(scope="module")
def whole(request_, reference, tmp_path_factory):
    """The run of one process."""
    target = tmp_path_factory.mktemp("runs") / "whole.pgrun"
    return evaluate_slides(request_, target, reference=reference).run


@pytest.fixture(scope="module")
def evaluated(request_, reference, tmp_path_factory):
    """The folder of a run whose shards are all evaluated, and not merged; not to be changed."""
    target = tmp_path_factory.mktemp("shards") / "night.pgrun"
    for number in range(1, OF + 1):
        evaluate_shard(request_, target, Shard(number, OF), reference=reference)
    return unfinished_folder(target)


@pytest.fixture
def target(evaluated, tmp_path):
    """The target of a run of which a copy of ``evaluated`` lies there."""
    shutil.copytree(evaluated, tmp_path / evaluated.name)
    return tmp_path / "night.pgrun"


def merge(request, reference, target):
    return merge_shards(request, target, OF, repeat=repeat, reference=reference).run


def slide_folders(target):
    return sorted(path for path in (unfinished_folder(target) / "slides").iterdir())


def test_three_shards_are_the_run_of_one_machine_to_the_last_digit(
    request_, reference, target, whole
):
    assert not target.exists()
    run = merge(request_, reference, target)
    for one, other in zip(numbers(run), numbers(whole), strict=True):
        assert one == other
    assert run.over_slides == whole.over_slides
    assert [slide.state for slide in run.slides].count("failed") == 4  # twins included
    assert sorted(path.name for path in target.parent.iterdir()) == ["night.pgrun"]
    assert not (target / "shards").exists()


def test_the_run_says_which_machines_made_it(request_, reference, target):
    run = merge(request_, reference, target)
    assert [(each.number, each.of) for each in run.shards] == [(1, 3), (2, 3), (3, 3)]
    assert all(each.finished and each.environment["pathgui"] for each in run.shards)
    assert sum(each.done for each in run.shards) == 5  # the twin was evaluated, and does not count
    assert any("in 3 shards" in event.text for event in run.events)
    assert not any("differ" in event.text for event in run.events)


def test_merging_says_which_shards_lack_and_how_to_repeat_them(request_, reference, target):
    row = next(at for at, number in enumerate(shard_numbers(request_.slides, OF)) if number == 2)
    lost = request_.slides[row].slide_id
    (record,) = [
        each
        for each in slide_folders(target)
        if f'"{lost}"' in (each / "slide.json").read_text(encoding="utf-8")
    ]
    shutil.rmtree(record)
    with pytest.raises(RecordError) as error:
        merge(request_, reference, target)
    assert f"1 of 8 slides wait ({lost}), in the shards 2/3 (1 slide)" in str(error.value)
    assert str(error.value).endswith("pathgui evaluate --shard 2/3")
    evaluate_shard(request_, target, Shard(2, OF), reference=reference)
    assert len(merge(request_, reference, target).shards) == 4


def test_merging_nothing_says_how_to_begin(request_, reference, tmp_path):
    with pytest.raises(RecordError, match=r"no shard was evaluated.* --shard 1/3"):
        merge(request_, reference, tmp_path / "a.pgrun")
    assert not list(tmp_path.iterdir())


def test_a_shard_that_is_repeated_does_nothing_again(request_, reference, target, monkeypatch):
    before = {path: path.stat().st_mtime_ns for path in slide_folders(target)}
    monkeypatch.setattr(encoder_work, "measure", None)
    events = []
    done = evaluate_shard(request_, target, Shard(2, OF), reference=reference, report=events.append)
    assert done.others_wait == 0
    assert not [each for each in events if isinstance(each, SlideTurn) and each.state == "running"]
    assert {path: path.stat().st_mtime_ns for path in slide_folders(target)} == before


def test_a_shard_that_another_merge_overtook_stops(request_, reference, target):
    def report(event):
        if isinstance(event, SlideTurn) and event.state == "running":
            shutil.rmtree(unfinished_folder(target))

    for lost in slide_folders(target):
        shutil.rmtree(lost)
    with pytest.raises(RecordError, match="merged or removed in the meantime"):
        evaluate_shard(request_, target, Shard(1, OF), reference=reference, report=report)
    assert not unfinished_folder(target).exists()


def test_a_stopped_shard_goes_on_and_what_other_shards_have_done_stays(
    request_, reference, tmp_path, whole
):
    target, store = tmp_path / "a.pgrun", EmbeddingStore(tmp_path / "store")
    more = {"reference": reference, "store": store}
    evaluate_shard(request_, target, Shard(2, OF), **more)
    with pytest.raises(Stop):
        evaluate_shard(request_, target, Shard(1, OF), **more, report=stopping("S-02", answers=1))
    tries = sorted((unfinished_folder(target) / "shards").iterdir())
    assert len(tries) == 2
    others = slide_folders(target)
    evaluate_shard(request_, target, Shard(1, OF), **more)
    evaluate_shard(request_, target, Shard(3, OF), **more)
    assert set(others) < set(slide_folders(target))
    run = merge(request_, reference, target)
    assert numbers(run) == numbers(whole)
    assert [each.number for each in run.shards if not each.finished] == [1]
