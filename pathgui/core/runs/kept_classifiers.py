"""Classifiers that were judged on a finished run, kept beside its record, which never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.language.texts import say
from pathgui.core.runs.beside import read_beside, write_beside
from pathgui.core.runs.record import Run

CLASSIFIERS_FILE = "classifiers.json"


@dataclass(frozen=True)
class JudgedClassifier:
    """What was found of one classifier."""

    time: str  # ISO 8601 with zone
    pathgui: str  # which version found it
    found: AssessedClassifier

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from others: its file's name, its columns, and the encoder it is for."""
        return (self.found.name, self.found.encoder, *self.found.columns)


@dataclass(frozen=True)
class LaterClassifiers:
    """What lies beside a run."""

    run_id: str
    judged: list[JudgedClassifier] = field(default_factory=list)  # the last one of each classifier


def load_classifiers(folder: Path, run: Run) -> tuple[JudgedClassifier, ...]:
    """What was judged after a run was finished; nothing where there is no file of it.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    kept = read_beside(LaterClassifiers, folder / CLASSIFIERS_FILE, run.id)
    return () if kept is None else tuple(kept.judged)


def add_classifier(folder: Path, run: Run, judged: JudgedClassifier) -> None:
    """Keep what was found of a classifier, in the place of what was found of it before.

    Raises
    ------
    RecordError
        If the file cannot be read or written.
    """
    others = [each for each in load_classifiers(folder, run) if each.key != judged.key]
    refused = say("The classifier could not be kept in {folder}", folder=folder)
    write_beside(LaterClassifiers(run.id, [*others, judged]), folder / CLASSIFIERS_FILE, refused)
