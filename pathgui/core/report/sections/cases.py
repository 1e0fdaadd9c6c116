"""Whole slides as cases: what is found near them, and what a probe tells of them."""

from __future__ import annotations

from pathgui.core.measurement.measure import Cases
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Heading,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import absent, heading, value
from pathgui.core.results import formatting as fmt


def cases(subject: Subject) -> list[Block]:
    """One row per encoder; nothing where no run holds them."""
    rows, sizes = [], []
    for result in subject.ranked:
        found = result.reference.cases
        if not isinstance(found, Cases):
            rows.append([Cell(result.encoder.title), *absent(found, 4)])
            continue
        at = found.shown
        sizes.append((found.n_cases, found.n_slides, found.k[at]))
        rows.append(
            [
                Cell(result.encoder.title),
                value(result, "case_tissue", detail=_chance(found.tissue_by_chance)),
                value(result, "case_center", detail=_chance(found.center_by_chance)),
                value(result, "case_tissue_probe", detail=_guessing(found.tissue_chance)),
                value(result, "case_center_probe", detail=_guessing(found.center_chance)),
            ]
        )
    if not sizes:
        return []
    n_cases, n_slides, k = sizes[0]
    return [
        Heading("Whole slides as cases"),
        Paragraph(
            "The tiles of one tissue on one slide are a case, and their mean embedding stands for "
            f"it: {fmt.plural(n_cases, 'case')} of {fmt.plural(n_slides, 'slide')}. Of the "
            f"{fmt.count(k)} nearest cases of other slides, the share of the same tissue and the "
            "share from the same center, beside what cases drawn at random would give; and the "
            "balanced accuracy of a linear probe on cases of new slides. These numbers have no "
            "interval: none was tried in simulation.",
            sticky=True,
        ),
        Table(
            header=["Encoder", heading("case_tissue"), heading("case_center"),
                    heading("case_tissue_probe"), heading("case_center_probe")],
            rows=rows,
            align=name_and_numbers(4),
            widths=[2, 1.1, 1.1, 1.1, 1.1],
            small=True,
        ),
    ]  # fmt: skip


def _chance(share: float) -> str:
    return f"chance {fmt.percent(share)}"


def _guessing(accuracy: float) -> str:
    return f"guessing {fmt.accuracy(accuracy)}"
