"""The letter: one page, in the words of the run, and nothing more than the run says."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.baselines.standing import Evidence
from pathgui.core.report.sections.letter import MOST, letter
from pathgui.core.report.sections.options import ReportOptions, at
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.answers import answers
from pathgui.core.runs.intended_use import IntendedUse
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation


def said(evaluation, **options) -> str:
    evidence = options.pop("evidence", Evidence())
    blocks = letter(Subject(evaluation, ReportOptions(**options), evidence=evidence))
    return " ".join(texts(blocks).split())


def test_it_has_the_decision_on_each_encoder_and_where_to_sign():
    made = make_evaluation(2)
    words = said(made, operator="A. Rossi")
    for each in answers(made.run):
        assert f"{each.title}: {each.said}" in words
    assert at("approval") in words
    assert "A. Rossi" in words
    assert "Nobody set limits before the run" in words


def test_of_many_encoders_it_speaks_of_the_first_and_says_of_how_many_not():
    words = said(make_evaluation(8))
    assert f"Of {8 - MOST} more encoders" in words


def test_the_question_is_the_one_that_was_set_before_the_run():
    made = make_evaluation(1)
    use = IntendedUse(question="May our classifier rest on it?")
    words = said(replace(made, run=replace(made.run, intended_use=use)))
    assert "May our classifier rest on it?" in words
    assert "Do the encoders see the tissue" in said(made)


def test_the_day_of_the_next_check_stands_in_it_or_is_asked_for():
    made = make_evaluation(1)
    assert "due by 2027-05-30" in said(made, evidence=Evidence(due="2027-05-30"))
    assert "Set the day of the next check" in said(made)


def test_a_run_without_any_encoder_says_so():
    made = make_evaluation(1)
    words = said(replace(made, run=replace(made.run, encoders=[])))
    assert "nothing was measured" in words
