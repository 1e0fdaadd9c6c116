"""What corrections of embeddings would do, judged on slides that they were not fitted on."""

from __future__ import annotations

from pathgui.core.crossfit.results import Corrections
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Heading,
    Note,
    Paragraph,
    Table,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.correction_columns import columns_in
from pathgui.core.results.corrections import (
    DEFINITION,
    basis_sentences,
    rows,
)

_WIDTHS = {"name": 1.3, "variance_lost": 0.8, "reading": 1.0}


def corrections(subject: Subject) -> list[Block]:
    """A table for each encoder; nothing where none were tried."""
    blocks: list[Block] = []
    called = subject.run.reference.columns
    for result in subject.ranked:
        found = result.corrections
        if isinstance(found, NotAssessable):
            reason = fmt.because(found.reason)
            text = say("{encoder}: {reason}.", encoder=result.encoder.title, reason=reason)
            blocks.append(Note(text, tone="absent"))
        elif found is not None:
            blocks += _table(result.encoder.title, found, called)
    if not blocks:
        return []
    return [Heading(say("Corrections")), Paragraph(called.say(DEFINITION), sticky=True), *blocks]


def _table(title: str, found: Corrections, called: RoleColumns) -> list[Block]:
    shown, columns = rows(found, called), columns_in(called)
    cells = [[Cell(row.cells[column.key]) for column in columns] for row in shown]
    widths = [_WIDTHS.get(column.key, 1.2) for column in columns]
    return [
        Heading(title, level=3),
        Table(
            [column.title for column in columns],
            cells,
            ["left"] * len(columns),
            widths,
            caption=say("Before → after, with the 95 % interval of the difference."),
            small=True,
        ),
        Bullets([row.sentence for row in shown]),
        Paragraph(
            " ".join([*basis_sentences(found, called), *map(retold, found.notices)]), size="small"
        ),
    ]
