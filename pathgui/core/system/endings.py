"""What the names of the folders end in that pathgui writes, so that it finds them again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RUN_ENDING: Final = ".pgrun"
REFERENCE_ENDING: Final = ".pgref"
COHORT_ENDING: Final = ".pgcohort"
LINK_ENDING: Final = ".pgslide"  # of a file


def no_folder(folder: Path, what: str, ending: str) -> str:
    """That there is no such folder, for whoever mistyped its name.

    >>> no_folder(Path("a.pgrun"), "run", RUN_ENDING)
    'a.pgrun does not exist. A run is a folder whose name ends in .pgrun.'
    """
    return f"{folder} does not exist. A {what} is a folder whose name ends in {ending}."
