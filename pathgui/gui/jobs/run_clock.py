"""How long a run will still take, in words that do not jump about."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pathgui.core.progress import Part, Progress

WARM_UP = 3  # the first batches load weights and fill caches
WINDOW = 20  # batches that the rate rests on
_EMBEDDING = (None, Part.REFERENCE_SET, Part.SLIDE)  # not where 64 tiles are compared with fp32
SMOOTHING = 0.15  # weight of the newest batch


class Stopwatch:
    """The smoothed rate of one stage after another, and the time that its rest will take."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step: object = None
        self._marks: deque[tuple[float, int]] = deque(maxlen=WINDOW)
        self._seen = 0
        self._rate = 0.0  # items per second; 0: not known yet

    @property
    def rate(self) -> float | None:
        """Items per second of the present stage; None while it warms up."""
        return self._rate or None

    def update(self, step: object, done: int, total: int) -> float | None:
        """Seconds that the rest of ``step`` will take; None while it warms up."""
        now = self._clock()
        if step != self._step:
            self._step = step
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


@dataclass(frozen=True)
class Expected:
    """What an estimate said, in seconds by the name of the encoder; may be of some only."""

    embedding: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)  # measuring, maps
    n_slide: int = 0  # tiles of the slide; 0: none, or not known


class RunClock:
    """Time left of a whole evaluation: the stage at hand, and the encoders still to come.

    Some encoders at a time embed the reference set, then the slide; then they are measured. With
    ``sets_first`` all embed the reference set before the first goes on, since they choose one k.
    Those to come are taken to need what ``expected`` says, else as long as those that are done,
    or, before one is done, as those at hand.
    """

    def __init__(
        self,
        names: Sequence[str],
        n_reference: int,
        clock: Callable[[], float] = time.monotonic,
        expected: Expected | None = None,
        *,
        sets_first: bool = False,
    ) -> None:
        self._sets_first = sets_first
        # Encoders whose slide is still to come: seconds of the reference set, tiles per second.
        self._waiting: dict[str, tuple[float, float | None]] = {}
        self._on_set = False  # the stage at hand is one of the reference set
        self._last_rate: float | None = None  # of the stage at hand
        self._to_come = set(names)
        self._n_reference = n_reference
        self._n_slide = 0
        self._real_clock = clock
        self._paused_at: float | None = None
        self._away = 0.0  # seconds spent pausing
        self._expected = expected or Expected()
        self._stopwatch = Stopwatch(self._clock)
        self._current: tuple[str, ...] = ()
        self._begun = self._clock()
        self._durations: list[float] = []  # of encoders that are done
        self._estimate: tuple[float, float] | None = None  # when it was made, seconds left
        if set(names) <= self._expected.embedding.keys():
            all_of_it = sum(self._expected.embedding[name] for name in names)
            self._estimate = self._begun, all_of_it + sum(self._expected.after.values())

    def pause(self, paused: bool) -> None:
        """Time stands still until it goes on."""
        now = self._real_clock()
        if self._paused_at is not None:
            self._away += now - self._paused_at
        self._paused_at = now if paused else None

    def _clock(self) -> float:
        until = self._real_clock() if self._paused_at is None else self._paused_at
        return until - self._away

    def plan_slide(self, n_tiles: int) -> None:
        """The slide's tiles are known."""
        self._n_slide = n_tiles

    @property
    def seconds_left(self) -> float | None:
        """Of the whole run, by the last estimate, less the time since; None before the first."""
        if self._estimate is None:
            return None
        made, seconds = self._estimate
        return max(0.0, seconds - (self._clock() - made))

    def update(self, event: Progress) -> float | None:
        """Seconds left in all; None where this event says nothing of that."""
        left = self._left_after(event)
        if left is not None:
            self._estimate = self._clock(), left
        return left

    def _left_after(self, event: Progress) -> float | None:
        rest = self._stopwatch.update(event.step, event.done, event.total)
        if not event.encoders or event.part not in _EMBEDDING:
            return None
        if event.encoders != self._current and not set(event.encoders) <= set(self._current):
            self._change_encoders()
        self._current = event.encoders
        self._on_set = event.part is Part.REFERENCE_SET
        self._to_come -= set(event.encoders)
        for name in event.encoders:
            self._waiting.pop(name, None)
        rate = self._last_rate = self._stopwatch.rate
        if rest is None or rate is None:
            return None
        if self._on_set:
            rest += len(event.encoders) * self._n_slide / rate
        rest += sum(self._expected.after.get(name, 0.0) for name in event.encoders)
        rest += sum(self._of_slide(name, rate) for name in self._waiting)
        return rest + sum(self._of(name, rate) for name in self._to_come)

    def _change_encoders(self) -> None:
        """The encoders at hand are done, or wait for their slide."""
        now = self._clock()
        if self._current:
            each = (now - self._begun) / len(self._current)
            if self._sets_first and self._on_set:
                self._waiting |= dict.fromkeys(self._current, (each, self._last_rate))
            else:
                self._durations += [each] * len(self._current)
        self._begun = now

    def _of_slide(self, name: str, rate: float) -> float:
        """Seconds that an encoder needs whose reference set is embedded."""
        spent, own_rate = self._waiting[name]
        after = self._expected.after.get(name, 0.0)
        if name in self._expected.embedding:
            return max(0.0, self._expected.embedding[name] - spent) + after
        return self._n_slide / (own_rate or rate) + after

    def _of(self, name: str, rate: float) -> float:
        """Seconds that an encoder to come will take."""
        after = self._expected.after.get(name, 0.0)
        if name in self._expected.embedding:
            return self._expected.embedding[name] + after
        if self._waiting and not self._durations:
            of_sets = [spent for spent, _ in self._waiting.values()]
            return sum(of_sets) / len(of_sets) + self._n_slide / rate + after
        if self._durations:
            return sum(self._durations) / len(self._durations)
        return (self._n_reference + self._n_slide) / rate + after
