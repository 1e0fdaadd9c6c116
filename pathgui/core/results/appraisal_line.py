"""What an appraisal of a reference set is said in: findings, and parts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# fault: numbers are wrong, or there are none; caution: look at it; fine: nothing to do
Tone = Literal["fault", "caution", "fine"]
MOST_NAMED = 10  # findings of a kind that are written out


@dataclass(frozen=True)
class Line:
    """One finding."""

    text: str
    tone: Tone = "fine"
    rows: tuple[int, ...] = ()  # tiles that it is about, by which a window shows them
    then: str = ""  # what to do next, where the text does not say it

    @property
    def whole(self) -> str:
        """The text with what to do next."""
        return f"{self.text} {self.then}".rstrip()


@dataclass(frozen=True)
class Part:
    """Findings that belong together."""

    title: str
    lines: tuple[Line, ...]
