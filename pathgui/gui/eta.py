"""How long a run will still take, in words that do not jump about."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

WARM_UP = 3  # the first batches load weights and fill caches
WINDOW = 20  # batches that the rate rests on
SMOOTHING = 0.15  # weight of the newest batch


class Stopwatch:
    """The smoothed rate of one stage after another, and the time that its rest will take."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._marks: deque[tuple[float, int]] = deque(maxlen=WINDOW)
        self._seen = 0
        self._rate = 0.0  # items per second; 0: not known yet

    @property
    def rate(self) -> float | None:
        """Items per second of the present stage; None while it warms up."""
        return self._rate or None

    def update(self, stage: str, done: int, total: int) -> float | None:
        """Seconds that the rest of ``stage`` will take; None while it warms up."""
        now = self._clock()
        if stage != self._stage:
            self._stage = stage
            self._marks.clear()
            self._seen = 0
            self._rate = 0.0
        if self._marks and done <= self._marks[-1][1]:
            return self._remaining(done, total)
        self._seen += 1
        if self._seen > WARM_UP and self._marks:
            first_time, first_done = self._marks[0]
            if now > first_time:
                latest = (done - first_done) / (now - first_time)
                self._rate = (
                    latest if not self._rate else self._rate + SMOOTHING * (latest - self._rate)
                )
        if self._seen >= WARM_UP:
            self._marks.append((now, done))
        return self._remaining(done, total)

    def _remaining(self, done: int, total: int) -> float | None:
        return (total - done) / self._rate if self._rate else None


class RunClock:
    """Time left of a whole evaluation: the stage at hand, and the encoders still to come.

    An encoder embeds the reference set, then the slide. Those to come are taken to need as long
    as those that are done, or, before one is done, as the one at hand.
    """

    def __init__(
        self,
        titles: Sequence[str],
        n_reference: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._titles = list(titles)
        self._n_reference = n_reference
        self._n_slide = 0
        self._clock = clock
        self._stopwatch = Stopwatch(clock)
        self._current: int | None = None
        self._begun = clock()
        self._durations: list[float] = []

    def plan_slide(self, n_tiles: int) -> None:
        """The slide's tiles are known."""
        self._n_slide = n_tiles

    def update(self, stage: str, done: int, total: int) -> float | None:
        """Seconds left in all; None where that is not known yet."""
        rest = self._stopwatch.update(stage, done, total)
        found = [i for i, title in enumerate(self._titles) if stage.endswith(f" with {title}")]
        if found and found[-1] != self._current:
            now = self._clock()
            if self._current is not None:
                self._durations.append(now - self._begun)
            self._current, self._begun = found[-1], now
        if self._current is None or not found:
            return None
        rate = self._stopwatch.rate
        if rest is None or rate is None:
            return None
        if "reference set" in stage:
            rest += self._n_slide / rate
        to_come = len(self._titles) - 1 - self._current
        if self._durations:
            each = sum(self._durations) / len(self._durations)
        else:
            each = (self._n_reference + self._n_slide) / rate
        return rest + to_come * each


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
