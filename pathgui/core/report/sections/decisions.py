"""The decision on each encoder, as the first page of the window's summary has it."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.report.render.document import Block, Cell, Heading, Table, Tone
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.answers import HEADINGS, QUESTION, answers

ON_THE_SUMMARY = 4  # encoders; the summary is one page, and a table of more stands with the results
_TONES: dict[str, Tone] = {
    "good": "good", "caution": "warning", "bad": "warning", "muted": "muted",
}  # fmt: skip


def decisions(subject: Subject) -> list[Block]:
    """For the summary; nothing where it has no room for so many."""
    return [_table(subject)] if 0 < len(subject.run.encoders) <= ON_THE_SUMMARY else []


def decisions_of_many(subject: Subject) -> list[Block]:
    """For the head of the results: the table that the summary has no room for."""
    if len(subject.run.encoders) <= ON_THE_SUMMARY:
        return []
    return [Heading(QUESTION), _table(subject)]


def _table(subject: Subject) -> Table:
    run = subject.run
    slides = [replace(slide, slide_id=subject.name_of(slide)) for slide in run.slides]
    return Table(
        header=[HEADINGS[0], QUESTION, HEADINGS[-1]],
        rows=[
            [
                Cell(each.title, "strong"),
                Cell(f"{each.decision}.", _TONES[each.tone], detail=each.slides),
                Cell(subject.told(" ".join(each.next))),
            ]
            for each in answers(replace(run, slides=slides))
        ],
        align=["left", "left", "left"],
        widths=[2.0, 3.0, 4.0],
        small=True,
    )
