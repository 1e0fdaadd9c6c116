import pytest

from pathgui.core.runs.monitoring import MonitoringPlan


@pytest.mark.parametrize(
    ("months", "moment", "day"),
    [
        (1, "2026-01-31T10:00:00+01:00", "2026-02-28"),
        (1, "2028-01-31T10:00:00+01:00", "2028-02-29"),
        (12, "2028-02-29T10:00:00+01:00", "2029-02-28"),
        (6, "2026-11-30T23:59:59+01:00", "2027-05-30"),
        (120, "2026-11-30", "2036-11-30"),
        (None, "2026-11-30", ""),
    ],
)
def test_the_next_check_is_so_many_months_later_on_the_same_day_or_the_last_of_the_month(
    months, moment, day
):
    assert MonitoringPlan(months).next_after(moment) == day


def test_a_plan_of_events_alone_is_one():
    assert MonitoringPlan(triggers=("a new scanner",)).stated
    assert MonitoringPlan(triggers=("a new scanner",)).interval == ""
