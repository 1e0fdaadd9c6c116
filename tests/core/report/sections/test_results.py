"""What was measured, and what encoders say of the slide, in the report."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.report.render.document import Heading, Image, Note
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.results import results, slide_pages
from pathgui.core.report.sections.slide_layers import LAYERS
from pathgui.core.report.sections.subject import Subject
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation

RUN = make_evaluation(2, given_center=True)


def subject(evaluation=RUN, **of_run):
    run = replace(evaluation.run, **of_run)
    return Subject(replace(evaluation, run=run), ReportOptions())


def headings(blocks):
    return [block.text for block in blocks if isinstance(block, Heading)]


def test_a_run_in_which_no_encoder_could_run_says_so_and_nothing_else():
    (note,) = results(subject(encoders=[]))
    assert note == Note("No encoder could be run.", tone="absent")


def test_each_encoder_has_its_part_the_best_index_first():
    of = subject()
    best, other = (result.encoder.title for result in of.ranked)
    found = headings(results(of))
    assert found[0] == "Who the neighbors are"
    assert found.index(best) < found.index(other)


def test_the_picture_of_kinds_has_its_numbers_in_words():
    of = subject()
    (picture,) = [b for b in results(of) if isinstance(b, Image) and b.file == "kinds.svg"]
    for result in of.run.encoders:
        counts = result.reference.counts
        assert f"{result.encoder.title}: SS {counts.SS:,}" in picture.alt
    assert "kinds.svg" in of.files


def test_where_kinds_cannot_be_told_the_reason_stands_in_place_of_the_picture():
    of = subject(make_evaluation(2, assessable=False))
    notes = [block for block in results(of) if isinstance(block, Note)]
    assert "kinds of neighbors are not known: every tile comes from one center" in notes[0].text
    assert "kinds.svg" not in of.files


def test_without_a_slide_there_is_nothing_to_show_on_one():
    (note,) = slide_pages(subject(make_evaluation(1, slide=False)))
    assert "No slide was evaluated in this run" in note.text


def test_the_layers_of_the_slide_come_one_after_the_other_with_their_limits():
    blocks = slide_pages(subject())
    found = [each for each in headings(blocks) if each in LAYERS.values()]
    assert found == list(LAYERS.values())
    assert "It does not say where the slide is from" in texts(blocks)


def test_a_run_of_before_nearest_centers_were_kept_has_no_such_layer():
    earlier = replace(RUN, tiles=replace(RUN.tiles, nearest_center={}))
    assert LAYERS["nearest_center"] not in headings(slide_pages(subject(earlier)))


def test_a_run_without_a_picture_of_the_slide_says_so():
    assert "The run holds no picture of the slide." in texts(slide_pages(subject()))
