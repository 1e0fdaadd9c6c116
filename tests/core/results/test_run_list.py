"""What a list says of the runs in a folder."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.results.run_list import list_runs
from pathgui.core.runs.run_files import RUN_FILE, save_evaluation
from tests.cohort_run_factory import save_cohort_run
from tests.run_factory import make_evaluation


def kept(folder, name, finished):
    evaluation = make_evaluation()
    run = replace(evaluation.run, finished=finished)
    save_evaluation(replace(evaluation, run=run), folder / f"{name}.pgrun")
    return run


def test_the_newest_is_first_and_says_what_it_is_of(tmp_path):
    kept(tmp_path, "old", "2025-01-01T10:00:00+00:00")
    run = kept(tmp_path, "new", "2026-01-01T10:00:00+00:00")
    entries = list_runs(tmp_path)
    assert [entry.name for entry in entries] == ["new", "old"]
    assert entries[0].slide == run.slide.file_name
    assert entries[0].reference == run.reference.name
    assert entries[0].encoders == tuple(each.encoder.title for each in run.encoders)
    assert "RI " in entries[0].headline


def test_a_damaged_run_is_last_and_says_why(tmp_path):
    kept(tmp_path, "good", "2025-01-01T10:00:00+00:00")
    for name, content in (("bad", "{"), ("empty", None)):
        (tmp_path / f"{name}.pgrun").mkdir()
        if content is not None:
            (tmp_path / f"{name}.pgrun" / RUN_FILE).write_text(content)
    good, bad, empty = list_runs(tmp_path)
    assert good.problem == ""
    assert f"{RUN_FILE} is damaged" in bad.problem
    assert f"{RUN_FILE} cannot be read" in empty.problem


def test_other_folders_are_no_runs_and_no_folder_has_none(tmp_path):
    (tmp_path / "photos").mkdir()
    assert list_runs(tmp_path) == []
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_on_a_cohort_says_how_many_slides_it_has_and_how_many_are_over(tmp_path):
    cohort = save_cohort_run(tmp_path / "b.pgrun", 3)
    waiting = [replace(slide, state="waiting") for slide in cohort.run.slides[1:]]
    run = replace(cohort.run, slides=[cohort.run.slides[0], *waiting])
    save_evaluation(replace(cohort, run=run), tmp_path / "a.pgrun")
    assert {entry.name: entry.slide for entry in list_runs(tmp_path)} == {
        "a": "1 of 4 slides of colon 2026",
        "b": "4 slides of colon 2026",
    }
