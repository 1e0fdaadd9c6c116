"""Whoever decides reads a decision that the numbers carry, why, and what is missing and next."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.results.answers import answers, not_known
from pathgui.core.results.judging import judge
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.record import Run
from tests.run_factory import make_evaluation

NOW = "2026-01-01T00:00:00+00:00"


def run_with(low: float, high: float, *, support: float = 0.7, **of_slide: object) -> Run:
    """A run of one encoder whose interval is known; its chance value is 0.5."""
    run = make_evaluation(1).run
    result = run.encoders[0]
    index = result.reference.robustness_index
    assert isinstance(index, RobustnessIndex)
    index = msgspec.structs.replace(
        index, value=(low + high) / 2, low=low, high=high, null=0.5, support=support
    )
    facts = replace(result.encoder, name="our-model", title="Our model")
    reference = replace(result.reference, robustness_index=index, by_center=[])
    slide = replace(result.slide, outside=None, outside_share=0.05)
    slide = replace(slide, **of_slide)
    result = replace(result, encoder=facts, reference=reference, slide=slide)
    return replace(run, encoders=[result], comparison=None, criteria=None)


@pytest.mark.parametrize(
    ("run", "tone", "decision", "next_"),
    [
        (run_with(0.8, 0.9), "good", "Go on: test your own task", "Test your own task at a center"),
        (run_with(0.1, 0.3), "bad", "Do not rely on it across centers", "Choose another encoder"),
        (run_with(0.4, 0.6), "caution", "No decision: the result can be chance", "Add slides, not"),
        (run_with(0.8, 0.9, support=0.1), "caution", "rests on 10 % of tiles", "Add tissues that"),
        (run_with(0.8, 0.9, outside_share=0.38), "caution", "Not on this slide", "Test your own"),
    ],
)
def test_the_decision_is_the_one_that_the_interval_supports(run, tone, decision, next_) -> None:
    (answer,) = answers(run)
    assert answer.tone == tone
    assert decision in answer.decision
    assert answer.next[0].startswith(next_)
    assert "95 % interval" in answer.why[1]
    assert "chance value 0.500" in answer.why[1]


def test_a_slide_unlike_the_set_is_said_with_its_share_and_what_to_add() -> None:
    (answer,) = answers(run_with(0.8, 0.9, outside_share=0.38))
    assert any(line.startswith("38 % of the slide's tiles lie far") for line in answer.why)
    assert any("Add tiles like this slide's" in line for line in answer.next)


def test_a_limit_that_is_not_met_decides_whatever_the_interval_says() -> None:
    run = run_with(0.8, 0.9)
    criterion = Criterion("robustness_index", "at least", 0.95, who="R")
    judged = judge([criterion], run.encoders, [], frozen_at=NOW)
    (answer,) = answers(replace(run, criteria=judged))
    assert answer.tone == "bad"
    assert "a limit is not met" in answer.decision
    assert any(line.startswith("Limit not met: ") for line in answer.why)
    met = judge([replace(criterion, threshold=0.7)], run.encoders, [], frozen_at=NOW)
    (answer,) = answers(replace(run, criteria=met))
    assert "It meets the 1 limit that was set before the run." in answer.why


def test_a_set_that_cannot_tell_and_a_control_get_no_decision() -> None:
    control, other, _ = sorted(
        answers(make_evaluation(3, assessable=False).run), key=lambda each: each.tone != "muted"
    )
    assert control.decision.startswith("A control")
    assert other.decision.startswith("No decision: the reference set does not answer")
    assert other.next[0].startswith("Change the reference set: every tile comes from one center")


def test_what_nobody_said_before_the_run_is_missing() -> None:
    lines = not_known(replace(run_with(0.8, 0.9), intended_use=None, slide=None))
    assert [line.split(",")[0].split(":")[0] for line in lines] == [
        "Nobody set acceptance criteria before the run",
        "The intended use is not described",
        "No slide was evaluated",
    ]
