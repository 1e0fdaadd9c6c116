"""Acceptance criteria and what came out."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Heading,
    Note,
    Paragraph,
    Table,
    Tone,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.judging import (
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    criterion_text,
    judgement_text,
    outcome_sentence,
)
from pathgui.core.runs.criteria import JudgedCriteria, Outcome

_TONES: dict[Outcome, Tone] = {"pass": "good", "fail": "warning", "not assessable": "warning"}


def criteria(subject: Subject) -> list[Block]:
    """Those set before the run, then, apart, those set when the results could be seen."""
    judged, later = subject.run.criteria, subject.evaluation.later
    blocks: list[Block] = []
    if judged is None:
        text = say(
            "No acceptance criteria were set before this run, so nothing is passed or failed."
        )
        if not later:
            text += say(" Criteria that are set now are named as set after results were seen.")
        blocks.append(Note(text, title=say("No criteria"), tone="absent"))
    else:
        blocks += [
            Paragraph(
                say(
                    "Set before the run and fixed when it began, {moment}. {outcome_sentence}.",
                    moment=fmt.moment(judged.frozen_at),
                    outcome_sentence=fmt.opening(outcome_sentence(judged)),
                )
            ),
            *_tables(subject, judged),
        ]
    for number, each in enumerate(later, 1):
        which = (
            say(" ({number} of {n_later})", number=number, n_later=len(later))
            if len(later) > 1
            else ""
        )
        blocks += [
            Heading(say("Set after results were seen{which}", which=which)),
            Note(
                say(
                    "These criteria were set on {moment}, when the results of "
                    "the run could be seen. They describe and do not decide "
                    "about acceptance. {outcome_sentence}.",
                    moment=fmt.moment(each.frozen_at),
                    outcome_sentence=fmt.opening(outcome_sentence(each)),
                ),
                tone="warning",
                title=say("Set after results were seen"),
            ),
            *_tables(subject, each),
        ]
    return blocks


def _tables(subject: Subject, judged: JudgedCriteria) -> list[Block]:
    demands, results = [], []
    titles = {result.encoder.name: result.encoder.title for result in subject.run.encoders}
    titles |= {failure.name: failure.title for failure in subject.run.failures}
    for number, item in enumerate(judged.items, 1):
        each = item.criterion
        set_by = each.who or say("not stated")
        demands.append(
            [
                Cell(str(number)),
                Cell(criterion_text(each)),
                Cell(titles.get(each.encoder, each.encoder) or say("every encoder")),
                Cell(each.reason or say("not stated"), "plain" if each.reason else "muted"),
                Cell(
                    set_by,
                    "plain" if each.who else "muted",
                    detail=fmt.moment(each.set_at) if each.set_at else "",
                ),
            ]
        )
        for found in item.judgements:
            results.append(
                [
                    Cell(str(number)),
                    Cell(found.title),
                    Cell(
                        subject.told(judgement_text(each, found)),
                        "plain" if found.value is not None else "muted",
                    ),
                    Cell(
                        f"{OUTCOME_MARKS[found.outcome]} {OUTCOME_WORDS[found.outcome]}",
                        _TONES[found.outcome],
                    ),
                ]
            )
    return [
        Table(
            header=[say("No."), say("Criterion"), say("Encoder"), say("Reason"), say("Set by")],
            rows=demands,
            align=["left", "left", "left", "left", "left"],
            widths=[0.4, 2.2, 1.3, 2.0, 1.6],
            caption=say(
                "“Whole interval”: the whole 95 % interval has to meet the "
                "limit, not the value alone."
            ),
            small=True,
        ),
        Table(
            header=[say("No."), say("Encoder"), say("Result"), say("Outcome")],
            rows=results,
            align=["left", "left", "left", "left"],
            widths=[0.4, 2.0, 3.2, 1.4],
            caption=say("Results, with the 95 % interval where there is one."),
            small=True,
        ),
    ]
