"""What a reference set was found to be after a run, through its encoders, kept beside the run.

A run itself looks at labels and checksums alone. How wide intervals would be with more slides takes
embeddings and a minute, so it is found by ``pathgui reference check --run``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.language.texts import say
from pathgui.core.runs.beside import read_beside, write_beside
from pathgui.core.runs.record import Run

APPRAISAL_FILE = "appraisal.json"


@dataclass(frozen=True)
class KeptAppraisal:
    """What lies beside a run."""

    run_id: str
    at: str  # ISO 8601 with zone
    pathgui: str  # which version looked
    found: Appraisal


def load_appraisal(folder: Path, run: Run) -> KeptAppraisal | None:
    """What was found of the set of a run later; None where there is no file of it.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    return read_beside(KeptAppraisal, folder / APPRAISAL_FILE, run.id)


def belongs(found: Appraisal, run: Run) -> bool:
    """Whether it is of the set that a run was made with, in the same roles."""
    reference = run.reference
    return (found.sha256, found.columns) == (reference.sha256, reference.columns)


def keep_appraisal(kept: KeptAppraisal, folder: Path) -> None:
    """Keep it beside the run, in the place of an earlier one. Raises RecordError."""
    refused = say("What was found of the set could not be kept in {folder}", folder=folder)
    write_beside(kept, folder / APPRAISAL_FILE, refused)
