"""Filing and checking a baseline from Python."""

from __future__ import annotations

from dataclasses import replace

import pytest

import pathgui
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import make_evaluation


def test_a_run_is_filed_and_a_later_one_held_against_it(tmp_path):
    made = make_evaluation(2)
    save_evaluation(made, tmp_path / "may.pgrun")
    later = replace(made, run=replace(made.run, id="later"))
    save_evaluation(later, tmp_path / "now.pgrun")
    filed = pathgui.file_baseline(tmp_path / "may.pgrun", every=6, triggers=["a scanner"], who="R")
    assert (filed.plan.every_months, filed.plan.triggers, filed.who) == (6, ("a scanner",), "R")
    found = pathgui.check(tmp_path / "may.pgrun", run=tmp_path / "now.pgrun")
    assert found.outcome == "within"
    with pytest.raises(pathgui.PathguiError, match="not filed"):
        pathgui.check(tmp_path / "now.pgrun")
