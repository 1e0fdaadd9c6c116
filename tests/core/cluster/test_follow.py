"""Calls followed to their end: what is tried again, what is not, and what is stopped."""

from __future__ import annotations

import pytest

from pathgui.core.cluster.call import Call, Ended
from pathgui.core.cluster.follow import Counts, follow
from pathgui.core.progress import Cancelled, Notice, Progress
from tests.core.cluster.stand_in import KILLED, StandIn

GOOD, BAD = Ended(0), Ended(2, "Error: no such slide")


def carried_out(ends, report=lambda event: None, tries=3):
    engine = StandIn(ends)
    calls = [Call(title, ("true",), "/") for title in ends]
    counts: list[Counts] = []

    def progress(found: Counts) -> Progress:
        counts.append(found)
        return Progress("", 0, 1)

    bad = follow(engine, calls, tries=tries, progress=progress, report=report, look_seconds=0)
    return engine, [(call.title, ended) for call, ended in bad], counts


def test_what_was_killed_is_begun_again_and_said():
    events = []
    engine, bad, counts = carried_out({"a": [KILLED, KILLED, GOOD], "b": [GOOD]}, events.append)
    assert bad == []
    assert engine.tried == ["a", "b", "a", "a"]
    told = [event.text for event in events if isinstance(event, Notice)]
    assert told[0].startswith("a was killed")
    assert "(try 3 of 3)" in told[1]
    assert counts[-1] == Counts(0, 0, 2, 0)


def test_what_fails_by_itself_is_not_tried_again_and_the_others_go_on():
    engine, bad, _ = carried_out({"a": [BAD], "b": [KILLED, GOOD]})
    assert bad == [("a", BAD)]
    assert engine.tried == ["a", "b", "b"]


def test_what_is_killed_each_time_is_given_up():
    engine, bad, _ = carried_out({"a": [KILLED, KILLED]}, tries=2)
    assert bad == [("a", KILLED)]
    assert engine.tried == ["a", "a"]


def test_to_cancel_stops_what_has_not_ended():
    def report(event):
        raise Cancelled

    engine = StandIn({"a": ["running"], "b": ["waiting"]})
    calls = [Call(title, ("true",), "/") for title in engine.ends]
    with pytest.raises(Cancelled):
        follow(engine, calls, progress=lambda _: Progress("", 0, 1), report=report)
    assert sorted(engine.stopped) == ["a", "b"]
