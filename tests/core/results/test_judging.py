"""Criteria are met, not met, or not assessable, and each says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.errors import CriteriaError
from pathgui.core.results.judging import (
    check_criteria,
    criterion_text,
    judge,
    judgement_text,
)
from pathgui.core.runs.criteria import Criterion
from tests.run_factory import make_evaluation

NOW = "2026-11-24T09:00:00+01:00"


def demand(metric="robustness_index", comparison="at least", threshold=0.7, **others):
    return Criterion(metric, comparison, threshold, **others)


def outcomes(criterion, run):
    judged = judge([criterion], run.encoders, run.failures, frozen_at=NOW)
    return [each.outcome for each in judged.items[0].judgements]


def index_of(run, position=0):
    return run.encoders[position].reference.robustness_index


@pytest.mark.parametrize(
    ("comparison", "at_value", "below_value"),
    [("at least", "pass", "pass"), ("above", "fail", "pass"),
     ("at most", "pass", "fail"), ("below", "fail", "fail")],
)  # fmt: skip
def test_a_threshold_holds_as_its_words_say(comparison, at_value, below_value):
    run = make_evaluation(1).run
    value = index_of(run).value
    assert outcomes(demand(comparison=comparison, threshold=value), run) == [at_value]
    assert outcomes(demand(comparison=comparison, threshold=value - 0.01), run) == [below_value]


def test_by_interval_the_end_that_matters_has_to_meet_it():
    run = make_evaluation(1).run
    index = index_of(run)
    between = (index.low + index.value) / 2
    assert outcomes(demand(threshold=between), run) == ["pass"]
    assert outcomes(demand(threshold=between, by="interval"), run) == ["fail"]
    above = (index.high + index.value) / 2
    assert outcomes(demand(comparison="at most", threshold=above), run) == ["pass"]
    assert outcomes(demand(comparison="at most", threshold=above, by="interval"), run) == ["fail"]


def test_without_an_interval_a_criterion_on_it_is_not_assessable_and_says_so():
    evaluation = make_evaluation(1)
    result = evaluation.run.encoders[0]
    bare = structs.replace(index_of(evaluation.run), low=None, high=None)
    measured = replace(result.reference, robustness_index=bare)
    judged = judge(
        [demand(by="interval", threshold=0.0)],
        [replace(result, reference=measured)],
        [],
        frozen_at=NOW,
    )
    found = judged.items[0].judgements[0]
    assert found.outcome == "not assessable"
    assert "no interval" in found.reason
    assert judged.outcome == "not assessable"


def test_a_number_that_the_data_cannot_give_is_neither_passed_nor_failed():
    run = make_evaluation(2, assessable=False).run
    judged = judge([demand()], run.encoders, run.failures, frozen_at=NOW)
    assert [each.outcome for each in judged.items[0].judgements] == ["not assessable"] * 2
    assert "one center" in judged.items[0].judgements[0].reason
    assert judged.outcome == "not assessable"


def test_an_encoder_that_could_not_run_is_not_assessable():
    run = make_evaluation(1, failure=True).run
    judged = judge([demand(threshold=0)], run.encoders, run.failures, frozen_at=NOW)
    assert [each.outcome for each in judged.items[0].judgements] == ["pass", "not assessable"]
    assert "could not run" in judged.items[0].judgements[1].reason


def test_each_encoder_is_judged_once():
    run = make_evaluation(4, failure=True).run  # one ran, and is named as failed as well
    judged = judge([demand()], run.encoders, run.failures, frozen_at=NOW)
    names = [each.encoder for each in judged.items[0].judgements]
    assert names == [result.encoder.name for result in run.encoders]


def test_one_failure_outweighs_all_that_passes_or_cannot_be_assessed():
    run = make_evaluation(3, failure=True).run
    judged = judge(
        [demand(threshold=0), demand(threshold=0.999)], run.encoders, run.failures, frozen_at=NOW
    )
    assert judged.outcome == "fail"
    assert (judged.count("pass"), judged.count("fail"), judged.count("not assessable")) == (3, 3, 2)


def test_a_criterion_about_one_encoder_leaves_the_others_alone():
    run = make_evaluation(3).run
    name = run.encoders[1].encoder.name
    judged = judge([demand(encoder=name)], run.encoders, run.failures, frozen_at=NOW)
    assert [each.encoder for each in judged.items[0].judgements] == [name]


def test_no_criteria_are_no_judgement():
    assert judge([], make_evaluation(1).run.encoders, [], frozen_at=NOW) is None


def test_a_rounded_result_never_seems_to_be_on_the_other_side():
    run = make_evaluation(1).run
    index = structs.replace(index_of(run), value=0.79996, low=None, high=None)
    result = run.encoders[0]
    result = replace(result, reference=replace(result.reference, robustness_index=index))
    criterion = demand(threshold=0.8)
    judged = judge([criterion], [result], [], frozen_at=NOW).items[0].judgements[0]
    assert judged.outcome == "fail"
    assert judgement_text(criterion, judged) == "0.79996"


@pytest.mark.parametrize(
    ("criterion", "text"),
    [
        (demand(encoder="uni2-h"), "uni2-h, which is not evaluated"),
        (demand(metric="outside_share"), "needs a slide"),
        (demand(metric="clustering_score", by="interval"), "no interval to judge by"),
        (demand(metric="beauty"), "no metric 'beauty'"),
    ],
)
def test_what_could_never_be_judged_is_refused_before_the_work(criterion, text):
    with pytest.raises(CriteriaError, match=text):
        check_criteria([criterion], ["shell"], slide=False)


def test_a_criterion_for_another_k_is_not_assessable_and_says_both():
    run = make_evaluation(1).run
    k = run.encoders[0].reference.k
    assert outcomes(demand(threshold=0, k=k), run) == ["pass"]
    other = demand(threshold=0, k=k + 2)
    judged = judge([other], run.encoders, run.failures, frozen_at=NOW).items[0].judgements[0]
    assert judged.outcome == "not assessable"
    assert f"k = {k + 2}" in judged.reason
    assert f"k = {k}" in judged.reason
    assert criterion_text(other).endswith(f"at k = {k + 2}")


def test_a_criterion_in_words():
    assert criterion_text(demand(by="interval", threshold=0.8)) == (
        "Robustness index, whole interval, at least 0.8"
    )
