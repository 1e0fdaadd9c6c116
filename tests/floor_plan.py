"""The picture of the floors in docs/architecture.md, made from the imports that there are.

    python -m tests.floor_plan          writes it anew

A room's line has the rooms that it stands on, which are those that it imports from, without those
that it reaches through another of them anyway; and what it is for, the first line of its package's
docstring.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.contracts import FLOORS, House, room

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
START, END = "<!-- floors: python -m tests.floor_plan -->\n", "<!-- end of floors -->\n"


def edges(house: House, side: str) -> dict[str, set[str]]:
    """The rooms of one house from which each of its rooms imports."""
    found: dict[str, set[str]] = {name: set() for name in FLOORS[side]}
    for module in house.modules.values():
        here = room(module.name)
        for other in house.inside(module):
            there = room(other)
            if here and there and here[0] == there[0] == side and here != there:
                found[here[1]].add(there[1])
    return found


def stands_on(found: dict[str, set[str]]) -> dict[str, list[str]]:
    """Each room's nearest lower rooms: those that no other of them reaches."""
    reach: dict[str, set[str]] = {}
    for name in found:  # from the ground up
        reach[name] = set(found[name]).union(*(reach[other] for other in found[name]))
    return {
        name: sorted(
            (each for each in below if not any(each in reach[other] for other in below)),
            key=list(found).index,
        )
        for name, below in found.items()
    }


def purpose(house: House, side: str, name: str) -> str:
    """What a room is for; of a room to come, that it is to come."""
    module = house.modules.get(f"{side}.{name}")
    if module is None:
        return "(to come)"
    return (ast.get_docstring(module.tree) or "").partition("\n")[0].rstrip(".")


def picture(house: House) -> str:
    """The floors of both houses, the highest first."""
    lines = []
    for side in FLOORS:
        below = stands_on(edges(house, side))
        lines += ["```", f"{side:12}{'stands on':40}for"]
        for name in reversed(FLOORS[side]):
            lines.append(f"{name:12}{' '.join(below[name]):40}{purpose(house, side, name)}")
        lines += ["```", ""]
    return "\n".join(lines)


def with_picture(page: str, made: str) -> str:
    """A page with the picture in the place of the one before."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{made}{END}{after}"


def main() -> None:
    """Write the picture into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_picture(page, picture(House(ROOT))), encoding="utf-8")


if __name__ == "__main__":
    main()
