"""Work that cannot be interrupted, and a caller that can.

Loading a model, a forward of a large one, fitting a probe: none of them can be stopped on the way.
Here they run in threads of their own while the caller goes on reporting, so that cancelling never
waits for them. A thread left behind ends by itself, and what it made is dropped.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Generic, TypeVar

from pathgui.core.progress import Cancelled, Event, Progress, ProgressFn, ignore_progress

T = TypeVar("T")

BEAT_SECONDS = 0.2

_left_behind: list[threading.Thread] = []


def left_behind() -> tuple[threading.Thread, ...]:
    """Threads that still run although nobody waits for them.

    The interpreter must not be taken down under them: wait for them, or use ``os._exit``.
    """
    _left_behind[:] = [thread for thread in _left_behind if thread.is_alive()]
    return tuple(_left_behind)


class Outcome(Generic[T]):
    """What a piece of work returned or raised, once it has ended."""

    def __init__(self, work: Callable[[], T]) -> None:
        # In the language of who asks for it: a record's texts are English in each of its threads.
        self._work: Callable[[], T] | None = partial(copy_context().run, work)
        self._done = threading.Event()
        self._value: T
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work. Called once, on the thread that does it."""
        assert self._work is not None
        try:
            self._value = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is asked for
            self._error = error
        self._work = None  # what it holds must not live as long as its outcome
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after so many seconds at most."""
        return self._done.wait(seconds)

    def result(self) -> T:
        """What the work returned; raises what it raised. Only after it has ended."""
        if self._error is not None:
            raise self._error
        return self._value


class Workers:
    """Threads that do pieces of work in the order given. A context manager.

    On leaving, they end. After an error (cancelling is one) threads that are in the middle of
    something get a moment, and are left behind if that is not enough.
    """

    def __init__(self, count: int, name: str) -> None:
        self._name = name
        self._todo: queue.SimpleQueue[Outcome[object] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self.grow(count)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(None if kind is None else BEAT_SECONDS)

    def grow(self, count: int) -> None:
        """Be at least so many threads."""
        for number in range(len(self._threads), count):
            name = f"{self._name}-{number}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def drop(self) -> None:
        """Forget what was not begun."""
        while not self._todo.empty():
            try:
                self._todo.get_nowait()
            except queue.Empty:
                break

    def end(self, patience: float | None = None) -> None:
        """Drop what was not begun and wait for the rest, so many seconds at most."""
        self._stopped.set()
        self.drop()
        for _thread in self._threads:
            self._todo.put(None)
        part_with(self._threads, patience)

    def submit(self, work: Callable[[], T]) -> Outcome[T]:
        """Have ``work`` done by the next thread that is free."""
        outcome = Outcome(work)
        self._todo.put(outcome)  # type: ignore[arg-type]
        return outcome

    def check(self) -> None:
        """To be called by the work now and then; raises Cancelled when nobody waits any more."""
        if self._stopped.is_set():
            raise Cancelled

    def _run(self) -> None:
        while (outcome := self._todo.get()) is not None:
            outcome.run()


def watched(work: Callable[[ProgressFn], T], report: ProgressFn, waiting: Progress) -> T:
    """``work(report)``, done in a thread of its own while this one keeps reporting.

    ``report`` is called on the calling thread only: with what the work reports, and in between
    with the latest progress (at first ``waiting``), so that it can raise
    :class:`~pathgui.core.progress.Cancelled` at any time. Then the work is told so at its next
    report, and not waited for.
    """
    events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def pass_on(event: Event) -> None:
        if stopped.is_set():
            raise Cancelled
        events.put(event)

    outcome = Outcome(lambda: work(pass_on))

    def run() -> None:
        outcome.run()
        events.put(None)

    thread = threading.Thread(target=run, name="watched", daemon=True)
    thread.start()
    latest = waiting
    try:
        while True:
            try:
                event = events.get(timeout=BEAT_SECONDS)
            except queue.Empty:
                report(latest)
                continue
            if event is None:
                break
            if isinstance(event, Progress):
                latest = event
            report(event)
    except BaseException:
        stopped.set()
        part_with([thread], BEAT_SECONDS)
        raise
    thread.join()
    return outcome.result()


def part_with(threads: list[threading.Thread], seconds: float | None) -> None:
    """Wait for threads, at most so long; None: until they have ended."""
    deadline = None if seconds is None else time.monotonic() + seconds
    for thread in threads:
        thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            _left_behind.append(thread)


def in_parallel(
    works: Sequence[Callable[[], None]], report: ProgressFn, stage: str, workers: int | None = None
) -> None:
    """Run ``works`` in threads, one BLAS thread each; ``report`` is called on this thread.

    Many thin products gain nothing from a second BLAS thread and lose to its waiting; fits side
    by side gain twofold.
    """
    import os
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    report(Progress(stage, 0, len(works)))
    if not works:
        return
    workers = workers or min(len(works), max(1, os.cpu_count() or 1), 8)
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(copy_context().run, work) for work in works]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                report(Progress(stage, done, len(works)))
        finally:
            for future in futures:
                future.cancel()


def made_in_parallel(works: Sequence[Callable[[], T]], workers: int) -> list[T]:
    """What ``works`` return, in their order; run as :func:`in_parallel` runs them.

    With one BLAS thread each, so the last digits do not depend on the number of cores.
    """
    made: dict[int, T] = {}

    def one(number: int, work: Callable[[], T]) -> None:
        made[number] = work()

    numbered = [partial(one, number, work) for number, work in enumerate(works)]
    in_parallel(numbered, ignore_progress, "", workers)
    return [made[number] for number in range(len(works))]
