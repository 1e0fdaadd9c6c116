"""A step of an encoder that fails ends this encoder, and its time is kept."""

from __future__ import annotations

import pytest

from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.encoder_steps import EncoderSteps
from pathgui.core.progress import Notice
from tests.core.stand_ins import spec_of


def test_what_a_user_can_act_on_ends_the_encoder_and_is_told():
    told = []
    steps = EncoderSteps(spec_of(), "fp32", told.append)
    with steps.step("measure"):
        raise EncoderError("It is too large.")
    assert not steps.alive
    assert steps.failure.reason == "It is too large."
    assert told == [Notice("Mean color could not run: It is too large.")]
    assert steps.seconds["measure"] >= 0


def test_a_bug_is_not_taken_for_a_failure():
    steps = EncoderSteps(spec_of(), "fp32", lambda event: None)
    with pytest.raises(ZeroDivisionError), steps.step():
        1 / 0  # noqa: B018
    assert steps.alive


def test_work_is_timed_under_the_step_whose_cost_is_estimated():
    steps = EncoderSteps(spec_of(), "fp32", lambda event: None)
    assert steps.watched(lambda report: 7, "Measuring", "measure") == 7
    assert steps.watched(lambda report: 8, "Reading") == 8
    assert list(steps.took) == ["measure"]
