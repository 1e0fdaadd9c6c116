"""What must be said beside a run that an earlier version made.

At first, intervals came from drawing slides with replacement. Where a slide holds several
tissues that drawing favors the encoder, so a verdict may be too favorable (docs/measurements.md).
"""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import INTERVALS
from pathgui.core.runs.record import Run

EARLIER_INTERVALS = say(
    "An earlier version made the intervals of this run, by drawing slides "
    "with replacement. Where a slide holds several tissues, such intervals "
    "lie too high: a verdict that rests on them may be too favorable. "
    "Measure the run again before you rely on it."
)
JUDGED_BY_THEM = say("An earlier version made the intervals; they may be too favorable.")
TWO_KINDS = say(
    "Two versions made the intervals of these runs by different methods, so "
    "their differences have no interval. Measure the earlier run again, then "
    "compare."
)


def has_earlier_intervals(run: Run) -> bool:
    """Whether an earlier version made the intervals of the run."""
    return any(result.reference.intervals != INTERVALS for result in run.encoders)
