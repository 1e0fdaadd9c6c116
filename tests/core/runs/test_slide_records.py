"""The record of each slide of a run that is not finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.runs.record import SlideOfRun
from pathgui.core.runs.run_files import load_run, save_evaluation
from pathgui.core.runs.slide_records import SLIDES_FOLDER, with_written, write_record
from tests.cohort_run_factory import make_cohort_run


@pytest.fixture
def folder(tmp_path):
    """A run of which one slide is written and one waits."""
    cohort, _ = make_cohort_run(2)
    waiting = [SlideOfRun(each.slide_id, each.folder, "waiting") for each in cohort.run.slides]
    save_evaluation(replace(cohort, run=replace(cohort.run, slides=waiting)), tmp_path / "a.pgrun")
    files = tmp_path / "a.pgrun" / SLIDES_FOLDER / waiting[0].folder
    files.mkdir(parents=True)
    write_record(cohort.run.slides[0], files)
    return tmp_path / "a.pgrun"


def test_a_run_that_is_not_finished_opens_with_the_slides_that_are_done(folder):
    run = load_run(folder)
    assert [slide.state for slide in run.slides] == ["done", "waiting", "waiting"]
    assert run.slides[0].encoders


def test_a_finished_run_is_not_looked_for_records_of_slides(folder):
    cohort, _ = make_cohort_run(2)
    assert with_written(cohort.run, folder) is cohort.run


def test_a_damaged_record_is_refused_in_words(folder):
    (file,) = folder.glob("slides/*/slide.json")
    file.write_text("{")
    with pytest.raises(RecordError, match="not JSON"):
        load_run(folder)
