"""Corrections that were tried on a finished run, kept beside its record, which never changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from pathgui.core.crossfit.results import Corrections
from pathgui.core.language.texts import say
from pathgui.core.runs.beside import read_beside, write_beside
from pathgui.core.runs.record import Run

CORRECTIONS_FILE = "corrections.json"


@dataclass(frozen=True)
class TriedCorrections:
    """What was found for one encoder of a run."""

    encoder: str  # its name
    time: str  # ISO 8601 with zone
    pathgui: str  # which version found it
    found: Corrections


@dataclass(frozen=True)
class LaterCorrections:
    """What lies beside a run."""

    run_id: str
    tried: list[TriedCorrections] = field(default_factory=list)  # the last one of each encoder


def load_corrections(folder: Path, run: Run) -> tuple[TriedCorrections, ...]:
    """What was tried after a run was finished; nothing where there is no file of it.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    kept = read_beside(LaterCorrections, folder / CORRECTIONS_FILE, run.id)
    return () if kept is None else tuple(kept.tried)


def add_corrections(folder: Path, run: Run, tried: TriedCorrections) -> None:
    """Keep what was found for an encoder, in the place of what was found for it before.

    Raises
    ------
    RecordError
        If the file cannot be read or written.
    """
    others = [each for each in load_corrections(folder, run) if each.encoder != tried.encoder]
    refused = say("The corrections could not be kept in {folder}", folder=folder)
    write_beside(LaterCorrections(run.id, [*others, tried]), folder / CORRECTIONS_FILE, refused)


def with_corrections(run: Run, folder: Path) -> Run:
    """The run with what was tried later in the places of its encoders.

    Raises what :func:`load_corrections` raises.
    """
    found = {each.encoder: each.found for each in load_corrections(folder, run)}
    if not found:
        return run
    encoders = [
        replace(result, corrections=found.get(result.encoder.name, result.corrections))
        for result in run.encoders
    ]
    return replace(run, encoders=encoders)
