"""What commands print holds no name that was given up: one name for one thing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pathgui.cli.main import EXIT_CRITERIA, EXIT_DONE, run
from pathgui.cli.summary import print_summary
from pathgui.core.results.answers import decision_lines
from pathgui.core.results.judging import judge
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.run_files import save_evaluation
from tests.cohort_run_factory import make_cohort_run
from tests.run_factory import make_evaluation
from tests.words import retired


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(3, given_center=True, in_depth=True, failure=True)


def said(capsys: pytest.CaptureFixture[str], run_of: Evaluation | None = None) -> str:
    """What was printed, without the names that the material gave its centers and tissues."""
    text = " ".join(capsys.readouterr().out.split())
    if run_of is not None:
        for name in (*run_of.run.reference.centers, *run_of.run.reference.tissues):
            text = text.replace(name, "NAME")
    return text


def test_the_summary(evaluation, capsys):
    criteria = [Criterion("croma_tail", "at least", 0), Criterion("center_probe", "at most", 0.5)]
    found = evaluation.run
    judged = judge(criteria, found.encoders, found.failures, frozen_at=found.started)
    print_summary(replace(evaluation, run=replace(found, criteria=judged)))
    text = said(capsys, evaluation)
    assert {"Chance", "margin"} <= set(text.split())  # headings go over several lines
    assert retired(text) == []


def test_the_terminal_decides_on_each_encoder_as_the_window_does(evaluation, capsys):
    cohort = make_cohort_run()[0]
    for each in (evaluation, cohort):
        print_summary(each)
        text = " ".join(capsys.readouterr().out.split())
        lines = decision_lines(each.run)
        assert len(lines) == len(each.run.encoders)
        assert all(line in text for line in lines)
    assert "Slides: none of 6 slides is unlike the reference set" in text


def test_two_runs_and_the_list_of_runs(evaluation, capsys, tmp_path):
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    save_evaluation(make_evaluation(2, slide=False, in_depth=True), tmp_path / "b.pgrun")
    assert run(["compare", str(tmp_path / "a.pgrun"), str(tmp_path / "b.pgrun")]) == EXIT_DONE
    assert run(["runs", str(tmp_path)]) == EXIT_DONE
    text = said(capsys, evaluation)
    assert "chance value" in text
    assert retired(text.replace("virtual hospitals", "")) == []


def test_a_run_that_is_judged_later(evaluation, capsys, tmp_path):
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    limits = tmp_path / "limits.toml"
    limits.write_text('[[criterion]]\nmetric = "croma_tail"\nat_least = 0.9\n')
    assert run(["judge", str(tmp_path / "a.pgrun"), "--criteria", str(limits)]) == EXIT_CRITERIA
    text = said(capsys, evaluation)
    assert "Worst tenth of the margin at least 0.9" in text
    assert retired(text) == []


def test_embeddings_that_are_measured(capsys, tmp_path: Path):
    n = np.arange(96)
    np.savez(
        tmp_path / "a.npz",
        embeddings=np.random.default_rng(0).normal(size=(96, 8)),
        tissue=np.array(["tumor", "stroma"])[n // 2 % 2],
        center=np.array(["Northfield", "Eastbridge"])[n // 4 % 2],
        slide=np.array([f"slide {i // 4 % 12}" for i in n]),
    )
    assert run(["metrics", str(tmp_path / "a.npz"), "--sweep", "none"]) == EXIT_DONE
    text = said(capsys)
    assert "chance value" in text
    assert retired(text) == []
