"""Which tests `bootstrap.py test --fast` leaves out: those that were measured to be slow.

``slow.txt`` names each test function whose parameters together took :data:`SLOW` CPU seconds or
more, fixtures and child processes included. A test that it does not name runs, so a new test is
fast until the list is made anew:

    python -m pytest -n 0 --measure tests/core tests/test_*.py

CPU seconds, since they hardly change with what else the machine does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("slow.txt")
SLOW = 0.3  # CPU seconds
COSTS = pytest.StashKey[dict[str, float]]()


def cpu_seconds() -> float:
    """What this process and its children have used so far."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def name_of(nodeid: str) -> str:
    """A test without its parameters.

    >>> name_of("tests/core/test_a.py::test_b[x::y]")
    'tests/core/test_a.py::test_b'
    """
    return nodeid.partition("[")[0]


def read(file: Path = FILE) -> dict[str, float]:
    """CPU seconds of each slow test."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {name: float(seconds) for seconds, name in pairs}


def write(costs: Mapping[str, float], file: Path = FILE) -> None:
    """Write the list anew; tests that were not measured this time keep their place."""
    together: dict[str, float] = {}
    for nodeid, seconds in costs.items():
        together[name_of(nodeid)] = together.get(name_of(nodeid), 0.0) + seconds
    kept = read(file) if file.is_file() else {}
    all_costs = {**kept, **together}
    lines = [f"{cost:.1f} {name}" for name, cost in sorted(all_costs.items()) if cost >= SLOW]
    head = f"# CPU seconds of the tests that take {SLOW} and more; see tests/slow.py"
    file.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
