"""Sentences on the tissue that a user leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.results.tissue_share import left_out_of_slides, tissue_left_out_said
from pathgui.core.slides.region_choice import RegionClasses
from pathgui.core.slides.tissue_left_out import TissueLeftOut
from tests.run_factory import make_evaluation

SLIDE = make_evaluation().run.slide


@pytest.mark.parametrize(
    ("classes", "left", "said"),
    [
        (None, None, []),
        (None, TissueLeftOut(0.0, 0.0, 0.0), []),
        (None, TissueLeftOut(25.0), []),
        (
            RegionClasses((), ("Fat",)),
            TissueLeftOut(25.0, 3.1),
            ["12 % of the tissue found, 3.10 mm², lies in regions left out: Fat."],
        ),
        (
            None,
            TissueLeftOut(25.0, 20.0),
            ["80 % of the tissue found, 20.00 mm², lies outside the regions evaluated."],
        ),
        (
            RegionClasses(("Tumor",), ("Fat", "Ignore*")),
            TissueLeftOut(25.0, 20.0, 0.05),
            [
                "80 % of the tissue found, 20.00 mm², lies outside the regions evaluated, or in "
                "those left out: Fat, Ignore*.",
                "under 1 % of the tissue found, 0.05 mm², lies below the tissue threshold that was "
                "chosen.",
            ],
        ),
    ],
)
def test_the_share_is_said_with_its_area_and_what_leaves_it_out(classes, left, said):
    slide = replace(SLIDE, region_classes=classes, tissue_left_out=left)
    assert tissue_left_out_said(slide) == said


def test_all_slides_of_a_run_are_one_sentence_over_the_tissue_found_on_those_with_a_choice():
    left = (None, TissueLeftOut(6.0, 1.0, 2.0), TissueLeftOut(4.0))
    slides = [replace(SLIDE, tissue_left_out=each) for each in left]
    assert left_out_of_slides(slides) == (
        "30 % of the tissue found, 3.00 mm², is left out by regions or by the tissue threshold "
        "chosen, on 1 slide."
    )
    assert left_out_of_slides(slides[::2]) == left_out_of_slides([]) == ""
