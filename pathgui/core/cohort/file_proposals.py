"""What may be known of slides from their folders, their names and what their files say.

Each is a proposal: values of a column for some slides, which the user accepts or not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.cohort.slide_facts import SlideFacts
from pathgui.core.cohort.slide_table import SlideTable

_TCGA = re.compile(r"(TCGA-([0-9A-Z]{2})-[0-9A-Z]{4})(?![0-9A-Z])", re.IGNORECASE)


@dataclass(frozen=True)
class ValueProposal:
    """Values that a column may get.

    ``source`` says where they are from. ``column`` is the one that they are proposed for; "" where
    only the user can know what they mean, as with names of folders. ``values`` are by row.
    """

    source: str
    column: str
    values: Mapping[int, str]

    @property
    def different(self) -> list[str]:
        """The values there are, each once, in order."""
        return sorted(set(self.values.values()))


def from_paths(files: Sequence[Path | None]) -> list[ValueProposal]:
    """Names of folders, level by level below the one that holds all; and TCGA barcodes."""
    there = {row: path for row, path in enumerate(files) if path is not None}
    if not there:
        return []
    top = Path(os.path.commonpath([str(path.parent) for path in there.values()]))
    levels: dict[int, dict[int, str]] = {}
    for row, path in there.items():
        for level, name in enumerate(path.parent.relative_to(top).parts, 1):
            levels.setdefault(level, {})[row] = name
    found = [ValueProposal(f"folder {level}", "", names) for level, names in sorted(levels.items())]
    codes = {row: match for row, path in there.items() if (match := _TCGA.match(path.name))}
    sites = {row: match[2].upper() for row, match in codes.items()}
    patients = {row: match[1].upper() for row, match in codes.items()}
    if codes:
        found.append(ValueProposal("TCGA site", "center", sites))
        found.append(ValueProposal("TCGA patient", "patient_id", patients))
    return found


def from_facts(facts: Mapping[int, SlideFacts]) -> list[ValueProposal]:
    """Scanner, its serial number, objective and day of the scan, as the files say, by row."""
    sources: tuple[tuple[str, str, Callable[[SlideFacts], str]], ...] = (
        ("scanner", "scanner", lambda fact: fact.scanner),
        ("serial number", "scanner_serial", lambda fact: fact.scanner_serial),
        ("objective", "objective", lambda fact: f"{fact.objective:g}" if fact.objective else ""),
        ("date", "scan_date", lambda fact: fact.scan_date),
    )
    found = []
    for source, column, value_of in sources:
        values = {row: value_of(fact) for row, fact in facts.items()}
        values = {row: text for row, text in values.items() if text}
        if values:
            found.append(ValueProposal(source, column, values))
    return found


def accept(slides: SlideTable, proposal: ValueProposal, column: str) -> tuple[SlideTable, int, int]:
    """Fill the empty cells of a column; returns the table, cells filled, and cells kept.

    A cell that holds another value is kept: what a person wrote stands.
    """
    cells, kept = {}, 0
    for row, text in proposal.values.items():
        before = slides.cell(row, column)
        if not before:
            cells[row, column] = text
        elif before != text:
            kept += 1
    return slides.with_cells(cells), len(cells), kept
