"""Whole slides as cases: what is found near them, and what a probe tells of them."""

from __future__ import annotations

from pathgui.core.measurement.measure import Cases, NotAssessable
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Heading,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt


def cases(subject: Subject) -> list[Block]:
    """One row per encoder; nothing where no run holds them."""
    rows, sizes = [], []
    for result in subject.ranked:
        found = result.reference.cases
        if not isinstance(found, Cases):
            why = fmt.because(found.reason) if found else ""
            first = Cell(fmt.NOT_ASSESSABLE if found else "not measured", "muted", detail=why)
            rows.append([Cell(result.encoder.title), first, *(Cell("–", "muted"),) * 3])
            continue
        at = found.shown
        sizes.append((found.n_cases, found.n_slides, found.k[at]))
        rows.append(
            [
                Cell(result.encoder.title),
                _share(found.same_tissue[at], found.tissue_by_chance),
                _share(found.same_center[at], found.center_by_chance),
                _accuracy(found.tissue_probe, found.tissue_chance),
                _accuracy(found.center_probe, found.center_chance),
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
            header=["Encoder", "Nearest of\nthe tissue", "Nearest of\nthe center",
                    "Tissue,\nprobe", "Center,\nprobe"],
            rows=rows,
            align=name_and_numbers(4),
            widths=[2, 1.1, 1.1, 1.1, 1.1],
            small=True,
        ),
    ]  # fmt: skip


def _share(value: float, chance: float) -> Cell:
    return Cell(fmt.percent(value), detail=f"chance {fmt.percent(chance)}")


def _accuracy(value: float | NotAssessable, chance: float) -> Cell:
    if isinstance(value, NotAssessable):
        return Cell(fmt.NOT_ASSESSABLE, "muted", detail=fmt.because(value.reason))
    return Cell(fmt.accuracy(value), detail=f"guessing {fmt.accuracy(chance)}")
