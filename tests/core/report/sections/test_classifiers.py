"""The lab's own classifiers, in the report."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.report.sections.classifiers import classifiers
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.classifier import sentences
from tests.core.classifier.assessed import assessed
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation

RUN = make_evaluation()


def test_a_run_without_a_classifier_has_no_such_section_and_the_id_it_had():
    subject = Subject(RUN, ReportOptions())
    assert classifiers(subject) == []
    other = Subject(replace(RUN, classifiers=(assessed(),)), ReportOptions())
    assert other.report_id != subject.report_id


def test_each_classifier_has_its_tables_and_sentences():
    blocks = classifiers(Subject(replace(RUN, classifiers=(assessed(),)), ReportOptions()))
    assert [block.kind for block in blocks].count("table") == 5
    said = texts(blocks)
    assert "head.safetensors over made-up" in said
    for each in sentences(assessed()):
        assert each in said
