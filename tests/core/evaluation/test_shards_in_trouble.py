"""A disk that is full or a store that dies in the middle of a shard costs no slide that is done."""

from __future__ import annotations

import errno
import shutil
from dataclasses import replace

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import RecordError
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.evaluation.shards import evaluate_shard, merge_shards
from pathgui.core.progress import Notice, SlideTurn
from pathgui.core.runs import unfinished
from pathgui.core.runs.shards import Shard
from pathgui.core.runs.unfinished import unfinished_folder
from tests.cohorts import ask_for, make_study
from tests.core.evaluation.test_many_slides import SPECS, numbers
from tests.material import make_reference

ALL = Shard(1, 1)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=3)


@pytest.fixture(scope="module")
def request_(tmp_path_factory, reference):
    study = make_study(tmp_path_factory.mktemp("study"), 4, side=256)
    return ask_for(study, reference, SPECS[:1], keep_names=True)


@pytest.fixture(scope="module")
def whole(request_, reference, tmp_path_factory):
    target = tmp_path_factory.mktemp("runs") / "whole.pgrun"
    return evaluate_slides(request_, target, reference=reference).run


def merge(request, reference, target):
    return merge_shards(request, target, 1, repeat=str, reference=reference).run


def done(target):
    return sorted((unfinished_folder(target) / "slides").glob("[!.]*/slide.json"))


def without_events(run):
    return numbers(replace(run, slides=[replace(slide, events=[]) for slide in run.slides]))


def test_on_a_full_disk_one_sentence_says_what_to_do_and_the_shard_goes_on(
    request_, reference, whole, tmp_path, monkeypatch
):
    target, write = tmp_path / "a.pgrun", unfinished.write_slide_files

    def full(evaluation, folder):
        if len(done(target)) == 2:
            (folder / "tiles.parquet").write_bytes(b"half of it")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(evaluation, folder)

    monkeypatch.setattr(unfinished, "write_slide_files", full)
    with pytest.raises(RecordError) as said:
        evaluate_shard(request_, target, ALL, reference=reference)
    assert "No space left on device. Make room, and give the same command again" in str(said.value)
    kept = done(target)
    assert len(kept) == 2
    stamps = [file.stat().st_mtime_ns for file in kept]
    monkeypatch.undo()
    evaluate_shard(request_, target, ALL, reference=reference)
    assert [file.stat().st_mtime_ns for file in kept] == stamps
    run = merge(request_, reference, target)
    assert numbers(run) == numbers(whole)
    assert [bool(each.finished) for each in run.shards] == [False, True]


@pytest.mark.parametrize("how", ["vanishes", "cannot be used"])
def test_without_its_store_a_shard_goes_on_in_memory_and_says_so_twice_at_most(
    request_, reference, whole, tmp_path, how
):
    target, store = tmp_path / "a.pgrun", EmbeddingStore(tmp_path / "store")
    told = []

    def report(event):
        if isinstance(event, SlideTurn) and event.state == "running" and len(done(target)) == 1:
            shutil.rmtree(store.folder)
            if how == "cannot be used":
                store.folder.write_text("no folder any more")
        if isinstance(event, Notice):
            told.append(event.text)

    evaluate_shard(request_, target, ALL, reference=reference, store=store, report=report)
    assert len(done(target)) == 4
    said = [text for text in told if "embedding store" in text]
    assert len(said) == (0 if how == "vanishes" else 2)
    assert all(str(store.folder) in text and "in memory only" in text for text in said)
    assert without_events(merge(request_, reference, target)) == without_events(whole)
