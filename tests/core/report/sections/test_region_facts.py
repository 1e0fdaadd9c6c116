"""What a report says of classes of regions."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.report.sections.region_facts import of_cohort, region_facts
from pathgui.core.slides.region_choice import ClassChoice, RegionClasses
from tests.cohort_run_factory import make_cohort_run
from tests.run_factory import make_evaluation

SLIDE = make_evaluation(1).run.slide


def said(rows):
    return {title: cell.text for title, cell in rows}


def test_a_slide_says_which_classes_were_evaluated_and_left_out():
    assert region_facts(SLIDE) == []
    cut = replace(SLIDE, region_classes=RegionClasses(("", "Tumor"), ()))
    assert said(region_facts(cut)) == {
        "Regions of": "(no class), Tumor",
        "Regions left out": "none",
    }
    whole = replace(SLIDE, region_classes=RegionClasses((), ("Ignore*",)))
    assert said(region_facts(whole))["Regions of"] == "the whole slide"


def test_a_cohort_says_what_was_asked_for_and_on_how_many_slides_it_was_there():
    cohort = make_cohort_run(2)[0].run.cohort
    assert of_cohort(cohort, [SLIDE]) == []  # of an earlier version
    asked = replace(cohort, region_choice=ClassChoice(left_out=("Fold",)))
    classes = [RegionClasses(("Tumor",), ("Fold",)), RegionClasses(("Tumor",), ()), None]
    slides = [
        replace(SLIDE, region_classes=each, tiles_region=None if each is None else 3)
        for each in classes
    ]
    assert said(of_cohort(asked, slides)) == {
        "Classes of labeled regions asked for": "all; left out: Fold",
        "Regions evaluated (slides)": "Tumor (2)",
        "Regions left out (slides)": "Fold (1)",
        "Slides evaluated whole": "1",
    }
    nothing = replace(cohort, region_choice=ClassChoice())
    assert of_cohort(nothing, [SLIDE]) == []  # no regions, and none asked for
