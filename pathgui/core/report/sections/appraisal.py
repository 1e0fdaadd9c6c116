"""Whether the reference set is any good, as the terminal says it."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import Block, Bullets, Heading, Note, Paragraph
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.set_appraisal import beside_abilities


def appraisal(subject: Subject) -> list[Block]:
    """What was found of the set, part by part; a note in a run of an earlier version.

    The table of tissue-center pairs and what the set can measure stand above it.
    """
    kept = subject.evidence.appraisal
    found = subject.run.reference.appraisal if kept is None else kept.found
    heading = Heading(say("The reference set: is it any good?"))
    if found is None:
        return [
            heading,
            Note(
                say(
                    "A version of pathgui made this run that did not look for "
                    "what is in the set twice, or for slides that an encoder was "
                    "trained on."
                ),
                tone="absent",
            ),
        ]
    blocks: list[Block] = [
        heading,
        Paragraph(
            say("Found by labels, names and checksums. Pictures were not looked at.")
            if kept is None
            else say(
                "Found by labels, names, checksums and the embeddings of the encoders, on {at}.",
                at=fmt.moment(kept.at),
            ),
            sticky=True,
        ),
    ]
    for part in beside_abilities(found):
        blocks.append(Heading(part.title, level=3))
        for line in part.lines:
            if line.tone == "fault":
                blocks.append(Note(line.whole, tone="warning"))
        if others := [line.whole for line in part.lines if line.tone != "fault"]:
            blocks.append(Bullets(others))
    return blocks
