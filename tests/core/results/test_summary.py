"""Results in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.measurement.comparison import ComparedEncoders, Comparison
from pathgui.core.measurement.results import IntervalBasis, RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.results.findings import letters_of, verdict
from pathgui.core.results.formatting import NOT_ASSESSABLE
from pathgui.core.results.summary import COLUMNS, columns_of, index_text, summary_rows
from tests.anchors import anchors_of
from tests.run_factory import make_evaluation

INDEX = RobustnessIndex(0.4, 0.35, 0.45, 0.5, 0.9, 11, 960, "SO / (SO + OS)")


def test_every_column_of_every_encoder_has_a_text_and_a_meaning():
    rows = summary_rows(make_evaluation().run)
    assert rows
    for row in rows:
        assert all(row.cells[column.key].text for column in COLUMNS)
    assert all(column.help.endswith(".") for column in COLUMNS)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_every_column_has_an_entry_in_the_documentation(column):
    assert column.anchor in anchors_of("measurements.md")


def test_an_index_comes_with_its_interval():
    assert index_text(INDEX) == "0.400 [0.350, 0.450]"
    assert "no interval" in index_text(structs.replace(INDEX, low=None, high=None))
    assert index_text(NotAssessable("one center")) == NOT_ASSESSABLE


def test_an_index_of_a_sample_says_what_its_interval_rests_on():
    run = make_evaluation().run
    result = run.encoders[0]
    sampled = structs.replace(INDEX, n_anchors=20_000, anchors_of=150_000)
    measured = replace(result.reference, robustness_index=sampled)
    row = summary_rows(replace(run, encoders=[replace(result, reference=measured)]))[0]
    assert "interval rest on a sample of 20000 of 150000 tiles" in row.cells["index"].note
    assert "a sample of 20000 of 150000 tiles" in row.cells["support"].note
    assert "sample" not in summary_rows(run)[0].cells["index"].note


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (INDEX, "by center more than by tissue"),
        (structs.replace(INDEX, low=0.55, high=0.7, value=0.6), "by tissue more than by center"),
        (structs.replace(INDEX, high=0.55), "The result can be chance"),
        (structs.replace(INDEX, low=0.5, high=0.6), "The result can be chance"),
        (structs.replace(INDEX, low=None, high=None), "Too few slides"),
        (
            structs.replace(INDEX, low=None, high=None, no_interval="2 slides are too few"),
            "too few",
        ),
        (NotAssessable("there is one center."), "there is one center"),
    ],
)
def test_the_verdict_claims_no_more_than_the_interval(index, words):
    assert words in verdict(index)


def test_an_index_on_little_support_comes_with_a_warning():
    run = make_evaluation().run
    result = run.encoders[0]
    thin = replace(result.reference, robustness_index=structs.replace(INDEX, support=0.1))
    run = replace(run, encoders=[replace(result, reference=thin)])
    assert any("only 10% of the tiles" in text for text in summary_rows(run)[0].warnings)


def test_few_slides_are_said_beside_the_encoder():
    run = make_evaluation().run
    result = run.encoders[0]
    basis = IntervalBasis(12, "slides", 4, 8, 3, "The smallest cell has only 3 slides.")
    few = replace(result, reference=replace(result.reference, interval_basis=basis))
    run = replace(run, encoders=[few])
    assert basis.caution in summary_rows(run)[0].warnings


def test_accuracies_come_with_their_intervals_and_old_ones_without():
    run = make_evaluation().run
    result = run.encoders[0]
    old = replace(result.reference.probe, tissue_interval=None)
    new = replace(old, tissue_interval=Interval(0.7, 0.9, 12), tissue_balanced_accuracy=0.81)
    cells = [
        summary_rows(
            replace(run, encoders=[replace(result, reference=replace(result.reference, probe=one))])
        )[0].cells["tissue_probe"]
        for one in (old, new)
    ]
    assert "[" not in cells[0].text
    assert cells[1].text == "0.81 [0.70, 0.90]"
    assert "of this fitted probe" in cells[1].note
    assert "fitted" not in cells[0].note + summary_rows(run)[0].cells["tissue_knn"].note


def test_what_is_not_assessable_says_why():
    run = make_evaluation().run
    result = run.encoders[0]
    without = replace(result.reference, robustness_index=NotAssessable("One center alone."))
    run = replace(run, encoders=[replace(result, reference=without)])
    cells = summary_rows(run)[0].cells
    assert cells["index"].text == NOT_ASSESSABLE
    assert cells["support"].note == "One center alone."


def test_encoders_that_were_not_compared_share_no_group():
    evaluation = make_evaluation(4, slide=False)
    one, two, three, four = (result.encoder.name for result in evaluation.run.encoders)
    first = ComparedEncoders([one, two], {one: "ab", two: "b"}, [])
    second = ComparedEncoders([three, four], {three: "a", four: "a"}, [])
    alone = ComparedEncoders([four], {four: "a"}, [])

    def given(*groups):
        return letters_of(replace(evaluation.run, comparison=Comparison(list(groups), [])))

    assert given(first, second) == {one: "1ab", two: "1b", three: "2a", four: "2a"}
    assert given(first, alone) == {one: "ab", two: "b"}


def test_cases_and_other_geometries_stand_in_the_summary_with_what_makes_them_readable():
    run = make_evaluation(1, in_depth=True).run
    cells = summary_rows(run)[0].cells
    found = run.encoders[0].reference
    assert cells["case_tissue"].text == f"{found.cases.same_tissue[1]:.2f}"
    assert cells["case_center"].note.startswith(
        "5 nearest of 96 cases of 48 slides; chance value 0."
    )
    lowest, highest = (f(each.value for each in found.sensitivity.indices) for f in (min, max))
    assert cells["geometries"].text == f"{lowest:.3f} to {highest:.3f}"
    assert "whitened: " in cells["geometries"].note
    assert {"case_tissue", "geometries", "croma_median"} <= {c.key for c in columns_of(run)}
    plain = make_evaluation(1).run
    assert not {"case_tissue", "geometries"} & {c.key for c in columns_of(plain)}
