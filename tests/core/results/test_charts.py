"""The rows that window and report draw."""

import math
from dataclasses import replace

import pytest

from pathgui.core.measurement.measure import NotAssessable
from pathgui.core.results.charts import (
    IndexBar,
    NeighborKinds,
    accuracy_points,
    index_bars,
    index_curves,
    neighbor_kinds,
    shortcut_curves,
)
from tests.run_factory import make_evaluation

NO = NotAssessable("one center alone")


def with_reference(run, **changes):
    """The run whose first encoder measured something else."""
    first = run.encoders[0]
    first = replace(first, reference=replace(first.reference, **changes))
    return replace(run, encoders=[first, *run.encoders[1:]])


def test_rows_follow_the_encoders_of_the_run():
    run = make_evaluation(4, in_depth=True).run
    titles = [result.encoder.title for result in run.encoders]
    for rows in (index_bars, index_curves, shortcut_curves, neighbor_kinds):
        assert [row.title for row in rows(run)] == titles
        backward = replace(run, encoders=run.encoders[::-1])
        assert [row.title for row in rows(backward)] == titles[::-1]


def test_what_is_not_assessable_has_a_row_without_numbers():
    run = with_reference(make_evaluation(2).run, robustness_index=NO, counts=NO)
    assert index_bars(run)[0] == IndexBar(run.encoders[0].encoder.title)
    assert neighbor_kinds(run)[0].counts is None
    assert neighbor_kinds(run)[0].shares is None
    probe = replace(run.encoders[0].reference.probe, center_balanced_accuracy=NO)
    assert accuracy_points(with_reference(run, probe=probe), "probe")[0].center is None


def test_shares_add_up_to_one_and_no_neighbor_at_all_has_none():
    shares = neighbor_kinds(make_evaluation(1).run)[0].shares
    assert sum(shares.values()) == pytest.approx(1)
    assert NeighborKinds("a", dict.fromkeys(shares, 0)).shares is None


def test_a_curve_is_shown_as_far_as_it_is_defined():
    run = make_evaluation(1, in_depth=True).run
    curve = run.encoders[0].reference.curve
    partly = replace(curve, robustness_index=[None, *curve.robustness_index[1:]])
    row = index_curves(with_reference(run, curve=partly, robustness_index=NO))[0]
    assert math.isnan(row.value[0])
    assert row.value[1:] == curve.robustness_index[1:]
    assert (row.chosen, row.null) == (None, None)
    nowhere = replace(curve, robustness_index=[None] * len(curve.k))
    assert index_curves(with_reference(run, curve=nowhere)) == []


@pytest.mark.parametrize(
    ("low", "high", "side"), [(0.6, 0.8, 1), (0.2, 0.4, -1), (0.4, 0.6, 0), (None, None, 0)]
)
def test_a_bar_says_on_which_side_of_the_null_its_whole_interval_lies(low, high, side):
    assert IndexBar("a", 0.5, low, high, null=0.5).side == side
