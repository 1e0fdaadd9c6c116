"""The heap of the process: what was freed goes back to the system.

The C library of Linux keeps what threads have freed, for the next time, in as many heaps as it has
made for them. A window that reads slides on several threads held 0.5 GB of it after ten minutes,
and a machine that other programs use, too, was short of it.
"""

from __future__ import annotations

import ctypes
import sys


def give_back() -> bool:
    """Give freed memory back to the system; False where the C library does so by itself.

    Takes up to some tenths of a second, so it is for a thread that nobody waits for.
    """
    trim = _trim()
    if trim is None:
        return False
    trim(0)  # without the interpreter's lock, as ctypes calls everything
    return True


def _trim() -> ctypes._NamedFuncPointer | None:
    """``malloc_trim``, which glibc has alone."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
