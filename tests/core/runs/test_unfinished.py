"""A run over many slides is kept slide by slide, and takes its place when it is finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.runs.record import SlideOfRun
from pathgui.core.runs.run_files import RUN_FILE, load_evaluation
from pathgui.core.runs.slides_of_run import evaluation_of
from pathgui.core.runs.unfinished import UnfinishedRun, unfinished_folder
from pathgui.core.system.files import ANYTHING, stamp
from tests.cohort_run_factory import make_cohort_run, save_cohort_run


@pytest.fixture
def made():
    return make_cohort_run(2)


def waiting(cohort):
    slides = [SlideOfRun(each.slide_id, each.folder, "waiting") for each in cohort.run.slides]
    return replace(cohort, run=replace(cohort.run, slides=slides))


def test_it_goes_on_in_another_process_and_ends_as_a_run_like_any_other(tmp_path, made):
    cohort, one = made
    target = tmp_path / "night.pgrun"
    with UnfinishedRun(target) as first:
        assert first.before is None
        first.begin(waiting(cohort))
        first.write_slide(cohort.run, cohort.run.slides[0], one)
    (unfinished_folder(target) / "slides" / ".x.1-2-3.draft").mkdir()  # of one that was killed
    with UnfinishedRun(target) as second:
        assert [slide.state for slide in second.before.run.slides] == ["done", "waiting", "waiting"]
        second.write_slide(cohort.run, cohort.run.slides[1], one)
        second.write_slide(cohort.run, cohort.run.slides[2], None)
        second.finish(load_evaluation(second.folder).run, ANYTHING)
    found = load_evaluation(target)
    assert found.run == cohort.run
    assert evaluation_of(target, found, "S-02").tiles is not None
    assert [path.name for path in tmp_path.iterdir()] == ["night.pgrun"]
    assert not list(target.rglob("slide.json"))
    assert len(list((target / "slides").iterdir())) == 2  # the one that failed has no files


def test_what_appeared_at_the_target_stays_and_the_run_has_a_name_beside_it(tmp_path, made):
    cohort, _ = made
    target = tmp_path / "night.pgrun"
    with UnfinishedRun(target) as unfinished:
        unfinished.begin(cohort)
        save_cohort_run(target, 1)
        with pytest.raises(RecordError, match=r"appeared.* kept as .*night \(2\)\.pgrun"):
            unfinished.finish(cohort.run, None)
    assert len(load_evaluation(target).run.slides) == 2
    assert len(load_evaluation(tmp_path / "night (2).pgrun").run.slides) == 3


def test_a_finished_run_is_reopened_and_stays_until_its_successor_is_there(tmp_path, made):
    cohort, one = made
    target = tmp_path / "night.pgrun"
    save_cohort_run(target, 2)
    (target / "report.pdf").write_bytes(b"of the run as it was")
    before = stamp(target / RUN_FILE)
    with UnfinishedRun(target) as unfinished:
        unfinished.reopen()
        run = unfinished.before.run
        failed = replace(run.slides[2], state="waiting", reason="")
        unfinished.go_on(replace(run, slides=[*run.slides[:2], failed]))
        assert stamp(target / RUN_FILE) == before
        mended = replace(cohort.run.slides[1], slide_id=failed.slide_id, folder=failed.folder)
        unfinished.write_slide(run, mended, one)
        unfinished.finish(load_evaluation(unfinished.folder).run, before)
    found = load_evaluation(target)
    assert [slide.state for slide in found.run.slides] == ["done"] * 3
    assert evaluation_of(target, found, failed.slide_id).tiles is not None
    assert not (target / "report.pdf").exists()


def test_two_processes_do_not_work_on_one_run(tmp_path):
    with (
        UnfinishedRun(tmp_path / "a.pgrun"),
        pytest.raises(RecordError, match=r"works on a\.pgrun just now"),
        UnfinishedRun(tmp_path / "a.pgrun"),
    ):
        pass


def test_a_slide_that_cannot_be_written_says_so_and_the_others_stay(tmp_path, made, monkeypatch):
    cohort, one = made

    def full(evaluation, folder):
        raise OSError(28, "No space left on device")

    with UnfinishedRun(tmp_path / "a.pgrun") as unfinished:
        unfinished.begin(waiting(cohort))
        unfinished.write_slide(cohort.run, cohort.run.slides[0], one)
        monkeypatch.setattr("pathgui.core.runs.unfinished.write_slide_files", full)
        with pytest.raises(RecordError, match=r"S-02 could not be kept .*No space.*goes on there"):
            unfinished.write_slide(cohort.run, cohort.run.slides[1], one)
        states = [slide.state for slide in load_evaluation(unfinished.folder).run.slides]
        assert states == ["done", "waiting", "waiting"]
