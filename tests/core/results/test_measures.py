"""The measures that criteria, tables and comparisons read."""

from __future__ import annotations

import pytest

from pathgui.core.errors import CriteriaError
from pathgui.core.results.judging import (
    check_criteria,
)
from pathgui.core.results.measures import MEASURES, measure
from pathgui.core.runs.criteria import Criterion
from tests.anchors import anchors_of
from tests.run_factory import make_evaluation

METRICS = [each.key for each in MEASURES]


@pytest.mark.parametrize("what", ["center", "tissue"])
def test_the_lowest_of_several_is_a_description_without_an_interval(what):
    key = f"robustness_index_lowest_{what}"
    known = measure(key)
    run = make_evaluation(1, in_depth=True).run
    found = known.read(run.encoders[0])
    parts = getattr(run.encoders[0].reference, f"by_{what}")
    assert found.value == min(part.value for part in parts)
    assert (found.low, found.high, known.has_interval) == (None, None, False)
    assert "by chance" in known.help
    with pytest.raises(CriteriaError, match="has no interval to judge by"):
        check_criteria(
            [Criterion(key, "at least", 0.5, by="interval")],
            [run.encoders[0].encoder.name],
            slide=False,
        )


@pytest.mark.parametrize("key", METRICS)
def test_every_metric_reads_a_value_within_its_bounds_or_says_why_not(key):
    known = measure(key)
    for run in (
        make_evaluation(2, given_center=True, in_depth=True).run,
        make_evaluation(1, assessable=False, slide=False).run,
    ):
        for result in run.encoders:
            found = known.read(result)
            if not hasattr(found, "low"):
                assert found.reason
                continue
            assert known.least is None or found.value >= known.least
            assert known.most is None or found.value <= known.most
            if found.low is not None:
                assert known.has_interval
    in_depth = make_evaluation(2, given_center=True, in_depth=True).run
    assert any(hasattr(known.read(result), "low") for result in in_depth.encoders)


@pytest.mark.parametrize("each", MEASURES, ids=METRICS)
def test_every_metric_names_a_section_of_the_documentation(each):
    assert each.anchor in anchors_of("measurements.md")
