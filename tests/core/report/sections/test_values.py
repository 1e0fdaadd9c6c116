"""Cells of measured values in the report."""

from dataclasses import replace

import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.report.sections.values import absent, columns_of, heading, value, words_of
from pathgui.core.results.measures import FORMS, SHAPE
from tests.run_factory import make_evaluation

NO = NotAssessable("Not assessable: all tiles are from one center.")


@pytest.fixture(scope="module")
def result():
    return make_evaluation(1, in_depth=True).run.encoders[0]


def changed(result, **fields):
    return replace(result, reference=replace(result.reference, **fields))


def test_a_value_has_its_interval_below(result):
    index = result.reference.robustness_index
    cell = value(result, "robustness_index")
    assert (cell.text, cell.detail) == (
        f"{index.value:.3f}", f"{index.low:.3f} to {index.high:.3f}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "detail"),
    [(Interval(0.7, 0.9), "0.70 to 0.90"), (Interval(None, None), "no interval"), (None, "")],
)
def test_no_interval_is_said_unless_the_record_is_of_before_intervals(result, interval, detail):
    probe = replace(result.reference.probe, tissue_interval=interval)
    assert value(changed(result, probe=probe), "tissue_probe").detail == detail


def test_where_there_is_no_value_the_cell_says_why(result):
    cell = value(changed(result, mari=NO), "mari")
    assert (cell.text, cell.detail) == ("not assessable", "all tiles are from one center")
    assert value(changed(result, mari=NO), "mari", why=False).detail == ""
    assert value(changed(result, mari=None), "mari").text == "not measured"
    first, *rest = absent(NO, 3)
    assert (first.text, [cell.text for cell in rest]) == ("not assessable", ["–", "–"])
    assert absent(None)[0].text == "not measured"


def test_what_is_left_out_of_the_report_has_no_cell(result):
    with pytest.raises(AssertionError, match="left out of the report"):
        value(result, "robustness_index_less_null")


@pytest.mark.parametrize("table", [FORMS, SHAPE])
def test_a_table_takes_its_columns_and_words_from_the_measurements(table):
    columns = columns_of(table)
    assert columns
    for each, place in columns:
        assert heading(each.key) == place.heading
        assert place.words
        assert place.words in words_of(table)
