"""What is asked of an encoder, and whether it is met."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.errors import CriteriaError, RecordError
from pathgui.core.results.judging import (
    check_criteria,
    criterion_text,
    judge,
    judge_later,
    judgement_text,
)
from pathgui.core.results.measures import MEASURES, measure
from pathgui.core.runs.criteria import Criterion, load_criteria, save_criteria
from pathgui.core.runs.run_files import add_later, load_evaluation, load_run, save_evaluation
from tests.run_factory import make_evaluation

METRICS = [each.key for each in MEASURES]
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
    bare = replace(index_of(evaluation.run), low=None, high=None)
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
    text = (Path(__file__).parents[3] / "docs" / "measurements.md").read_text(encoding="utf-8")
    anchors = {
        "".join(c for c in line.lstrip("#").strip().lower() if c.isalnum() or c in " -_")
        .replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }  # fmt: skip
    assert each.anchor in anchors


def test_a_rounded_result_never_seems_to_be_on_the_other_side():
    run = make_evaluation(1).run
    index = replace(index_of(run), value=0.79996, low=None, high=None)
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


FILE = """
who = "A. Rossi"

[[criterion]]
metric = "robustness_index"
at_least = 0.8
by = "interval"
encoder = "shell"
reason = "as low as the classifier was tested with"

[[criterion]]
metric = "center_probe"
below = 1
who = "B. Šmíd"
set_at = 2026-11-01T10:00:00+01:00
"""


def test_a_file_of_criteria_is_read(tmp_path):
    (tmp_path / "c.toml").write_text(FILE, encoding="utf-8")
    one, other = load_criteria(tmp_path / "c.toml", metrics=METRICS, set_at=NOW)
    assert one == Criterion(
        "robustness_index", "at least", 0.8, "shell", "interval",
        "as low as the classifier was tested with", "A. Rossi", NOW,
    )  # fmt: skip
    assert (other.comparison, other.threshold, other.who) == ("below", 1.0, "B. Šmíd")
    assert other.set_at == "2026-11-01T10:00:00+01:00"


def test_what_is_saved_is_what_is_read_again(tmp_path):
    criteria = (
        demand(threshold=0.85, by="interval", reason='He said "no\\"\n中 😀 \x7f', who="Ž. K."),
        demand("croma_tail", "above", -0.125, encoder="uni2-h"),
    )
    save_criteria(criteria, tmp_path / "c.toml")
    read = load_criteria(tmp_path / "c.toml", metrics=METRICS, set_at="")
    assert read == criteria


def test_criteria_are_set_for_one_k_and_kept_with_it(tmp_path):
    criteria = (demand(k=11), demand("support", threshold=0.2, k=11))
    save_criteria(criteria, tmp_path / "c.toml")
    assert (tmp_path / "c.toml").read_text(encoding="utf-8").startswith("k = 11\n")
    assert load_criteria(tmp_path / "c.toml", metrics=METRICS, set_at="") == criteria
    mixed = (demand(k=11), demand("support", threshold=0.2))
    save_criteria(mixed, tmp_path / "d.toml")
    assert load_criteria(tmp_path / "d.toml", metrics=METRICS, set_at="") == mixed


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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("k=0\n[[criterion]]\nmetric='support'\nabove=1", "k must be a whole number from 1"),
        ("k=true\n[[criterion]]\nmetric='support'\nabove=1", "k must be a whole number from 1"),
        ("[[criterion]]\nmetric='support'\nabove=1\nk=1.5", "criterion 1: k must be a whole"),
        (
            "k=5\n[[criterion]]\nmetric='support'\nabove=1\n"
            "[[criterion]]\nmetric='mari'\nabove=0\nk=7",
            "different k: 5, 7",
        ),
        ("x = [", "is not TOML"),
        ("who = 'me'", "holds no criterion"),
        ("[[criterion]]\nmetric='beauty'\nabove=1", "no metric 'beauty'.*robustness_index"),
        ("[[criterion]]\nmetric='support'", "exactly one of at_least"),
        ("[[criterion]]\nmetric='support'\nabove=1\nbelow=2", "exactly one of at_least"),
        ("[[criterion]]\nmetric='support'\nabove='a'", "above must be a number"),
        ("[[criterion]]\nmetric='support'\nabove=true", "above must be a number"),
        ("[[criterion]]\nmetric='support'\nabove=nan", "above must be a number"),
        ("[[criterion]]\nmetric='support'\nabove=1\nby='luck'", "by must be"),
        ("[[criterion]]\nmetric='support'\nabove=1\nmood='good'", "mood is not known"),
        ("[[criterion]]\nmetric='support'\nabove=1\nreason=1", "reason must be text"),
        ("mood='good'\n[[criterion]]\nmetric='support'\nabove=1", "mood is not known"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_the_place(tmp_path, text, says):
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CriteriaError, match=says) as raised:
        load_criteria(path, metrics=METRICS, set_at=NOW)
    assert "c.toml" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CriteriaError, match=r"none\.toml cannot be read"):
        load_criteria(tmp_path / "none.toml", metrics=METRICS, set_at=NOW)


def test_a_run_keeps_the_criteria_it_was_made_with(tmp_path):
    evaluation = make_evaluation(2)
    run = evaluation.run
    judged = judge([demand()], run.encoders, run.failures, frozen_at=run.started)
    save_evaluation(replace(evaluation, run=replace(run, criteria=judged)), tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").run.criteria == judged


def test_a_run_kept_before_there_were_criteria_still_opens(tmp_path):
    save_evaluation(make_evaluation(1), tmp_path / "a.pgrun")
    path = tmp_path / "a.pgrun" / "run.json"
    stored = json.loads(path.read_text())
    del stored["criteria"]
    path.write_text(json.dumps(stored))
    assert load_run(tmp_path / "a.pgrun").criteria is None


def test_criteria_set_after_results_are_kept_apart_and_never_twice(tmp_path):
    evaluation = make_evaluation(1)
    folder = tmp_path / "a.pgrun"
    save_evaluation(evaluation, folder)
    before = (folder / "run.json").read_bytes()
    judged = judge_later(evaluation.run, [demand()], now=NOW)
    assert judged.after_results
    add_later(folder, evaluation.run, judged)
    add_later(folder, evaluation.run, judge_later(evaluation.run, [demand()]))
    add_later(folder, evaluation.run, judge_later(evaluation.run, [demand(threshold=0.1)]))
    assert (folder / "run.json").read_bytes() == before
    kept = load_evaluation(folder)
    assert [each.items[0].criterion.threshold for each in kept.later] == [0.7, 0.1]
    assert kept.run.criteria is None


def test_later_criteria_of_another_run_are_refused(tmp_path):
    evaluation = make_evaluation(1)
    other = replace(evaluation.run, id="00000000-0000-0000-0000-000000000000")
    folder = tmp_path / "a.pgrun"
    save_evaluation(evaluation, folder)
    add_later(folder, evaluation.run, judge_later(evaluation.run, [demand()], now=NOW))
    with pytest.raises(RecordError, match="belongs to another run"):
        add_later(folder, other, judge_later(other, [demand()], now=NOW))


def test_a_criterion_in_words():
    assert criterion_text(demand(by="interval", threshold=0.8)) == (
        "Robustness index, whole interval, at least 0.8"
    )
