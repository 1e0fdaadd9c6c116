"""A run keeps its criteria, and those set later apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.results.judging import (
    judge,
    judge_later,
)
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.run_files import add_later, load_evaluation, load_run, save_evaluation
from tests.run_factory import make_evaluation

NOW = "2026-11-24T09:00:00+01:00"


def demand(metric="robustness_index", comparison="at least", threshold=0.7, **others):
    return Criterion(metric, comparison, threshold, **others)


def test_a_run_keeps_the_criteria_it_was_made_with(tmp_path):
    evaluation = make_evaluation(2)
    run = evaluation.run
    judged = judge([demand()], run.encoders, run.failures, frozen_at=run.started)
    save_evaluation(replace(evaluation, run=replace(run, criteria=judged)), tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").run.criteria == judged


def test_a_run_kept_before_there_were_criteria_still_opens(tmp_path):
    save_evaluation(make_evaluation(1), tmp_path / "a.pgrun")
    path = tmp_path / "a.pgrun" / "run.json"
    stored = json.loads(path.read_text())
    del stored["criteria"]
    path.write_text(json.dumps(stored))
    assert load_run(tmp_path / "a.pgrun").criteria is None


def test_criteria_set_after_results_are_kept_apart_and_never_twice(tmp_path):
    evaluation = make_evaluation(1)
    folder = tmp_path / "a.pgrun"
    save_evaluation(evaluation, folder)
    before = (folder / "run.json").read_bytes()
    judged = judge_later(evaluation.run, [demand()], now=NOW)
    assert judged.after_results
    add_later(folder, evaluation.run, judged)
    add_later(folder, evaluation.run, judge_later(evaluation.run, [demand()]))
    add_later(folder, evaluation.run, judge_later(evaluation.run, [demand(threshold=0.1)]))
    assert (folder / "run.json").read_bytes() == before
    kept = load_evaluation(folder)
    assert [each.items[0].criterion.threshold for each in kept.later] == [0.7, 0.1]
    assert kept.run.criteria is None


def test_later_criteria_of_another_run_are_refused(tmp_path):
    evaluation = make_evaluation(1)
    other = replace(evaluation.run, id="00000000-0000-0000-0000-000000000000")
    folder = tmp_path / "a.pgrun"
    save_evaluation(evaluation, folder)
    add_later(folder, evaluation.run, judge_later(evaluation.run, [demand()], now=NOW))
    with pytest.raises(RecordError, match="belongs to another run"):
        add_later(folder, other, judge_later(other, [demand()], now=NOW))
