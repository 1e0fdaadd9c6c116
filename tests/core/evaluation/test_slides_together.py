"""The slides of a run on a cohort, put together for each encoder."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.cohort_summary import own_center_sentence
from pathgui.core.runs.record import LeftOut, SlideOfRun
from tests.cohort_run_factory import make_cohort_run


def test_each_encoder_speaks_of_the_slides_that_it_could_judge():
    run = make_cohort_run(6)[0].run
    del run.slides[0].encoders[1:]
    names = [result.encoder.name for result in run.encoders]
    found = slides_together(run.slides, names, run.reference.centers)
    assert [each.encoder for each in found] == names
    done = sum(slide.state == "done" for slide in run.slides)
    for each, n in zip(found, [done, *[done - 1] * (len(names) - 1)], strict=True):
        placed = sum(map(sum, each.placed)) + sum(each.unknown)
        assert placed == n


def test_a_slide_that_has_its_center_in_the_set_to_itself_cannot_be_placed_there():
    run = make_cohort_run(4)[0].run
    names, centers = [run.encoders[0].encoder.name], run.reference.centers
    tiles = [20, 20, 20, 20]

    def with_own(n: int) -> list[SlideOfRun]:
        """The first ``n`` slides have all tiles of their center, the others all but one."""
        counts = [20 if i < n else 19 for i in range(4)]
        return [
            replace(slide, slide=replace(slide.slide, left_out=[LeftOut("s", count, "name")]))
            for slide, count in zip(run.slides, counts, strict=False)
        ]

    (whole,) = slides_together(with_own(0), names, centers, tiles=tiles)
    (some,) = slides_together(with_own(3), names, centers, tiles=tiles)
    (none,) = slides_together(with_own(4), names, centers, tiles=tiles)
    assert (whole.own_center.share.n_slides, whole.alone) == (4, 0)
    assert (some.own_center.share.n_slides, some.alone) == (1, 3)
    assert some.placed == whole.placed  # where they are placed is shown all the same
    assert "3 further slides cannot be placed there" in own_center_sentence(some)
    assert "Add another patient of each center" in none.own_center.reason


def test_a_slide_that_failed_counts_for_nothing():
    run = make_cohort_run(3)[0].run
    slides = [replace(slide, state="failed", slide=None, encoders=[]) for slide in run.slides]
    assert slides_together(slides, ["a"], run.reference.centers) == []


def test_slides_of_an_earlier_version_without_nearest_centers_are_placed_nowhere():
    run = make_cohort_run(1)[0].run
    slide = run.slides[0]
    said = [
        replace(each, slide=replace(each.slide, nearest_center=None)) for each in slide.encoders
    ]
    found = slides_together(
        [replace(slide, encoders=said)], [said[0].encoder], run.reference.centers
    )
    assert isinstance(found[0].own_center, NotAssessable)
