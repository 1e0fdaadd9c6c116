"""Qualifying the installation from Python."""

from __future__ import annotations

import pytest

import pathgui
from pathgui.core.phantom import qualifying
from pathgui.core.runs.qualification import KnownEffect, load_qualification
from pathgui.core.runs.run_files import load_run, save_evaluation
from tests.run_factory import make_evaluation


def test_what_is_found_is_handed_back_and_kept_with_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(qualifying, "self_test", lambda: iter([("measure", "7/16", None)]))
    fine = KnownEffect(0.8, 0.3, 0.44, 0.2, 0.5)
    monkeypatch.setattr(qualifying, "known_effect", lambda effect: fine)
    folder = tmp_path / "may.pgrun"
    save_evaluation(make_evaluation(1), folder)
    found = pathgui.qualify(folder)
    assert found.passed
    assert load_qualification(folder, load_run(folder)) == found
    with pytest.raises(pathgui.PathguiError):
        pathgui.qualify(tmp_path / "none.pgrun")
