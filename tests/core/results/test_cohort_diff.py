"""Two runs on a cohort say which slides moved, and whether that is more than slides vary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.cohort_diff import (
    diff_cohorts,
    mean_change,
    moved_sentence,
    outside_sentence,
    sentences,
)
from pathgui.core.runs.record import Run, SlideOfRun
from tests.cohort_run_factory import make_cohort_run

RUN = make_cohort_run(n_slides=12, n_encoders=1)[0].run


def with_slides(run: Run, *slides: SlideOfRun) -> Run:
    """The run with these slides in the place of those of the same folder."""
    other = {each.folder: each for each in slides}
    return replace(run, slides=[other.get(each.folder, each) for each in run.slides])


def said_otherwise(slide: SlideOfRun, **changes: object) -> SlideOfRun:
    """The slide with another answer of its encoder."""
    (said,) = slide.encoders
    return replace(slide, encoders=[replace(said, slide=replace(said.slide, **changes))])


def placed(slide: SlideOfRun, center: int) -> SlideOfRun:
    """The slide with all nearest reference tiles at one center."""
    nearest = slide.encoders[0].slide.nearest_center
    assert nearest is not None
    counts = [100 * (i == center) for i in range(len(nearest.names))]
    return said_otherwise(slide, nearest_center=replace(nearest, counts=counts))


def test_a_run_against_itself_moves_no_slide():
    found = diff_cohorts(RUN, RUN)
    assert found is not None
    (encoder,) = found.encoders
    assert (found.n_both, found.only_before, found.only_after, found.states) == (13, [], [], [])
    assert (encoder.n_slides, encoder.moved, encoder.gained, encoder.lost) == (12, [], 0, 0)
    assert encoder.own_before == encoder.own_after == encoder.n_comparable
    assert encoder.own_change is not None
    assert encoder.own_change.interval.low is None
    assert found.cautions == []


def test_slides_that_moved_are_named_with_both_places_and_counted():
    first, second = RUN.slides[:2]
    names = RUN.reference.centers
    run = with_slides(
        RUN, *(placed(each, i % len(names)) for i, each in enumerate(RUN.slides[:12]))
    )
    found = diff_cohorts(run, with_slides(run, placed(first, 1), placed(second, 0)))
    assert found is not None
    (encoder,) = found.encoders
    assert [(each.slide_id, each.place_before, each.place_after) for each in encoder.moved] == [
        ("S-01", names[0], names[1]),
        ("S-02", names[1], names[0]),
    ]
    assert (encoder.own_before, encoder.own_after, encoder.gained, encoder.lost) == (12, 10, 0, 2)
    assert moved_sentence(encoder).startswith(
        "2 of 12 slides are placed elsewhere. At their own center: 12 of 12 before, 10 after "
        "(0 gained, 2 lost; −16.7 percentage points; 95 % interval "
    )
    assert moved_sentence(encoder).endswith("; 12 slides, 6 patients).")
    back = diff_cohorts(with_slides(run, placed(first, 1)), run)
    assert back is not None
    assert (back.encoders[0].gained, back.encoders[0].lost) == (1, 0)


def test_what_lies_outside_is_told_as_a_mean_over_slides_and_by_name():
    one = RUN.slides[0]
    outside = one.encoders[0].slide.outside
    assert outside is not None
    unknown = said_otherwise(one, outside_share=0.9, outside=replace(outside, no_known_center=True))
    known = said_otherwise(one, outside_share=0.3, outside=replace(outside, no_known_center=False))
    found = diff_cohorts(with_slides(RUN, known), with_slides(RUN, unknown))
    assert found is not None
    (encoder,) = found.encoders
    assert encoder.far_change is not None
    assert encoder.far_change.value == pytest.approx(0.6 / encoder.far_change.n_slides)
    assert encoder.unknown_gained == ["S-01"]
    assert "Of no known scanner in the later run alone: S-01." in outside_sentence(
        encoder, RoleColumns("scanner")
    )


def test_slides_are_the_same_by_content_whatever_they_are_called_and_by_name_if_scanned_again():
    first, second, third = RUN.slides[:3]
    assert second.slide is not None
    renamed = replace(first, slide_id="Other")
    facts = replace(second.slide, content_id="f" * 32)
    again = replace(second, slide=facts, center="Elsewhere")
    gone = replace(third, state="failed", reason="It is gone.", slide=None, encoders=[])
    found = diff_cohorts(RUN, with_slides(RUN, renamed, again, gone))
    assert found is not None
    assert found.n_both == 13
    assert [(each.slide_id, each.before, each.after) for each in found.states] == [
        ("S-03", "done", "failed: It is gone.")
    ]
    assert found.encoders[0].n_slides == 11
    said = " ".join(found.cautions)
    assert "Another file lies behind the name of 1 slide" in said
    assert "another center of 1 slide now" in said
    fewer = diff_cohorts(RUN, replace(RUN, slides=RUN.slides[1:]))
    assert fewer is not None
    assert (fewer.only_before, fewer.only_after) == (["S-01"], [])


def test_where_another_column_plays_the_center_no_places_are_compared():
    facts = replace(RUN.reference, columns=RoleColumns("scanner"))
    found = diff_cohorts(RUN, replace(RUN, reference=facts))
    assert found is not None
    assert found.encoders == []
    assert found.n_both == 13


def test_a_run_on_no_cohort_has_no_slides_to_compare():
    assert diff_cohorts(RUN, make_cohort_run()[1].run) is None


def test_the_interval_of_a_mean_change_counts_patients_and_not_their_slides():
    of_patient = np.random.default_rng(0).normal(0.1, 0.2, 12)
    once = mean_change(of_patient.tolist(), [f"P{i}" for i in range(12)])
    thrice = mean_change(np.repeat(of_patient, 3).tolist(), [f"P{i // 3}" for i in range(36)])
    alone = mean_change(np.repeat(of_patient, 3).tolist(), [""] * 36)
    assert once is not None
    assert thrice is not None
    assert alone is not None
    assert (thrice.n_slides, thrice.n_patients) == (36, 12)
    for bound in ("low", "high"):
        same = getattr(once.interval, bound)
        assert getattr(thrice.interval, bound) == pytest.approx(same)
    assert alone.interval.low > once.interval.low
    assert mean_change([], []) is None


def test_of_many_slides_in_one_run_alone_ten_are_named() -> None:
    found = diff_cohorts(RUN, replace(RUN, slides=RUN.slides[:1]))
    assert found is not None
    first, second, *_ = sentences(found)
    assert first == "1 slide is in both runs."
    assert second.startswith("Only in the earlier run: S-02, S-03")
    assert second.endswith("S-11 and 2 more.")
