"""That the program works on the machine that ran it: what was tried, and what came out."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Facts,
    Heading,
    Note,
    Paragraph,
    Table,
    Tone,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.qualification import outcome_sentence
from pathgui.core.runs.qualification import QUALIFICATION_FILE, Qualification, Same

_NOW: dict[Same, tuple[str, Tone]] = {
    "same": (say("the same"), "good"),
    "other": (say("another"), "warning"),
    "not found": (say("not found here, so not compared"), "muted"),
}


def qualification(subject: Subject) -> list[Block]:
    """What ``pathgui qualify`` found, or that it was not asked."""
    found, problem = subject.evidence.qualification, subject.evidence.problem
    if found is None and QUALIFICATION_FILE in problem:
        return [Note(subject.private(problem), tone="warning", title=say("Not shown"))]
    if found is None:
        text = say(
            "Nobody tried the program on this machine for this run. pathgui qualify RUN.pgrun "
            "does, in about a minute, as does Help in the window. The next report has what it "
            "found."
        )
        return [Note(text, tone="absent", title=say("Not tried"))]
    return [
        *_outcome(found),
        Heading(say("Self-test")),
        _table(
            [say("What"), say("Found"), say("Outcome")],
            [
                [Cell(step.what), Cell(subject.private(step.found)), _passed(step.passed)]
                for step in found.steps
            ],
            [1.4, 3.6, 0.9],
        ),
        *_phantom(subject, found),
        Heading(say("What the run was made with")),
        _table(
            [say("What"), say("Checksum (SHA-256) in the run"), say("On this machine")],
            [
                [Cell(each.what), Cell(each.sha256 or "–", "mono"), Cell(*_NOW[each.now])]
                for each in found.checksums
            ],
            [1.5, 3.6, 1.3],
        ),
        Heading(say("The machine and its versions")),
        Facts([(name, Cell(text)) for name, text in found.environment.items()]),
    ]


def _outcome(found: Qualification) -> list[Block]:
    text = outcome_sentence(found)
    blocks: list[Block] = [Paragraph(text, "lead")]
    if not found.passed:
        blocks = [Note(text, tone="warning", title=say("Not passed"))]
    return [
        *blocks,
        Facts(
            [
                (say("Version"), Cell(found.pathgui)),
                (
                    say("Program (SHA-256)"),
                    Cell(
                        found.program_sha256,
                        "mono",
                        detail=say("of {n} modules", n=fmt.count(found.program_files)),
                    ),
                ),
            ]
        ),
    ]


def _phantom(subject: Subject, found: Qualification) -> list[Block]:
    rows = [
        [
            Cell(fmt.number(each.effect, 1)),
            Cell(fmt.NOT_ASSESSABLE if each.index is None else fmt.index(each.index)),
            Cell(fmt.interval(each.low, each.high)),
            Cell("–" if each.null is None else fmt.index(each.null)),
            _passed(each.passed),
        ]
        for each in found.phantom
    ]
    return [
        Heading(say("A center effect of known size")),
        Paragraph(
            say(
                "Drawn tissue at four centers that differ in color and optics by a set amount: 0 "
                "not at all, 1 as much as can be drawn. Color statistics embed it. The more "
                "centers differ, the lower the robustness index has to be."
            ),
            sticky=True,
        ),
        _table(
            [say("Center effect"), say("Robustness index"), say("Expected"), say("Chance value"),
             say("Outcome")],
            rows,
            [1, 1.2, 1.4, 1, 1],
        ),
    ]  # fmt: skip


def _table(header: list[str], rows: list[list[Cell]], widths: list[float]) -> Table:
    return Table(header, rows, ["left"] * len(header), widths, small=True)


def _passed(passed: bool) -> Cell:
    return Cell(f"✓ {say('passed')}", "good") if passed else Cell(f"✗ {say('failed')}", "warning")
