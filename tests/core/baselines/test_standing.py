from dataclasses import replace
from datetime import date

from pathgui.core.baselines.baseline import file_baseline
from pathgui.core.baselines.check import check_against
from pathgui.core.baselines.standing import standing_of
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
