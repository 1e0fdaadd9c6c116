"""The slides of a run on a cohort, put together for each encoder."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from pathgui.core.evaluation.slides_together import SetSlides, slides_together
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
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


def test_chance_leaves_out_what_never_judges_a_slide():
    """Two centers with two slides each, all of them in the set: of three others one is of its own.

    Each slide's tiles lie nearest to those three alike, so the other center wins each time.
    """
    run = make_cohort_run(4, 1)[0].run
    name, centers = run.encoders[0].encoder.name, run.reference.centers
    labels = TileLabels(
        np.array(["T"] * 12),
        np.repeat(np.array(centers)[[0, 1, 0, 1]], 3),
        np.repeat(["a", "b", "c", "d"], 3),
    )
    of_set = SetSlides.of(labels, centers, str.upper)
    assert (of_set.names, of_set.centers) == (["A", "B", "C", "D"], [0, 1, 0, 1])
    slides = []
    for i, slide in enumerate(run.slides[:4]):
        (said,) = slide.encoders
        counts = [6, 3, 0, 0] if i % 2 else [3, 6, 0, 0]
        nearest = replace(said.slide.nearest_center, counts=counts)
        slides.append(
            replace(
                slide,
                center=centers[i % 2],
                patient=None,
                slide=replace(slide.slide, left_out=[LeftOut("ABCD"[i], 3, "name")]),
                encoders=[replace(said, slide=replace(said.slide, nearest_center=nearest))],
            )
        )

    def rows(slide: SlideOfRun) -> dict[str, np.ndarray]:
        i = slides.index(slide)
        return {name: np.array([at for at in range(12) if at // 3 != i] + [-1], np.int32)}

    ask = partial(slides_together, slides, [name], centers, tiles=[6, 6, 0, 0])
    (by_margins,) = ask()
    assert (by_margins.own_center.n_own, by_margins.own_center.chance) == (0, 0.5)
    (found,) = ask(of_set=of_set, nearest_rows=rows)
    assert (found.own_center.n_own, found.own_center.chance) == (0, 0.0)
    assert (found.own_center.p, found.own_center.n_judged_without) == (None, 4)  # six ways
    assert found.own_center.share == by_margins.own_center.share
    (lacking,) = ask(of_set=of_set, nearest_rows=lambda _: {})
    assert (lacking.own_center.chance, lacking.own_center.p) == (None, None)


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
