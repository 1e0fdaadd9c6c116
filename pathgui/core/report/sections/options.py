"""What a user may choose for a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pathgui.core.language.texts import counted, say

REPORT_FILE = "report.pdf"  # its name in the folder of a run
SLIDES_TABLE = "slides.csv"  # attached to the report of a cohort
FRONT: tuple[tuple[str, str], ...] = (  # before the numbered sections, and without a number
    ("letter", say("Letter to the head of the department")),
)
SECTIONS: tuple[tuple[str, str], ...] = (
    ("summary", say("Summary")),
    ("use", say("Intended use and question")),
    ("criteria", say("Acceptance criteria")),
    ("materials", say("Materials")),
    ("encoders", say("Encoders")),
    ("methods", say("Methods")),
    ("results", say("Results")),
    ("slide", say("Slide")),
    ("failures", say("Failure analysis")),
    ("limits", say("Limits")),
    ("events", say("Deviations and events")),
    ("environment", say("Environment")),
    ("reproduction", say("Reproduction")),
    ("checklist", say("Checklist map")),
    ("change", say("Evidence over time")),
    ("file", say("For the laboratory’s file")),
    ("factors", say("Scanner, stain and other factors apart")),
    ("qualification", say("How the program was qualified")),
    ("glossary", say("Glossary and references")),
    ("approval", say("Review and approval")),
)
REQUIRED = frozenset({"limits"})  # no report without them
ATTACHMENTS: tuple[tuple[str, str], ...] = (
    ("run.json", say("the record of the run")),
    ("results.csv", say("numbers per encoder")),
    (SLIDES_TABLE, say("numbers per slide of a cohort")),
    ("environment.txt", say("machine and versions")),
)


@dataclass(frozen=True)
class ReportOptions:
    """Choices that change the report but not the numbers.

    ``left_out`` holds keys of :data:`FRONT` and :data:`SECTIONS`; a section left out leaves a line
    that says so.
    ``attached`` holds names of :data:`ATTACHMENTS`; without any, the PDF is PDF/A-2a, else 3a.
    The texts are typed by the user and printed as they stand; those about the use are printed as
    typed when the report was made, and never in the place of what was set before the run.
    """

    paper: Literal["a4", "letter"] = "a4"
    left_out: frozenset[str] = frozenset()
    attached: frozenset[str] = frozenset(name for name, _ in ATTACHMENTS)
    show_file_names: bool = False
    each_slide: bool = False  # of a cohort, on pages of its own
    operator: str = ""
    site: str = ""
    intended_use: str = ""
    question: str = ""
    out_of_scope: str = ""
    labels_by: str = ""  # who labeled the tiles of the reference set
    labels_how: str = ""
    labels_disagreement: str = ""  # how often two of them did not agree, and what was done

    def __post_init__(self) -> None:
        known = {key for key, _ in (*FRONT, *SECTIONS)}
        unknown = sorted(self.left_out - known)
        if unknown:
            raise ValueError(f"no such section: {', '.join(unknown)}")
        others = sorted(self.attached - {name for name, _ in ATTACHMENTS})
        if others:
            raise ValueError(f"no such attachment: {', '.join(others)}")
        required = sorted(self.left_out & REQUIRED)
        if required:
            raise ValueError(f"cannot be left out: {', '.join(required)}")


def at(*keys: str) -> str:
    """Where in the report something is: the numbers of the sections of these keys.

    >>> at("materials"), at("encoders", "methods")
    ('section 4', 'sections 5 and 6')
    """
    order = [key for key, _ in SECTIONS]
    numbers = [str(order.index(key) + 1) for key in keys]
    joined = say(" and ").join(numbers)
    return counted(len(keys), "section {numbers}", "sections {numbers}", numbers=joined)
