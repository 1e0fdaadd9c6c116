"""Whenever a process that replaces a run is killed, a complete run is left and can be found."""

from __future__ import annotations

import os

import pytest

from tests.drills.kills import Moment, at, at_random

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        # The first rename finds the name taken, the second exchanges, the third marks the old one.
        (Moment("rename", 2, "before", slow=False), "the old run in place, the new one recovered"),
        (Moment("rename", 2, "after", slow=False), "the new run in place"),
        (Moment("rename", 1, "after", slow=True), "the old run beside, the new one recovered"),
        (Moment("fsync", 2, "after", slow=False), "the old run in place, the new one recovered"),
    ],
)
def test_killed_between_two_steps_no_run_is_lost(tmp_path, moment, left):
    assert at(moment, tmp_path) == left


def test_killed_at_random_moments_no_run_is_lost(tmp_path):
    assert sum(at_random(4, tmp_path, seed=1).values()) == 4
