"""One page in plain words for whoever decides: what was asked, and what was found."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Paragraph,
)
from pathgui.core.report.sections.options import at
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.answers import answers
from pathgui.core.results.judging import outcome_sentence

MOST = 6  # encoders of which the letter speaks; it is one page


def letter(subject: Subject) -> list[Block]:
    """The letter; everything in it stands, with its numbers, on a later page."""
    run, evidence = subject.run, subject.evidence
    found = answers(run)
    said = [f"{each.title}: {subject.told(each.said)}" for each in found[:MOST]]
    if len(found) > MOST:
        said.append(
            say(
                "Of {n} more encoders, {place} speaks.",
                n=len(found) - MOST,
                place=at("results"),
            )
        )
    return [
        Facts(
            [
                (say("From"), _typed(subject.options.operator)),
                (say("Measured"), Cell(fmt.moment(run.finished))),
                (say("Rests on"), Cell(_rests_on(subject))),
            ]
        ),
        Heading(say("What was asked")),
        Paragraph(_question(subject)),
        Heading(say("What was found")),
        Bullets(said or [say("No encoder could be run, so nothing was measured.")]),
        *_further(subject),
        Heading(say("What this does not say")),
        Bullets(
            [
                say(
                    "It does not say that a diagnosis is right. It says whether an encoder, the "
                    "model that turns a picture into numbers, follows the tissue or the {center}.",
                    center=subject.center,
                ),
                say(
                    "It holds for slides like those that were measured: these {centers}, these "
                    "tissues, these versions.",
                    centers=subject.centers,
                ),
                say(
                    "Few slides leave much open. Beside each number the report says how far it may "
                    "be off, or why nobody can say."
                ),
            ]
        ),
        Heading(say("What is asked of you")),
        Bullets(
            [
                say("Read {limits}, which cannot be left out.", limits=at("limits")),
                say(
                    "Decide whether the risks that {file} lists are acceptable for your use.",
                    file=at("file"),
                ),
                say("Sign {approval}, or say what is missing.", approval=at("approval")),
                say("The next check is due by {day}.", day=evidence.due)
                if evidence.due
                else say("Set the day of the next check: {change}.", change=at("change")),
            ]
        ),
    ]


def _typed(text: str) -> Cell:
    return Cell(text) if text else Cell(say("not stated"), "muted")


def _rests_on(subject: Subject) -> str:
    reference = subject.run.reference
    return say(
        "{slides} of {centers} in the reference set {name}",
        slides=fmt.plural(reference.n_slides, "slide"),
        centers=subject.columns.of_center.counted(len(reference.centers)),
        name=reference.name,
    )


def _question(subject: Subject) -> str:
    """What was set before the run; else what every run asks."""
    use = subject.run.intended_use
    if use is not None and use.question:
        return subject.private(use.question)
    return say(
        "Do the encoders see the tissue on a slide, or do they see which {center} made the slide? "
        "One that sees the {center} may work well at home and fail elsewhere.",
        center=subject.center,
    )


def _further(subject: Subject) -> list[Block]:
    """Whether limits were met, and whether anything moved since the filed report."""
    judged, check = subject.run.criteria, subject.evidence.check
    if judged is None:
        texts = [say("Nobody set limits before the run, so none was met or missed.")]
    else:
        texts = [
            say(
                "Of the limits that were set before the run: {outcome}.",
                outcome=outcome_sentence(judged),
            )
        ]
    if check is not None:
        texts.append(
            say(
                "Since the report of {day}: {sentence}",
                day=check.filed_at[:10],
                sentence=check.sentence,
            )
        )
    return [Paragraph(" ".join(texts))]
