"""What altered tiles did, kept beside the record of a finished run, which never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pathgui.core.language.texts import say
from pathgui.core.runs.beside import read_beside, write_beside
from pathgui.core.runs.record import Run
from pathgui.core.what_if.results import TriedWhatIf

WHAT_IF_FILE = "what-if.json"


@dataclass(frozen=True)
class LaterWhatIf:
    """What lies beside a run."""

    run_id: str
    tried: list[TriedWhatIf] = field(default_factory=list)  # the last one of each encoder


def load_what_if(folder: Path, run: Run) -> tuple[TriedWhatIf, ...]:
    """What was tried on a finished run; nothing where there is no file of it.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    kept = read_beside(LaterWhatIf, folder / WHAT_IF_FILE, run.id)
    return () if kept is None else tuple(kept.tried)


def add_what_if(folder: Path, run: Run, tried: TriedWhatIf) -> None:
    """Keep what was found for an encoder, in the place of what was found for it before.

    Raises
    ------
    RecordError
        If the file cannot be read or written.
    """
    others = [each for each in load_what_if(folder, run) if each.encoder != tried.encoder]
    refused = say("What altered tiles did could not be kept in {folder}", folder=folder)
    write_beside(LaterWhatIf(run.id, [*others, tried]), folder / WHAT_IF_FILE, refused)
