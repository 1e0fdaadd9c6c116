"""One folder for the shards of a run: who waits for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.progress import Notice
from pathgui.core.runs.record import Evaluation, SlideOfRun
from pathgui.core.runs.shards import Shard
from pathgui.core.runs.shared_run import SharedRun
from pathgui.core.runs.unfinished import UnfinishedRun
from pathgui.core.system.file_lock import FileLock
from tests.run_factory import make_evaluation

WAITS = SlideOfRun("S-1", "slide-1", "waiting")


@pytest.fixture
def begun(tmp_path):
    """The target of a run whose reference set is measured, and whose one slide waits."""
    target = tmp_path / "night.pgrun"
    run = replace(make_evaluation().run, slide=None, slides=[WAITS])
    run = replace(run, encoders=[replace(each, slide=None) for each in run.encoders])
    with UnfinishedRun(target) as unfinished:
        unfinished.begin(Evaluation(run, None))
    return target


def quiet(event):
    """Nobody is watching."""


def test_a_second_process_waits_for_the_first_on_the_same_shard(begun):
    told = []
    lock = FileLock(begun.with_name(".night.unfinished.pgrun.shard-2-of-3.lock"))
    assert lock.acquire()

    def report(event):
        if isinstance(event, Notice):
            told.append(event.text)
            lock.release()

    with SharedRun(begun, Shard(2, 3), report) as shared:
        assert shared.before is not None
        assert "is at work: Waiting for another pathgui on the same shard" in told[0]


def test_shards_work_side_by_side_and_nobody_merges_meanwhile(begun):
    with (
        SharedRun(begun, Shard(1, 2), quiet) as one,
        SharedRun(begun, Shard(2, 2), go_on(one)),
        pytest.raises(RecordError, match=r"works on night\.pgrun just now"),
        UnfinishedRun(begun),
    ):
        pytest.fail("it is being worked on")
    with UnfinishedRun(begun):
        pass
    assert sorted(path.name for path in begun.parent.iterdir()) == ["night.unfinished.pgrun"]


def go_on(shared):
    """Lets the others begin as soon as one of them asks."""

    def report(event):
        shared.go_on(shared.before.run)

    return report


def test_what_is_gone_is_not_written_to(begun):
    import shutil

    with SharedRun(begun, Shard(1, 1), quiet) as shared:
        shutil.rmtree(shared.folder)
        with pytest.raises(RecordError, match="merged or removed in the meantime"):
            shared.write_slide(shared.before.run, replace(WAITS, state="failed"), None)
        assert not shared.folder.exists()


def test_the_work_of_other_shards_is_never_discarded(begun):
    with SharedRun(begun, Shard(1, 1), quiet) as shared:
        with pytest.raises(RecordError, match="Remove it by hand"):
            shared.discard()
        assert shared.folder.exists()


def test_who_waited_for_a_merge_does_not_begin_anew(tmp_path):
    target = tmp_path / "night.pgrun"
    lock = FileLock(tmp_path / ".night.unfinished.pgrun.lock")
    assert lock.acquire()

    def report(event):
        if isinstance(event, Notice):
            target.mkdir()
            (target / "run.json").write_text("{}")
            lock.release()

    with (
        pytest.raises(RecordError, match=r"night\.pgrun was merged in the meantime"),
        SharedRun(target, Shard(1, 1), report),
    ):
        pytest.fail("it is merged")
