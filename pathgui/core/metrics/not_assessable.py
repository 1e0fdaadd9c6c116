"""What stands in the place of a number that the data cannot give."""

from __future__ import annotations

from pathgui.core.system.json_records import Member


class NotAssessable(Member, frozen=True):
    """A number that these data cannot give, and why. Never 0, never blank."""

    reason: str
    value: None = None
