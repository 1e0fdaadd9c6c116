"""One rule says which slides are unlike the set, and every sentence that counts them follows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.slides_answer import slides_answer
from pathgui.core.results.unlike_slides import (
    unlike_sentence,
    unlike_slides,
    why_by_encoder,
    why_unlike,
)
from tests.cohort_run_factory import make_cohort_run


@pytest.fixture
def run():
    return make_cohort_run(6)[0].run


def with_outside(run, shares, why=""):
    """Slides of which this share is far; whether they are of a known center is not known: why."""
    slides = []
    for slide, share in zip(run.slides, shares, strict=False):
        said = []
        for each in slide.encoders:
            outside = None
            if why and each.slide.outside is not None:
                outside = replace(
                    each.slide.outside, distance=NotAssessable(why), no_known_center=None
                )
            measured = replace(each.slide, outside=outside, outside_share=share)
            said.append(replace(each, slide=measured))
        slides.append(replace(slide, encoders=said))
    return replace(run, slides=slides)


def test_a_slide_counts_as_outlying_with_the_encoders_that_find_so(run):
    slide = run.slides[1]
    said = slide.encoders[0]
    outside = replace(said.slide.outside, no_known_center=True)
    slide.encoders[0] = replace(said, slide=replace(said.slide, outside=outside))
    found = unlike_slides(run)
    assert (slide, [said.encoder]) in [(each, names[:1]) for each, names in found]
    assert "of no known center, as at least one encoder finds" in (unlike_sentence(run))


def test_where_no_slide_could_be_asked_nothing_is_said_to_lie_inside(run):
    slides = [
        replace(
            slide,
            encoders=[
                replace(each, slide=replace(each.slide, outside=None)) for each in slide.encoders
            ],
        )
        for slide in run.slides
    ]
    assert "not assessable" in unlike_sentence(replace(run, slides=slides))


def test_two_sentences_about_one_run_count_the_same_slides(run):
    """Much of a slide is far, and whole slides cannot be compared: the set has too few."""
    here = with_outside(run, [0.5, 0.02, 0.02, 0.02], why="the reference set has 12 slides")
    of_encoder = slides_answer(here, here.encoders[0].encoder.name)
    assert of_encoder is not None
    assert of_encoder.in_short(here.reference.columns).startswith("Slides: 1 of 4 slides is unlike")
    assert unlike_sentence(here) == (
        "1 of 4 slides is unlike the reference set (more than 20 % of the tiles far from every "
        "reference tile, or as a whole of no known center, as at least one encoder finds). Whether "
        "a slide as a whole is of no known center is not assessable: the reference set has 12 "
        "slides."
    )
    assert [slide.slide_id for slide, _ in unlike_slides(here)] == ["S-01"]


def test_where_half_of_the_rule_lacks_for_some_slides_they_are_counted(run):
    lacking = with_outside(run, [0.02], why="the slide has 3 tiles").slides
    words = unlike_sentence(replace(run, slides=[*lacking, *run.slides[1:]]))
    assert words.startswith("No encoder finds any of 6 slides to be unlike the reference set (")
    assert words.endswith(
        "Whether 1 slide of these is of no known center is not assessable: the slide has 3 tiles."
    )


@pytest.mark.parametrize(
    ("share", "unknown", "why"),
    [
        (0.2, False, ""),
        (None, None, ""),
        (None, True, "no known scanner"),
        (0.21, None, "21 % of the tiles far from every reference tile"),
        (0.5, True, "no known scanner; 50 % of the tiles far from every reference tile"),
    ],
)
def test_a_slide_is_said_to_be_unlike_with_what_was_found(share, unknown, why):
    assert why_unlike(share, unknown, RoleColumns("scanner")) == why


def test_encoders_that_find_the_same_stand_behind_one_reason(run):
    (slide,) = with_outside(run, [0.5]).slides
    titles = {each.encoder: title for each, title in zip(slide.encoders, "AB", strict=True)}
    assert why_by_encoder(slide, titles, run.reference.columns) == (
        "50 % of the tiles far from every reference tile (A and B)"
    )
