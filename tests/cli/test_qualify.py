"""``pathgui qualify``: what is tried is kept beside the run, and its report has it."""

from __future__ import annotations

import json

import pytest

from pathgui.cli.main import EXIT_CRITERIA, EXIT_DONE, EXIT_INPUT, run
from pathgui.core.phantom import qualifying
from pathgui.core.runs.qualification import KnownEffect, load_qualification
from pathgui.core.runs.run_files import load_run, save_evaluation
from tests.run_factory import make_evaluation

FINE = KnownEffect(0.8, 0.3, 0.44, 0.2, 0.5)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run in a folder with an umlaut; what takes seconds is found in no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(qualifying, "self_test", lambda: iter([("measure", "7/16", None)]))
    monkeypatch.setattr(qualifying, "known_effect", lambda effect: FINE)
    save_evaluation(make_evaluation(1), tmp_path / "größer 1.pgrun")
    return tmp_path / "größer 1.pgrun"


def test_what_was_found_is_printed_kept_and_comes_as_json(folder, capsys):
    assert run(["qualify", str(folder)]) == EXIT_DONE
    said = capsys.readouterr().out
    for text in ("measure", "index 0.300, expected 0.20 to 0.50", "passed", "not found here"):
        assert text in " ".join(said.split())
    kept = load_qualification(folder, load_run(folder))
    assert kept.passed
    assert kept.program_sha256 == qualifying.program_sha256()[0]
    assert kept.program_files > 500
    assert run(["qualify", str(folder), "--json"]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["steps"] == [
        {"what": "measure", "passed": True, "found": "7/16"}
    ]


def test_what_fails_is_kept_too_and_the_exit_code_says_so(folder, monkeypatch, capsys):
    failed = [("measure", "7/16", None), ("read a slide", "", OSError("no such file"))]
    monkeypatch.setattr(qualifying, "self_test", lambda: iter(failed))
    assert run(["qualify", str(folder)]) == EXIT_CRITERIA
    assert "failed" in capsys.readouterr().out
    kept = load_qualification(folder, load_run(folder))
    assert kept.steps[-1].found == "OSError: no such file"
    assert run(["qualify", str(folder / "nothing")]) == EXIT_INPUT
