"""Moments for the record, and durations that do not jump about."""

from __future__ import annotations

from datetime import datetime, timedelta

from pathgui.core.system.times import in_words, now


def test_now_is_to_the_second_and_says_its_offset():
    moment = datetime.fromisoformat(now())
    assert moment.tzinfo is not None
    assert moment.microsecond == 0
    assert abs(datetime.now().astimezone() - moment) < timedelta(seconds=60)


def test_a_longer_time_never_reads_as_a_shorter_one():
    def minutes(text):
        words = text.removeprefix("about ").split()
        if text == "a few seconds":
            return 0.0
        units = {"s": 1 / 60, "min": 1, "h": 60}
        return sum(int(n) * units[u] for n, u in zip(words[::2], words[1::2], strict=True))

    shown = [minutes(in_words(seconds)) for seconds in range(40_000)]
    assert shown == sorted(shown)


def test_steps_are_never_below_five_seconds():
    assert {in_words(seconds) for seconds in range(5, 57)} == {
        f"about {s} s" for s in range(5, 60, 5)
    }
