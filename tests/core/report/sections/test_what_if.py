"""What altered tiles did, in the report."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from pathgui.core.reference.roles import USUAL
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.what_if import what_if
from pathgui.core.results.what_if import DEFINITION
from tests.core.report.sections.test_closing import texts
from tests.core.what_if.test_results import FOUND
from tests.run_factory import make_evaluation

RUN = make_evaluation(2)
NAMES = [result.encoder.name for result in RUN.run.encoders]


def of(**found):
    subject = Subject(replace(RUN, what_if=found), ReportOptions())
    return subject, what_if(subject)


def test_a_run_on_which_it_was_not_tried_has_no_such_section():
    assert of()[1] == []


def test_each_encoder_has_a_table_and_all_share_one_chart_of_curves():
    subject, blocks = of(**dict.fromkeys(NAMES, FOUND))
    tables = [block for block in blocks if block.kind == "table"]
    assert [[row[0].text for row in table.rows] for table in tables] == [
        ["Bonn", "Ulm (its own: recoloring alone)", "Mean over other centers"]
    ] * 2
    assert USUAL.say(DEFINITION) in texts(blocks)
    chart = subject.files["what-if.svg"].decode()
    for words in ("Blur", "Scale", "tissue flipped", RUN.run.encoders[1].encoder.title):
        assert words in chart
    assert "Hue" not in chart


def test_without_curves_there_is_no_chart():
    subject, blocks = of(**{NAMES[0]: msgspec.structs.replace(FOUND, curves=[])})
    assert "what-if.svg" not in subject.files
    assert [block.kind for block in blocks].count("table") == 1
