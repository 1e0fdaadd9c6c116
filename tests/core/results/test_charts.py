"""What charts show is taken from the run, gaps included."""

from __future__ import annotations

import math

from pathgui.core.measurement.measure import NotAssessable
from pathgui.core.results import charts
from pathgui.core.results.charts import IndexBar, NeighborKinds
from tests.run_factory import make_evaluation

RUN = make_evaluation().run


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
