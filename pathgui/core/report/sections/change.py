"""Evidence over time: the change since the filed report, and the plan of checks."""

from __future__ import annotations

from pathgui.core.baselines.baseline import Baseline
from pathgui.core.baselines.check import BaselineCheck, Outcome
from pathgui.core.baselines.check_words import (
    HEADINGS,
    INTERVALS,
    CheckRow,
    check_rows,
    check_sentences,
    plan_rows,
)
from pathgui.core.baselines.numbers import held_numbers
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.report.render.document import (
    Block,
    Bullets,
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
from pathgui.core.results.measures import reading_text

_TONES: dict[Outcome, Tone] = {
    "within": "good",
    "outside": "warning",
    "not compared": "warning",
}


def change(subject: Subject) -> list[Block]:
    """How the run stands to the one that was filed; that it is filed; when it is checked again."""
    evidence = subject.evidence
    blocks: list[Block] = []
    if evidence.problem:
        text = subject.told(evidence.problem)
        blocks.append(Note(text, tone="warning", title=say("Not shown")))
    elif evidence.check is None and evidence.baseline is None:
        blocks.append(
            Note(
                say(
                    "This run was held against no filed run, and it is not filed "
                    "itself, so nothing is said of a change."
                ),
                tone="absent",
                title=say("No baseline"),
            )
        )
    if evidence.check is not None:
        blocks += _checked(subject, evidence.check)
    if evidence.baseline is not None:
        blocks += _filed(subject, evidence.baseline)
    blocks += [
        Heading(say("Plan of checks")),
        Facts([(title, _planned(text)) for title, text in plan_rows(evidence.plan, evidence.due)]),
    ]
    return blocks


def _planned(text: str) -> Cell:
    return Cell(text) if text else Cell(say("to be filled in by the laboratory"), "muted")


def _checked(subject: Subject, found: BaselineCheck) -> list[Block]:
    blocks: list[Block] = [
        Heading(say("Change since the filed report")),
        Paragraph(subject.told(" ".join(check_sentences(found))), "lead"),
        Facts(
            [
                (say("Filed run"), Cell(found.baseline_id, "mono")),
                (say("Its content (SHA-256)"), Cell(found.baseline_sha256, "mono")),
                (say("Checked"), Cell(fmt.moment(found.checked_at))),
            ]
        ),
    ]
    if found.cautions:
        blocks.append(Bullets([subject.told(text) for text in found.cautions]))
    rows = check_rows(found)
    for encoder in dict.fromkeys(row.cells[0] for row in rows):
        blocks += [Heading(encoder, level=3), _numbers(subject, rows, encoder)]
    blocks.append(Paragraph(INTERVALS, "small"))
    return blocks


def _numbers(subject: Subject, rows: list[CheckRow], encoder: str) -> Table:
    """The numbers of one encoder; those outside first."""
    return Table(
        header=list(HEADINGS[1:]),
        rows=[
            [
                *(Cell(subject.told(text)) for text in row.cells[1:-1]),
                Cell(subject.told(row.cells[-1]), _TONES[row.outcome]),
            ]
            for row in rows
            if row.cells[0] == encoder
        ],
        align=["left", "right", "right", "right", "right", "left"],
        widths=[2.2, 1.8, 1.8, 2.0, 1.5, 1.4],
        small=True,
    )


def _filed(subject: Subject, filed: Baseline) -> list[Block]:
    numbers = {(each.encoder, each.measure): each for each in held_numbers(subject.run)}
    rows = []
    for tolerance in filed.tolerances:
        number = numbers.get((tolerance.encoder, tolerance.measure))
        if number is None or isinstance(number.found, NotAssessable):
            continue
        rows.append(
            [
                Cell(number.encoder_title),
                Cell(number.title),
                Cell(reading_text(number.found, number.digits)),
                Cell(tolerance.text),
            ]
        )
    blocks: list[Block] = [
        Heading(say("Filed as a baseline")),
        Paragraph(
            say(
                "This run is filed. Later runs are held against it: a number is "
                "outside where it moves by more than its tolerance."
            ),
            sticky=True,
        ),
        Facts(
            [
                (say("Filed"), Cell(fmt.moment(filed.filed_at))),
                (say("By"), Cell(filed.who) if filed.who else Cell(say("not stated"), "muted")),
                (say("Content (SHA-256)"), Cell(filed.content_sha256, "mono")),
            ]
        ),
        Table(
            header=[say("Encoder"), say("Measurement"), say("Filed"), say("Tolerance")],
            rows=rows,
            align=["left", "left", "right", "right"],
            widths=[1.6, 2.2, 1.8, 1.4],
            small=True,
        ),
    ]
    if subject.evidence.checks:
        blocks += [
            Heading(say("Checks against it")),
            Table(
                header=[say("Checked"), say("Run"), say("What came out")],
                rows=[
                    [
                        Cell(fmt.moment(each.checked_at)),
                        Cell(each.run_id, "mono"),
                        Cell(each.sentence, _TONES[each.outcome]),
                    ]
                    for each in subject.evidence.checks
                ],
                align=["left", "left", "left"],
                widths=[1.3, 2.2, 2.5],
                small=True,
            ),
        ]
    return blocks
