"""One measured number with all that makes it readable, and how it is read from a record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pathgui.core.language.retelling import retold
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.formatting import NOT_ASSESSABLE, because
from pathgui.core.results.measures import MEASURES, Measure, reading_text
from pathgui.core.results.readings import NOT_MEASURED, Reading
from pathgui.core.runs.record import EncoderResult


@dataclass(frozen=True)
class Number:
    """One measured number.

    Attributes
    ----------
    name, title : str
        "robustness_index" as in criteria and tables, and "Robustness index" as people read it.
    value : float or None
        None where it is not assessable; ``reason`` then says why.
    low, high : float or None
        Bounds of the 95 % interval. None where there is none; ``reason`` says why, if known.
    null : float or None
        The chance value: what neighbors drawn at random, or guessing, would give. None where there
        is none to compare with.
    support : float or None
        Share of the tiles that have a neighbor that tells tissue from center, 0..1. None of
        numbers that do not rest on such neighbors.
    n : int or None
        How many tiles (or cases, errors, squares: ``n_of``) the number rests on.
    definition : str
        What is measured, in a sentence or two.
    better : str
        "high" or "low".
    reason : str
        Why there is no value or no interval; "" otherwise.
    """

    name: str
    title: str
    value: float | None
    low: float | None = None
    high: float | None = None
    null: float | None = None
    support: float | None = None
    n: int | None = None
    n_of: str = "tiles"
    definition: str = ""
    better: str = "high"
    reason: str = ""
    digits: int = field(default=3, repr=False)  # after the point, where it is printed

    @property
    def text(self) -> str:
        """The number as it is printed.

        >>> Number("support", "Support", 0.4371, low=0.391, high=0.482).text
        '0.437 [0.391, 0.482]'
        >>> Number("mari", "MaRI", None, reason="all tiles are from one center").text
        'not assessable: all tiles are from one center'
        """
        if self.value is None:
            return (
                self.reason
                if self.reason == retold(NOT_MEASURED)
                else f"{NOT_ASSESSABLE}: {self.reason}"
            )
        return reading_text(Reading(self.value, self.low, self.high), self.digits)


def numbers_of(result: EncoderResult) -> dict[str, Number]:
    """All numbers of one encoder's result that have a name of their own, by that name."""
    return {
        each.key: _number(each, result)
        for each in MEASURES
        if result.slide is not None or not each.needs_slide
    }


def _number(measure: Measure, result: EncoderResult) -> Number:
    found = measure.read(result)
    bare = Number(
        measure.key,
        measure.title,
        None,
        definition=measure.help,
        better=measure.better,
        digits=measure.digits,
    )
    if isinstance(found, NotAssessable):
        return replace(bare, reason=because(found.reason))
    basis = measure.basis(result.reference, result.slide)
    return replace(
        bare,
        value=found.value,
        low=found.low,
        high=found.high,
        null=basis.null,
        support=basis.support,
        n=basis.n,
        n_of=basis.n_of,
        reason=because(found.no_interval),
    )
