"""What is said of a slide in words: no more than is known, in all places the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.findings import is_control
from pathgui.core.results.slide_verdict import (
    NOT_CALIBRATED,
    detection_words,
    is_calibrated,
    largest_shares,
    slide_in_short,
    slide_verdict,
)
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from tests.run_factory import CENTERS, earlier, make_evaluation


@pytest.fixture
def result():
    return make_evaluation(1, in_depth=True).run.encoders[0]


def of_encoders(run):
    """A run without its control."""
    return replace(run, encoders=[each for each in run.encoders if not is_control(each)])


def with_outside(result, **changes):
    outside = replace(result.slide.outside, **changes)
    return replace(result, slide=replace(result.slide, outside=outside))


def test_shares_stand_with_their_intervals(result):
    found = replace(
        result.slide.tissue, names=["a", "b", "c"], counts=[10, 60, 30],
        low=[0.05, 0.5, 0.2], high=[0.2, 0.7, 0.4],
    )  # fmt: skip
    assert largest_shares(found) == "60 % [50, 70] b, 30 % [20, 40] c"
    assert largest_shares(replace(found, low=None, high=None)) == "60 % b, 30 % c"
    assert largest_shares(replace(found, counts=[0, 0, 0])) == "no tile"
    all_alike = replace(found, counts=[0, 9, 0], low=[0.0, 1.0, 0.0], high=[0.0, 1.0, 0.0])
    assert largest_shares(all_alike) == "100 % b"


def test_a_slide_that_passes_is_not_said_to_be_of_a_known_center(result):
    said = slide_verdict(result)
    assert "does not prove that its center is in the set" in said
    assert "58 % of the slides of centers left out in turn" in said
    assert "this does not say where the slide is from" in said


def test_a_slide_of_no_known_center_gets_no_tissue_probability(result):
    said = slide_verdict(with_outside(result, no_known_center=True, distance=88.0))
    assert "no known center, or of material unlike the set's" in said
    assert "no tissue probability is shown" in said


def test_where_it_is_not_assessable_the_reason_is_given(result):
    reason = NotAssessable("the reference set has 4 slides")
    said = slide_verdict(with_outside(result, no_known_center=None, distance=reason))
    assert "not assessable: the reference set has 4 slides." in said


def test_the_slide_is_never_said_to_be_from_a_center(result):
    for outside in (True, False, None):
        said = slide_verdict(
            with_outside(result, no_known_center=outside, distance=NotAssessable("x"))
        )
        for center in CENTERS:
            assert f"from {center}" not in said
            assert f"is of {center}" not in said


def test_in_short_all_encoders_are_put_together():
    run = of_encoders(make_evaluation(4, in_depth=True).run)
    said = slide_in_short(run)
    assert said.startswith("The slide, by 3 encoders: it lies no farther from the reference ")
    shares = [100 * result.slide.outside_share for result in run.encoders]
    assert f"{min(shares):.0f} to {max(shares):.0f} % of its tiles lie far from every" in said
    assert "which does not say where the slide is from" in said
    assert len(said) < 300  # a few lines of a small window
    unknown = [with_outside(run.encoders[0], no_known_center=True), *run.encoders[1:]]
    assert "1 of 3 finds it of no known center" in slide_in_short(replace(run, encoders=unknown))
    none = [
        with_outside(each, no_known_center=None, distance=NotAssessable("x"))
        for each in run.encoders
    ]
    assert "is not assessable" in slide_in_short(replace(run, encoders=none))


def test_in_short_encoders_that_find_other_centers_nearest_are_counted():
    run = of_encoders(make_evaluation(4, in_depth=True).run)
    names = run.encoders[0].slide.nearest_center.names
    one, two = names[:2]

    def nearest(result, first):
        counts = [9 if name == first else 1 if name == names[-1] else 0 for name in names]
        found = replace(result.slide.nearest_center, counts=counts)
        return replace(result, slide=replace(result.slide, nearest_center=found))

    encoders = [nearest(run.encoders[0], one), *(nearest(e, two) for e in run.encoders[1:])]
    said = slide_in_short(replace(run, encoders=encoders))
    assert f"{two} (90 % by 2 encoders), {one} (90 % by 1 encoder), which does not say" in said


def test_in_short_a_control_has_no_say_where_an_encoder_has_one():
    run = make_evaluation(3, in_depth=True).run
    (control,) = (each for each in run.encoders if is_control(each))
    said = slide_in_short(run)
    assert said.startswith("The slide, by 2 encoders: ")
    assert said == slide_in_short(of_encoders(run))
    alone = slide_in_short(replace(run, encoders=[control]))
    assert alone.startswith("The slide, by 1 control: ")


def test_in_short_an_earlier_run_says_what_it_knows():
    said = slide_in_short(earlier(make_evaluation(2)).run)
    assert "no known center" not in said
    assert "nearest" not in said
    assert slide_in_short(make_evaluation(2, slide=False).run) == ""


def test_rates_stand_with_what_they_are_of(result):
    words = detection_words(result.slide.outside.rule)
    assert words.startswith("Of 48 slides of centers left out in turn, 58 % are found")
    assert "of the tiles of left-out tissues, 62 % are far" in words
    assert words.endswith("at 5 % false alarms.")


def test_an_earlier_run_says_that_its_probabilities_are_not_calibrated():
    run = earlier(make_evaluation(2)).run
    assert not is_calibrated(run)
    said = slide_verdict(run.encoders[0])
    assert NOT_CALIBRATED in said
    assert "known center" not in said


def test_a_run_without_a_slide_says_nothing():
    assert slide_verdict(make_evaluation(1, slide=False).run.encoders[0]) == ""


def test_what_is_said_of_a_slide_survives_the_file(tmp_path):
    evaluation = make_evaluation(2)
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    back = load_evaluation(tmp_path / "a.pgrun")
    assert back.run == evaluation.run
    for name in evaluation.tiles.tissue:
        for column in ("far", "no_known_center", "nearest_center", "outside"):
            kept, was = getattr(back.tiles, column)[name], getattr(evaluation.tiles, column)[name]
            assert (kept == was).all(), column
        probability = back.tiles.tissue_probability[name]
        assert (probability != probability).sum() == evaluation.tiles.far[name].sum()
