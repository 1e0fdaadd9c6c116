"""What all sections of a report take from the run."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from tests.run_factory import make_evaluation

EVALUATION = make_evaluation()
SUBJECT = Subject(EVALUATION, ReportOptions())


def test_the_best_index_comes_first_and_those_without_one_last():
    values = [index.value for _, index in SUBJECT.measured]
    assert values == sorted(values, reverse=True)
    assert {r.encoder.name for r in SUBJECT.ranked} == {
        r.encoder.name for r in SUBJECT.run.encoders
    }


def test_the_same_report_has_the_same_id_and_other_choices_another():
    assert Subject(EVALUATION, ReportOptions()).report_id == SUBJECT.report_id
    assert Subject(EVALUATION, ReportOptions(paper="letter")).report_id != SUBJECT.report_id


def test_the_slide_bears_its_pseudonym_unless_its_name_is_asked_for():
    assert SUBJECT.slide_name == SUBJECT.slide.pseudonym
    open_ = Subject(EVALUATION, ReportOptions(show_file_names=True))
    assert open_.slide_name == open_.slide.file_name
    assert Subject(replace(EVALUATION, run=replace(EVALUATION.run, slide=None), tiles=None),
                   ReportOptions()).slide_name == "no slide"  # fmt: skip


def test_a_sentence_loses_the_slides_name_and_its_folders():
    name = SUBJECT.slide.file_name
    kept = SUBJECT.private(f"/data/Smith, John/{name} could not be read")
    assert kept == f"{SUBJECT.slide.pseudonym} could not be read"


def test_names_of_tissues_and_centers_come_with_color_and_pattern():
    tissue, center = SUBJECT.tissue_cell(0), SUBJECT.center_cell(0)
    assert tissue.text == SUBJECT.run.reference.tissues[0]
    assert center.text == f"A  {SUBJECT.run.reference.centers[0]}"
    assert tissue.swatch != center.swatch
