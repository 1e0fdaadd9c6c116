"""Collecting garbage now, on the thread that may."""

from __future__ import annotations

import gc
from collections.abc import Callable

_collect: Callable[[], object] = gc.collect


def collect_garbage() -> None:
    """Take apart what refers to itself in circles and is of no use any more.

    On this thread; where :func:`leave_to` named somebody, by them.
    """
    _collect()


def leave_to(collect: Callable[[], object] | None) -> None:
    """Let ``collect`` do it from now on; None: each thread for itself, as at first.

    A window has to name somebody. Garbage may hold parts of it, and taken apart on any other thread
    than the window's own they end the process.
    """
    global _collect
    _collect = collect or gc.collect
