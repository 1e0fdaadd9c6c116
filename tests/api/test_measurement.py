"""Results: numbers with what makes them readable, tables, and what a notebook shows."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace
from html.parser import HTMLParser

import pyarrow as pa
import pytest

import pathgui
from pathgui.api.measurement import Measurement, Measurements
from pathgui.api.number import numbers_of
from pathgui.api.runs import Run
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import MEASURES
from tests.api.material import LABELS, embeddings
from tests.run_factory import earlier, make_evaluation, of_an_earlier_version


@pytest.fixture(scope="module")
def measured():
    return pathgui.measure(embeddings(), **LABELS, sweep="quick", k=5, device="cpu")


@pytest.fixture
def result():
    """One encoder of a run with a slide."""
    return make_evaluation().run.encoders[0]


def test_each_number_is_an_attribute_with_what_makes_it_readable(measured):
    record = measured.record.robustness_index
    index = measured.robustness_index
    assert (index.value, index.low, index.high) == (record.value, record.low, record.high)
    assert (index.null, index.support) == (record.null, record.support)
    assert (index.n, index.n_of) == (48, "tiles")
    assert "1: only tissue counts; 0: only center" in index.definition
    assert measured.tissue_knn.null == 0.5
    assert measured.enrichment.n_of == "errors"
    assert measured.case_center.n_of == "cases"
    assert measured.numbers["croma_median"] is measured.croma_median
    assert (measured.k, measured.k_rule) == (5, "as asked for")


def test_every_measurement_has_its_number_and_says_what_it_rests_on(result):
    found = numbers_of(result)
    assert list(found) == [measure.key for measure in MEASURES]
    for number in found.values():
        assert number.definition
        if number.value is None:
            assert number.reason
        else:
            assert number.n is not None


def test_without_a_slide_there_are_no_numbers_of_one(measured):
    assert "outside_share" not in measured.numbers
    assert set(measured.numbers) == {each.key for each in MEASURES if not each.needs_slide}


def test_a_name_that_is_not_there_is_answered_with_the_nearest(measured):
    with pytest.raises(AttributeError, match="Did you mean robustness_index"):
        measured.robustnes_index  # noqa: B018
    assert {"robustness_index", "croma_tail", "table", "verdict"} <= set(dir(measured))


def test_the_table_has_one_row_a_number_and_its_columns_have_one_type(measured):
    table = measured.table()
    assert table.num_rows == len(measured.numbers)
    assert table.column_names == [
        "name", "title", "value", "low", "high", "null", "support", "n", "n_of", "definition",
        "better", "reason",
    ]  # fmt: skip
    for name in ("value", "low", "high", "null", "support"):
        assert table.schema.field(name).type == pa.float64()
    assert table.schema.field("n").type == pa.int64()
    row = table.to_pylist()[0]
    assert row["value"] == measured.robustness_index.value
    assert row["title"] == "Robustness index"


def test_a_table_in_which_nothing_is_assessable_has_the_same_types(result):
    no = NotAssessable("Not assessable: all tiles are from one center.")
    bare = Measurement(replace(result, reference=replace(result.reference, robustness_index=no)))
    table = bare.table()
    assert table.schema == Measurement(result).table().schema
    row = table.to_pylist()[0]
    assert (row["value"], row["n"]) == (None, None)
    assert row["reason"] == "all tiles are from one center"


def test_json_is_all_that_was_measured(measured):
    found = json.loads(measured.to_json())
    assert found["robustness_index"]["value"] == measured.robustness_index.value
    assert found["curve"]["k"]


def test_it_prints_as_a_line_and_can_be_copied_and_kept(measured):
    assert repr(measured).startswith("<Measurement of 48 tiles: robustness index 0.")
    assert "chance value 0.500, support" in repr(measured)
    for again in (copy.deepcopy(measured), pickle.loads(pickle.dumps(measured))):
        assert again.to_json() == measured.to_json()


class Tags(HTMLParser):
    """Whether tags are closed in their order, and which texts stand in cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_a_notebook_shows_each_number_with_interval_chance_value_and_n(measured):
    page = Tags(measured._repr_html_())
    assert page.open == []
    index = measured.robustness_index
    at = page.texts.index("Robustness index")
    assert page.texts[at + 1 : at + 3] == [index.text, f"{index.null:.3f}"]
    assert "48 tiles" in page.texts
    assert measured.verdict in page.texts
    assert set(measured.notices) <= set(page.texts)


def test_a_notebook_is_told_why_a_number_is_missing(result):
    no = NotAssessable("Not assessable: all tiles are from one center.")
    bare = Measurement(replace(result, reference=replace(result.reference, robustness_index=no)))
    texts = Tags(bare._repr_html_()).texts
    at = texts.index("Robustness index")
    assert texts[at + 1 : at + 3] == ["not assessable", "all tiles are from one center"]


def test_names_in_a_notebook_are_text_and_never_markup(result):
    evil = "<script>alert('x')</script>&\"'"
    no = NotAssessable(evil)
    reference = replace(result.reference, robustness_index=no, notices=[evil])
    shown = Measurement(replace(result, reference=reference))
    several = Measurements({evil: shown._result}, {evil: evil})
    for page in (Tags(shown._repr_html_()), Tags(several._repr_html_())):
        assert "script" not in page.seen
        assert any(evil in text for text in page.texts)


def test_several_encoders_are_a_mapping_and_one_table(result):
    found = Measurements({"a": result, "b": result}, {"a": "a", "b": "a"})
    assert list(found) == ["a", "b"]
    assert isinstance(found["a"], Measurement)
    table = found.table()
    assert table.column("encoder").to_pylist() == ["a"] * len(MEASURES) + ["b"] * len(MEASURES)
    assert "2 encoders" in repr(found)
    assert Tags(found._repr_html_()).open == []


def test_intervals_of_an_earlier_version_are_called_so():
    now, once = Run(make_evaluation()), Run(of_an_earlier_version(make_evaluation()))
    assert not any("earlier version" in text for text in now.notices)
    assert any("a verdict that rests on them may be too favorable" in text for text in once.notices)
    assert set(once.notices) <= set(Tags(once._repr_html_()).texts)
    for found in once.values():
        assert found.notices[0].startswith("An earlier version made the intervals")
        assert found.notices[0] in Tags(found._repr_html_()).texts


@pytest.mark.parametrize("make", [earlier, of_an_earlier_version])
def test_runs_of_earlier_versions_show_all_that_they_hold(make):
    run = Run(make(make_evaluation()))
    assert run.table().num_rows == len(run) * len(MEASURES)
    for found in run.values():
        assert Tags(found._repr_html_()).open == []
        assert f"of {found.record.n_tiles} tiles" in repr(found)
    assert Tags(run._repr_html_()).open == []
    assert run.tiles().num_rows > 0
