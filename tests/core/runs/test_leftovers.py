"""What a killed process left is swept up, or offered if it is complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest

from pathgui.core.errors import PathguiError
from pathgui.core.results.run_list import list_runs
from pathgui.core.runs.leftovers import finished_drafts, give_name, name_of, sweep
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.system import files
from tests.run_factory import make_evaluation


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(folder, name, kind, pid, age_s=0.0):
    """A hidden folder as a process that was killed leaves it."""
    host = files.owner_mark().split("-")[0]
    path = folder / f".{name}.{host}-{pid}-0123abcd.{kind}"
    path.mkdir()
    (path / "tiles.parquet").write_text("half")
    when = time.time() - age_s
    for each in (path / "tiles.parquet", path):
        os.utime(each, (when, when))
    return path


def complete(folder, name, pid):
    """A run that was finished, all but its name."""
    save_evaluation(make_evaluation(1), folder / name)
    draft = left(folder, name, "draft", pid)
    shutil.rmtree(draft)
    (folder / name).rename(draft)
    return draft


def test_a_run_that_lacks_only_its_name_is_offered_and_gets_it(tmp_path, gone):
    draft = complete(tmp_path, "a.pgrun", gone)
    assert sweep(tmp_path) == 0
    assert finished_drafts(tmp_path) == [draft]
    entry = list_runs(tmp_path)[0]
    assert entry.unplaced
    assert entry.name == "a"
    assert give_name(draft) == tmp_path / "a.pgrun"
    assert load_evaluation(tmp_path / "a.pgrun").run == make_evaluation(1).run
    assert not list_runs(tmp_path)[0].unplaced


def test_a_recovered_run_takes_no_other_run_s_place(tmp_path, gone):
    draft = complete(tmp_path, "a.pgrun", gone)
    save_evaluation(make_evaluation(2), tmp_path / "a.pgrun")
    assert give_name(draft) == tmp_path / "a (recovered).pgrun"
    assert len(load_evaluation(tmp_path / "a.pgrun").run.encoders) == 2


def test_the_draft_of_a_living_process_is_left_alone(tmp_path):
    mine = complete(tmp_path, "a.pgrun", os.getpid())
    half = left(tmp_path, "b.pgrun", "draft", os.getpid(), age_s=1e6)
    assert sweep(tmp_path) == 0
    assert finished_drafts(tmp_path) == []
    assert mine.exists()
    assert half.exists()


def test_what_was_replaced_deleted_or_half_written_is_swept_up(tmp_path, gone):
    replaced = left(tmp_path, "a.pgrun", "replaced", gone)
    (replaced / "run.json").write_text("{}")
    left(tmp_path, "a.pgrun", "deleted", gone)
    left(tmp_path, "b.pgref", "draft", gone, age_s=1000)
    (tmp_path / ".notes.draft").write_text("the user's own")
    fresh = left(tmp_path, "c.pgref", "draft", gone)
    assert sweep(tmp_path) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".notes.draft", fresh.name])


def test_drafts_of_earlier_versions_are_swept_up_once_they_are_old(tmp_path):
    old = tmp_path / ".a.pgrun.0123abcd.draft"
    old.mkdir()
    assert sweep(tmp_path) == 0
    os.utime(old, (0, 0))
    assert sweep(tmp_path) == 1


def test_a_draft_that_is_not_there_any_more_is_refused_in_words(tmp_path):
    gone_meanwhile = tmp_path / ".a.pgrun.0123abcd.draft"
    assert name_of(gone_meanwhile) == "a.pgrun"
    with pytest.raises(PathguiError, match="cannot be recovered"):
        give_name(gone_meanwhile)
