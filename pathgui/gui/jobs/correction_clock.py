"""How far cross-fitting is, and how long it will still take for the encoder at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pathgui.core.crossfit.cross_fit import HALVINGS, PROBED
from pathgui.core.progress import Progress

# A step of a halving in which probes are fitted takes so many times as long as one of another.
# Between 2 and 60 for the encoders of the demo; used until a halving of the other kind was seen.
PROBES_TAKE = 10.0


class CorrectionClock:
    """Weighs the steps of :func:`~pathgui.core.crossfit.cross_fit.cross_fit` by what they take.

    Probes are fitted in the first halvings alone, and corrections differ, so a plain share of
    steps would stand still and then jump. Of encoders to come nobody knows how long they take: it
    goes with the length of their embeddings, and not in proportion.
    """

    def __init__(
        self,
        encoders: Sequence[str],
        halvings: int = HALVINGS,
        probed: int = PROBED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``encoders``: names, in their order."""
        self._encoders = list(encoders)
        self.halvings, self._probed = halvings, min(probed, halvings)
        self._clock = clock
        self._at, self._total = -1, 0  # the encoder at hand, and its steps
        self._step, self._since = 0, 0.0
        self._spent: dict[tuple[int, bool], list[float]] = {}  # on a variant, with probes or not

    def halving(self, event: Progress) -> int:
        """The number of the halving that goes on, from 1."""
        return min(self.halvings, 1 + event.done * self.halvings // max(1, event.total))

    def update(self, event: Progress) -> tuple[float, float | None]:
        """The share of all encoders that is done, 0..1; seconds left for this one, None at first.

        The first seconds left come when each variant was judged once.
        """
        now, at = self._clock(), self._encoders.index(event.encoders[0])
        if (at, event.total) != (self._at, self._total) or event.done < self._step:
            # Corrections of tiles follow those of embeddings, and are counted by themselves.
            self._at, self._total = at, event.total
            self._step, self._since, self._spent = event.done, now, {}
        if event.done > self._step:
            each = (now - self._since) / (event.done - self._step)
            for step in range(self._step, event.done):
                self._spent.setdefault(self._kind(step), []).append(each)
            self._step, self._since = event.done, now
        seconds = [self._seconds(self._kind(step)) for step in range(event.total)]
        known = len(self._spent) >= self._variants
        left = max(0.0, sum(seconds[self._step :]) - (now - self._since))
        share = sum(seconds[: self._step]) / sum(seconds) if sum(seconds) else 0.0
        return (at + share) / len(self._encoders), left if known else None

    @property
    def _variants(self) -> int:
        """Corrections that are judged in each half, and none of them."""
        return max(1, self._total // (2 * self.halvings))

    def _kind(self, step: int) -> tuple[int, bool]:
        return step % self._variants, step < 2 * self._variants * self._probed

    def _seconds(self, kind: tuple[int, bool]) -> float:
        """What a step of a kind takes: as seen, else by what others like it take."""
        variant, probed = kind
        for likes in ([variant], range(self._variants)):
            same = [s for v in likes for s in self._spent.get((v, probed), ())]
            if same:
                return sum(same) / len(same)
            other = [s for v in likes for s in self._spent.get((v, not probed), ())]
            if other:
                mean = sum(other) / len(other)
                return mean * PROBES_TAKE if probed else mean / PROBES_TAKE
        return PROBES_TAKE if probed else 1.0
