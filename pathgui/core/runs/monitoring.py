"""The plan by which a laboratory checks an encoder again: every so many months, and when."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from pathgui.core.language.texts import say

MOST_MONTHS = 120


@dataclass(frozen=True)
class MonitoringPlan:
    """How often a baseline is checked again, and which events ask for a check before that."""

    every_months: int | None = None  # None: no interval was set
    triggers: tuple[str, ...] = ()

    @property
    def stated(self) -> bool:
        """Whether anything is planned.

        >>> MonitoringPlan().stated, MonitoringPlan(6).stated
        (False, True)
        """
        return self.every_months is not None or bool(self.triggers)

    @property
    def interval(self) -> str:
        """The interval in words; "" where none was set.

        >>> MonitoringPlan(1).interval, MonitoringPlan(6).interval
        ('every month', 'every 6 months')
        """
        if self.every_months is None:
            return ""
        return (
            say("every month")
            if self.every_months == 1
            else say("every {every_months} months", every_months=self.every_months)
        )

    def said(self) -> list[tuple[str, str]]:
        """Each part with its title; "" where it is not set.

        >>> MonitoringPlan(6, ("a new scanner", "a new stain")).said()[1]
        ('And before that, at', 'a new scanner; a new stain')
        """
        return [
            (say("Check again"), self.interval),
            (say("And before that, at"), "; ".join(self.triggers)),
        ]

    def next_after(self, moment: str) -> str:
        """The day by which the next check is due; "" where no interval was set.

        ``moment`` is ISO 8601. Of a month without that day, the last day is meant.

        >>> MonitoringPlan(6).next_after("2026-08-31T09:00:00+02:00")
        '2027-02-28'
        """
        if self.every_months is None:
            return ""
        day = date.fromisoformat(moment[:10])
        year, month = divmod(day.year * 12 + day.month - 1 + self.every_months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)).isoformat()
