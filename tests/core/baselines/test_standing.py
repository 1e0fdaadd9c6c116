from dataclasses import replace
from datetime import date

import pytest

from pathgui.core.baselines.baseline import file_baseline
from pathgui.core.baselines.check import KeptCheck, check_against, moved_at
from pathgui.core.baselines.check_words import check_sentences
from pathgui.core.baselines.standing import evidence_of, standing_of
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import make_evaluation

FILED = "2026-05-31T10:00:00+02:00"


def kept(tmp_path, plan):
    save_evaluation(make_evaluation(n_encoders=1), tmp_path / "a.pgrun")
    assert standing_of(tmp_path / "a.pgrun") is None
    file_baseline(tmp_path / "a.pgrun", plan=plan, at=FILED)
    return tmp_path / "a.pgrun"


def test_a_check_is_due_so_many_months_after_the_filing_and_overdue_from_the_next_day(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(6))
    on_time = standing_of(folder, date(2026, 11, 30))
    assert not on_time.overdue
    assert on_time.words == "Baseline since 2026-05-31 · next check by 2026-11-30"
    late = standing_of(folder, date(2026, 12, 1))
    assert late.overdue
    assert "check overdue since 2026-11-30" in late.words


def test_a_check_moves_the_date_and_says_what_came_out(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(6))
    made = make_evaluation(n_encoders=1)
    after = replace(made, run=replace(made.run, id="later"))
    save_evaluation(after, tmp_path / "b.pgrun")
    found = check_against(folder, after, tmp_path / "b.pgrun")
    standing = standing_of(folder)
    assert not standing.overdue
    assert standing.next_check == found.next_check
    assert f"checked {found.checked_at[:10]}: within tolerance" in standing.words


def test_without_an_interval_nothing_is_due(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(triggers=("a new scanner",)))
    standing = standing_of(folder, date(2099, 1, 1))
    assert (standing.next_check, standing.overdue) == ("", False)
    assert standing.words == "Baseline since 2026-05-31"


def test_a_baseline_that_was_changed_says_so(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(6))
    path = folder / "baseline.json"
    path.write_text(path.read_text().replace('"every_months": 6', '"every_months": 60'))
    standing = standing_of(folder)
    assert "changed since it was filed" in standing.problem
    assert standing.words == "Baseline that cannot be read as it was filed"


def test_a_check_that_could_not_compare_every_number_moves_no_date_and_says_so(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(6))
    made = make_evaluation(n_encoders=1)
    run = replace(made.run, id="later", reference=replace(made.run.reference, sha256="0" * 64))
    save_evaluation(replace(made, run=run), tmp_path / "b.pgrun")
    found = check_against(folder, replace(made, run=run), tmp_path / "b.pgrun")
    assert found.outcome == "not compared"
    standing = standing_of(folder, date(2026, 12, 1))
    assert standing.next_check == found.next_check == "2026-11-30"
    assert standing.overdue
    assert "this check does not move the date" in check_sentences(found)[-1]
    assert evidence_of(folder, made.run).due == evidence_of(tmp_path / "b.pgrun", run).due


@pytest.mark.parametrize(
    ("kept_checks", "moved"),
    [
        ([], ""),
        ([KeptCheck("2026-06-01", "a", "outside", "", 2)], ""),
        ([KeptCheck("2026-06-01", "a", "not compared", "")], ""),  # of an earlier version
        ([KeptCheck("2026-06-01", "a", "outside", "")], "2026-06-01"),
        # The same run once more brings no new evidence.
        ([KeptCheck(day, "a", "within", "", 0) for day in ("2026-06-01", "2026-12-01")],
         "2026-06-01"),
        ([KeptCheck("2026-06-01", "a", "within", "", 0),
          KeptCheck("2026-12-01", "b", "outside", "", 0)], "2026-12-01"),
    ],
)  # fmt: skip
def test_the_date_counts_from_the_last_new_run_of_which_every_number_was_compared(
    kept_checks, moved
):
    assert moved_at(kept_checks) == moved


def test_where_the_file_of_checks_is_damaged_a_check_is_still_overdue(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(6))
    (folder / "baseline-checks.json").write_text("[")
    standing = standing_of(folder, date(2026, 12, 1))
    assert standing.overdue
    assert standing.words == (
        "Baseline since 2026-05-31 · its checks cannot be read · check overdue since 2026-11-30"
    )
    assert "the baseline is whole" in standing.problem
    evidence = evidence_of(folder, make_evaluation(n_encoders=1).run)
    assert evidence.baseline is not None
    assert (evidence.due, "the baseline is whole" in evidence.problem) == ("2026-11-30", True)


def test_a_damaged_check_beside_a_run_hides_neither_its_baseline_nor_the_date(tmp_path):
    folder = kept(tmp_path, MonitoringPlan(6))
    (folder / "check.json").write_text("[")
    evidence = evidence_of(folder, make_evaluation(n_encoders=1).run)
    assert (evidence.check, evidence.due) == (None, "2026-11-30")
    assert evidence.baseline is not None
    assert "check.json" in evidence.problem
