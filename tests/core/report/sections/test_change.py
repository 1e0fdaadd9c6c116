"""The section on evidence over time: each state a run can be in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.baselines.baseline import file_baseline
from pathgui.core.baselines.check import check_against
from pathgui.core.baselines.standing import evidence_of
from pathgui.core.report.render.document import Bullets, Facts, Heading, Note, Table
from pathgui.core.report.sections.change import change
from pathgui.core.report.sections.closing import approval
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from tests.run_factory import make_evaluation

PLAN = MonitoringPlan(6, ("a new scanner in room 3",))


@pytest.fixture
def folder(tmp_path):
    save_evaluation(make_evaluation(2), tmp_path / "a.pgrun")
    return tmp_path / "a.pgrun"


def subject_of(folder) -> Subject:
    evaluation = load_evaluation(folder)
    return Subject(evaluation, ReportOptions(), evidence=evidence_of(folder, evaluation.run))


def headings(blocks) -> list[str]:
    return [each.text for each in blocks if isinstance(each, Heading)]


def plan_of(blocks) -> dict[str, str]:
    return {title: cell.text for title, cell in blocks[-1].rows}


def test_a_run_without_a_baseline_says_so_and_leaves_the_plan_to_be_filled_in(folder):
    blocks = change(subject_of(folder))
    assert isinstance(blocks[0], Note)
    assert headings(blocks) == ["Plan of checks"]
    assert set(plan_of(blocks).values()) == {"to be filled in by the laboratory"}


def test_a_filed_run_prints_its_seal_tolerances_and_plan_and_so_does_the_last_page(folder):
    filed = file_baseline(folder, plan=PLAN, at="2026-05-31T10:00:00+02:00", who="A. Rossi")
    subject = subject_of(folder)
    blocks = change(subject)
    (facts,) = (each for each in blocks[:-1] if isinstance(each, Facts))
    assert filed.content_sha256 in [cell.text for _, cell in facts.rows]
    (table,) = (each for each in blocks if isinstance(each, Table))
    assert len(table.rows) == len(filed.tolerances)
    assert plan_of(blocks)["Next check by"] == "2026-11-30"
    last = approval(subject)
    assert last[-1].rows[0][1].text == "2026-11-30"
    assert PLAN.triggers[0] in next(each for each in last if isinstance(each, Bullets)).items


def test_a_checked_run_prints_each_change_and_its_report_has_another_id(folder, tmp_path):
    file_baseline(folder, plan=PLAN)
    made = make_evaluation(2)
    after = replace(made, run=replace(made.run, id="later"))
    save_evaluation(after, tmp_path / "b.pgrun")
    before = subject_of(tmp_path / "b.pgrun").report_id
    found = check_against(folder, after, tmp_path / "b.pgrun")
    subject = subject_of(tmp_path / "b.pgrun")
    assert subject.report_id != before
    blocks = change(subject)
    titles = [each.encoder.title for each in made.run.encoders]
    assert headings(blocks) == ["Change since the filed report", *titles, "Plan of checks"]
    tables = [each for each in blocks if isinstance(each, Table)]
    assert sum(len(each.rows) for each in tables) == len(found.numbers)
    assert plan_of(blocks)["Next check by"] == found.next_check
    assert headings(change(subject_of(folder)))[1] == "Checks against it"


def test_a_baseline_that_was_changed_is_said_and_not_shown(folder):
    file_baseline(folder)
    path = folder / "baseline.json"
    path.write_text(path.read_text().replace('"who": ""', '"who": "somebody else"'))
    blocks = change(subject_of(folder))
    assert blocks[0].title == "Not shown"
    assert "was changed since it was filed" in blocks[0].text
    assert headings(blocks) == ["Plan of checks"]
