"""What charts show is taken from the run, gaps included."""

from __future__ import annotations

import math
from dataclasses import replace

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results import charts
from pathgui.core.results.charts import IndexBar, NeighborKinds
from tests.run_factory import make_evaluation

RUN = make_evaluation(in_depth=True).run
NO = NotAssessable("one center alone")


def with_reference(run, **changes):
    """The run whose first encoder measured something else."""
    first = run.encoders[0]
    first = replace(first, reference=replace(first.reference, **changes))
    return replace(run, encoders=[first, *run.encoders[1:]])


def test_each_encoder_has_a_bar_with_the_numbers_of_the_record():
    bars = charts.index_bars(RUN)
    assert [bar.title for bar in bars] == [result.encoder.title for result in RUN.encoders]
    for bar, result in zip(bars, RUN.encoders, strict=True):
        index = result.reference.robustness_index
        if isinstance(index, NotAssessable):
            assert bar == IndexBar(result.encoder.title)
        else:
            assert (bar.value, bar.low, bar.high, bar.null) == (
                index.value, index.low, index.high, index.null,
            )  # fmt: skip


def test_a_bar_is_on_a_side_only_with_its_whole_interval():
    assert IndexBar("", 0.7, 0.6, 0.8, null=0.5).side == 1
    assert IndexBar("", 0.3, 0.2, 0.4, null=0.5).side == -1
    assert IndexBar("", 0.6, 0.4, 0.8, null=0.5).side == 0
    assert IndexBar("", 0.9, None, None, null=0.5).side == 0


def test_little_support_is_told_and_none_is_not_little():
    assert IndexBar("", 0.7, support=0.01).low_support
    assert not IndexBar("", 0.7, support=0.9).low_support
    assert not IndexBar("").low_support


def test_a_curve_has_as_many_values_as_ks_and_nan_where_there_is_none():
    curves = charts.index_curves(RUN)
    assert curves
    for curve in curves:
        assert len(curve.k) == len(curve.value) == len(curve.low) == len(curve.high)
        assert all(isinstance(value, float) for value in curve.value)
        assert any(math.isfinite(value) for value in curve.value)


def test_shares_of_kinds_add_up_to_one():
    for row in charts.neighbor_kinds(RUN):
        if row.shares:
            assert math.isclose(sum(row.shares.values()), 1.0)
    assert NeighborKinds("", None).shares is None
    assert NeighborKinds("", dict.fromkeys(("SS", "SO"), 0)).shares is None


def test_points_and_parts_belong_to_encoders_of_the_run():
    titles = {result.encoder.title for result in RUN.encoders}
    for source in ("probe", "knn"):
        assert {point.title for point in charts.accuracy_points(RUN, source)} == titles
    rows = charts.part_rows(RUN)
    assert {row.kind for row in rows} == {"tissue", "center"}
    assert {row.encoder for row in rows} <= titles


def test_rows_follow_the_encoders_of_the_run():
    run = make_evaluation(4, in_depth=True).run
    titles = [result.encoder.title for result in run.encoders]
    for rows in (
        charts.index_bars,
        charts.index_curves,
        charts.shortcut_curves,
        charts.neighbor_kinds,
    ):
        assert [row.title for row in rows(run)] == titles
        backward = replace(run, encoders=run.encoders[::-1])
        assert [row.title for row in rows(backward)] == titles[::-1]


def test_what_is_not_assessable_has_a_row_without_numbers():
    run = with_reference(make_evaluation(2).run, robustness_index=NO, counts=NO)
    assert charts.index_bars(run)[0] == IndexBar(run.encoders[0].encoder.title)
    assert charts.neighbor_kinds(run)[0].counts is None
    assert charts.neighbor_kinds(run)[0].shares is None
    probe = replace(run.encoders[0].reference.probe, center_balanced_accuracy=NO)
    assert charts.accuracy_points(with_reference(run, probe=probe), "probe")[0].center is None


def test_a_curve_is_shown_as_far_as_it_is_defined():
    run = make_evaluation(1, in_depth=True).run
    curve = run.encoders[0].reference.curve
    partly = replace(curve, robustness_index=[None, *curve.robustness_index[1:]])
    row = charts.index_curves(with_reference(run, curve=partly, robustness_index=NO))[0]
    assert math.isnan(row.value[0])
    assert row.value[1:] == curve.robustness_index[1:]
    assert (row.chosen, row.null) == (None, None)
    nowhere = replace(curve, robustness_index=[None] * len(curve.k))
    assert charts.index_curves(with_reference(run, curve=nowhere)) == []
