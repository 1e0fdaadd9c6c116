"""Acceptance criteria in the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.report.report import write_report
from pathgui.core.results.judging import judge, judge_later
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.run_files import add_later, load_run, save_evaluation
from tests.pdf_text import pages_of
from tests.run_factory import make_evaluation

NOW = "2026-11-24T09:00:00+01:00"


def demand(threshold: float, **others: str) -> Criterion:
    return Criterion(
        "robustness_index", "at least", threshold, reason="as agreed with the users",
        who="A. Rossi", set_at="2026-11-20T08:15:00+01:00", **others,  # type: ignore[arg-type]
    )  # fmt: skip


def pages(path: Path) -> list[str]:
    return [" ".join(text.split()) for text in pages_of(path)]


def run_with(folder: Path, *criteria: Criterion) -> Path:
    evaluation = make_evaluation(2)
    run = evaluation.run
    judged = judge(criteria, run.encoders, run.failures, frozen_at=run.started)
    save_evaluation(replace(evaluation, run=replace(run, criteria=judged)), folder)
    return folder


@pytest.mark.parametrize(
    ("threshold", "title", "counts"),
    [
        (0.0, "Acceptance criteria met", "2 of 2 met"),
        (0.6, "Acceptance criteria not met", "1 of 2 met, 1 not met"),
    ],
)
def test_the_cover_says_whether_they_are_met(
    tmp_path: Path, threshold: float, title: str, counts: str
) -> None:
    folder = run_with(tmp_path / "a.pgrun", demand(threshold))
    cover = pages(write_report(folder))[0]
    assert title in cover
    assert counts in cover


def test_each_criterion_is_printed_with_who_when_why_and_each_result(tmp_path: Path) -> None:
    folder = run_with(tmp_path / "a.pgrun", demand(0.6))
    text = " ".join(pages(write_report(folder)))
    for words in (
        "Robustness index at least 0.6", "every encoder", "as agreed with the users", "A. Rossi",
        "20 November 2026, 08:15", "fixed when it began, 23 November 2026, 09:30",
    ):  # fmt: skip
        assert words in text
    for encoder in load_run(folder).encoders:
        index = encoder.reference.robustness_index
        assert f"{index.value:.3f} [{index.low:.3f}, {index.high:.3f}]" in text  # type: ignore[union-attr]
    assert "✗ not met" in text


def test_criteria_set_after_results_are_printed_as_such_and_decide_nothing(tmp_path: Path) -> None:
    folder = run_with(tmp_path / "a.pgrun")
    run = load_run(folder)
    add_later(folder, run, judge_later(run, [demand(0.0)], now=NOW))
    printed = pages(write_report(folder))
    assert "No acceptance criteria were set before the run" in printed[0]
    assert "Acceptance criteria met" not in " ".join(printed)
    assert "Set after results were seen" in " ".join(printed)
    assert "24 November 2026, 09:00" in " ".join(printed)
