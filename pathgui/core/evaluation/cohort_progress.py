"""How far a run over many slides is, told with every step of it."""

from __future__ import annotations

import time
from dataclasses import replace

from pathgui.core.progress import Event, Part, Progress, ProgressFn, RunProgress

# Of the work on the reference set, how far it is when each part begins, and how much the part is.
_OF_REFERENCE = {
    Part.READING: (0.0, 0.0),
    Part.REFERENCE_SET: (0.0, 0.6),
    Part.MEASURING: (0.6, 0.0),
    Part.MAPS: (0.9, 0.0),
}
_OF_SLIDE = 0.95  # the share of embedding; measuring it and saving are the rest


class CohortProgress:
    """Passes events on, and says with each :class:`Progress` how far the whole run is.

    The work of a slide is taken to go with the size of its file, that of the reference set to be
    one slide of mean size.
    """

    def __init__(self, slides: int, size: int, report: ProgressFn) -> None:
        self.raised: Exception | None = None  # by the callback, which so ends the run
        self._report = report
        self._total = slides
        self._weight = max(1, size)
        self._unit = self._weight / max(1, slides)
        self._done = 0.0  # weight of slides that are over
        self._over = self._failed = 0
        self._slide, self._own = "", self._unit
        self._within = 0.0  # of what is worked on
        self._began: float | None = None  # when this process began with slides
        self._done_here = 0.0
        self._reference = 0.0  # weight of the reference set that is over

    def begin(self, slide: str, size: int) -> None:
        """The next slide is worked on."""
        if self._began is None:
            self._began = time.monotonic()
        self._reference = self._unit
        self._slide, self._own, self._within = slide, float(size), 0.0

    def over(self, size: int, failed: bool, *, here: bool = True) -> None:
        """A slide is done or failed; ``here``: in this process, so its time tells of others'."""
        self._done += size
        self._over += 1
        self._failed += failed
        self._own = self._within = 0.0
        if here and not failed:
            self._done_here += size

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._within = max(self._within, self._share_of(event))
            event = replace(event, run=self.state())
        try:
            self._report(event)
        except Exception as error:
            self.raised = error
            raise

    def _share_of(self, event: Progress) -> float:
        within = min(1.0, event.done / event.total) if event.total > 0 else 0.0
        if self._slide:
            return _OF_SLIDE * within if event.part is Part.SLIDE else 0.0
        start, length = _OF_REFERENCE.get(event.part or Part.READING, (0.0, 0.0))
        return start + length * within

    def state(self) -> RunProgress:
        """How far it is."""
        current = self._own * self._within
        share = (self._reference + self._done + current) / (self._unit + self._weight)
        left = None
        if self._began is not None and self._done_here > 0:
            rate = (time.monotonic() - self._began) / (self._done_here + current)
            left = rate * max(0.0, self._weight - self._done - current)
        return RunProgress(
            self._slide, self._over, self._failed, self._total, min(1.0, share), left
        )
