"""The program that needs no Python beside this checkout: its size, and when its window is there.

    python -m tests.benchmarks.program DIST/pathgui              # 7 rounds, some minutes

Both are started in turns on an X server of their own, in the same empty home, until their window
is on the screen. The ratios are of the program to the checkout, pair by pair: of the seconds that
pass, and of the CPU seconds of the process. Above 1 the program is slower. The first pair, which
fills the caches of the disk, is shown and does not count.
"""

from __future__ import annotations

import argparse
import os
import sys
import sysconfig
import tempfile
from pathlib import Path
from statistics import median

from tests.services.x_server import missing, shown, x_server

HERE = Path(__file__).resolve().parents[2]


def size_of(folder: Path) -> int:
    """Bytes on the disk; a file that stands there twice by a link counts once."""
    seen = {(stat.st_dev, stat.st_ino): stat.st_blocks * 512
            for path in folder.rglob("*") if not path.is_symlink() and path.is_file()
            for stat in [path.stat()]}  # fmt: skip
    return sum(seen.values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path, help="the folder of the program")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    if missing():
        sys.exit(f"Missing: {' '.join(missing())}")
    ours = Path(sysconfig.get_path("purelib"))
    sizes = size_of(given.program) / 1e9, size_of(ours) / 1e9
    print(f"size: program {sizes[0]:.2f} GB, packages of this Python {sizes[1]:.2f} GB")
    commands = [[str(given.program.resolve() / "pathgui")], [sys.executable, "-m", "pathgui"]]
    rows = []
    with tempfile.TemporaryDirectory() as home, x_server() as display:
        kept = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        environment = {**kept, "PATHGUI_HOME": home, "PYTHONPATH": str(HERE)}
        for number in range(given.rounds + 1):
            row = []
            for words in commands if number % 2 else commands[::-1]:
                with shown(words, display, environment) as window:
                    row.append((window.seconds, window.cpu_seconds))
                    window.end()
            row = row if number % 2 else row[::-1]
            for what, (seconds, cpu) in zip(("program", "checkout"), row, strict=True):
                print(f"{what} {seconds:.2f} s, {cpu:.2f} CPU s", end="  ", flush=True)
            print()
            rows += [row] if number else []
    for index, what in enumerate(("seconds", "CPU seconds")):
        ratios = sorted(program[index] / checkout[index] for program, checkout in rows)
        print(f"{what}: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
