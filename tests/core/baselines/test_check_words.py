from dataclasses import replace

from pathgui.core.baselines.check import BaselineCheck, CheckedNumber
from pathgui.core.baselines.check_words import (
    HEADINGS,
    check_rows,
    check_sentences,
    outcome_text,
    plan_rows,
)
from pathgui.core.baselines.tolerance import Tolerance
from pathgui.core.results.readings import Reading
from pathgui.core.runs.monitoring import MonitoringPlan

TOLERANCE = Tolerance("a", "support", 0.1, 0.1)
WITHIN = CheckedNumber(
    "A", "support", "Support", 3, TOLERANCE, "within", Reading(0.5, 0.4, 0.6), Reading(0.45),
    -0.05, -0.2, 0.1, paired=True,
)  # fmt: skip
OUTSIDE = replace(WITHIN, outcome="outside", change=-0.3, low=-0.4, high=-0.2)
LOST = CheckedNumber("A", "mari", "MaRI", 3, TOLERANCE, "not compared", reason="the slides differ")
CHECK = BaselineCheck(
    1, "now", "then", "may", "00" * 32, "2026-05-31T10:00:00+02:00", "2026-11-30T10:00:00+01:00",
    [WITHIN, LOST, OUTSIDE], [], without_tolerance=4, plan=MonitoringPlan(6),
)  # fmt: skip


def test_what_is_outside_stands_first_and_what_was_not_compared_before_what_is_within():
    rows = check_rows(CHECK)
    assert [row.outcome for row in rows] == ["outside", "not compared", "within"]
    assert {len(row.cells) for row in rows} == {len(HEADINGS)}
    assert rows[0].cells[4] == "−0.300 [−0.400, −0.200]"
    assert rows[1].cells[2:5] == ("not assessable", "not assessable", "–")


def test_an_outcome_says_why_not_and_whether_its_interval_leaves_it_open():
    assert outcome_text(WITHIN) == "✓ within, open"
    assert outcome_text(OUTSIDE) == "✗ outside"
    assert outcome_text(LOST) == "▲ not compared: the slides differ"


def test_the_sentences_count_everything_and_name_the_next_day():
    *_, whole = check_sentences(replace(CHECK, numbers=[WITHIN, OUTSIDE]))
    assert whole == "The next check is due by 2027-05-30."
    first, second, third = check_sentences(CHECK)
    assert first == (
        "Against may, filed 2026-05-31: 1 of 3 numbers is within tolerance, 1 outside, 1 not "
        "compared."
    )
    assert "not judged: 4." in second
    assert third == (
        "Not every number was compared, so this check does not move the date: the next check is "
        "due by 2026-11-30."
    )


def test_a_plan_that_sets_nothing_leaves_its_rows_empty():
    assert [text for _, text in plan_rows(MonitoringPlan(), "")] == ["", "", ""]
