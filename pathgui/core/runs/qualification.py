"""That the program works on this machine as it should: found by trying it, and kept beside a run.

What was tried are a self-test and a phantom whose center effect is known. What was compared are the
checksums of the program, of the encoders' weights and of the reference set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pathgui.core.language.texts import say
from pathgui.core.runs.beside import read_beside, write_beside
from pathgui.core.runs.record import Run

QUALIFICATION_FILE = "qualification.json"

Same = Literal["same", "other", "not found"]


@dataclass(frozen=True)
class Step:
    """One thing that was tried."""

    what: str
    passed: bool
    found: str


@dataclass(frozen=True)
class KnownEffect:
    """A phantom drawn with a center effect of known size, and the robustness index found in it."""

    effect: float  # 0: centers differ in nothing, 1: as much as the phantom can
    index: float | None  # null: not assessable
    null: float | None  # that neighbors at random would give
    low: float  # of the range in which it has to lie
    high: float

    @property
    def passed(self) -> bool:
        """Whether the index lies in its range.

        >>> KnownEffect(0.8, 0.3, 0.44, 0.2, 0.4).passed, KnownEffect(0, None, None, 0, 1).passed
        (True, False)
        """
        return self.index is not None and self.low <= self.index <= self.high


@dataclass(frozen=True)
class Checksum:
    """Something that the run was made with, and whether it is the same on this machine now."""

    what: str
    sha256: str  # as the run says it; "": it has none
    now: Same


@dataclass(frozen=True)
class Qualification:
    """What was found, when, and on which machine."""

    run_id: str
    at: str  # ISO 8601 with zone
    pathgui: str
    program_sha256: str  # of all files of the program, by name and content
    program_files: int
    environment: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    phantom: list[KnownEffect] = field(default_factory=list)
    checksums: list[Checksum] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything that was tried came out as it should, and nothing differs.

        What was not found on this machine was not compared, and does not count as a difference.
        """
        tried = [each.passed for each in self.steps] + [each.passed for each in self.phantom]
        return bool(tried) and all(tried) and all(each.now != "other" for each in self.checksums)


def load_qualification(folder: Path, run: Run) -> Qualification | None:
    """What was found beside a run; None where nothing was tried.

    Raises
    ------
    RecordError
        If the file is damaged, or is of another run.
    """
    return read_beside(Qualification, folder / QUALIFICATION_FILE, run.id)


def keep_qualification(found: Qualification, folder: Path) -> None:
    """Keep it beside the run, in the place of an earlier one. Raises RecordError."""
    refused = say("The qualification could not be kept in {folder}", folder=folder)
    write_beside(found, folder / QUALIFICATION_FILE, refused)
