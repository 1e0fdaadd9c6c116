"""What this process is: pathgui under a Python, or the program that brings its own.

The program (``installer/build_program.py``) is one folder into which no package can be installed,
and its executable is pathgui itself and no Python.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pathgui.core.language.texts import say

WINDOW = "-window"  # what the name of the program without a terminal has more


def is_program() -> bool:
    """Whether this is the program that brings its own Python."""
    return bool(getattr(sys, "frozen", False))


def own_command() -> list[str]:
    """The words that start pathgui in another process, which hears and answers by its streams.

    On Windows the program of the window has no streams; the one of the terminal lies beside it.
    """
    if not is_program():
        return [sys.executable, "-m", "pathgui"]
    program = Path(sys.executable)
    return [str(program.with_name(program.name.replace(WINDOW, "")))]


def how_to_add(packages: str, otherwise: str) -> str:
    """What is said where ``packages`` are missing.

    ``otherwise`` says how they are installed, which is of no use in the program.
    """
    if not is_program():
        return otherwise
    return say(
        "This program comes without {packages}, and nothing can be added to it. Install pathgui "
        "with Python instead: the page on installing says how.",
        packages=packages,
    )
