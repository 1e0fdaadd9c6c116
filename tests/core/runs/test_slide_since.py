"""A run says when the file of its slide is no longer the one it measured."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from pathgui.cli.main import run as run_command
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.runs.slide_since import changed_since, find_slide
from pathgui.core.slides.content_id import content_id
from pathgui.core.slides.identity import FileStamp
from tests.core.slide_factory import noise, write_slide
from tests.run_factory import make_evaluation


@pytest.fixture
def path(tmp_path):
    return write_slide(tmp_path / "a.tif", noise(300, 300))


@pytest.fixture
def evaluation(path):
    """A run that measured the slide as it is now."""
    made = make_evaluation(2)
    facts = replace(
        made.run.slide,
        file_name=path.name,
        content_id=content_id([path]),
        file_stamp=FileStamp.of([path]).text,
    )
    return replace(made, run=replace(made.run, slide=facts))


def test_the_same_file_is_not_read(path, evaluation, monkeypatch):
    monkeypatch.setattr("pathgui.core.runs.slide_since.SlideFile", None)
    assert changed_since(evaluation.run.slide, path) == ""


def test_a_file_written_again_and_another_content_are_told_apart(path, evaluation):
    facts = evaluation.run.slide
    os.utime(path, (1, 1))
    assert "was written again since this run measured it" in changed_since(facts, path)
    assert changed_since(replace(facts, file_stamp=""), path) == ""  # an earlier run, same content
    write_slide(path, noise(300, 300, seed=1))
    text = changed_since(facts, path)
    assert "is not the file that this run measured" in text
    assert facts.content_id[:16] in text
    path.write_bytes(b"no slide")
    assert "cannot be compared" in changed_since(facts, path)


def test_the_slide_is_looked_for_by_its_name(path, evaluation, tmp_path):
    facts = evaluation.run.slide
    assert find_slide(facts, [tmp_path / "nowhere", tmp_path]) == path
    assert find_slide(facts, [tmp_path / "nowhere"]) is None
    assert find_slide(replace(facts, file_name=""), [tmp_path]) is None


def test_runs_and_report_say_it_in_the_terminal(path, evaluation, tmp_path, capsys):
    elsewhere = tmp_path / "runs"
    save_evaluation(evaluation, elsewhere / "a.pgrun")
    slides = ["--slides", str(tmp_path)]
    assert run_command(["runs", str(elsewhere), *slides]) == 0
    assert "written again" not in capsys.readouterr().out
    os.utime(path, (1, 1))
    assert run_command(["runs", str(elsewhere), *slides]) == 0
    assert "a: a.tif was written again since" in capsys.readouterr().out
    assert run_command(["report", str(elsewhere / "a.pgrun"), *slides]) == 0
    assert "Note: a.tif was written again since" in capsys.readouterr().err
    assert run_command(["runs", str(elsewhere)]) == 0  # not found: nothing is said
    assert "written again" not in capsys.readouterr().out
    shutil.copy(path, elsewhere)
    assert run_command(["runs", str(elsewhere)]) == 0  # beside the run
    assert "written again" in capsys.readouterr().out
