"""What the names of the folders end in that pathgui writes, so that it finds them again."""

from __future__ import annotations

from typing import Final

RUN_ENDING: Final = ".pgrun"
REFERENCE_ENDING: Final = ".pgref"
COHORT_ENDING: Final = ".pgcohort"
