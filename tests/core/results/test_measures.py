"""The measures that criteria, tables and comparisons read."""

from __future__ import annotations

import pytest

from pathgui.core.errors import CriteriaError
from pathgui.core.report.sections.glossary import TERMS
from pathgui.core.results.judging import (
    check_criteria,
)
from pathgui.core.results.measures import MEASURES, InReport, LeftOut, measure
from pathgui.core.results.tile_layers import KIND_NAMES
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.tile_columns import FAR_MEANS
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


@pytest.mark.parametrize("measure", MEASURES, ids=lambda each: each.key)
def test_a_measurement_has_one_name_in_window_terminal_and_report(measure):
    if isinstance(measure.report, InReport):
        assert measure.report.heading.replace("\n", " ") == measure.title
        words = measure.report.heading.split()
        widest = max(13, *(len(word) for word in words))
        assert all(len(line) <= widest for line in measure.report.heading.split("\n"))
    if not isinstance(measure.column, LeftOut):
        assert measure.column.startswith(measure.title)


def test_names_are_told_apart_from_each_other_and_from_layers_of_a_slide():
    titles = [each.title.casefold() for each in MEASURES]
    assert len(set(titles)) == len(titles)
    assert not {title.casefold() for title in KIND_NAMES.values()} & set(titles)


def test_the_help_of_far_tiles_says_what_the_report_says():
    known = measure("outside_share")
    assert known is not None
    for text in (known.help, TERMS["far"].meaning):
        assert FAR_MEANS in text
