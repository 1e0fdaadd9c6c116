"""How measurements are read from the record."""

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.results import readings
from pathgui.core.results.measures import measure
from pathgui.core.results.readings import NOT_MEASURED, EmbeddingsAlone, Reading, with_interval
from tests.run_factory import make_evaluation

NO = NotAssessable("one center alone")


@pytest.fixture(scope="module")
def measured():
    return make_evaluation(1, in_depth=True).run.encoders[0].reference


def test_a_record_of_before_intervals_is_told_from_one_that_has_none():
    assert with_interval(0.5, Interval(0.4, 0.6)) == Reading(0.5, 0.4, 0.6)
    assert not with_interval(0.5, None).kept
    none = with_interval(0.5, Interval(None, None, reason="4 slides are too few"))
    assert (none.kept, none.no_interval) == (True, "4 slides are too few")


def test_what_rests_on_the_index_has_its_reason(measured):
    of = EmbeddingsAlone(replace(measured, robustness_index=NO))
    lowest = readings.worst_part(lambda result: result.reference.by_center, "centers")
    for read in (measure("robustness_index").read, readings.above_null, readings.support, lowest):
        assert read(of) == NO


def test_the_lowest_part_is_that_of_the_parts_that_have_an_index(measured):
    parts = [replace(part, value=None) for part in measured.by_center[:1]] + measured.by_center[1:]
    of = EmbeddingsAlone(replace(measured, by_center=parts))
    lowest = readings.worst_part(lambda result: result.reference.by_center, "centers")
    assert lowest(of).value == min(part.value for part in parts[1:])
    nowhere = EmbeddingsAlone(replace(measured, by_center=[]))
    assert "not measured for single centers" in lowest(nowhere).reason


def test_what_a_run_does_not_hold_was_not_measured(measured):
    bare = EmbeddingsAlone(
        replace(measured, mari=None, croma=[], same_center_errors=None, geometry=None, cases=None)
    )
    clustering = readings.of_record(readings.clustering)
    for read in (measure("mari").read, measure("enrichment").read, clustering):
        assert read(bare) == NotAssessable(NOT_MEASURED)
    assert readings.of_slide(lambda slide: 1.0, "")(bare).reason == "no slide was evaluated"


def test_the_interval_of_a_probe_is_said_to_be_that_of_the_fitted_probe(measured):
    interval = Interval(0.7, 0.9, 12)
    probe = replace(measured.probe, tissue_interval=interval, center_interval=None)
    of = EmbeddingsAlone(replace(measured, probe=probe, knn=probe))
    assert "of this fitted probe" in readings.guessing("probe", "tissue")(of)
    for group, what in (("probe", "center"), ("knn", "tissue")):
        assert readings.guessing(group, what)(of).startswith("chance value 0.")
        assert "fitted" not in readings.guessing(group, what)(of)


def test_support_says_what_it_rests_on(measured):
    sampled = structs.replace(measured.robustness_index, n_anchors=20_000, anchors_of=150_000)
    sampled = structs.replace(sampled, support_interval=Interval(0.8, 0.9, 12))
    of = EmbeddingsAlone(replace(measured, robustness_index=sampled))
    assert readings.what_support_rests_on(of) == (
        "measured on a sample of 20000 of 150000 tiles; 95 % interval 80% to 90%"
    )
