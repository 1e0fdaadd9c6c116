"""The moment as records keep it, and durations in words."""

from __future__ import annotations

from datetime import datetime

from pathgui.core.language.texts import filled, say


def now() -> str:
    """Date and time to the second, with the offset from UTC, as ISO 8601 has them."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def to_the_minute(moment: str) -> str:
    """A moment of a record for a list: where it was made, without the offset.

    >>> to_the_minute("2026-11-30T09:41:07+01:00")
    '2026-11-30 09:41'
    """
    return datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M")


def in_words(seconds: float) -> str:
    """An estimate as "about 6 min": never in steps below 5 s, so that it does not jump about.

    >>> in_words(2), in_words(43), in_words(110), in_words(372), in_words(9000)
    ('a few seconds', 'about 45 s', 'about 2 min', 'about 6 min', 'about 2 h 30 min')
    """
    if seconds < 5:
        return say("a few seconds")
    if seconds < 57.5:
        return say("about {seconds} s", seconds=5 * round(seconds / 5))
    minutes = round(seconds / 60)
    if minutes < 60:
        return say("about {minutes} min", minutes=minutes)
    hours, minutes = divmod(5 * round(minutes / 5), 60)
    return (
        say("about {hours} h {minutes} min", hours=hours, minutes=minutes)
        if minutes
        else say("about {hours} h", hours=hours)
    )


def duration(seconds: float) -> str:
    """A duration as it was measured.

    >>> duration(0.912), duration(48.2), duration(312), duration(7322)
    ('0.9 s', '48 s', '5 min 12 s', '2 h 2 min')
    """
    if seconds < 60:
        return _seconds(seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return say("{minutes} min {rest} s", minutes=minutes, rest=rest)
    hours, minutes = divmod(minutes, 60)
    return say("{hours} h {minutes} min", hours=hours, minutes=minutes)


def in_table(seconds: float) -> str:
    """A duration in a table, with its unit last.

    >>> in_table(0.912), in_table(48.2), in_table(312), in_table(7322)
    ('0.9 s', '48 s', '5:12 min', '2:02 h')
    """
    if seconds < 60:
        return _seconds(seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return say("{minutes}:{rest:02} min", minutes=minutes, rest=rest)
    return f"{minutes // 60}:{minutes % 60:02} h"


def _seconds(seconds: float) -> str:
    if seconds < 10:
        return filled("{seconds:.1f} s", seconds=seconds)
    return filled("{seconds:.0f} s", seconds=seconds)
