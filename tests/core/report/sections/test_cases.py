"""Whole slides as cases, in the report."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.metrics.results import Cases
from pathgui.core.report.sections.cases import cases
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation

DEEP = make_evaluation(2, in_depth=True)


def of(change):
    """The section of a run whose cases were changed."""
    results = [
        replace(result, reference=replace(result.reference, cases=change(result.reference.cases)))
        for result in DEEP.run.encoders
    ]
    run = replace(DEEP.run, encoders=results)
    return cases(Subject(replace(DEEP, run=run), ReportOptions()))


def changed(**fields):
    values = {name: getattr(CASES, name) for name in CASES.__struct_fields__} | fields
    return lambda _: Cases(**values)


CASES = DEEP.run.encoders[0].reference.cases


def test_a_run_without_cases_has_no_such_section():
    assert of(lambda _: None) == []


def test_each_share_stands_beside_what_chance_gives():
    blocks = of(changed(
        k=[1, 5], same_tissue=[0.11, 0.62], same_center=[0.22, 0.33], tissue_by_chance=0.44,
        center_by_chance=0.27, tissue_probe=0.81, tissue_chance=0.19, center_probe=0.71,
        center_chance=0.13,
    ))  # fmt: skip
    said = "".join(" " if sign.isspace() else sign for sign in texts(blocks))
    for shown in ("62 %", "chance 44 %", "33 %", "chance 27 %", "0.81", "0.19", "0.71", "0.13"):
        assert shown in said
    assert "11 %" not in said  # of one nearest case: the text says five
    assert "the 5 nearest cases" in said


def test_how_many_cases_of_how_many_slides_there_are_is_said():
    assert "17 cases of 9 slides" in texts(of(changed(n_cases=17, n_slides=9)))
    assert "1 case of 1 slide" in texts(of(changed(n_cases=1, n_slides=1)))


def test_that_no_interval_is_given_is_said():
    assert "have no interval" in texts(of(lambda found: found))
