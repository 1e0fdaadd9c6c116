"""Which tests `bootstrap.py test --fast` leaves out: those that were measured to be slow.

``slow.txt`` names each test function whose parameters together took :data:`SLOW` CPU seconds or
more, fixtures and child processes included. A test that it does not name runs, so a new test is
fast until the list is made anew:

    python -m pytest -n 0 --measure tests/core tests/test_*.py

CPU seconds, since they hardly change with what else the machine does. A line that names a whole
file, with "-" in place of seconds, leaves all of it out: its tests load models or start processes,
and nobody has measured them one by one yet.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("slow.txt")
SLOW = 0.12  # CPU seconds
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


def is_slow(nodeid: str, known: Mapping[str, float]) -> bool:
    """Whether a test, or all of its file, is on the list.

    >>> is_slow("a.py::b[1]", {"a.py::b": 2.0}), is_slow("a.py::c", {"a.py": float("nan")})
    (True, True)
    """
    return name_of(nodeid) in known or nodeid.partition("::")[0] in known


def read(file: Path = FILE) -> dict[str, float]:
    """CPU seconds of each slow test; NaN of files whose tests were not measured."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {name: math.nan if seconds == "-" else float(seconds) for seconds, name in pairs}


def write(costs: Mapping[str, float], file: Path = FILE) -> None:
    """Write the list anew; what was not measured this time keeps its place."""
    together: dict[str, float] = {}
    for nodeid, seconds in costs.items():
        together[name_of(nodeid)] = together.get(name_of(nodeid), 0.0) + seconds
    measured = {name.partition("::")[0] for name in together}
    kept = {name: cost for name, cost in (read(file) if file.is_file() else {}).items()
            if name not in together and ("::" in name or name not in measured)}  # fmt: skip
    all_costs = {**kept, **together}
    lines = [
        f"{'-' if math.isnan(cost) else f'{cost:.1f}'} {name}"
        for name, cost in sorted(all_costs.items())
        if not cost < SLOW
    ]
    head = f"# CPU seconds of the tests that take {SLOW} and more; see tests/slow.py"
    file.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
