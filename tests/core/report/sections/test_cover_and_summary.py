"""The first pages: the outcome, and what to look at first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from pathgui.core.report.report import write_report
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.run_files import save_evaluation
from tests.core.report.conftest import MakeRun
from tests.core.report.test_report import text_of
from tests.pdf_text import pages_of
from tests.run_factory import LONG_CENTERS, make_evaluation, of_an_earlier_version


def test_the_summary_of_twelve_encoders_is_one_page(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(12, centers=LONG_CENTERS, given_center=True, in_depth=True)
    record = json.loads((folder / "run.json").read_text())
    for number, title in ((0, "자체 인코더 v2"), (1, "当院のファインチューニング 模型")):
        record["encoders"][number]["encoder"]["title"] = title
    (folder / "run.json").write_text(json.dumps(record))
    for paper in ("a4", "letter"):
        options = ReportOptions(paper=paper)  # type: ignore[arg-type]
        path = write_report(folder, tmp_path / "r.pdf", options=options)
        pages = pages_of(path)[2:5]  # behind the letter
        assert "Contents" in pages[0][:200]
        assert "How to read this report" in pages[0]
        assert "What to look at first" in pages[1]
        assert "3." in pages[1].split("What to look at first")[1]
        assert "Intended use and question" in pages[2][:200]


def test_the_worst_finding_comes_first(make_run: MakeRun, tmp_path: Path) -> None:
    text = " ".join(text_of(write_report(make_run(6), tmp_path / "r.pdf")).split())
    first = text.partition("What to look at first")[2].partition("1. ")[2][:120]
    assert "Color statistics: tiles are grouped by center" in first


def test_of_two_findings_of_a_kind_the_worse_comes_first(tmp_path: Path) -> None:
    evaluation = make_evaluation(3)
    outside = (0.29, 0.73, 0.24)
    results = [
        replace(result, slide=replace(result.slide, outside_share=share), warnings=[])
        for result, share in zip(evaluation.run.encoders, outside, strict=True)
        if result.slide is not None
    ]
    folder = tmp_path / "demo.pgrun"
    save_evaluation(replace(evaluation, run=replace(evaluation.run, encoders=results)), folder)
    text = " ".join(text_of(write_report(folder)).split())
    findings = text.partition("What to look at first")[2][:900]
    assert "EfficientNet-Lite0: 73 % of the slide’s tiles" in findings
    assert "24 % of the slide’s tiles" not in findings


def test_the_report_of_an_earlier_run_warns_that_its_verdicts_may_be_too_favorable(
    tmp_path: Path,
) -> None:
    def words(name: str, evaluation: Evaluation) -> str:
        save_evaluation(evaluation, tmp_path / name)
        return " ".join(text_of(write_report(tmp_path / name)).split())

    today = make_evaluation(2)
    assert "may be too favorable" not in words("today.pgrun", today)
    assert "may be too favorable" in words("earlier.pgrun", of_an_earlier_version(today))
