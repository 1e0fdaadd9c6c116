"""Calls on an engine, followed to their end: what was killed is handed over again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pathgui.core.cluster.call import Call, Ended
from pathgui.core.cluster.engine import Engine, Running
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Progress, ProgressFn

LOOK_SECONDS = 2.0
_BEAT_SECONDS = 0.2  # in between, the caller may cancel


@dataclass(frozen=True)
class Counts:
    """How many calls are where."""

    waiting: int
    running: int
    good: int
    failed: int


def follow(
    engine: Engine,
    calls: Sequence[Call],
    *,
    tries: int = 3,
    progress: Callable[[Counts], Progress],
    report: ProgressFn,
    look_seconds: float = LOOK_SECONDS,
) -> list[tuple[Call, Ended]]:
    """Carry calls out; returns those that did not end well, with how.

    Parameters
    ----------
    tries
        How often a call is handed over that is killed each time. One that fails by itself is not
        tried again: it would fail again.
    progress
        Makes of how many calls are where what is reported.

    Raises
    ------
    ClusterError
        If the engine takes no calls, or cannot be asked.
    Cancelled
        If ``report`` raised it; calls that have not ended are stopped.
    """
    running: dict[int, Running] = dict(enumerate(engine.submit(calls)))
    tried = [1] * len(calls)
    bad: list[tuple[Call, Ended]] = []
    good = 0
    try:
        while running:
            looks = {at: each.look() for at, each in running.items()}
            for at, found in looks.items():
                if not isinstance(found, Ended):
                    continue
                del running[at]
                if found.good:
                    good += 1
                elif found.killed and tried[at] < tries:
                    tried[at] += 1
                    report(
                        Notice(
                            say(
                                "{call} was killed, or its machine was lost; it is begun again "
                                "(try {n} of {tries}).",
                                call=calls[at].title,
                                n=tried[at],
                                tries=tries,
                            )
                        )
                    )
                    (running[at],) = engine.submit([calls[at]])
                else:
                    bad.append((calls[at], found))
            states = [looks.get(at, "waiting") for at in running]
            work = sum(state == "running" for state in states)
            event = progress(Counts(len(states) - work, work, good, len(bad)))
            _rest(event, report, look_seconds if running else 0.0)
    except BaseException:
        for each in running.values():
            each.stop()
        raise
    return bad


def _rest(event: Progress, report: ProgressFn, seconds: float) -> None:
    end = time.monotonic() + seconds
    report(event)
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _BEAT_SECONDS))
        report(event)
