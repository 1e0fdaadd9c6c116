"""Before and after on slides that a correction was not fitted on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.corrections.registry import CORRECTIONS, correction
from pathgui.core.crossfit.cross_fit import cross_fit
from pathgui.core.crossfit.results import Change, Corrections
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled, PartialResult, Progress
from tests.core.crossfit.drawn import drawn

LEACE, WITHIN, COMBAT = map(correction, ("leace", "within-tissue", "combat"))


def effects(data, corrections, **options):
    found = cross_fit(*data, corrections, 5, **{"halvings": 2, **options})
    assert isinstance(found, Corrections)
    return found, {effect.name: effect for effect in found.effects}


def test_every_correction_brings_up_the_index_of_a_set_with_a_center_effect():
    found, rows = effects(drawn(center_effect=1.0, slides=6), CORRECTIONS, halvings=1)
    assert list(rows) == [each.name for each in CORRECTIONS]
    befores = set()
    for each in CORRECTIONS:
        row = rows[each.name]
        assert isinstance(row.index, Change)
        assert row.index.rises, each.name
        befores.add(row.index.before)
        assert isinstance(row.center_probe, Change)
        assert row.center_probe.after < row.center_probe.before
        assert isinstance(row.tissue_new_center, NotAssessable) == each.needs_center
        assert isinstance(row.tissue_met_center, Change)
    assert len(befores) == 1  # measured once, on the same halves
    assert (found.n_slides, found.cramers_v, found.slides_met) == (54, 0.0, 9.0)
    assert found.fewest == 6


def test_where_tissue_goes_with_center_only_within_tissue_projection_keeps_tissue():
    table = np.array([[14, 2, 2], [2, 14, 2], [2, 2, 14]])
    found, rows = effects(drawn(0.7, 0.7, slides=table, tiles=3), [LEACE, WITHIN])
    blind, within = rows["leace"], rows["within-tissue"]
    assert found.within_tissue_first
    assert isinstance(blind.tissue_new_slides, Change)
    assert isinstance(within.tissue_new_slides, Change)
    assert blind.tissue_new_slides.falls
    assert not blind.better
    assert not within.tissue_new_slides.falls
    assert isinstance(blind.variance_lost, float)
    assert isinstance(within.variance_lost, float)
    assert within.variance_lost < blind.variance_lost


def test_a_result_comes_after_each_halving_and_the_last_is_the_answer():
    events = []
    data = drawn(slides=2, tiles=2)
    found = cross_fit(*data, [COMBAT], 3, halvings=3, report=events.append)
    results = [event.result for event in events if isinstance(event, PartialResult)]
    assert [(each.halvings, each.halvings_asked) for each in results] == [(1, 3), (2, 3), (3, 3)]
    assert results[-1] == found
    steps = [event.done for event in events if isinstance(event, Progress)]
    assert steps == sorted(steps)
    assert max(steps) < 3 * 2 * 2


def test_it_stops_where_it_is_told_to():
    def stop_after_one(event):
        if isinstance(event, PartialResult):
            raise Cancelled

    with pytest.raises(Cancelled):
        cross_fit(*drawn(slides=2, tiles=2), [LEACE], 3, report=stop_after_one)


def test_a_correction_that_cannot_be_fitted_says_why_and_the_others_go_on():
    def refuse(values, center, tissue):
        return WITHIN.fit(values, center, None)

    _, rows = effects(drawn(slides=2), [replace(WITHIN, fit=refuse), LEACE], halvings=1)
    assert isinstance(rows["within-tissue"].index, NotAssessable)
    assert "needs the tissue" in rows["within-tissue"].index.reason
    assert isinstance(rows["leace"].index, Change)


def test_with_two_centers_a_new_one_leaves_nothing_to_fit_on():
    _, rows = effects(drawn(n=2, slides=4), [LEACE], halvings=1)
    assert isinstance(rows["leace"].tissue_new_center, NotAssessable)
    assert isinstance(rows["leace"].tissue_met_center, Change)


def test_too_few_slides_are_a_reason():
    why = cross_fit(*drawn(slides=1), [LEACE], 5)
    assert isinstance(why, NotAssessable)


@pytest.mark.parametrize(("slides", "assessable"), [(2, False), (4, True)])
def test_over_correction_is_not_assessable_where_no_p_under_5_percent_can_come_out(
    slides, assessable
):
    _, rows = effects(drawn(n=2, slides=slides, tiles=3), [LEACE], halvings=1)
    tested = rows["leace"].same_center
    assert isinstance(tested, NotAssessable) != assessable
    if not assessable:
        assert "in so few ways that p cannot be below" in tested.reason
        assert not rows["leace"].overcorrected


def test_neighbors_that_avoid_their_own_center_are_told():
    class Apart:
        """Tiles of a center get directions of their own, which they share with other centers."""

        needs_center, dim = True, 24

        def apply(self, values, center=None):
            rank = np.zeros(len(values), int)
            for here in np.unique(center):
                rank[center == here] = np.arange(np.count_nonzero(center == here))
            return values + 50 * np.eye(24)[rank % 24]

        def arrays(self):
            return {}

    apart = replace(COMBAT, fit=lambda *_: Apart())
    found = cross_fit(*drawn(), [apart, LEACE], 2, halvings=1)
    assert isinstance(found, Corrections)
    rows = {effect.name: effect for effect in found.effects}
    assert rows["combat"].overcorrected
    assert not rows["leace"].overcorrected
