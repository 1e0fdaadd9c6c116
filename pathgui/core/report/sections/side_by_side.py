"""Several columns in the center's role, side by side, and how far they go together."""

from __future__ import annotations

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
from pathgui.core.results import confounders
from pathgui.core.results import formatting as fmt

_NUMBERS = ("null", "adjusted", "support", "probe", "cramers_v")


def side_by_side(subject: Subject) -> list[Block]:
    """A line for each encoder and column; nothing where the run has one column."""
    run = subject.in_order
    rows = confounders.confounder_rows(run)
    if not rows:
        return []
    titles = {column.key: column.title for column in confounders.COLUMNS}
    table = Table(
        header=[
            say("Encoder"),
            say("Column"),
            say("Index"),
            *(titles[key] for key in _NUMBERS),
            say("Grouped by"),
        ],
        rows=[_cells(row) for row in rows],
        align=["left", *name_and_numbers(1 + len(_NUMBERS)), "left"],
        widths=[2, 1.4, 1.6, 1, 1, 1, 1.5, 1, 1.4],
        small=True,
    )
    blocks: list[Block] = [
        Heading(
            say(
                "Several columns side by side: {columns_words}",
                columns_words=confounders.columns_words(run),
            )
        ),
        Paragraph(
            say(
                "Each column is put in the place of the center in turn, with the "
                "same embeddings, the same neighbors and the same k. Compare an "
                "index with the chance value of its own line. The adjusted index "
                "has the same chance value, ½, in each line. Whether two lines "
                "of an encoder differ is not tested."
            ),
            sticky=True,
        ),
        table,
    ]
    if warnings := list(dict.fromkeys(text for row in rows for text in row.warnings)):
        blocks.append(Bullets(warnings))
    if pairs := confounders.association_rows(run):
        blocks += [
            Paragraph(" ".join(confounders.association_sentences(run)), sticky=True),
            Table(
                header=[say("Columns"), say("How far they go together")],
                rows=[[Cell(pair), Cell(text)] for pair, text in pairs],
                align=["left", "left"],
                widths=[1, 2],
                small=True,
            ),
        ]
    return blocks


def _cells(row: confounders.ConfounderRow) -> list[Cell]:
    """The index with its interval below it, or why there is none."""
    cells, index = row.cells, row.cells["index"]
    value, _, bounds = index.text.partition(" [")
    absent = index.text == fmt.NOT_ASSESSABLE
    found = Cell(
        value,
        "muted" if absent else "plain",
        detail=fmt.because(index.note) if absent else bounds.rstrip("]").replace(", ", say(" to ")),
    )
    tiles = say(
        "{text} tiles, {text2} values", text=cells["tiles"].text, text2=cells["values"].text
    )
    numbers = [Cell(cells[key].text) for key in _NUMBERS]
    return [
        Cell(row.encoder),
        Cell(cells["column"].text, detail=tiles),
        found,
        *numbers,
        Cell(cells["reading"].text),
    ]
