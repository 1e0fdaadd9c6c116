"""How many of the lines of each room the tests run, and that none falls.

    python3 installer/bootstrap.py test --coverage       run all tests and compare with the floors
    python -m tests.coverage_of_rooms --raise            after that: lift the floors to what it was

A floor is a whole percent, rounded down, so that a line more or less fails nobody. A room without
one gets it with --raise, and cannot fall before. Floors are lifted, never lowered: where code that
was tested goes away, say in the commit why a floor is lower.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parents[1]
FLOORS = Path(__file__).with_name("coverage.txt")


@dataclass(frozen=True)
class Lines:
    """Statements of some files, and how many of them ran."""

    ran: int
    all: int

    @property
    def percent(self) -> float:
        """Share that ran, in percent; 100 of nothing."""
        return 100 * self.ran / self.all if self.all else 100.0

    def __add__(self, other: Lines) -> Lines:
        return Lines(self.ran + other.ran, self.all + other.all)


def room_of(path: Path) -> str:
    """The room that a file of the package lies in.

    >>> room_of(Path("pathgui/core/slides/slide.py")), room_of(Path("pathgui/cli/main.py"))
    ('core/slides', 'cli')
    >>> room_of(Path("pathgui/core/errors.py")), room_of(Path("pathgui/settings.py"))
    ('core', 'pathgui')
    """
    *folders, _ = path.parts[1:]
    return "/".join(folders[:2]) or "pathgui"


def by_room(lines: Mapping[Path, Lines]) -> dict[str, Lines]:
    """Lines of all files of each room."""
    found: dict[str, Lines] = {}
    for path, each in lines.items():
        found[room_of(path)] = found.get(room_of(path), Lines(0, 0)) + each
    return dict(sorted(found.items()))


def measured(data: Path) -> dict[Path, Lines]:
    """What a run of the tests left in its data file, by the file's path below the checkout."""
    look = coverage.Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    look.load()
    found = {}
    for path in sorted((ROOT / "pathgui").rglob("*.py")):
        _, statements, _, missing, _ = look.analysis2(str(path))
        found[path.relative_to(ROOT)] = Lines(len(statements) - len(missing), len(statements))
    return found


def read_floors(file: Path = FLOORS) -> dict[str, int]:
    """The least percent of each room."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return {room: int(percent) for percent, room in pairs}


def faults(rooms: Mapping[str, Lines], floors: Mapping[str, int]) -> list[str]:
    """Rooms that fell below their floor, and floors without a room, in sentences."""
    found = []
    for room, lines in rooms.items():
        if room in floors and lines.percent < floors[room]:
            found.append(
                f"{room} fell to {lines.percent:.1f} %, below its floor of {floors[room]} %. Test "
                "what you added."
            )
    found += [f"{room} is no room any more: strike it from {FLOORS.name}." for room in floors
              if room not in rooms]  # fmt: skip
    return found


def lifted(rooms: Mapping[str, Lines], floors: Mapping[str, int]) -> dict[str, int]:
    """The floors, none lower than before, of the rooms that there are."""
    return {room: max(int(lines.percent), floors.get(room, 0)) for room, lines in rooms.items()}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a room fell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=ROOT / ".coverage")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors")
    given = parser.parse_args(arguments)
    rooms = by_room(measured(given.data))
    floors = read_floors() if FLOORS.is_file() else {}
    if given.lift:
        floors = lifted(rooms, floors)
        head = "# Least percent of the statements of each room that tests run; coverage_of_rooms.py"
        rows = [f"{percent:3} {room}" for room, percent in floors.items()]
        FLOORS.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    say = sys.stdout.write
    say(f"{'room':20} {'lines':>7} {'run':>7} {'floor':>6}\n")
    for room, lines in rooms.items():
        floor = f"{floors[room]} %" if room in floors else "none"
        say(f"{room:20} {lines.all:7} {lines.percent:5.1f} % {floor:>6}\n")
    total = sum(rooms.values(), Lines(0, 0))
    say(f"{'all':20} {total.all:7} {total.percent:5.1f} %\n")
    found = faults(rooms, floors)
    say("".join(f"{fault}\n" for fault in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
