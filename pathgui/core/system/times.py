"""The moment as records keep it, and durations in words that do not jump about."""

from __future__ import annotations

from datetime import datetime


def now() -> str:
    """Date and time to the second, with the offset from UTC, as ISO 8601 has them."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def in_words(seconds: float) -> str:
    """A duration as "about 6 min": never in steps below 5 s.

    >>> in_words(2), in_words(43), in_words(110), in_words(372), in_words(9000)
    ('a few seconds', 'about 45 s', 'about 2 min', 'about 6 min', 'about 2 h 30 min')
    """
    if seconds < 5:
        return "a few seconds"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min"
    hours, minutes = divmod(5 * round(minutes / 5), 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"
