"""Corrections, in the report."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL
from pathgui.core.report.sections.corrections import corrections
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.corrections import DEFINITION
from tests.core.report.sections.test_closing import texts
from tests.core.results.test_corrections import DOWN, LEACE, found
from tests.run_factory import make_evaluation

RUN = make_evaluation(2)


def of(*tried):
    """The section of a run on whose encoders these were tried."""
    results = [
        replace(result, corrections=one)
        for result, one in zip(RUN.run.encoders, tried, strict=True)
    ]
    run = replace(RUN.run, encoders=results)
    return corrections(Subject(replace(RUN, run=run), ReportOptions()))


def test_a_run_without_corrections_has_no_such_section():
    assert of(None, None) == []


def test_each_encoder_has_a_table_with_a_sentence_a_correction_and_what_it_rests_on():
    blocks = of(found(LEACE, replace(LEACE, name="combat", tissue_new_slides=DOWN), v=0.5), None)
    tables = [block for block in blocks if block.kind == "table"]
    assert [row[0].text for row in tables[0].rows] == ["LEACE", "ComBat"]
    assert [row[-1].text for row in tables[0].rows] == ["better", "tissue is lost"]
    text = texts(blocks)
    for said in (USUAL.say(DEFINITION), "named worse", "3 of 10 halvings", "projection first"):
        assert said in text


def test_what_cannot_be_assessed_gives_its_reason():
    blocks = of(NotAssessable("Not assessable: one center."), None)
    assert "one center." in texts(blocks)
