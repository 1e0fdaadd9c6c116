"""What the names of the folders end in that pathgui writes, so that it finds them again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pathgui.core.language.texts import say

RUN_ENDING: Final = ".pgrun"
REFERENCE_ENDING: Final = ".pgref"
COHORT_ENDING: Final = ".pgcohort"
LINK_ENDING: Final = ".pgslide"  # of a file


def no_folder(folder: Path, ending: str) -> str:
    """That there is no such folder, for whoever mistyped its name.

    >>> no_folder(Path("a.pgrun"), RUN_ENDING)
    'a.pgrun does not exist. A run is a folder whose name ends in .pgrun.'
    """
    if ending == RUN_ENDING:
        return say(
            "{folder} does not exist. A run is a folder whose name ends in {ending}.",
            folder=folder,
            ending=ending,
        )
    return say(
        "{folder} does not exist. A reference set is a folder whose name ends in {ending}.",
        folder=folder,
        ending=ending,
    )
