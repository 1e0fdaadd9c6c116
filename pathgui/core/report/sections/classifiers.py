"""The lab's own classifiers: errors by center, and what is behind them."""

from __future__ import annotations

from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.language.texts import say
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Heading,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.classifier import TableOfWords, sentences, tables


def classifiers(subject: Subject) -> list[Block]:
    """Tables and sentences of each classifier; nothing where none was judged."""
    blocks: list[Block] = []
    for found in subject.evaluation.classifiers:
        blocks += _of(found)
    if not blocks:
        return []
    return [Heading(say("The laboratory’s own classifier")), *blocks]


def _of(found: AssessedClassifier) -> list[Block]:
    title = found.name
    if found.encoder:
        title = say("{name} over {encoder}", name=found.name, encoder=found.encoder)
    elif found.columns:
        title = say("{name}: {columns}", name=found.name, columns=", ".join(found.columns))
    blocks: list[Block] = [Heading(title, level=3)]
    for each in tables(found):
        blocks += _table(each)
    blocks.append(Bullets(sentences(found)))
    return blocks


def _table(each: TableOfWords) -> list[Block]:
    blocks: list[Block] = [
        Table(
            list(each.headings),
            [[Cell(text) for text in row] for row in each.rows],
            name_and_numbers(len(each.headings) - 1),
            [1.6, *[1.0] * (len(each.headings) - 1)],
            caption=say("{title}.", title=each.title),
            small=True,
        )
    ]
    if each.note:
        blocks.append(Paragraph(each.note, size="small"))
    return blocks
