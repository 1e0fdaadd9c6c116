"""Everything is tried that can be, and what the run was made with is compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.phantom import qualifying
from pathgui.core.phantom.known_effects import RANGES
from pathgui.core.phantom.qualifying import program_sha256, qualified
from pathgui.core.phantom.self_test import STEPS, self_test
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.runs.qualification import KnownEffect
from tests.run_factory import make_evaluation

RUN = make_evaluation(1).run


@pytest.fixture
def quick(monkeypatch):
    """What takes seconds is found in no time."""
    steps = [(what, "fine", None) for what, _ in STEPS]
    monkeypatch.setattr(qualifying, "self_test", lambda: iter(steps))
    found = KnownEffect(0.8, 0.3, 0.44, 0.2, 0.5)
    monkeypatch.setattr(qualifying, "known_effect", lambda effect: replace(found, effect=effect))


def test_each_step_each_phantom_and_each_checksum_is_in_it_and_progress_is_told(quick):
    said: list[Progress] = []
    found = qualified(RUN, [], standard_encoders(), said.append)
    assert [step.what for step in found.steps] == [what for what, _ in STEPS]
    assert [each.effect for each in found.phantom] == list(RANGES)
    assert len(found.checksums) == 2
    assert found.checksums[0].now == "not found"
    assert found.passed
    assert (found.run_id, found.program_sha256) == (RUN.id, program_sha256()[0])
    assert [event.done for event in said] == list(range(len(STEPS) + len(RANGES) + 1))
    assert {event.total for event in said} == {len(STEPS) + len(RANGES) + 1}


def test_other_weights_than_those_of_the_run_are_another_and_do_not_pass(quick):
    known = standard_encoders()
    (result,) = RUN.encoders
    facts = replace(result.encoder, name="color-statistics", weights_sha256="of another file")
    run = replace(RUN, encoders=[replace(result, encoder=facts)])
    found = qualified(run, [], known)
    assert found.checksums[-1].now == "other"
    assert not found.passed


def test_it_can_be_stopped_between_two_steps(quick):
    def stop(event: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        qualified(RUN, [], standard_encoders(), stop)


def test_the_first_step_of_the_self_test_counts_an_example_by_hand():
    what, detail, error = next(iter(self_test()))
    assert (what, error) == ("measure", None)
    assert "7/16" in detail
