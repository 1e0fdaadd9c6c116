"""What would change if the slide had been stained elsewhere, or scanned otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Heading,
    Image,
    Paragraph,
    Table,
)
from pathgui.core.report.render.what_if_figure import what_if_chart
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.what_if import (
    DEFINITION,
    FLIPPED,
    FOLLOWED,
    INTERVALS,
    MOVED,
    CurvePanel,
    basis_sentences,
    center_rows,
    columns_in,
    curve_panels,
    sentence,
)
from pathgui.core.what_if.results import WhatIf


def what_if(subject: Subject) -> list[Block]:
    """A table for each encoder and one chart of all; nothing where it was not tried."""
    tried = subject.evaluation.what_if
    found = {
        result.encoder.title: tried[result.encoder.name]
        for result in subject.ranked
        if result.encoder.name in tried
    }
    if not found:
        return []
    called = subject.run.reference.columns
    blocks: list[Block] = [
        Heading(say("What if: other colors, worse scans")),
        Paragraph(called.say(DEFINITION), sticky=True),
        Bullets(list(map(called.say, (MOVED, FLIPPED, FOLLOWED, INTERVALS)))),
    ]
    for title, one in found.items():
        blocks += _of_encoder(title, one, called)
    return blocks + _chart(subject, found)


def _of_encoder(title: str, found: WhatIf, called: RoleColumns) -> list[Block]:
    blocks: list[Block] = [Heading(title, level=3)]
    if found.centers:
        columns = columns_in(called)
        rows = center_rows(found, called)
        cells = [[Cell(row[column.key]) for column in columns] for row in rows]
        blocks += [
            Table(
                [column.title for column in columns],
                cells,
                ["left"] * len(columns),
                [1.6, 1.0, 1.0, 1.3],
                caption=called.say(
                    say("The slide in the colors of each {center}, with 95 % intervals.")
                ),
                small=True,
            ),
            Paragraph(sentence(title, found, called)),
        ]
    return [*blocks, Paragraph(" ".join(basis_sentences(found, called)), size="small")]


def _chart(subject: Subject, found: Mapping[str, WhatIf]) -> list[Block]:
    moved, flipped = curve_panels(found, "moved"), curve_panels(found, "flipped")
    if not moved:
        return []
    subject.files["what-if.svg"] = what_if_chart(moved, flipped)
    return [
        Image(
            "what-if.svg",
            alt=_alt(flipped),
            caption=subject.run.reference.columns.say(
                say(
                    "How far embeddings move, and the share of tiles with another {tissue} answer, "
                    "over the strength of each perturbation. The bars are 95 % intervals."
                )
            ),
        )
    ]


def _alt(panels: list[CurvePanel]) -> str:
    """The strongest of each perturbation, for who does not see the chart."""
    return "; ".join(
        f"{panel.title}: "
        + ", ".join(f"{line.title} {fmt.percent(max(line.value))}" for line in panel.lines)
        for panel in panels
    )
