"""Whole slides as cases: what is found near them, and what a probe tells of them."""

from __future__ import annotations

from collections.abc import Callable

from pathgui.core.metrics.results import Cases
from pathgui.core.report.render.document import (
    Block,
    Heading,
    Paragraph,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import Column, encoder_table, heading, value
from pathgui.core.results import formatting as fmt


def cases(subject: Subject) -> list[Block]:
    """One row per encoder; nothing where no run holds them."""
    table = encoder_table(
        subject.ranked,
        lambda result: result.reference.cases,
        [
            _case("case_tissue", lambda found: f"chance {fmt.percent(found.tissue_by_chance)}"),
            _case("case_center", lambda found: f"chance {fmt.percent(found.center_by_chance)}"),
            _case("case_tissue_probe", lambda found: f"chance {fmt.accuracy(found.tissue_chance)}"),
            _case("case_center_probe", lambda found: f"chance {fmt.accuracy(found.center_chance)}"),
        ],
    )
    found = next(
        (found for r in subject.ranked if isinstance(found := r.reference.cases, Cases)), None
    )
    if found is None:
        return []
    return [
        Heading("Whole slides as cases"),
        Paragraph(
            f"{subject.explain('case')} Here: {fmt.plural(found.n_cases, 'case')} of "
            f"{fmt.plural(found.n_slides, 'slide')}. Of the {fmt.count(found.k[found.shown])} "
            "nearest cases of other slides, the table has the share of the same tissue and the "
            f"share of the same {subject.center}. Beside them stands the balanced accuracy of a "
            "probe on cases of new slides. These numbers describe the set and have no interval.",
            sticky=True,
        ),
        *table,
    ]


def _case(key: str, beside: Callable[[Cases], str]) -> Column:
    return Column(
        heading(key), lambda result, found: value(result, key, detail=beside(found)), 1.1, key
    )
