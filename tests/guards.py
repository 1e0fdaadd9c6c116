"""Which test module guards which module of the library.

    python -m tests.guards

prints one line for each core module: the module, and the test module that guards it. That is the
one of its name, or, for the few in :data:`ELSEWHERE`, another one, which is marked with a star.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.contracts import House, guards

ROOT = Path(__file__).resolve().parents[1]

# Modules that another test module guards. There is none left, and tests/test_contracts.py lets none
# come.
ELSEWHERE: Mapping[str, str] = {}


def main() -> None:
    """Print the list."""
    for name, guard in sorted(guards(House(ROOT), ELSEWHERE).items()):
        print(f"{name:44} tests/{guard}{' *' if name in ELSEWHERE else ''}")  # noqa: T201


if __name__ == "__main__":
    main()
