"""The slides of a cohort in the report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.report.render.html import render_html
from pathgui.core.report.report import build, make_document, write_report
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.record import EncoderFailure, LeftOut
from tests.cohort_run_factory import make_cohort_run, save_cohort_run
from tests.core.report.readers import report


def together(evaluation):
    run = evaluation.run
    names = [result.encoder.name for result in run.encoders]
    found = slides_together(run.slides, names, run.reference.centers)
    return replace(evaluation, run=replace(run, over_slides=found))


def texts(section):
    """All that a section says, in the order of its blocks."""
    return "\n".join(repr(block) for block in section.blocks)


def section(document, key):
    return next(each for each in document.sections if each.key == key)


def test_the_report_of_a_cohort_begins_with_what_its_slides_show_together():
    slides = section(report("a cohort"), "slide")
    words = texts(slides)
    assert slides.title == "Slides"
    assert "6 of the 7 slides of the cohort colon 2026 were evaluated; 1 failed." in words
    assert "places 6 of 6 slides at their own center" in words
    assert "chance value" in words
    assert "slides by their known center (rows)" in words


def test_the_report_of_a_cohort_says_how_its_tiles_were_cut_and_which_judge_nothing():
    evaluation = make_cohort_run(2)[0]
    own = LeftOut("s", 15, "name")
    first = evaluation.run.slides[0]
    evaluation.run.slides[0] = replace(first, slide=replace(first.slide, left_out=[own]))
    document = build(evaluation, b"{}", ReportOptions())
    assert "Each slide is cut into squares" in texts(section(document, "methods"))
    assert "the set has such tiles of 1 slide" in texts(section(document, "materials"))
    none = texts(section(build(make_cohort_run(2)[0], b"{}", ReportOptions()), "materials"))
    assert "no tile of the set was found to be of one of the slides" in none


def test_a_failed_slide_is_among_the_failures_with_its_reason():
    words = texts(section(report("a cohort"), "failures"))
    assert "does not say how large its pixels are" in words
    assert "not evaluated" in words


def test_an_encoder_that_failed_on_a_slide_is_among_the_failures():
    evaluation = make_cohort_run(2)[0]
    evaluation.run.slides[0].failures.append(EncoderFailure("shell", "SHELL", "It is too large."))
    words = texts(section(build(evaluation, b"{}", ReportOptions()), "failures"))
    assert "SHELL did not run" in words


def test_names_of_slides_are_printed_only_if_asked_for():
    evaluation = together(make_cohort_run(6)[0])
    evaluation.run.slides[0] = replace(evaluation.run.slides[0], slide_id="Miller, John", reason="")
    hidden = render_html(build(evaluation, b'{"slide_id": "Miller, John"}', ReportOptions()))
    shown = render_html(build(evaluation, b"{}", ReportOptions(show_file_names=True)))
    assert b"Miller" not in hidden
    assert b"Miller, John" in shown
    attached = build(evaluation, b'{"slide_id": "Miller, John"}', ReportOptions()).attachments
    assert all(b"Miller" not in content for content, _, _ in attached.values())


def test_a_cohort_of_which_no_slide_was_evaluated_says_so():
    evaluation = make_cohort_run(0)[0]
    words = texts(section(build(evaluation, b"{}", ReportOptions()), "slide"))
    assert "0 of the 1 slide of the cohort colon 2026 were evaluated" in words


def test_slides_of_centers_that_the_set_lacks_are_named():
    evaluation = make_cohort_run(4)[0]
    evaluation.run.slides[0] = replace(evaluation.run.slides[0], center="Overseas")
    words = texts(section(build(together(evaluation), b"{}", ReportOptions()), "slide"))
    assert "The reference set has no Overseas." in words


def test_each_slide_gets_pages_only_if_asked_for(tmp_path):
    save_cohort_run(tmp_path / "a.pgrun", n_slides=2)
    brief = section(make_document(tmp_path / "a.pgrun", ReportOptions()), "slide")
    whole = make_document(tmp_path / "a.pgrun", ReportOptions(each_slide=True))
    assert "Heading(text='slide-00000001'" not in texts(brief)
    assert "Heading(text='slide-00000001'" in texts(section(whole, "slide"))
    assert "slide-1-tissue-0.svg" in whole.files


@pytest.mark.parametrize("ending", [".pdf", ".html"])
def test_a_report_with_every_slide_is_written(tmp_path, ending):
    save_cohort_run(tmp_path / "a.pgrun", n_slides=2)
    options = ReportOptions(each_slide=True)
    written = write_report(tmp_path / "a.pgrun", tmp_path / f"r{ending}", options=options)
    assert written.stat().st_size > 10_000


def test_the_table_of_slides_is_attached_to_reports_of_cohorts_alone():
    assert "slides.csv" in report("a cohort").attachments
    assert "slides.csv" not in report("three encoders").attachments
