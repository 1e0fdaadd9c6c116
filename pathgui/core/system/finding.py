"""One thing that was looked at before work begins, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    ``state``: "bad" keeps work from being done or loses slides, "note" is to be known.
    """

    what: str
    state: Literal["good", "note", "bad"]
    detail: str
    fix: str = ""
    cases: tuple[str, ...] = ()  # one line for each slide or row that it is about


def any_bad(findings: Iterable[Finding]) -> bool:
    """Whether anything stands in the way."""
    return any(finding.state == "bad" for finding in findings)
