"""What the pictures of corrections show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.crossfit.results import Change
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.correction_charts import MEASURES, change_bars, kept_points
from tests.core.results.test_corrections import DOWN, LEACE, SAME, UP, found
from tests.run_factory import make_evaluation

NO = NotAssessable("Not assessable: nothing is known.")


def run_of(*tried):
    run = make_evaluation(len(tried)).run
    results = [
        replace(result, corrections=one) for result, one in zip(run.encoders, tried, strict=True)
    ]
    return replace(run, encoders=results)


def test_the_interval_of_the_difference_is_laid_on_what_was_before():
    [bar] = change_bars(run_of(found(LEACE)), "index")
    assert (bar.before, bar.after, bar.low, bar.high) == pytest.approx((0.4, 0.8, 0.7, 0.9))
    assert (bar.correction, bar.chance, bar.side) == ("LEACE", 0.5, 1)
    sides = [
        change_bars(run_of(found(replace(LEACE, index=change))), "index")[0].side
        for change in (DOWN, SAME, Change(0.4, 0.8, None, None))
    ]
    assert sides == [-1, 0, 0]


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_has_a_bar_a_correction_also_where_it_is_not_assessable(measure):
    nothing = replace(LEACE, index=NO, tissue_new_slides=NO, tissue_new_center=NO,
                      tissue_met_center=NO, center_probe=NO)  # fmt: skip
    bars = change_bars(run_of(found(LEACE), None, found(LEACE, nothing), NO), measure)
    assert len(bars) == 3
    assert bars[-1].before is None
    assert bars[0].before is not None


def test_shares_are_of_what_probes_read_over_chance():
    # The center probe: .9 to .7 of a chance value of .5; tissue stays at .9.
    [point] = kept_points(run_of(found(LEACE)))
    removed, kept = point.center_removed, point.tissue_kept
    assert (removed.value, removed.low, removed.high) == pytest.approx((0.5, 0.25, 0.75))
    assert (kept.value, kept.low, kept.high) == pytest.approx((1.0, 0.95, 1.05))


def test_of_a_probe_that_read_nothing_before_there_is_no_share():
    at_chance = Change(0.52, 0.5, -0.1, 0.1)
    assert kept_points(run_of(found(replace(LEACE, center_probe=at_chance)))) == []
    assert kept_points(run_of(found(replace(LEACE, tissue_new_slides=NO)))) == []
    assert change_bars(run_of(None), "index") == []


def test_a_share_without_an_interval_has_none():
    change = replace(LEACE, center_probe=Change(UP.after, 0.6, None, None))
    [point] = kept_points(run_of(found(change)))
    assert (point.center_removed.low, point.center_removed.high) == (None, None)
