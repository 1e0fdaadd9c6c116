from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.baselines.baseline import Baseline, file_baseline
from pathgui.core.baselines.check import (
    CheckedNumber,
    check,
    check_against,
    load_check,
    load_checks,
)
from pathgui.core.baselines.tolerance import Tolerance, proposed_tolerances
from pathgui.core.errors import BaselineError
from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.record import EncoderFailure, Evaluation
from pathgui.core.runs.run_files import save_evaluation
from tests.cohort_run_factory import make_cohort_run
from tests.run_factory import make_evaluation

BEFORE = make_evaluation(n_encoders=2)


def baseline_of(evaluation: Evaluation, tolerances=None, plan=None) -> Baseline:
    run = evaluation.run
    return Baseline(
        1,
        run.id,
        "2026-05-31T10:00:00+02:00",
        run.pathgui,
        run.reference.sha256,
        [],
        [],
        list(proposed_tolerances(run) if tolerances is None else tolerances),
        plan or MonitoringPlan(6),
    )


def later(evaluation: Evaluation, **changes) -> Evaluation:
    return replace(evaluation, run=replace(evaluation.run, id="later", **changes))


def moved(by: float, evaluation: Evaluation = BEFORE) -> Evaluation:
    """The first encoder's index moved by so much."""
    first, *rest = evaluation.run.encoders
    index = first.reference.robustness_index
    index = structs.replace(index, value=index.value + by, low=index.low + by, high=index.high + by)
    first = replace(first, reference=replace(first.reference, robustness_index=index))
    return later(evaluation, encoders=[first, *rest])


def found(after: Evaluation, tolerances=None, before: Evaluation = BEFORE):
    return check(baseline_of(before, tolerances), before, after, "may")


def index_of(result) -> CheckedNumber:
    return next(each for each in result.numbers if each.measure == "robustness_index")


def test_the_same_numbers_are_within_and_their_change_is_0():
    result = found(later(BEFORE))
    assert result.outcome == "within"
    assert result.count("within") == len(result.numbers) > 0
    assert {each.change for each in result.numbers} == {0.0}
    assert (
        result.sentence
        == f"{len(result.numbers)} of {len(result.numbers)} numbers are within tolerance."
    )


@pytest.mark.parametrize(
    ("by", "outcome"),
    [(-0.02, "within"), (-0.0201, "outside"), (0.05, "within"), (0.06, "outside")],
)
def test_a_change_is_outside_where_it_is_larger_than_its_tolerance_that_way(by, outcome):
    name = BEFORE.run.encoders[0].encoder.name
    result = found(moved(by), [Tolerance(name, "robustness_index", 0.02, 0.05)])
    index = index_of(result)
    assert (index.outcome, result.outcome) == (outcome, outcome)
    assert index.change == pytest.approx(by)
    assert index.low < by < index.high
    assert result.without_tolerance > 0


def test_an_interval_wholly_outside_leaves_nothing_open():
    tolerance = Tolerance("a", "support", 0.1, 0.1)
    number = CheckedNumber(
        "A", "support", "Support", 3, tolerance, "outside", low=-0.4, high=-0.2, paired=True
    )
    assert not number.open
    assert replace(number, high=-0.05).open
    assert not replace(number, high=-0.05, paired=False).open
    assert not replace(number, outcome="within", low=-0.05, high=0.05).open


def test_numbers_of_another_set_slide_or_k_are_not_compared():
    run = BEFORE.run
    other_set = later(BEFORE, reference=replace(run.reference, sha256="0" * 64))
    result = found(other_set)
    assert result.outcome == "not compared"
    assert {each.reason for each in result.numbers} == {"the reference sets differ"}

    slide = later(BEFORE, slide=replace(run.slide, content_id="another"))
    name = run.encoders[0].encoder.name
    both = [Tolerance(name, "outside_share", 1, 1), Tolerance(name, "support", 1, 1)]
    outcomes = [(each.outcome, each.reason) for each in found(slide, both).numbers]
    assert outcomes == [("not compared", "the slides differ"), ("within", "")]

    encoders = [replace(e, reference=replace(e.reference, k=5)) for e in run.encoders]
    numbers = {each.measure: each for each in found(later(BEFORE, encoders=encoders)).numbers}
    assert numbers["robustness_index"].reason == "the runs have different k"


def test_an_encoder_that_failed_or_has_no_number_any_more_is_not_compared_and_says_why():
    run = BEFORE.run
    first, second = run.encoders
    refused = replace(first.reference, robustness_index=NotAssessable("no SO candidates"))
    failure = EncoderFailure(second.encoder.name, second.encoder.title, "no weights")
    after = later(BEFORE, encoders=[replace(first, reference=refused)], failures=[failure])
    result = found(after)
    said = {(each.encoder, each.measure): each.reason for each in result.numbers}
    assert said[first.encoder.title, "robustness_index"] == "not assessable now: no SO candidates"
    assert said[second.encoder.title, "robustness_index"] == "the encoder could not run: no weights"
    assert f"{second.encoder.title} could not run: no weights" in result.cautions
    assert "not compared" in result.sentence


def test_other_weights_are_a_caution_and_the_numbers_are_compared():
    second = BEFORE.run.encoders[1]
    facts = replace(second.encoder, weights_sha256="ff" * 32)
    after = later(BEFORE, encoders=[BEFORE.run.encoders[0], replace(second, encoder=facts)])
    result = found(after)
    assert any("weights are not the same" in each for each in result.cautions)
    assert result.outcome == "within"


def test_an_older_run_is_not_held_against_a_baseline_so_it_moves_no_date():
    older = later(BEFORE, finished="2001-01-01T00:00:00+00:00")
    with pytest.raises(BaselineError, match="older than the baseline"):
        found(older)


def test_a_run_is_not_held_against_itself():
    with pytest.raises(BaselineError, match="against itself"):
        check(baseline_of(BEFORE), BEFORE, BEFORE, "may")


def test_what_the_slides_of_a_cohort_show_together_is_checked_too():
    before, _ = make_cohort_run(n_slides=8)
    run = before.run
    names = [each.encoder.name for each in run.encoders]
    together = slides_together(run.slides, names, run.reference.centers)
    before = replace(before, run=replace(run, over_slides=together))
    tolerances = [Tolerance(name, "slides_at_own_center", 0.1, 0.1) for name in names]
    result = found(later(before), tolerances, before)
    assert [(each.outcome, each.change) for each in result.numbers] == [("within", 0.0)] * 2
    gone = found(later(before, slides=run.slides[1:]), tolerances, before)
    assert any("1 slide of the baseline is not among" in each for each in gone.cautions)


def test_a_check_is_kept_beside_the_run_and_the_baseline(tmp_path):
    filed, now_ = tmp_path / "may.pgrun", tmp_path / "november.pgrun"
    after = moved(-0.3)
    save_evaluation(BEFORE, filed)
    save_evaluation(after, now_)
    file_baseline(filed, plan=MonitoringPlan(6))
    result = check_against(filed, after, now_)
    assert load_check(now_, after.run) == result
    assert result.outcome == "outside"
    assert result.baseline_name == "may"
    assert result.next_check
    (kept,) = load_checks(filed, BEFORE.run.id)
    assert (kept.run_id, kept.outcome) == ("later", "outside")
    check_against(filed, after, now_)  # the baseline is still as it was filed
    assert len(load_checks(filed, BEFORE.run.id)) == 2
    (filed / "run.json").write_text("{}")
    with pytest.raises(BaselineError, match=r"run\.json was changed"):
        check_against(filed, after, now_)


def test_a_check_that_is_damaged_or_of_another_run_is_refused(tmp_path):
    save_evaluation(BEFORE, tmp_path)
    assert load_check(tmp_path, BEFORE.run) is None
    (tmp_path / "check.json").write_text("[]")
    with pytest.raises(BaselineError, match="Move it away"):
        load_check(tmp_path, BEFORE.run)
    (tmp_path / "baseline-checks.json").write_text('{"baseline_id": "x"}')
    with pytest.raises(BaselineError, match="another baseline"):
        load_checks(tmp_path, BEFORE.run.id)
