"""The moment, as records keep it."""

from __future__ import annotations

from datetime import datetime


def now() -> str:
    """Date and time to the second, with the offset from UTC, as ISO 8601 has them."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
