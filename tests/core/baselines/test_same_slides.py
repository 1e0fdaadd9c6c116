"""Numbers over a cohort's slides are held against each other over the same slides alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.baselines.check import BaselineCheck, CheckedNumber
from pathgui.core.baselines.tolerance import Tolerance
from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.runs.record import Evaluation, SlideOfRun
from tests.cohort_run_factory import make_cohort_run
from tests.core.baselines.test_check import BEFORE, found, later

MADE, _ = make_cohort_run(n_slides=12, n_encoders=2)
NAMES = [each.encoder.name for each in MADE.run.encoders]
SLIDES = MADE.run.slides


def put_together(evaluation: Evaluation) -> Evaluation:
    run = evaluation.run
    over = slides_together(run.slides, NAMES, run.reference.centers)
    return replace(evaluation, run=replace(run, over_slides=over))


def with_slides(slides: list[SlideOfRun]) -> Evaluation:
    return put_together(later(MADE, slides=slides))


FILED = put_together(MADE)


def own(after: Evaluation, encoder: int = 1) -> tuple[CheckedNumber, BaselineCheck]:
    tolerances = [Tolerance(NAMES[encoder], "slides_at_own_center", 0.2, 0.2)]
    result = found(after, tolerances, FILED)
    return result.numbers[0], result


def placed_elsewhere(slide: SlideOfRun) -> SlideOfRun:
    """As the next center's, by every encoder."""
    centers = MADE.run.reference.centers
    there = (centers.index(slide.center) + 1) % len(centers)
    said = []
    for each in slide.encoders:
        counts = [100 * (i == there) for i in range(len(centers))]
        nearest = replace(each.slide.nearest_center, counts=counts)
        said.append(replace(each, slide=replace(each.slide, nearest_center=nearest)))
    return replace(slide, encoders=said)


def test_slides_that_came_since_are_left_out_of_both_sides_and_named():
    extra = [
        replace(
            placed_elsewhere(slide),
            slide_id=f"N-{i}",
            folder=f"new-{i}",
            slide=replace(slide.slide, content_id=f"new{i}"),
        )
        for i, slide in enumerate(SLIDES[:12])
    ]
    number, result = own(with_slides([*SLIDES, *extra]), 0)
    assert (number.outcome, number.before.value, number.after.value) == ("within", 1.0, 1.0)
    assert number.change == 0.0
    (said,) = [each for each in result.cautions if "not among those of the baseline" in each]
    assert said.startswith("12 slides of now are not")
    assert "N-0, N-1" in said


def test_a_number_that_lacks_slides_of_the_baseline_is_not_compared_and_says_which():
    failed, scanned = SLIDES[2:4]
    failed = replace(failed, state="failed", reason="It is cut off.", slide=None, encoders=[])
    scanned = replace(scanned, slide=replace(scanned.slide, content_id="another"))
    number, result = own(with_slides([SLIDES[0], failed, scanned, *SLIDES[4:]]))
    assert number.outcome == "not compared"
    assert number.reason == (
        "it lacks 3 slides of the 12 of the baseline (S-02, S-03 failed now: It is cut off, "
        "S-04 is another file now)"
    )
    assert result.outcome == "not compared"
    assert any("S-03 failed now: It is cut off" in each for each in result.cautions)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"center": MADE.run.reference.centers[1]}, "something else is known of 1 slide now"),
        ({"slide": replace(SLIDES[0].slide, tile_stride_l0=7)}, "other tiles of 1 slide"),
    ],
)
def test_a_slide_of_another_center_or_of_other_tiles_is_not_the_same(change, said):
    number, _ = own(with_slides([replace(SLIDES[0], **change), *SLIDES[1:]]))
    assert (number.outcome, said in number.reason, "S-01" in number.reason) == (
        "not compared", True, True,
    )  # fmt: skip


def test_the_interval_of_the_change_is_of_that_change_and_paired_over_patients():
    number, _ = own(with_slides([*map(placed_elsewhere, SLIDES[4:7]), *SLIDES[:4], *SLIDES[7:]]))
    assert number.change == pytest.approx(number.after.value - number.before.value)
    assert number.change < 0
    assert number.low < number.change < number.high
    assert number.paired
    same, _ = own(with_slides(list(SLIDES)))
    assert (same.change, same.paired) == (0.0, False)


def test_the_share_of_tissue_that_is_right_is_compared_slide_by_slide():
    tolerance = [Tolerance(NAMES[0], "slides_tissue_right", 0.2, 0.2)]
    worse = []
    for i, slide in enumerate(SLIDES):
        said = [
            replace(each, tissue_right=replace(each.tissue_right, n_right=800 - 10 * i))
            for each in slide.encoders
        ]
        worse.append(replace(slide, encoders=said))
    (number,) = found(with_slides(worse), tolerance, FILED).numbers
    assert number.paired
    assert number.change == pytest.approx(-0.155)
    assert number.low < number.change < number.high
    (gone,) = found(with_slides(worse[1:]), tolerance, FILED).numbers
    assert gone.outcome == "not compared"


def test_numbers_of_other_tiles_of_a_slide_or_of_the_set_are_not_compared():
    run, name = BEFORE.run, BEFORE.run.encoders[0].encoder.name
    few = later(BEFORE, settings=replace(run.settings, max_tiles=9))
    (number,) = found(few, [Tolerance(name, "outside_share", 1, 1)]).numbers
    assert number.reason == "other tiles of the slide were evaluated"
    first, *rest = run.encoders
    fewer = replace(first, reference=replace(first.reference, dropped_centers=["A"]))
    (number,) = found(
        later(BEFORE, encoders=[fewer, *rest]), [Tolerance(name, "support", 1, 1)]
    ).numbers
    assert number.reason == "other tiles of the reference set were measured"
