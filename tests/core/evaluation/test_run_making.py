"""Notices go on to whoever watches, and into the record with the time."""

from __future__ import annotations

from pathgui.core.evaluation.run_making import EventLog
from pathgui.core.progress import Notice, Progress


def test_notices_are_passed_on_and_kept_and_all_else_is_passed_on():
    told = []
    log = EventLog(told.append)
    events = [Notice("two tiles are unreadable"), Progress("Embedding", 1, 2)]
    for event in events:
        log(event)
    assert told == events
    assert [event.text for event in log.events] == ["two tiles are unreadable"]
    assert log.events[0].time[:2] == "20"
